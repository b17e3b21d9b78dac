"""DuckDB's write-ahead log beside a store's file: what was committed and is not in the file yet."""

from __future__ import annotations

import logging
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tipoff.disk import free_names, fsync, write_whole

if TYPE_CHECKING:
    import duckdb

STORAGE: Final = "v1.5.0"
"""Storage version of new files, so that DuckDB 1.5 can open them too."""

_LONG: Final = 16 * 2**20
"""Bytes from which on a log is folded in, unless the file is so large that a quarter of it is more."""

_ITERATIONS: Final = re.compile(r"File checkpoint iteration: (\d+), WAL checkpoint iteration: (\d+)")
_FOREIGN: Final = "WAL does not match database file"
_TORN: Final = re.compile(r"Corrupt WAL file: entry at byte position (\d+)")

_HEAD: Final = b"d\x00b"
"""How every log begins: its first entry tells its version. DuckDB takes one that begins otherwise for an empty one."""

_log = logging.getLogger(__name__)


class Wal:
    """The log of one store. All but its size is for who holds the writer lock, with the file closed.

    Args:
        store: the DuckDB file.
    """

    def __init__(self, store: Path) -> None:
        self.path = store.with_name(f"{store.name}.wal")
        self._store = store

    @property
    def size(self) -> int:
        """In bytes; 0 where there is none."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    @property
    def is_long(self) -> bool:
        """Whether it is time to fold it in."""
        return self.size > max(_LONG, self._store.stat().st_size // 4)

    def set_aside(self) -> None:
        """Renames what is left of a store whose file is gone: it is no other store's."""
        if self.size:
            (kept,) = free_names([self.path], "lost")
            self.path.rename(kept)

    def set_aside_headless(self) -> None:
        """Renames a log whose beginning is unreadable, which DuckDB would write over without a word."""
        if not self.size:
            return
        with self.path.open("rb") as file:
            headless = file.read(len(_HEAD)) != _HEAD
        if headless:
            self._set_aside_damaged("cannot be read from its first byte on")

    def _set_aside_damaged(self, what: str) -> None:
        """Its rows come back from the record and the landing zone, like those of a store that is lost."""
        (kept,) = free_names([self.path], "damaged")
        self.path.rename(kept)
        _log.warning("the log of the store %s; set aside as %s", what, kept)

    def fold(self) -> None:
        """Folds it into a copy of the file, which then takes the file's place.

        Raises:
            StoreUnwritable: the disk does not take the copy (StoreFull: it has no room).
        """
        import duckdb  # not for those who only ask for the size

        def make(beside: Path) -> None:
            copy = Wal(beside)
            shutil.copyfile(self._store, beside)
            shutil.copyfile(self.path, copy.path)
            with duckdb.connect(str(beside), config={"storage_compatibility_version": STORAGE}) as con:
                con.execute("CHECKPOINT").fetchall()
            copy.path.unlink(missing_ok=True)

        write_whole(self._store, make)
        self.path.unlink(missing_ok=True)  # killed before this, it is told by its number to be of the file before

    def mend(self, error: duckdb.Error) -> bool:
        """Takes it away where it is the file's before, and cuts it off where a power cut has left it unwritten.

        What is taken or cut off otherwise is kept beside it, and a warning says so.

        Args:
            error: that DuckDB raised on opening the store.

        Returns:
            Whether the store may be opened once more; False where something else is wrong.
        """
        numbers = _ITERATIONS.search(str(error))
        if numbers and int(numbers[2]) < int(numbers[1]):
            self.path.unlink(missing_ok=True)
            return True
        if numbers or _FOREIGN in str(error):
            self._set_aside_damaged("is of another store or of a later state of it, or damaged")
            return True
        torn = _TORN.search(str(error))
        if torn is None or not 0 < int(torn[1]) < self.size:
            return False
        (kept,) = free_names([self.path], "damaged")
        shutil.copyfile(self.path, kept)
        fsync(kept)
        with self.path.open("r+b") as file:
            file.truncate(int(torn[1]))
            os.fsync(file.fileno())
        _log.warning("the log of the store was damaged from byte %s on, and cut off there; kept as %s", torn[1], kept)
        return True
