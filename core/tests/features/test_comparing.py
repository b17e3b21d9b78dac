"""What a builder is told of rows that come out otherwise once later games are played."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest
from tipoff.features.comparing import compared

from .conftest import features_table

DAY, TIP = date(2024, 1, 15), datetime(2024, 1, 15, 23)
TABLE = features_table("form", "", ("a", "DOUBLE"), ("b", "DOUBLE"), ("c", "DOUBLE"))


def rows(**values: float) -> pa.Table:
    key = {"league": ["m"], "season": [2024], "game_id": ["g1"], "game_date": [DAY], "tip_utc": [TIP]}
    return pa.table(key | {name: [value] for name, value in values.items()})


@pytest.mark.parametrize(
    ("later", "columns", "end"),
    [
        ({"a": 2.0}, ("a",), "are played"),
        ({"a": 2.0, "b": 2.0}, ("a", "b"), "; `b` changes too"),
        ({"a": 2.0, "b": 2.0, "c": 2.0}, ("a", "b", "c"), "; `b`, `c` change too"),
    ],
)
def test_each_column_that_changes_is_told(later: dict[str, float], columns: tuple[str, ...], end: str) -> None:
    known = {"a": 1.0, "b": 1.0, "c": 1.0}
    found = compared(TABLE, rows(**known | later), rows(**known), DAY)
    assert found is not None
    assert found.columns == columns
    assert found.said.startswith("looks ahead: `a` of ")
    assert found.said.endswith(end)
