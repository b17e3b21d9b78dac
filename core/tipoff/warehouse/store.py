"""The store and who may open it when.

One DuckDB file on a local disk. Every open, also a reader's, happens under a lock file of its own, since
DuckDB refuses a second process and its own lock is lost when the process reads the file by itself. Open
late, close soon: fetch and compute outside, then one short transaction.

Rows enter through `tipoff.warehouse.merge` (``merge`` and ``replace``), inside `Warehouse.write`.

DuckDB's checkpoint writes into blocks that the file still needs, so one that is cut off within a write leaves a file
that opens no more. The store's own file is therefore never checkpointed: transactions go to the log beside it, and once
that is long a copy is checkpointed and takes the file's place in one rename.
"""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from filelock import FileLock, Timeout

from tipoff.contracts import Table
from tipoff.disk import room_for, write_whole
from tipoff.errors import StoreBusy, StoreError, StoreForbidden, StoreUnwritable
from tipoff.warehouse import migrate
from tipoff.warehouse.last_writer import PID_BYTES, LastWriter
from tipoff.warehouse.record import Record
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.wal import STORAGE, Wal

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from tipoff.settings import Settings

_log = logging.getLogger(__name__)

_POLL_SECONDS = 0.01
_FORBIDDEN = (errno.EACCES, errno.EPERM)
_RESTORE = "`tipoff restore` puts the published copy in its place"

_LOCKED = "Could not set lock on file"

_NEVER = "1TB"
"""A length of the log at which DuckDB checkpoints by itself, and that no log reaches."""


