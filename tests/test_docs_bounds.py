"""The page on bounds gives those that hold."""

from __future__ import annotations

import re
from pathlib import Path

from tipoff import bounds

PAGE = Path(__file__).parents[1] / "docs/reference/bounds.md"


def test_the_bounds_are_those_that_hold() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", PAGE.read_text(), re.M)
    holds = {name: value for name, value in vars(bounds).items() if name.isupper() and not name.startswith("_")}
    assert {name: int(number.replace(",", "")) for name, number in rows} == holds
