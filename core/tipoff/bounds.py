"""How large, how many and how deep an answer or a file may be, looked at before any work is done on it.

What exceeds a bound is an unreadable answer: it is set aside with the reason and owed, and the others go on. So an
answer costs at most about a gigabyte of memory, whatever it holds. The bounds are far above what sources send: ESPN's
largest answers have 2 MB, 12,000 objects and lists, 29,000 values, 15 deep; box scores of
teams over many seasons are 163,000 rows.
"""

from __future__ import annotations

import re
from typing import Final

from tipoff.contracts import Payload
from tipoff.errors import MalformedResponse

BODY_BYTES: Final = 64 * 1024 * 1024
"""Bytes of an answer over HTTP, as unpacked."""

SLICE_BYTES: Final = 64 * 1024 * 1024
"""Bytes of an answer that a client has made itself, of a file: an Arrow stream."""

TEXT_BYTES: Final = 32 * 1024 * 1024
"""Bytes of any other answer: where it is a single text, that is held a dozen times until it has been set aside."""

PARTS: Final = 200_000
"""Objects and lists in a JSON answer; rows, bad records and follow-up questions that are made of any answer."""

VALUES: Final = 1_000_000
"""Values in a JSON answer."""

DEPTH: Final = 100
"""Objects and lists within each other in a JSON answer."""

LINES: Final = 1_000_000
"""Lines of an answer that is no JSON."""

FILE_BYTES: Final = 128 * 1024 * 1024
"""Bytes of a published file as unpacked, and of the text in its columns."""

FILE_ROWS: Final = 1_000_000
"""Rows of a published file."""

FILE_CELLS: Final = 16_000_000
"""Values in the columns of a published file that are read."""

_CHUNK: Final = 1024 * 1024
_ARROW: Final = b"\xff\xff\xff\xff"
"""How an Arrow stream begins."""
_JSON: Final = re.compile(rb"[\x00\xef\xbb\xbf\xfe\xff\s]*[{\[]")
_STEPS: Final = bytes(1 if byte in b"{[" else 255 if byte in b"}]" else 0 for byte in range(256))


def check(payload: Payload) -> None:
    """Whether an answer is within the bounds; called before it is parsed.

    Raises:
        MalformedResponse: it is not; names the bound.
    """
    check_size(payload)
    if _JSON.match(payload.body):
        _must(payload, "objects and lists within each other", depth(payload.body), DEPTH)


def check_size(payload: Payload) -> None:
    """The same without the depth, which takes longer to find; called as soon as an answer is there."""
    body = payload.body
    _must(payload, "bytes", len(body), SLICE_BYTES if body.startswith(_ARROW) else TEXT_BYTES)
    if not _JSON.match(body):
        _must(payload, "lines", body.count(b"\n"), LINES)
        return
    _must(payload, "objects and lists", body.count(b"{") + body.count(b"["), PARTS)
    _must(payload, "values", body.count(b","), VALUES)


def _must(payload: Payload, what: str, found: int, most: int) -> None:
    if found > most:
        raise too_much(payload.request.key, f"{found:,} {what}", most)


def too_much(key: str, what: str, most: int) -> MalformedResponse:
    """The error of an answer that exceeds a bound."""
    return MalformedResponse(
        f"the answer to `{key}` has {what}, and {most:,} is the most that is read; nothing of it was used: look at "
        "that address, and ask for less at a time if it is right"
    )


def depth(body: bytes) -> int:
    """How many objects and lists of a JSON text are within each other at most; brackets in texts are none."""
    import numpy as np  # heavy, and the client reads its bound from here

    body = body.replace(b"\0", b"").replace(b"\\\\", b"").replace(b'\\"', b"")
    level = deepest = quotes = 0
    for start in range(0, len(body), _CHUNK):
        part = body[start : start + _CHUNK]
        # The sum of so few bits may run over; whether it is odd stays right.
        seen = np.cumsum(np.frombuffer(part, np.uint8) == ord('"'), dtype=np.uint8) + np.uint8(quotes)
        steps = np.frombuffer(part.translate(_STEPS), np.int8)
        levels = level + np.cumsum(np.where(seen & 1, 0, steps), dtype=np.int32)
        deepest = max(deepest, int(levels.max()))
        level, quotes = int(levels[-1]), int(seen[-1]) & 1
    return deepest
