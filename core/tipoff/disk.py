"""Getting files and folders onto the disk: whole or not at all, and for good."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from tipoff.errors import SettingsError, StoreError, StoreFull, StoreUnwritable

_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_DISK: Final = (errno.EIO, errno.EROFS)

_DUCKDB_SAYS: Final = "fsync failed!"
"""What DuckDB says instead of the system's words for a broken disk."""

_UNFINISHED: Final = re.compile(r"\..+\.(\d+)-[0-9a-f]{8}(\.wal|\.lock)?")


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Makes a file or a folder appear at once, complete and synced; a file that is there is replaced.

    It is made beside `path`, synced and renamed, so that no reader sees half of it, no kill leaves half of it
    and no power cut truncates it. What killed writers left in the folder is removed.

    Args:
        path: where; its parents are made.
        write: fills the file, or makes and fills the folder, at the path it is given.

    Raises:
        StoreUnwritable: the disk does not take it (StoreFull: it has no room).
        OSError: `path` is a folder that is there already, or may not be written.
    """
    with room_for(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        beside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
        try:
            write(beside)
            if beside.is_dir():
                for inside in beside.iterdir():
                    fsync(inside)
            fsync(beside)
            beside.rename(path)
        finally:
            _remove(beside)
        fsync(path.parent)


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Says in tipoff's words that the disk does not take what the block writes.

    Args:
        path: what it writes.

    Raises:
        StoreFull: the disk, a quota or a limit on files has no room for it.
        StoreUnwritable: the disk is broken, or read-only.
    """
    try:
        yield
    except StoreUnwritable:  # said already
        raise
    except Exception as error:  # DuckDB's too, which has the system's words and no number
        said = f"`{path}` could not be written, and is as it was: {error}"
        if _speaks_of(_NO_ROOM, error):
            raise StoreFull(f"{said}; make room (`tipoff doctor` says how much there is), then run it again") from error
        if _speaks_of(_NO_DISK, error) or _DUCKDB_SAYS in str(error):
            raise StoreUnwritable(f"{said}; look after the disk (`dmesg`, `mount`), then run it again") from error
        raise


def _speaks_of(numbers: Iterable[int], error: Exception) -> bool:
    return any(os.strerror(number) in str(error) for number in numbers)


def within(root: Path, *names: str) -> Path:
    """The path ``root/name/name…``, which is below `root` whoever the names are from.

    Raises:
        StoreError: one of them is no name of a file or folder.
    """
    for name in names:
        if name in ("", ".", "..") or "/" in name or "\0" in name:
            raise StoreError(f"`{name}` is no name of a file or folder in `{root}`, so nothing was read or written")
    return root.joinpath(*names)


def keep_private(folder: Path) -> str:
    """Makes a folder that only its owner may enter, or closes one that is there; what this process writes is private.

    Returns:
        What was changed, in words; empty where nothing was.

    Raises:
        SettingsError: others may enter it, and it is not ours to close.
    """
    os.umask(0o077)
    with room_for(folder):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return f"Created the folder {folder}"
        status = folder.stat()
        mode = stat.S_IMODE(status.st_mode)
        if not mode & 0o077:
            return ""
        # A folder like /tmp is everybody's, and not to be closed even by root.
        if mode & stat.S_ISVTX or os.geteuid() not in (0, status.st_uid):
            raise SettingsError(
                f"other users may enter `{folder}` (its mode is {mode:o}), and it is not ours to close: it is to hold "
                f"passwords and data; name another folder, or let its owner run: chmod 700 {folder}"
            )
        folder.chmod(mode & 0o700)
    return f"Closed the folder {folder} to other users (chmod 700)"


def fsync(path: Path) -> None:
    """Makes a file's content, or a folder's list of names, survive a crash of the machine."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_names(paths: Sequence[Path], why: str) -> list[Path]:
    """Names beside `paths` under which what is there can be kept: each ``NAME.WHY-1``, or all the next number."""
    tried = ([path.with_name(f"{path.name}.{why}-{number}") for path in paths] for number in count(1))
    return next(names for names in tried if not any(name.exists() for name in names))


def _sweep(folder: Path) -> None:
    """Removes what killed writers left unfinished."""
    for path in folder.iterdir():
        unfinished = _UNFINISHED.fullmatch(path.name)
        if unfinished and not is_alive(int(unfinished[1])):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Whether there is a process of this id, anybody's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
