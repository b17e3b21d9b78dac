"""The record: each prediction, grade, decision and incident in an append-only file outside DuckDB, before its commit.

A file of DuckDB may be lost whole: a write torn by a power cut or a kill leaves one that does not open. What cannot be
made again after the tip is therefore written first to `record.jsonl`, a line each, and synced to the disk before the
transaction commits. A store that lacks what the record holds (a restored copy, a new store, a commit that was cut
off) is given it back at its next write.

A line is ``<checksum> <JSON>`` with the table, its row, and for a decision the row of the version it is about. What
follows the last whole line is a write that was cut off before anything was committed; it is dropped.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from tipoff.disk import free_names, fsync
from tipoff.errors import LedgerError
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_log = logging.getLogger(__name__)

_TABLES: Final = {
    "ledger": (Identifier("predictions", "ledger"), ("seq",), "hash"),
    "grade": (Identifier("predictions", "grade"), ("ledger_seq", "attempt"), "ledger_hash"),
    "event": (Identifier("models", "event"), ("league", "seq"), "reason"),
    "incident": (Identifier("predictions", "incident"), ("number",), "hash"),
}
"""What is recorded: the table, its key, and a column by which two rows of one key are told to be the same."""

_VERSION: Final = Identifier("models", "version")


@dataclass(frozen=True)
class Entry:
    """A line of the record: a row of a recorded table, and where the line ends in the file."""

    table: str
    row: Mapping[str, Any]
    version: Mapping[str, Any] | None
    end: int


class Record:
    """The record of a store. Only whoever holds the store's lock writes it.

    Args:
        path: of the file; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, start: int = 0) -> Iterator[Entry]:
        """The lines from byte `start` on, up to the last whole one.

        Raises:
            LedgerError: a line that others follow was damaged.
        """
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(start)
            end = start
            for line in file:
                entry = _entry(line, end + len(line))
                if entry is None:
                    if file.read(1):
                        raise self._damaged(end)
                    return
                end = entry.end
                yield entry

    def replay(self, con: DuckDBPyConnection) -> int:
        """Gives the store what the record holds and it lacks, in the caller's transaction; returns how many rows.

        Raises:
            LedgerError: the record is damaged, or says something else than the store.
        """
        position = _position(con)
        if self._size() < position["bytes"]:
            self._renew(con)
            return 0
        if self._size() == position["bytes"]:
            return 0
        added = 0
        for name, entries in groupby(self.entries(position["bytes"]), key=lambda entry: entry.table):
            lines = list(entries)
            added += _insert(con, name, lines)
            position["bytes"] = lines[-1].end
        _move(con, {**position, **_lengths(con)})
        return added

    def follow(self, con: DuckDBPyConnection) -> None:
        """Writes down what the caller's transaction has added, and syncs it: the last step before the commit.

        Raises:
            OSError: the disk does not take it; nothing may be committed then.
        """
        position, lengths = _position(con), _lengths(con)
        if all(position[name] == lengths[name] for name in _TABLES):
            return
        lines = [line for name in _TABLES for line in _lines(con, name, position[name])]
        _move(con, {"bytes": self._append(position["bytes"], lines), **lengths})

    def missing(self, con: DuckDBPyConnection) -> int:
        """How many whole lines the store does not have yet; its next write brings them."""
        return sum(1 for _ in self.entries(_position(con)["bytes"]))

    def verify(self, con: DuckDBPyConnection, tables: Collection[str] = tuple(_TABLES)) -> None:
        """Compares every line with the row that the store has.

        Args:
            con: any connection to the store.
            tables: whose lines.

        Raises:
            LedgerError: names the first line that is damaged or differs, or says that the record is shorter.
        """
        position = _position(con)
        if self._size() < position["bytes"]:
            raise LedgerError(
                f"the record `{self.path}` ends before what the store has written to it; the next write of the store "
                "keeps it aside and writes it anew: run `tipoff predict`, and look who shortened it"
            )
        stored = {name: _contents(con, name) for name in tables}
        end = 0
        for number, entry in enumerate(self.entries(), 1):
            if entry.end > position["bytes"]:
                return
            end = entry.end
            if entry.table not in stored:
                continue
            _, key, column = _TABLES[entry.table]
            if stored[entry.table].get(tuple(entry.row[each] for each in key)) != entry.row[column]:
                raise LedgerError(
                    f"line {number} of the record `{self.path}` ({entry.table} "
                    f"`{', '.join(str(entry.row[each]) for each in key)}`) is not what the store holds: one of them "
                    "was changed; restore the store from a copy made before that (`tipoff restore`)"
                )
        if end < position["bytes"]:
            raise self._damaged(end)

    def _append(self, start: int, lines: Sequence[str]) -> int:
        """Where the file ends, with `lines` at byte `start` and nothing after them."""
        is_new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            file.truncate(start)  # what a write that was cut off left there
            file.seek(start)
            file.write("".join(lines).encode())
            file.flush()
            os.fsync(file.fileno())
            end = file.tell()
        if is_new:
            fsync(self.path.parent)
        return end

    def _renew(self, con: DuckDBPyConnection) -> None:
        """Writes the record anew from a store that knows of more than it holds; what there was is kept beside it."""
        if self.path.exists():
            (kept,) = free_names([self.path], "short")
            self.path.rename(kept)
            _log.warning("the record was shorter than the store knew it: kept as %s, written anew", kept)
        else:
            _log.warning("the record %s was missing: written anew from the store", self.path)
        con.execute("DELETE FROM ops.record_position").fetchall()

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def _damaged(self, at: int) -> LedgerError:
        return LedgerError(
            f"the record `{self.path}` is damaged after byte {at}; if `tipoff ledger verify` finds nothing else, move "
            "the file away, and the next run writes it anew from the store"
        )


