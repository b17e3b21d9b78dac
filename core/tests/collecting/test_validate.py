from __future__ import annotations

from datetime import date, datetime, timezone

import pytest
from tipoff.collecting.validate import Validator
from tipoff.contracts import Column, ColumnType, Table
from tipoff.errors import PluginError

EVERY: tuple[ColumnType, ...] = ("VARCHAR", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP")
TABLE = Table("every", ("key",), (Column("key", "VARCHAR"), *(Column(kind.lower(), kind) for kind in EVERY)))
AWARE = datetime(2026, 1, 1, tzinfo=timezone.utc)


def trouble(kind: str, value: object) -> tuple[str, str] | None:
    return Validator(TABLE).trouble({"key": "k", kind.lower(): value})


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("VARCHAR", ["", "x", "é", "🏀"]),
        ("INTEGER", [0, -(2**31), 2**31 - 1]),
        ("DOUBLE", [0.5, 3, -1e300]),
        ("BOOLEAN", [True, False]),
        ("DATE", [date(2026, 1, 1)]),
        ("TIMESTAMP", [datetime(2026, 1, 1)]),
    ],
)
def test_what_fits(kind: str, values: list[object]) -> None:
    assert [trouble(kind, value) for value in [*values, None]] == [None] * (len(values) + 1)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("VARCHAR", [1, b"x", "\ud83c"]),
        ("INTEGER", [1.0, "1", True, 2**31]),
        ("DOUBLE", ["1", True, float("nan"), float("inf"), 2**60]),
        ("BOOLEAN", [0, "true"]),
        ("DATE", [datetime(2026, 1, 1), "2026-01-01"]),
        ("TIMESTAMP", [date(2026, 1, 1), AWARE, 0]),
    ],
)
def test_what_does_not(kind: str, values: list[object]) -> None:
    for value in values:
        found = trouble(kind, value)
        assert found is not None
        assert found[0] == kind.lower()
        assert f"is not {kind}" in found[1]


def test_a_key_has_a_value() -> None:
    assert Validator(TABLE).trouble({"integer": 1}) == ("key", "a key column has no value")
    assert Validator(TABLE).trouble({"key": None}) == ("key", "a key column has no value")


def test_an_unknown_column_is_the_plugins_fault() -> None:
    with pytest.raises(PluginError, match="no column `wrong`"):
        Validator(TABLE).trouble({"key": "k", "wrong": None})
