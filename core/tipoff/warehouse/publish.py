"""The published copy: what the UI, the report and people read, so that no reader ever keeps a writer waiting."""

from __future__ import annotations

import shutil
from pathlib import Path

from tipoff.warehouse.disk import write_whole
from tipoff.warehouse.store import Warehouse


def publish(warehouse: Warehouse, to: Path) -> Path:
    """Copies the whole store to `to`, consistent, beside it first and then in one rename.

    The file is copied under the writer lock, closed and without a write-ahead log: 0.3 s for 370 MB, where
    ``COPY FROM DATABASE`` takes 6.8 s, since it builds the key indexes again.

    Readers open it read-only and close it after each request: a connection that stays open keeps the old copy.

    Returns:
        `to`.

    Raises:
        StoreBusy: another process kept the store.
        StoreError: the store does not exist yet or cannot be opened.
    """

    def copy(beside: Path) -> None:
        with warehouse.settled() as path:
            shutil.copyfile(path, beside)

    write_whole(to, copy)
    return to
