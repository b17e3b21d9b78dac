"""Numbers of any library as Python's own."""

from __future__ import annotations

import math
from decimal import Decimal
from numbers import Integral, Real
from typing import Final

_EXACT: Final = 2**53
"""From here on a float no longer tells one whole number from the next."""


def figure(value: object) -> int | float | None:
    """A number of any library as one of Python's; None for what is none, such as true."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else None


def whole_figure(value: object) -> int | None:
    """A whole number that has lost no digits; None for anything else."""
    found = figure(value)
    if found is None or isinstance(found, int):
        return found
    return int(found) if math.isfinite(found) and found == int(found) and abs(found) < _EXACT else None
