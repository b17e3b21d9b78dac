"""Text, and the words that mean missing."""

from __future__ import annotations

import html
import math
import re
from datetime import date
from typing import Final

from tipoff.errors import Quarantine
from tipoff.values.figures import figure

_DASHES: Final = frozenset({"", "-", "--", "---", "\N{EN DASH}", "\N{EM DASH}"})
MISSING: Final = _DASHES | {"none", "nan", "nat", "null", "<na>", "na", "n/a", "#n/a"}
_MISSING_CODE: Final = _DASHES | {"None", "nan", "NaN", "NaT", "null", "NULL", "<NA>", "N/A", "n/a", "#N/A"}
_MISSING_TEXT: Final = _MISSING_CODE | {"NA"}

_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED: Final = 4
"""How many times over a text may have been escaped."""

_BREAKS: Final = re.compile(r"[\t-\r\x85\xa0\u2028\u2029]+")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MISREAD: Final = re.compile("\ufffd|[\u00c2\u00c3][\u0080-\u009f\u00a1-\u00bf]|\u00e2\u20ac")
"""What becomes of an accent that was decoded by the wrong encoding."""

BYTES: Final = re.compile(r"""b(['"]).*\1""", re.DOTALL)


def is_missing(value: object) -> bool:
    """Whether a value of any type but free text says that there is none."""
    if value is None:
        return True
    if isinstance(value, str):
        return value.strip().casefold() in MISSING
    if isinstance(value, bool | int | date):
        return str(value) == "NaT"
    return str(value) in {"nan", "NaN", "sNaN", "NaT", "<NA>"}


def text(value: object, path: str = "") -> str | None:
    """Free text, such as a name: without blanks around it, on one line, HTML entities as the characters they stand for.

    A whole number is written as one (7.0 is "7"). Refused: bytes, also as Python writes them (``b'...'``), control
    characters, what was decoded by the wrong encoding, and what is no text at all.
    """
    return _text(value, path, _MISSING_TEXT)


def abbreviation(value: object, path: str = "") -> str | None:
    """Like `text`, but ``NA`` is no missing value."""
    return _text(value, path, _MISSING_CODE)


def _text(value: object, path: str, missing: frozenset[str]) -> str | None:
    if isinstance(value, str):
        found = value.strip()
        if not (found.isascii() and found.isprintable() and "&" not in found):
            found = _plain(found, path)
        if found in missing:
            return None
        if found.startswith("b") and BYTES.fullmatch(found):
            raise Quarantine(f"`{found:.100}` is Python's spelling of bytes, not text; write the column as UTF-8", path)
        return found
    if type(value) is int:
        return str(value)
    if is_missing(value):
        return None
    found_figure = figure(value)
    if found_figure is not None and math.isfinite(found_figure):
        return str(int(found_figure)) if found_figure == int(found_figure) else str(found_figure)
    what = "bytes" if isinstance(value, bytes | bytearray | memoryview) else type(value).__name__
    raise Quarantine(f"`{value!r:.100}` is {what}, not text; write the column as UTF-8", path)


def _plain(value: str, path: str) -> str:
    found = value
    for _ in range(_ESCAPED):
        if "&" not in found:
            break
        found = _ENTITY.sub(lambda entity: html.unescape(entity[0]), found)
    found = _BREAKS.sub(" ", found).strip("\ufeff ")
    if CONTROL.search(found):
        raise Quarantine(f"`{value!r:.100}` has a control character; write the text without it", path)
    if _MISREAD.search(found):
        raise Quarantine(f"`{value:.100}` was decoded by the wrong encoding; write the text as UTF-8", path)
    return found
