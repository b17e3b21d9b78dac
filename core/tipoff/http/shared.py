"""What the processes of one machine share about a source: its pace, and how many requests are under way.

Both are locks of the kernel (``flock``), which die with their process, so that a kill can neither leave a lock
behind nor count a request forever. The pace is one small record, read and written whole under its lock; each
request under way holds the lock of a file of its own.
"""

from __future__ import annotations

import fcntl
import math
import os
import random
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Final

from tipoff.http.pace import Pace

_NAMES: Final = tuple(field.name for field in fields(Pace))
_RECORD: Final = struct.Struct(f"<8s{len(_NAMES) + 1}d")
_MAGIC: Final = b"tipoff 1"
"""Changes whenever the meaning of a number does; a record with another one is not read."""

_LOCK_TRIES: Final = 1000
_LATE: Final = 10.0
"""Seconds by which one process may see another's record as written in the future: it waited for the lock."""

_LOCK_WAIT: Final = 0.001
"""Seconds between tries. The lock is held for microseconds, unless its holder was stopped in just that moment."""


class Shared:
    """One source's folder.

    Args:
        folder: is made if it is not there; may be removed at any time to forget what is known.
        most: how many requests may be under way at once.
    """

    def __init__(self, folder: Path, most: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._most = most
        self._record = folder / "pace"

    @contextmanager
    def pace(self, now: float) -> Iterator[Pace]:
        """The pace as all processes know it, and what the caller makes of it, kept.

        Args:
            now: of a clock that all processes share and that goes back only when the machine starts anew.
        """
        descriptor = os.open(self._record, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(descriptor)
            pace = _unpack(os.pread(descriptor, _RECORD.size, 0), now)
            yield pace
            numbers = (getattr(pace, name) for name in _NAMES)
            os.pwrite(descriptor, _RECORD.pack(_MAGIC, now, *numbers), 0)
        finally:
            os.close(descriptor)

    def enter(self) -> int | None:
        """One of the places for requests under way, or None while all are taken; `os.close` gives it back."""
        first = random.randrange(self._most)
        for number in range(first, first + self._most):
            place = self._folder / f"under-way-{number % self._most}"
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
            else:
                return descriptor
        return None


def known(folder: Path) -> dict[str, Pace]:
    """What is known of each source in a folder of such folders, by name; nothing is waited for or changed."""
    found: dict[str, Pace] = {}
    for record in sorted(folder.glob("*/pace")):
        with suppress(FileNotFoundError):  # a person may remove the folder to forget what is known
            read = _read(record.read_bytes())
            if read is not None:
                found[record.parent.name] = read[1]
    return found


def _lock(descriptor: int) -> None:
    """Waits a second at most: better that two processes count one request than that none goes on."""
    for _ in range(_LOCK_TRIES):
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_WAIT)
    return None


def _unpack(record: bytes, now: float) -> Pace:
    """The pace that was written; a new one where there is none, or none that can be read."""
    read = _read(record)
    if read is None:
        return Pace()
    written, pace = read
    if written > now + _LATE:
        # The machine was started anew since, and its clock with it.
        pace.next = pace.quiet_until = -math.inf
    return pace


def _read(record: bytes) -> tuple[float, Pace] | None:
    """When a record was written, and what it says."""
    if len(record) != _RECORD.size:
        return None
    magic, written, *numbers = _RECORD.unpack(record)
    if magic != _MAGIC or any(math.isnan(number) for number in numbers):
        return None
    return written, Pace(**dict(zip(_NAMES, numbers, strict=True)))
