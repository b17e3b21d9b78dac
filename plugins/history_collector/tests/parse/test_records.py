from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime

import pytest
from tipoff import MalformedResponse, Payload, Quarantine, Request
from tipoff_history.parse import records
from tipoff_history.parse.records import Record


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (records.whole, 3.0, 3),
        (records.whole, "3", 3),
        (records.whole, "", None),
        (records.whole, math.nan, None),
        (records.whole, None, None),
        (records.number, "2.5", 2.5),
        (records.number, math.nan, None),
        (records.number, "", None),
        (records.text, 401.0, "401"),
        (records.text, " ", None),
        (records.text, math.nan, None),
        (records.flag, "TRUE", True),
        (records.flag, 0, False),
        (records.flag, "", None),
        (records.day, datetime(2019, 2, 2), date(2019, 2, 2)),
        (records.day, "2019-02-02", date(2019, 2, 2)),
        (records.instant, "2019-02-02T19:00-05:00", datetime(2019, 2, 3)),
    ],
)
def test_a_value_as_files_write_it(function: Callable[[Record, str], object], value: object, expected: object) -> None:
    assert function({"x": value}, "x") == expected


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (records.whole, 2.5),
        (records.whole, "many"),
        (records.whole, math.inf),
        (records.number, "many"),
        (records.flag, "perhaps"),
        (records.day, None),
        (records.instant, None),
    ],
)
def test_what_it_cannot_be_is_named(function: Callable[[Record, str], object], value: object) -> None:
    with pytest.raises(Quarantine, match=f"x: `{value}` is"):
        function({"x": value}, "x")


def test_a_slice_that_is_none_is_refused() -> None:
    payload = Payload(Request("file:///games.parquet"), b"nonsense", datetime(2020, 1, 1), "league")
    with pytest.raises(MalformedResponse, match=r"the slice `file:///games\.parquet` cannot be read"):
        list(records.records(payload, lambda record: ()))
