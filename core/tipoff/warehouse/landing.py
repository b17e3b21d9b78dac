"""The landing zone: what sources answered, and the rows made of it, as immutable Parquet.

A batch is a folder ``<landing>/<source>/<league>/<dataset>/<batch>`` with

- ``payloads.parquet``: the answers as received (``body``), each with its request and the version of its parsing;
- ``<schema>.<table>.parquet``: parsed rows with ``fetched_at``, one row a key, and only the columns that the
  rows give: rows that give other columns are in ``<schema>.<table>.2.parquet``, and so on;
- ``quarantine.parquet``: records that could not be used;
- ``rejected.parquet``: answers of which nothing could be used, as received, for the day on which they can;
- ``follow_ups.parquet``: the questions that an answer led to.

A batch appears whole or not at all: it is written beside, synced, renamed, and never changed afterwards. Names
sort by time of writing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tipoff.disk import within, write_whole
from tipoff.errors import StoreError

_REQUEST: Final = {
    "key": pa.string(),
    "url": pa.string(),
    "params": pa.string(),
    "context": pa.string(),
    "fresh_since": pa.timestamp("us"),
    "optional": pa.bool_(),
    "day": pa.date32(),
    "game_id": pa.string(),
}

PAYLOADS: Final = pa.schema(
    {
        **_REQUEST,
        "status": pa.int32(),
        "fetched_at": pa.timestamp("us"),
        "league": pa.string(),
        "processing_version": pa.string(),
        "rows": pa.int32(),
        "body": pa.binary(),
    }
)
"""Columns of ``payloads.parquet`` and ``rejected.parquet``; ``params`` and ``context`` are JSON objects, and ``rows``
counts what was parsed from the answer."""

_QUESTIONS: Final = pa.schema(_REQUEST)

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

FOLLOW_UPS: Final = pa.schema({"parent": pa.string(), "position": pa.int32(), **_REQUEST})
"""Columns of ``follow_ups.parquet``; ``parent`` is the key of the request whose answer led to this one."""

_ZSTD_LEVEL: Final = 3
"""As quick as level 1, and 61 MB of genuine summaries become 2.6 MB instead of 4.1; level 6 makes it 2.0, and takes
three times as long."""
_BATCH: Final = re.compile(r"(\d{10})-[0-9a-f]{8}")
_OWN: Final = {"payloads": PAYLOADS, "rejected": PAYLOADS, "quarantine": QUARANTINE, "follow_ups": FOLLOW_UPS}
_WITH_BODIES: Final = ("payloads", "rejected")
BODIES_AT_ONCE: Final = 16
"""Answers that are put into one piece of memory: they are half a megabyte each, and every copy of a batch counts."""


@dataclass(frozen=True)
class Content:
    """What a batch holds. Payloads may be without ``body`` where it is not needed."""

    payloads: pa.Table
    rows: Mapping[str, Sequence[pa.Table]]
    """By full name of the table: one Arrow table for each set of columns; a key is in only one of them."""
    quarantine: pa.Table
    follow_ups: pa.Table
    rejected: pa.Table

    @property
    def size(self) -> int:
        """How many rows there are for tables."""
        return sum(rows.num_rows for shapes in self.rows.values() for rows in shapes)


class Landing:
    """The batches of one source, league and dataset.

    Args:
        root: the landing zone (`Settings.landing`).
        source: name of the collector.
        league: e.g. ``mens-college-basketball``.
        dataset: name of the dataset.

    Raises:
        StoreError: one of the names would lead out of the landing zone; so do the methods, of a batch's.
    """

    def __init__(self, root: Path, source: str, league: str, dataset: str) -> None:
        self.folder = within(root, source, league, dataset)

    def batches(self) -> list[str]:
        """Names of the batches that have landed, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if _BATCH.fullmatch(path.name))

    def at(self, batch: str) -> Path:
        """The folder of a batch."""
        return within(self.folder, batch)

    def write(self, content: Content) -> str:
        """Lands a batch and returns its name.

        Raises:
            StoreUnwritable: the disk does not take it (StoreFull: it has no room).
        """
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
        folder = self.at(batch)
        rows: dict[str, list[pa.Table]] = {}
        with _legible(folder):
            own = {name: _read(folder / f"{name}.parquet", schema, bodies) for name, schema in _OWN.items()}
            for path in sorted(folder.glob("*.*.parquet"), key=lambda path: path.stem):
                schema, table = path.name.split(".")[:2]
                rows.setdefault(f"{schema}.{table}", []).append(pq.read_table(path))
        return Content(rows=rows, **own)

    def read_questions(self, batch: str) -> pa.Table:
        """What a batch answers: its requests, without what came.

        Raises:
            StoreError: the batch is gone or damaged.
        """
        with _legible(self.at(batch)):
            return _read(self.at(batch) / "payloads.parquet", _QUESTIONS, bodies=False)

    def begun(self, batch: str) -> datetime | None:
        """When the first answer of a batch was fetched, naive UTC; None where it has no answer."""
        with _legible(self.at(batch)):
            found = [_begun(self.at(batch) / f"{name}.parquet") for name in _WITH_BODIES]
        return min((at for at in found if at), default=None)


@contextmanager
def _legible(batch: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(
            f"batch `{batch}` cannot be read: {error}; move the folder away and collect its days again"
        ) from error


def _begun(path: Path) -> datetime | None:
    read = pq.read_table(path, columns=["fetched_at"])["fetched_at"] if path.exists() else pa.chunked_array([[]])
    begun: datetime | None = pc.min(read).as_py() if len(read) else None
    return begun


def _read(path: Path, schema: pa.Schema, bodies: bool) -> pa.Table:
    """A file of a batch; what batches of earlier versions of tipoff did not have is empty or NULL."""
    wanted = [field for field in schema if bodies or field.name != "body"]
    if not path.exists() and path.name == "rejected.parquet":
        return pa.schema(wanted).empty_table()
    there = set(pq.read_schema(path).names)
    read = pq.read_table(path, columns=[field.name for field in wanted if field.name in there])
    columns = [
        read[field.name].cast(field.type) if field.name in there else pa.nulls(len(read), field.type)
        for field in wanted
    ]
    return pa.table(columns, schema=pa.schema(wanted))


def _write(folder: Path, content: Content) -> None:
    folder.mkdir()
    for name, table in _files(content):
        # No two bodies are alike, so a dictionary of them would only cost.
        options = {"use_dictionary": False, "row_group_size": BODIES_AT_ONCE} if name in _WITH_BODIES else {}
        path = folder / f"{name}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=_ZSTD_LEVEL, **options)


def _files(content: Content) -> list[tuple[str, pa.Table]]:
    files: list[tuple[str, pa.Table]] = [(name, getattr(content, name)) for name in _OWN]
    for name, shapes in content.rows.items():
        within(Path(), name)  # a plugin's table; its spec says so already
        for number, table in enumerate(shapes, start=1):
            files.append((name if number == 1 else f"{name}.{number}", table))
    return files
