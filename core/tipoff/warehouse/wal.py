"""DuckDB's write-ahead log beside a store's file: what was committed and is not in the file yet."""

from __future__ import annotations

import logging
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tipoff.warehouse.disk import free_names, fsync, write_whole

if TYPE_CHECKING:
    import duckdb

STORAGE: Final = "v1.5.0"
"""Storage version of new files, so that DuckDB 1.5 can open them too."""

_LONG: Final = 16 * 2**20
"""Bytes from which on a log is folded in, unless the file is so large that a quarter of it is more."""

_OUTDATED: Final = "WAL checkpoint iteration does not match"
_TORN: Final = re.compile(r"Corrupt WAL file: entry at byte position (\d+)")

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

        Args:
            error: that DuckDB raised on opening the store.

        Returns:
            Whether the store may be opened once more; False where something else is wrong.
        """
        if _OUTDATED in str(error):
            self.path.unlink(missing_ok=True)
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
