"""The landing zone: what sources answered, and the rows made of it, as immutable Parquet.

A batch is a folder ``<landing>/<source>/<league>/<dataset>/<batch>`` with

- ``payloads.parquet``: the answers as received (``body``), each with its request and the version of its parsing;
- ``<schema>.<table>.parquet``: parsed rows with ``fetched_at``, one row a key, and only the columns that the
  rows give: rows that give other columns are in ``<schema>.<table>.2.parquet``, and so on;
- ``quarantine.parquet``: records that could not be used;
- ``follow_ups.parquet``: the questions that an answer led to.

A batch appears whole or not at all: it is written beside, synced, renamed, and never changed afterwards. Names
sort by time of writing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tipoff.errors import StoreError
from tipoff.warehouse.disk import write_whole

PAYLOADS: Final = pa.schema(
    {
        "key": pa.string(),
        "url": pa.string(),
        "params": pa.string(),
        "context": pa.string(),
        "fresh_since": pa.timestamp("us"),
        "optional": pa.bool_(),
        "status": pa.int32(),
        "fetched_at": pa.timestamp("us"),
        "league": pa.string(),
        "processing_version": pa.string(),
        "body": pa.binary(),
    }
)
"""Columns of ``payloads.parquet``; ``params`` and ``context`` are JSON objects."""

QUARANTINE: Final = pa.schema(
    {
        "key": pa.string(),
        "path": pa.string(),
        "reason": pa.string(),
        "record": pa.string(),
        "fetched_at": pa.timestamp("us"),
    }
)
"""Columns of ``quarantine.parquet``; ``record`` is JSON."""

FOLLOW_UPS: Final = pa.schema(
    {
        "parent": pa.string(),
        "position": pa.int32(),
        "key": pa.string(),
        "url": pa.string(),
        "params": pa.string(),
        "context": pa.string(),
        "fresh_since": pa.timestamp("us"),
        "optional": pa.bool_(),
    }
)
"""Columns of ``follow_ups.parquet``; ``parent`` is the key of the request whose answer led to this one."""

_ZSTD_LEVEL: Final = 1
_BATCH: Final = re.compile(r"(\d{10})-[0-9a-f]{8}")
_OWN: Final = ("payloads", "quarantine", "follow_ups")


@dataclass(frozen=True)
class Content:
    """What a batch holds. Payloads may be without ``body`` where it is not needed."""

    payloads: pa.Table
    rows: Mapping[str, Sequence[pa.Table]]
    """By full name of the table: one Arrow table for each set of columns; a key is in only one of them."""
    quarantine: pa.Table
    follow_ups: pa.Table


class Landing:
    """The batches of one source, league and dataset.

    Args:
        root: the landing zone (`Settings.landing`).
        source: name of the collector.
        league: e.g. ``mens-college-basketball``.
        dataset: name of the dataset.
    """

    def __init__(self, root: Path, source: str, league: str, dataset: str) -> None:
        self.folder = root / source / league / dataset

    def batches(self) -> list[str]:
        """Names of the batches that have landed, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if _BATCH.fullmatch(path.name))

    def write(self, content: Content) -> str:
        """Lands a batch and returns its name."""
        # The random part keeps a name from ever coming back after old batches were moved away.
        last = self.batches()[-1:]
        number = int(last[0].partition("-")[0]) + 1 if last else 1
        batch = f"{number:010d}-{secrets.token_hex(4)}"
        write_whole(self.folder / batch, lambda beside: _write(beside, content))
        return batch

    def read(self, batch: str, *, bodies: bool = False) -> Content:
        """What a batch holds; with `bodies` also the answers as received.

        Raises:
            StoreError: the batch is gone or damaged.
        """
        folder = self.folder / batch
        columns = PAYLOADS.names if bodies else [name for name in PAYLOADS.names if name != "body"]
        try:
            own = {
                name: pq.read_table(folder / f"{name}.parquet", columns=columns if name == _OWN[0] else None)
                for name in _OWN
            }
            rows: dict[str, list[pa.Table]] = {}
            for path in sorted(folder.glob("*.*.parquet"), key=lambda path: path.stem):
                schema, table = path.name.split(".")[:2]
                rows.setdefault(f"{schema}.{table}", []).append(pq.read_table(path))
        except (OSError, pa.ArrowInvalid) as error:
            raise StoreError(
                f"batch `{folder}` cannot be read: {error}; move the folder away and collect its days again"
            ) from error
        return Content(own["payloads"], rows, own["quarantine"], own["follow_ups"])


def _write(folder: Path, content: Content) -> None:
    folder.mkdir()
    for name, table in _files(content):
        # No two bodies are alike, so a dictionary of them would only cost.
        dictionary = name != _OWN[0]
        path = folder / f"{name}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=_ZSTD_LEVEL, use_dictionary=dictionary)


def _files(content: Content) -> list[tuple[str, pa.Table]]:
    files = [("payloads", content.payloads), ("quarantine", content.quarantine), ("follow_ups", content.follow_ups)]
    for name, shapes in content.rows.items():
        for number, table in enumerate(shapes, start=1):
            files.append((name if number == 1 else f"{name}.{number}", table))
    return files
