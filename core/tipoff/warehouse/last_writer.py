"""Who wrote the store last: a mark in its lock file, and what follows where the file is not as tipoff left it.

DuckDB keeps nobody out who knows the path: a plugin that opens the file by itself, a shell. What is written around
tipoff cannot be prevented, so it is seen. After each of its transactions tipoff notes what the file is like then; at
the next opening, and after each call of a plugin's code, that is compared. It costs two calls of ``stat``.

Nothing is said where nothing can be known: after a writer that was killed, after a restart of the machine, or without a
mark. A copy of the file has the same content, and so the same mark.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tipoff import clock
from tipoff.warehouse.wal import Wal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PID_BYTES: Final = 24
"""Of the holder's process id, with which the lock file begins. The mark stands after it."""

_BYTES: Final = 1000
"""Of the mark. It always has this length, so that one write replaces it whole."""

_HEADER: Final = 3 * 4096
"""Of DuckDB's file: it changes with each checkpoint."""

_ADD: Final = "INSERT INTO ops.foreign_write VALUES ($seen_at, $during)"
_FOUND: Final = "SELECT strftime(seen_at, '%Y-%m-%dT%H:%M:%S'), during FROM ops.foreign_write ORDER BY seen_at"
_THERE: Final = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'ops' AND table_name = 'foreign_write'"


@dataclass(frozen=True)
class Mark:
    """What the lock file says of the store.

    Args:
        state: size, time and place of the file, and size of its log; empty while a writer is at work.
        content: hash of its header.
        boot: of which start of the machine.
        seen_at: when it was found that something else had written, ISO 8601 UTC; empty: it was not.
        during: what ran then, as far as that is known.
    """

    state: str = ""
    content: str = ""
    boot: str = ""
    seen_at: str = ""
    during: str = ""

    @property
    def strange(self) -> bool:
        """Whether something else has written, and that is not in the store yet."""
        return bool(self.seen_at)


class LastWriter:
    """The mark of one store. All but `glance` and `note` is for who holds the writer lock, with the file closed.

    Args:
        path: of the store.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Path(f"{path}.lock")
        self._wal = Wal(path)

    def note(self) -> Mark:
        """What the lock file says; an empty mark where it says nothing that can be read."""
        with suppress(OSError, ValueError, TypeError):
            text = self._lock.read_bytes()[PID_BYTES : PID_BYTES + _BYTES]
            return Mark(**{name: str(value) for name, value in json.loads(text).items()})
        return Mark()

    def look(self, during: str = "") -> Mark:
        """Compares, and takes the file for what it is from now on; what it finds stays in the mark until `stored`."""
        mark, state = self.note(), self._state()
        if not state:  # it was removed, and will be made anew: what was found of it went with it
            return Mark()
        if not mark.state or mark.state == state:
            self._remember(state)
            return mark
        content = self._content()
        strange = content != mark.content and mark.boot == _boot()
        if strange and not mark.strange:
            mark = replace(mark, seen_at=clock.now().isoformat(), during=during)
        mark = replace(mark, state=state, content=content, boot=_boot())
        self._write(mark)
        return mark

    def begin(self, mark: Mark) -> None:
        """Before tipoff writes: until `end` nothing can be known."""
        self._write(replace(mark, state="", content=""))

    def end(self, mark: Mark) -> None:
        """After tipoff has written, and closed the file."""
        if self._path.exists():
            with suppress(OSError):
                self._write(replace(mark, state=self._state(), content=self._content(), boot=_boot()))

    def store(self, con: DuckDBPyConnection, mark: Mark) -> Mark:
        """Puts what was found into ``ops.foreign_write``, in the caller's transaction; the mark after its commit."""
        if not mark.strange or not con.execute(_THERE).fetchall():
            return mark
        con.execute(_ADD, {"seen_at": clock.parse(mark.seen_at, where="the lock file"), "during": mark.during})
        return replace(mark, seen_at="", during="")

    def forget(self) -> None:
        """The file is another one now, by tipoff's own doing."""
        self._write(Mark())

    def glance(self) -> bool:
        """Whether the file is as this process saw it last."""
        return _seen.get(self._path) == self._state()

    def _state(self) -> str:
        if not self._path.is_file():
            return ""
        try:
            there = self._path.stat()
        except OSError:
            return ""
        return f"{there.st_size} {there.st_mtime_ns} {there.st_ino} {self._wal.size}"

    def _content(self) -> str:
        with self._path.open("rb") as file:
            header = file.read(_HEADER)
        return f"{hashlib.blake2b(header, digest_size=16).hexdigest()} {self._wal.size}"

    def _write(self, mark: Mark) -> None:
        text = json.dumps(asdict(replace(mark, during=mark.during[:100])))
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            os.pwrite(descriptor, text.encode().ljust(_BYTES - 1) + b"\n", PID_BYTES)
        finally:
            os.close(descriptor)
        self._remember(mark.state)

    def _remember(self, state: str) -> None:
        _seen[self._path] = state


_seen: Final[dict[Path, str]] = {}
"""The stores that this process has opened, as it saw them last."""


def said(con: DuckDBPyConnection, path: Path) -> str:
    """What was found of other writers and is not settled yet, in words; empty where nothing was.

    Args:
        con: a connection to the store.
        path: of it.
    """
    mark, found = LastWriter(path).note(), list[tuple[str, str]]()
    if con.execute(_THERE).fetchall():
        found += con.execute(_FOUND).fetchall()
    found += [(mark.seen_at, mark.during)] if mark.strange else []
    if not found:
        return ""
    at, during = found[0]
    more = f", and {len(found) - 1} times more" if found[1:] else ""
    while_ran = f" while `{during}` ran" if during else ""
    return f"something else than tipoff wrote to it{while_ran}, as was seen at {at[:19]}Z{more}: it may hold anything"


@contextmanager
def watched(what: str) -> Iterator[None]:
    """A plugin's code runs in the block: whether a store that this process has opened is changed meanwhile.

    Args:
        what: the plugin's function.

    Raises:
        PluginError: something else than tipoff wrote to it.
    """
    _changed("")
    try:
        yield
    except BaseException:
        _changed(what)
        raise
    if path := _changed(what):
        from tipoff.errors import PluginError

        raise PluginError(
            f"while `{what}` ran, something else than tipoff wrote to the store `{path}`, which only tipoff may do. "
            "Where it was that function, this is a defect of the plugin: give rows to tipoff as its hook says. "
            "`tipoff doctor` says how to mend the store"
        )


def _changed(what: str) -> str:
    """The path of a store that something else has written to since this process saw it; empty: none is known."""
    for path in list(_seen):
        writer = LastWriter(path)
        if writer.glance():
            continue
        from tipoff.errors import StoreBusy
        from tipoff.warehouse.store import Warehouse

        if not path.is_file():
            _seen.pop(path, None)
            continue
        with suppress(StoreBusy), Warehouse(path, lock_wait=0).locked():  # else tipoff is at it, and looks for itself
            before = writer.note().strange
            if writer.look(what).strange and not before:
                return str(path)
    return ""


@cache
def _boot() -> str:
    """Which start of the machine this is, where the system tells."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
