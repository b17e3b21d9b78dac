"""When a file's games begin, by all of its values together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tipoff import Bad, Parsed, Payload, Row
from tipoff.clock import LEAGUE_ZONE, day_of, day_start, utc
from tipoff_history.parse.games import parse
from tipoff_history.parse.stamps import stamps_of

DAYS = [date(2018, 11, 8) + timedelta(days=12 * number) for number in range(12)]
HOURS = (12, 14, 16, 18, 19, 19, 19, 20, 20, 21, 21, 22)
EASTERN = [datetime(day.year, day.month, day.day, hour, 30) for day, hour in zip(DAYS, HOURS, strict=True)]
"""Tips of a season on clocks in the East, from winter into summer time."""

UTC = [utc(each.replace(tzinfo=LEAGUE_ZONE)) for each in EASTERN]


def read(column: list[Any], known: bool | None = None) -> list[tuple[Any, ...]]:
    stamps = stamps_of(column)
    return [stamps.tip(value, "date", known) for value in column]


WITH_TIME = [(at, day, None) for at, day in zip(UTC, DAYS, strict=True)]
WITHOUT = [(day_start(day), day, False) for day in DAYS]


@pytest.mark.parametrize(
    "write",
    [
        lambda at: f"{at:%Y-%m-%dT%H:%MZ}",
        lambda at: f"{at:%Y-%m-%d %H:%M:%S} UTC",
        lambda at: at.replace(tzinfo=timezone.utc),
        lambda at: at.replace(tzinfo=timezone.utc).astimezone(ZoneInfo("America/Denver")),
        lambda at: at,  # without a zone: many are after midnight, so UTC it is
        lambda at: f"{at:%Y-%m-%dT%H:%M:%S}",
    ],
)
def test_instants_are_what_they_say(write: Callable[[datetime], Any]) -> None:
    assert read([write(at) for at in UTC]) == WITH_TIME
    assert stamps_of([write(at) for at in UTC]).note is None


@pytest.mark.parametrize("write", [lambda at: at, lambda at: f"{at:%Y-%m-%d %H:%M:%S}", lambda at: at.isoformat()])
def test_clocks_in_the_east_are_seen_by_their_hours(write: Callable[[datetime], Any]) -> None:
    column = [write(at) for at in EASTERN]
    assert read(column) == WITH_TIME
    assert stamps_of(column).note == "the tips without a zone are read as US Eastern"


def test_a_few_noons_are_in_the_east() -> None:
    assert stamps_of(["2019-01-12T12:00", "2019-01-12T19:00"]).eastern
    assert not stamps_of(["2019-01-12T19:00"]).eastern  # nothing tells it: UTC, as the guide says


@pytest.mark.parametrize(
    "write",
    [
        lambda day: day,
        str,
        lambda day: f"{day:%Y%m%d}",
        lambda day: datetime(day.year, day.month, day.day),
        lambda day: f"{day} 00:00:00",
        lambda day: f"{day}T00:00Z",
        lambda day: datetime(day.year, day.month, day.day, tzinfo=timezone.utc),
        lambda day: datetime(day.year, day.month, day.day, tzinfo=LEAGUE_ZONE),
        lambda day: f"{day}T04:00Z",  # the offset of summer all year
        lambda day: f"{day}T05:00Z",
    ],
)
def test_days_are_days_and_their_time_is_unknown(write: Callable[[date], Any]) -> None:
    assert read([write(day) for day in DAYS]) == WITHOUT


def test_days_among_instants_are_days() -> None:
    column = [*(f"{at:%Y-%m-%dT%H:%MZ}" for at in UTC[1:]), str(DAYS[0])]
    assert read(column) == [*WITH_TIME[1:], WITHOUT[0]]


def test_a_midnight_in_the_east_is_to_be_announced_where_there_are_many() -> None:
    column = [*(f"{at:%Y-%m-%dT%H:%MZ}" for at in UTC[1:]), f"{day_start(DAYS[0]):%Y-%m-%dT%H:%MZ}"]
    assert read(column) == [*WITH_TIME[1:], WITHOUT[0]]
    assert stamps_of(column).note == "the tips at midnight in the East are read as days"
    assert stamps_of(column, said=True).note is None  # the file says it itself
    rare = [*column[:-1] * 20, column[-1]]
    assert read(rare)[-1] == (day_start(DAYS[0]), DAYS[0], None)  # at seven in the evening on Hawaii


def test_nobody_takes_a_seven_o_clock_for_a_day() -> None:
    """Half of all games begin at 00:00 UTC, and a small file may hold nothing else."""
    assert read(["2019-01-12T00:00Z", "2019-01-13T00:00Z"]) == [
        (datetime(2019, 1, 12), date(2019, 1, 11), None),
        (datetime(2019, 1, 13), date(2019, 1, 12), None),
    ]
    said = stamps_of(["2019-01-12T00:00Z"] * 20, said=True)
    assert said.tip("2019-01-12T00:00Z", "date", True) == (datetime(2019, 1, 12), date(2019, 1, 11), True)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=20), st.datetimes(), st.dates(), st.integers()), max_size=15))
def test_whatever_stands_there_something_is_decided(column: list[Any]) -> None:
    stamps_of(column)


GAME = {
    "season": 2019,
    "home_id": 1,
    "home_team": "Team 1",
    "away_id": 2,
    "away_team": "Team 2",
    "home_score": 71,
    "away_score": 64,
    "neutral_site": False,
    "same_conf": False,
    "postseason_derived": False,
    "n_ot": 0,
}


def test_a_slice_of_days(slice_of: Callable[..., Payload]) -> None:
    records = [{**GAME, "game_id": number, "game_datetime": day} for number, day in enumerate(DAYS)]
    parsed: list[Parsed] = list(parse(slice_of("games", *records)))
    games = [each.values for each in parsed if isinstance(each, Row) and each.table == "games"]
    assert [(game["game_date"], game["tip_known"]) for game in games] == [(day, False) for day in DAYS]
    (file,) = [each.values for each in parsed if isinstance(each, Row) and each.table == "history_files"]
    assert file["note"] is None  # they say so themselves


def test_a_season_that_contradicts_its_day_is_set_aside(slice_of: Callable[..., Payload]) -> None:
    records = [{**GAME, "season": 2018, "game_id": n, "game_datetime": at} for n, at in enumerate(UTC)]
    parsed = list(parse(slice_of("games", *records)))
    bad = [each.reason for each in parsed if isinstance(each, Bad)]
    assert len(bad) == len(records)
    assert bad[0].path == "[0].season"
    assert bad[0].reason.startswith(f"`2018`, but its day `{day_of(UTC[0])}` is of season `2019`; ")
