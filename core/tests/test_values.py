"""What a value of a source means, whoever wrote it."""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tipoff import Quarantine, values
from tipoff.clock import LEAGUE_ZONE, day_of, day_start

TYPED = (values.whole, values.number, values.flag, values.identifier, values.season, values.day, values.instant)
MISSING = ("", " ", "-", "--", "None", "nan", "NaN", "null", "NULL", "<NA>", "N/A", "NA", "none", "Null", "NaT", "#N/A")

fuzzed = settings(max_examples=150, derandomize=True, deadline=None)


@pytest.mark.parametrize("word", [*MISSING, None, math.nan, Decimal("NaN"), np.float32("nan")])
@pytest.mark.parametrize("read", [*TYPED, values.tip])
def test_words_that_mean_missing_are_missing_for_every_type(
    read: Callable[[object, str], object], word: object
) -> None:
    assert read(word, "x") is None


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("nan", None),
        ("None", None),
        ("<NA>", None),
        ("null", None),
        ("NULL", None),
        ("--", None),
        (math.nan, None),
        ("NA", None),
        # People, places and schools.
        ("Null", "Null"),
        ("Nan", "Nan"),
        ("Na", "Na"),
        ("none of them", "none of them"),
        ("Nancy", "Nancy"),
    ],
)
def test_a_name_is_missing_only_where_a_program_says_so(word: object, said: str | None) -> None:
    assert values.text(word, "name") == said


def test_an_abbreviation_may_be_na() -> None:
    assert [values.abbreviation(word) for word in ("NA", "nan", "N/A", "UNA")] == ["NA", None, None, "UNA"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("Texas A&amp;M", "Texas A&M"),
        ("Texas A&amp;amp;M", "Texas A&M"),
        ("Hawai&#39;i", "Hawai'i"),
        ("Hawai&#x27;i", "Hawai'i"),
        ("Jy&#X27;Lan", "Jy'Lan"),
        ("San Jos&eacute; State", "San José State"),
        ("A&M; and &nosuch;", "A&M; and &nosuch;"),
        ("AT&T Center", "AT&T Center"),
        ("Q&A &copy", "Q&A &copy"),
        ("one&nbsp;two", "one two"),
        ("one\ntwo", "one two"),
        ("\ufeffname ", "name"),
        ("São Tomé", "São Tomé"),
        (7.0, "7"),
        (7, "7"),
        (np.int64(7), "7"),
        (7.5, "7.5"),
    ],
)
def test_a_text_as_people_read_it(word: object, said: str) -> None:
    assert values.text(word, "name") == said


@pytest.mark.parametrize(
    "word",
    [
        b"name",
        "b'San Jos\\xe9'",
        'b"name"',
        "na\x00me",
        "na\x07me",
        "San Jos\ufffd",
        "San JosÃ©",
        "Jos\x82",
        math.inf,
        True,
        date(2024, 1, 2),
        ["name"],
        {"name": 1},
    ],
)
def test_what_is_no_text_is_refused_with_the_path(word: object) -> None:
    with pytest.raises(Quarantine) as refused:
        values.text(word, "events[3].name")
    assert refused.value.path == "events[3].name"
    assert "`" in refused.value.reason


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (401, "401"),
        (401.0, "401"),
        ("401", "401"),
        ("401.0", "401"),
        (" 401 ", "401"),
        (Decimal("401"), "401"),
        (np.int32(401), "401"),
        ("0401", "0401"),
        ("-2", "-2"),
        ("ncaa:401", "ncaa:401"),
        (401_600_101.0, "401600101"),
    ],
)
def test_an_id_is_one_text_however_it_is_written(value: object, said: str) -> None:
    assert values.identifier(value, "game_id") == said


@pytest.mark.parametrize(
    "value",
    [
        "4.02E+08",
        "4.016e8",
        "4E8",
        "401.5",
        "401,600,101",
        401.5,
        1e300,
        2.0**60,
        math.inf,
        True,
        b"401",
        date.max,
        [401],
    ],
)
def test_an_id_that_is_none_or_was_rounded_is_refused(value: object) -> None:
    with pytest.raises(Quarantine, match="id") as refused:
        values.identifier(value, "game_id")
    assert refused.value.path == "game_id"


