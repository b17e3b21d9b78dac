"""The published copy: what the UI, the report and people read, so that no reader ever keeps a writer waiting."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tipoff.warehouse.disk import fsync
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
    to.parent.mkdir(parents=True, exist_ok=True)
    beside = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        with warehouse.settled() as path:
            shutil.copyfile(path, beside)
        fsync(beside)
        beside.replace(to)
    finally:
        beside.unlink(missing_ok=True)
    fsync(to.parent)
    return to