def _entry(line: bytes, end: int) -> Entry | None:
    """A whole line; None for one that is cut off or damaged."""
    checksum, _, body = line.partition(b" ")
    if not line.endswith(b"\n") or checksum.decode(errors="replace") != _checksum(body[:-1]):
        return None
    said = json.loads(body)
    return Entry(said["table"], said["row"], said.get("version"), end)


def _checksum(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def _line(said: Mapping[str, object]) -> str:
    body = json.dumps(said, default=_plain, ensure_ascii=True, separators=(",", ":"))
    return f"{_checksum(body.encode())} {body}\n"


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a recorded row holds a {type(value).__name__}")


def _position(con: DuckDBPyConnection) -> dict[str, int]:
    rows = con.execute("SELECT bytes, ledger, grade, event, incident FROM ops.record_position").fetchall()
    return dict(zip(("bytes", *_TABLES), rows[0] if rows else (0, 0, 0, 0, 0), strict=True))


def _move(con: DuckDBPyConnection, position: Mapping[str, int]) -> None:
    con.execute("DELETE FROM ops.record_position").fetchall()
    con.execute(
        "INSERT INTO ops.record_position (bytes, ledger, grade, event, incident) "
        "VALUES ($bytes, $ledger, $grade, $event, $incident)",
        dict(position),
    ).fetchall()


def _lengths(con: DuckDBPyConnection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        name: int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608 - fixed names
        for name, (table, *_) in _TABLES.items()
    }


def _lines(con: DuckDBPyConnection, name: str, recorded: int) -> Iterator[str]:
    """The rows of a table that were added last, as lines; a decision with the version it is about.

    Rows are only ever added to these tables, and DuckDB gives them in the order in which they were.
    """
    for row in _rows(con, f"SELECT * FROM {_TABLES[name][0]} OFFSET $recorded", recorded=recorded):  # noqa: S608 - as above
        said: dict[str, object] = {"table": name, "row": row}
        if name == "event":
            about = f"SELECT * FROM {_VERSION} WHERE model = $model AND version = $version"  # noqa: S608 - as above
            said["version"] = next(iter(_rows(con, about, model=row["model"], version=row["version"])), None)
        yield _line(said)


def _rows(con: DuckDBPyConnection, query: str, **values: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = con.sql(query, params=values or None).to_arrow_table().to_pylist()
    return rows


def _contents(con: DuckDBPyConnection, name: str) -> dict[tuple[Any, ...], Any]:
    table, key, column = _TABLES[name]
    rows = con.execute(f"SELECT {', '.join(key)}, {column} FROM {table}").fetchall()  # noqa: S608 - fixed names
    return {tuple(row[:-1]): row[-1] for row in rows}


def _insert(con: DuckDBPyConnection, name: str, entries: Sequence[Entry]) -> int:
    """Adds those rows that are not there; returns how many."""
    table, key, column = _TABLES[name]
    there = _contents(con, name)
    new: list[Mapping[str, Any]] = []
    for entry in entries:
        at = tuple(entry.row[each] for each in key)
        if at not in there:
            new.append(entry.row)
        elif there[at] != entry.row[column]:
            raise LedgerError(
                f"the record has another {name} `{', '.join(map(str, at))}` than the store: the store went on without "
                "it; restore the store from a copy made before that (`tipoff restore`)"
            )
    versions = [entry.version for entry in entries if entry.version is not None]
    _add(con, table, new, "INSERT")
    _add(con, _VERSION, versions, "INSERT OR REPLACE")
    return len(new)


def _add(con: DuckDBPyConnection, table: Identifier, rows: Sequence[Mapping[str, Any]], verb: str) -> None:
    """Rows by the names of their columns; days and instants are text, which DuckDB casts."""
    if not rows:
        return
    con.register("tipoff_recorded", pa.Table.from_pylist([dict(row) for row in rows]))
    try:
        con.execute(f"{verb} INTO {table} BY NAME SELECT * FROM tipoff_recorded").fetchall()  # noqa: S608 - fixed names
    finally:
        con.unregister("tipoff_recorded")