@pytest.mark.parametrize(
    ("read", "value", "said"),
    [
        (values.whole, 3.0, 3),
        (values.whole, "3", 3),
        (values.whole, "3.0", 3),
        (values.whole, "+3", 3),
        (values.whole, Decimal("3.00"), 3),
        (values.number, "2.5", 2.5),
        (values.number, ".5", 0.5),
        (values.number, "1e2", 100.0),
        (values.number, Decimal("2.5"), 2.5),
        (values.flag, "TRUE", True),
        (values.flag, 0, False),
        (values.flag, "0.0", False),
        (values.flag, "No", False),
        (values.season, "2024", 2024),
        (values.season, "2024.0", 2024),
        (values.season, 2024.0, 2024),
        (values.day, datetime(2019, 2, 2), date(2019, 2, 2)),
        (values.day, "2019-02-02", date(2019, 2, 2)),
        (values.day, 20190202, date(2019, 2, 2)),
        (values.day, "2019-02-03T00:30Z", date(2019, 2, 2)),
        (values.day, "2019-02-02T00:00:00Z", date(2019, 2, 2)),
        (values.instant, "2019-02-02T19:00-05:00", datetime(2019, 2, 3)),
        (values.instant, "2019-02-03 00:30:00 UTC", datetime(2019, 2, 3, 0, 30)),
        (values.instant, datetime(2019, 2, 3, 0, 30), datetime(2019, 2, 3, 0, 30)),
    ],
)
def test_a_value_as_it_is_written(read: Callable[[object, str], object], value: object, said: object) -> None:
    found = read(value, "x")
    assert found == said
    assert type(found) is type(said)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (values.whole, 2.5),
        (values.whole, "many"),
        (values.whole, "1_0"),
        (values.whole, "1,204"),
        (values.whole, "9" * 5000),
        (values.whole, math.inf),
        (values.whole, True),
        (values.number, "inf"),
        (values.number, "1e999"),
        (values.number, math.inf),
        (values.number, 10**400),
        (values.number, "2,5"),
        (values.number, False),
        (values.flag, "perhaps"),
        (values.flag, 2),
        (values.season, "2023-24"),
        (values.season, "2023/24"),
        (values.season, 24),
        (values.season, "2024x"),
        (values.season, True),
        (values.day, "2019-02-30"),
        (values.day, "2019-02-02garbage"),
        (values.day, 1_700_000_000),
        (values.day, "0001-01-01"),
        (values.instant, "2019-02-02"),
        (values.instant, "soon"),
        (values.instant, 1_700_000_000),
        (values.tip, "soon"),
        (values.tip, [2019]),
    ],
)
def test_what_it_cannot_be_is_refused_by_path_and_value(read: Callable[[object, str], object], value: object) -> None:
    with pytest.raises(Quarantine) as refused:
        read(value, "x")
    assert refused.value.path == "x"
    assert str(value)[:20] in refused.value.reason


@pytest.mark.parametrize("value", ["2023-11-10", date(2023, 11, 10), 20231110, "20231110"])
def test_a_day_is_that_day_and_the_time_unknown(value: object) -> None:
    assert values.tip(value) == (datetime(2023, 11, 10, 5), date(2023, 11, 10), False)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2024-01-11T05:00Z", date(2024, 1, 11)),  # midnight in the East
        ("2024-01-11T04:00Z", date(2024, 1, 11)),  # with the offset of summer: 23:00 of the day before
        ("2024-04-01T04:00Z", date(2024, 4, 1)),
        ("2024-04-01T05:00Z", date(2024, 4, 1)),  # with the offset of winter
        ("2024-01-11T00:00Z", date(2024, 1, 11)),
        ("2024-01-12T00:30Z", date(2024, 1, 11)),  # no placeholder
        ("2024-01-11", date(2024, 1, 11)),
    ],
)
def test_a_time_to_be_announced_is_a_day(value: str, day: date) -> None:
    assert values.tip(value, known=False) == (day_start(day), day, False)


def test_a_tip_with_its_time() -> None:
    at = datetime(2024, 1, 12, 0, 30)
    assert values.tip("2024-01-12T00:30Z", known=True) == (at, date(2024, 1, 11), True)
    assert values.tip("2024-01-12T04:00Z", known=True) == (datetime(2024, 1, 12, 4), date(2024, 1, 11), True)
    assert values.tip("2024-01-11T19:30", zone=LEAGUE_ZONE) == (at, date(2024, 1, 11), None)
    assert values.tip(datetime(2024, 1, 11, 18, 30, tzinfo=ZoneInfo("America/Chicago"))) == (
        at,
        date(2024, 1, 11),
        None,
    )


anything: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=12),
    st.sampled_from(MISSING),
    st.binary(max_size=5),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=-11)))),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)
READ = {
    values.text: str,
    values.abbreviation: str,
    values.identifier: str,
    values.whole: int,
    values.number: float,
    values.flag: bool,
    values.season: int,
    values.day: date,
    values.instant: datetime,
    values.tip: values.Tip,
}


@fuzzed
@given(value=anything, read=st.sampled_from(list(READ)))
def test_any_value_is_read_missing_or_refused_with_its_path(value: Any, read: Callable[[object, str], Any]) -> None:
    try:
        found = read(value, "here")
    except Quarantine as refused:
        assert refused.path == "here"
        return
    assert found is None or type(found) is READ[read]
    if isinstance(found, str):
        assert found.strip() == found
        assert read(found, "") == found
        assert "\x00" not in found
    if isinstance(found, float):
        assert math.isfinite(found)


@fuzzed
@given(number=st.integers(-(10**9), 10**15))
def test_ids_of_all_types_meet(number: int) -> None:
    written: list[object] = [number, float(number), str(number), f"{number}.0", Decimal(number)]
    assert {values.identifier(each) for each in written} == {str(number)}


@fuzzed
@given(
    name=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=20),
    times=st.integers(1, 3),
)
def test_entities_come_off_however_often_they_were_put_on(name: str, times: int) -> None:
    escaped = plain = f"A {name} &"
    for _ in range(times):
        escaped = html.escape(escaped)
    assert values.text(escaped) == values.text(plain)


@fuzzed
@given(at=st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)))
def test_an_instant_is_of_its_eastern_day(at: datetime) -> None:
    found = values.tip(at.replace(tzinfo=timezone.utc))
    assert found == (at, day_of(at), None)
