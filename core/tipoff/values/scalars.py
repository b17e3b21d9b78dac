"""Numbers, flags, ids and seasons."""

from __future__ import annotations

import math
import re
from typing import Final

from tipoff.clock import SEASONS
from tipoff.errors import Quarantine
from tipoff.values.figures import figure, whole_figure
from tipoff.values.words import BYTES, CONTROL, MISSING, is_missing

_WHOLE: Final = re.compile(r"[+-]?\d{1,30}(?:\.0*)?")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WHOLE_ID: Final = re.compile(r"(-?\d+)\.0+")
_ROUNDED: Final = re.compile(r"[+-]?\d+(?:\.\d*)?[eE][+-]?\d+")
_FRACTION: Final = re.compile(r"[+-]?\d*[.,]\d[\d.,]*")

_LARGEST: Final = 10**300
"""Within the range of a float."""

_TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", "0.0"})


def identifier(value: object, path: str = "") -> str | None:
    """An id as text: 401, 401.0, "401" and "401.0" are "401"; leading zeros of a text stay.

    Refused: a number that is not whole or has lost digits, also one that a spreadsheet has rounded ("4.02E+08").
    """
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        found = value.strip()
        if found.casefold() in MISSING:
            return None
        if whole_id := _WHOLE_ID.fullmatch(found):
            return whole_id[1]
        if _ROUNDED.fullmatch(found):
            raise Quarantine(f"`{found}` is a rounded number, no id: a spreadsheet has cut it; write ids as text", path)
        if _FRACTION.fullmatch(found) or BYTES.fullmatch(found) or CONTROL.search(found):
            raise Quarantine(f"`{found}` is no id", path)
        return found
    if is_missing(value):
        return None
    found_whole = whole_figure(value)
    if found_whole is None:
        raise Quarantine(f"`{value!r:.100}` is no id", path)
    return str(found_whole)


def whole(value: object, path: str = "") -> int | None:
    """A whole number: 3, 3.0, "3" and "3.0" are 3."""
    if type(value) is int:
        return value
    if isinstance(value, str):
        found = value.strip()
        if _WHOLE.fullmatch(found):
            return int(found.partition(".")[0])
        if found.casefold() in MISSING:
            return None
    elif is_missing(value):
        return None
    elif (found_whole := whole_figure(value)) is not None:
        return found_whole
    raise Quarantine(f"`{value!s:.100}` is not a whole number", path)


def number(value: object, path: str = "") -> float | None:
    """A finite number."""
    found: float | None = None
    if type(value) is float:
        found = value
    elif isinstance(value, str):
        if _NUMBER.fullmatch(value.strip()):
            found = float(value)
        elif value.strip().casefold() in MISSING:
            return None
    elif is_missing(value):
        return None
    elif (said := figure(value)) is not None:
        found = float(said) if abs(said) < _LARGEST else math.inf
    if found is None or math.isinf(found):
        raise Quarantine(f"`{value!s:.100}` is not a number", path)
    return None if math.isnan(found) else found


def flag(value: object, path: str = "") -> bool | None:
    """True or false; also as 1 or 0, yes or no, y or n, t or f."""
    if type(value) is bool:
        return value
    if is_missing(value):
        return None
    said = str(value).strip().casefold()
    if said not in _TRUE and said not in _FALSE:
        raise Quarantine(f"`{value!s:.100}` is neither true nor false", path)
    return said in _TRUE


def season(value: object, path: str = "") -> int | None:
    """A season by the year in which it ends: 2024, 2024.0, "2024" and "2024.0" are 2024.

    Refused: "2023-24", since one who writes seasons so may write the year in which they begin elsewhere.
    """
    try:
        found = whole(value, path)
    except Quarantine:
        found = 0
    if found is None or found in SEASONS:
        return found
    raise Quarantine(f"`{value!s:.100}` is not a season; write the year in which it ends, like 2024 for 2023-24", path)
