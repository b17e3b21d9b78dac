"""Heads of the ledger: where its chain ended at an instant. Whoever holds an earlier one sees a chain made anew.

The last one is kept in ``ledger.json``. Each publication adds one to ``heads.jsonl`` beside the copy, a line of JSON
with ``rows``, ``hash`` and ``at``; it is only ever added to. Alerts carry the same as ``ROWS:HASH@INSTANT``. Of a head
with an instant, the rows after it must be stamped no earlier: they were not there yet.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from tipoff import clock
from tipoff.errors import LedgerError, SettingsError

_SPOKEN: Final = re.compile(r"(\d+):([0-9a-f]{64})(?:@(\S+))?")
_FORM: Final = "ROWS:HASH or ROWS:HASH@INSTANT, as alerts carry it"


class Head(NamedTuple):
    """Where the chain ended, and when where that is known.

    Args:
        rows: how many there were.
        hash: of the last of them.
        at: an instant at which there were no more, naive UTC.
    """

    rows: int
    hash: str
    at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.rows}:{self.hash}" + (f"@{self.at.isoformat()}" if self.at else "")

    @property
    def line(self) -> str:
        """As JSON, in one line."""
        return json.dumps({"rows": self.rows, "hash": self.hash} | ({"at": self.at.isoformat()} if self.at else {}))


def last(head: Path) -> Head:
    """What ``ledger.json`` remembers.

    Raises:
        LedgerError: it cannot be read.
    """
    found = _of_json(head.read_bytes())
    if found is None:
        raise LedgerError(
            f"`{head}`, which remembers where the ledger's chain ends, cannot be read: it must hold `rows` and `hash`; "
            "`tipoff restore` writes it anew, and keeps this one beside it"
        )
    return found


def published(path: Path) -> list[Head]:
    """The heads in a file, a line each; a last line that was cut off is none.

    Raises:
        LedgerError: names the line that is no head.
    """
    try:
        content = path.read_text(errors="replace")
    except FileNotFoundError:
        return []
    lines = content.split("\n")
    found = []
    for number, line in enumerate(lines, 1):
        head = _of(line)
        if head is not None:
            found.append(head)
        elif line.strip() and number < len(lines):
            raise LedgerError(
                f"line {number} of `{path}` is no head of the ledger: `{line:.100}`; a line is {_FORM}, or JSON with "
                "`rows`, `hash` and `at`; put the file back as it was, or move it away"
            )
    return found


def given(text: str) -> list[Head]:
    """The heads that a person holds: a file of them, or one as it is.

    Raises:
        SettingsError: it is neither, or the file holds none.
        LedgerError: a line of the file is no head.
    """
    if (one := _of(text)) is not None:
        return [one]
    path = Path(text)
    if not path.is_file():
        raise SettingsError(f"`{text:.200}` is neither a file of heads nor a head; write {_FORM}")
    if not (found := published(path)):
        raise SettingsError(f"`{path}` holds no head of a ledger; a line is {_FORM}")
    return found


def add(path: Path, head: Head) -> None:
    """Adds a line to the file, and syncs it; what a full disk has left of a line before goes."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        cut = size and os.pread(descriptor, 1, size - 1) != b"\n"
        if cut:  # it is no line that anybody was given
            content = os.pread(descriptor, size, 0)
            os.ftruncate(descriptor, content.rfind(b"\n") + 1)
        os.write(descriptor, f"{head.line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def follow(head: Head, length: int, hash_of: Callable[[int], str | None]) -> None:
    """Whether a chain of so many rows, with the hash of each by its number, goes on from a head.

    It may be longer.

    Raises:
        LedgerError: rows are missing at its end, or were replaced.
    """
    when = f" at {head.at:%Y-%m-%d %H:%M}Z" if head.at else ""
    if head.rows > length:
        raise broken(f"it has `{length}` rows and once had `{head.rows}`{when}: the last ones are missing")
    if head.rows and hash_of(head.rows) != head.hash:
        raise broken(f"row `{head.rows}` is not the one that was written{when}: the chain was made anew")


def in_time(heads: Sequence[Head], stamp_after: Callable[[int], datetime | None]) -> None:
    """Whether rows that came after a head are stamped after it.

    An instant that is later than the present, or than that of a later head, is a clock's that was ahead: it says
    nothing.

    Args:
        heads: in the order in which they were written.
        stamp_after: the earliest stamp of the rows after so many; None where there are none.

    Raises:
        LedgerError: a row is stamped as if it had been there.
    """
    known = clock.now()
    for head in reversed(heads):
        if head.at is None or head.at > known:
            continue
        known = head.at
        stamp = stamp_after(head.rows)
        if stamp is not None and stamp < head.at:
            raise broken(
                f"a row after `{head.rows}` is stamped `{stamp}`, and at `{head.at}` the chain still ended before it"
            )


def broken(what: str) -> LedgerError:
    """The error of a ledger that is not what it was."""
    return LedgerError(f"the prediction ledger is broken: {what}; restore the store from a backup made before that")


def headless(head: Path) -> LedgerError:
    """The error where there are rows, and nothing remembers where they end."""
    return broken(f"`{head}`, which remembers where the chain ends, is missing")


def _of(text: str) -> Head | None:
    if (spoken := _SPOKEN.fullmatch(text.strip())) is None:
        return _of_json(text)
    try:
        return Head(int(spoken[1]), spoken[2], clock.parse(spoken[3], where="head") if spoken[3] else None)
    except SettingsError:
        return None


def _of_json(text: str | bytes) -> Head | None:
    try:
        said: Any = json.loads(text)
        rows, hashed, at = said["rows"], said["hash"], said.get("at")
        instant = datetime.fromisoformat(at) if at is not None else None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0 or not isinstance(hashed, str):
        return None
    return Head(rows, hashed, clock.utc(instant) if instant else None)