class Warehouse:
    """The store at a path. Holds no connection: each `write`, `read` or `query` opens and closes its own.

    Args:
        path: the DuckDB file.
        lock_wait: seconds to wait for the store before `StoreBusy`.
        record: where predictions, grades and decisions are written before they are committed; None for a store whose
            loss costs nothing, which DuckDB may also checkpoint in place.
        traces: files and folders that say, where one of them holds something, that there was a store before.
    """

    def __init__(
        self, path: Path, lock_wait: float = 60.0, *, record: Path | None = None, traces: Iterable[Path] = ()
    ) -> None:
        self.path = path
        self.lock_wait = lock_wait
        self.record = Record(record) if record else None
        self._traces = tuple(traces)
        self._wal = Wal(path)
        self._writer = LastWriter(path)

    @classmethod
    def of(cls, settings: Settings) -> Warehouse:
        """The store that the settings name."""
        traces = (settings.published, settings.published_before, settings.record, settings.head, settings.landing)
        return cls(settings.store, settings.lock_wait_seconds, record=settings.record, traces=traces)

    @property
    def exists(self) -> bool:
        """Whether the store has been created (`migrate` does that)."""
        return self.path.exists()

    def migrate(self, tables: Iterable[Table] = (), *, new: bool = False) -> dict[str, str]:
        """Creates the store and brings it up to date: numbered migrations, then `tables` from their specs.

        Nearly free when there is nothing to do: one read of a fingerprint. A new column is added, and a wider type
        takes over what was there (INTEGER to DOUBLE, and everything to VARCHAR). Where a key or a type changed
        otherwise, a table without rows and a ``features`` table, computed and so disposable, are made anew and empty; a
        plugin's ``raw`` table is left as it is, so that the plugin stops its own tasks and nobody else's.

        Args:
            tables: of core and of plugins.
            new: create a store also where something says that there was one before.

        Returns:
            The tables that were left as they are, by full name, with the reason. Who fills one must refuse to.

        Raises:
            StoreError: a domain table's key or a column's type changed, an applied migration was edited, or there is
                no store where there was one: a disk that is not mounted must not become an empty store.
            StoreBusy: another process kept the store.
        """
        wanted = tuple(tables)
        mark = migrate.fingerprint(wanted)
        if self.exists:
            with self.read() as con:
                if migrate.is_current(con, mark):
                    return {}
        elif not new:
            self._must_be_first()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.locked(), room_for(self.path):
            if not self.exists:
                self._wal.set_aside()
                write_whole(self.path, _create)
                self._writer.forget()
            with self._open() as con, self._transaction(con):
                left = migrate.apply(con, wanted, mark)
        self.fold()  # a log that holds changes of shape is not left to be read again
        return left

    @contextmanager
    def write(self) -> Iterator[DuckDBPyConnection]:
        """A connection in one transaction, under the writer lock: commits on exit, rolls back on an error.

        Raises:
            StoreBusy: another process kept the store.
            StoreError: the store does not exist yet or cannot be opened.
            StoreUnwritable: the disk does not take it (StoreFull: it has no room).
        """
        self._must_exist()
        with self.locked(), room_for(self.path), self._open() as con, self._transaction(con):
            if self.record:
                self.record.replay(con)
            yield con
            if self.record:
                self.record.follow(con)
        if self._wal.is_long:
            try:
                self.fold()
            except (StoreBusy, StoreUnwritable) as error:
                # What was written is committed, and the next write tries again.
                _log.warning("the log of the store stays as long as it is: %s", error)

    @contextmanager
    def read(self) -> Iterator[DuckDBPyConnection]:
        """A read-only connection, under the same lock: a reader keeps writers out, so be brief.

        Raises:
            StoreBusy: another process kept the store.
            StoreError: the store does not exist yet or cannot be opened.
        """
        self._must_exist()
        with self.locked(), self._open(read_only=True) as con:
            yield con

    def query(self, sql: str, /, **params: object) -> pa.Table:
        """The result of one SELECT with ``$name`` parameters.

        Raises:
            StoreError: the statement fails, or the store does not exist yet.
            StoreBusy: another process kept the store.
        """
        with self.read() as con:
            try:
                return con.sql(sql, params=params or None).to_arrow_table()
            except duckdb.Error as error:
                raise StoreError(f"the query failed: {error}\n{sql}") from error

    @contextmanager
    def settled(self) -> Iterator[Path]:
        """Holds the writer lock with the file closed and complete (no ``.wal``), so that it may be copied.

        Raises:
            StoreBusy: another process kept the store.
            StoreError: the store does not exist yet or cannot be opened.
        """
        self._must_exist()
        with self.locked():
            self._fold()
            yield self.path

    def fold(self) -> None:
        """Folds the log into the file: into a copy of it, which then takes its place.

        Raises:
            StoreBusy: another process kept the store.
            StoreUnwritable: the disk does not take the copy (StoreFull: it has no room).
        """
        with self.settled():
            pass

    def _fold(self) -> None:
        if self._wal.size:
            with self._open():  # what a kill or a power cut has left of it is taken away or cut off
                pass
        if self._wal.size:
            self._writer.begin(mark := self._writer.note())
            self._wal.fold()
            self._writer.end(mark)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the writer lock without opening the store.

        Raises:
            StoreBusy: not free within `lock_wait`; the message names the holder where it is known.
        """
        lock_file = Path(f"{self.path}.lock")
        lock = FileLock(lock_file, timeout=self.lock_wait, poll_interval=_POLL_SECONDS, on_acquired=_sign)
        try:
            with room_for(lock_file):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                lock.acquire()
        except Timeout:
            raise StoreBusy(self._busy(self.holder())) from None
        except OSError as error:
            raise self._shut(f"its lock `{lock_file}`", error) from error
        try:
            yield
        finally:
            lock.release()

    def holder(self) -> str:
        """The id of the process that holds the store, or held it last; empty where that is not known."""
        try:
            return Path(f"{self.path}.lock").read_text().partition("\n")[0].strip()
        except (OSError, ValueError):
            return ""

    @contextmanager
    def _open(self, *, read_only: bool = False) -> Iterator[DuckDBPyConnection]:
        mark = self._writer.look()
        self._wal.set_aside_headless()
        con = self._connect(read_only)
        try:
            if not read_only:
                self._writer.begin(mark)
            # A misspelt table must fail, and never become some local variable of the caller.
            con.execute("SET python_enable_replacements = false").fetchall()
            yield con
        finally:
            con.close()
            if not read_only:
                self._writer.end(self._writer.note())

    @contextmanager
    def _transaction(self, con: DuckDBPyConnection) -> Iterator[None]:
        with _transaction(con):
            yield
            before = self._writer.note()
            after = self._writer.store(con, before)
        if after != before:
            self._writer.begin(after)

    def _connect(self, read_only: bool) -> DuckDBPyConnection:
        in_place = read_only or self.record is None
        config: dict[str, str | bool | int | float | list[str]] = (
            {} if read_only else {"storage_compatibility_version": STORAGE}
        )
        if not in_place:
            config["checkpoint_threshold"] = _NEVER
        give_up = time.monotonic() + self.lock_wait
        while True:
            try:
                con = duckdb.connect(str(self.path), read_only=read_only, config=config)
                if not in_place:
                    con.execute("PRAGMA disable_checkpoint_on_shutdown").fetchall()
                return con
            except duckdb.Error as error:
                if self._wal.mend(error):
                    self._writer.end(self._writer.note())
                    continue
                # Only someone who opened the file around tipoff (a shell, an editor) holds DuckDB's own lock.
                if _LOCKED not in str(error):
                    raise self._unusable(error, read_only) from error
                if time.monotonic() >= give_up:
                    raise StoreBusy(f"{self._busy('')}: {error}") from error
                time.sleep(_POLL_SECONDS)

    def _unusable(self, error: duckdb.Error, read_only: bool) -> StoreError:
        """What to do about it: a store that is whole, and only not ours to open, is not to be replaced."""
        try:
            with self.path.open("rb" if read_only else "r+b"):
                pass
        except OSError as reason:
            return self._shut("the file", reason)
        return StoreError(f"cannot open the store `{self.path}`: {error}; {_RESTORE}")

    def _shut(self, what: str, reason: OSError) -> StoreError:
        said = (
            f"cannot open the store `{self.path}`: {what} cannot be opened ({reason.strerror}), which says nothing "
            "about what is in it"
        )
        if reason.errno not in _FORBIDDEN:
            return StoreError(said)
        folder = self.path.parent
        return StoreForbidden(f"{said}; run it as the user whose files they are, or: chown -R $USER {folder}")

    def _must_be_first(self) -> None:
        """No store is created where there was one: what is there would be taken for all there is."""
        traces = [trace for trace in self._traces if _holds_something(trace)]
        if not traces:
            return
        copy = next((trace for trace in traces if trace.suffix == self.path.suffix), None)
        mend = f"`tipoff restore` puts the copy `{copy}` in its place" if copy else f"put `{self.path}` back"
        raise StoreError(
            f"there is no store at `{self.path}`, and `{traces[0]}` says that there was one: look whether its disk is "
            f"mounted and TIPOFF_HOME is right; {mend}; `tipoff init --new-store` creates an empty one, into which the "
            "next run loads what has landed and what the record holds"
        )

    def _must_exist(self) -> None:
        if not self.exists:
            raise StoreError(f"there is no store at `{self.path}` yet; run `tipoff init`, or collect something")

    def _busy(self, holder: str) -> str:
        by = f" by process {holder}" if holder else ""
        return f"the store `{self.path}` was in use{by} for {self.lock_wait:g} s; try again when that has ended"


def _create(path: Path) -> None:
    duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE}).close()


def _holds_something(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists() and path.stat().st_size > 0


def read_everything(con: DuckDBPyConnection) -> int:
    """Reads every column of every table, and so each block with its checksum; returns how many rows there are.

    Raises:
        duckdb.Error: a block is damaged.
    """
    tables = con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
    read = "SELECT count(*), bit_xor(hash(COLUMNS(*))) FROM {}"
    return sum(int(con.execute(read.format(Identifier(*table))).fetchall()[0][0]) for table in tables)


@contextmanager
def _transaction(con: DuckDBPyConnection) -> Iterator[None]:
    con.execute("BEGIN").fetchall()
    try:
        yield
    except BaseException:
        con.execute("ROLLBACK").fetchall()
        raise
    con.execute("COMMIT").fetchall()


def _sign(lock_descriptor: int) -> None:
    """Leaves this process's id in the lock file, for the message of whoever waits in vain; the mark after it stays."""
    os.pwrite(lock_descriptor, f"{os.getpid():<{PID_BYTES - 1}}\n".encode(), 0)
