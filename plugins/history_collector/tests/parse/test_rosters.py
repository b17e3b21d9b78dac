"""The rule that must hold: what is known only after a season stands in no row from before its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from tipoff import Bad, Parsed, Payload, Row
from tipoff_history.parse.rosters import parse

Slice = Callable[..., Payload]

PLAYER = {
    "season": 2019,
    "team_id": "n1",
    "team": "One",
    "player_id": "100",
    "name": "Ann Other",
    "jersey": "7",
    "class": "Fr.",
    "position": "GUARD",
    "ht_inches": 73.0,
    "gp": 30,
    "gs": 12,
    "espn_team_id": "1",
    "athlete_id": "ncaa:90",
}


def rosters(parsed: list[Parsed]) -> list[dict[str, Any]]:
    return [dict(each.values) for each in parsed if isinstance(each, Row) and each.table == "rosters"]


def test_two_rows_a_player_and_only_the_later_one_says_how_often_he_played(slice_of: Slice) -> None:
    parsed = list(parse(slice_of("rosters_ncaa", PLAYER)))
    listed = {
        "season": 2019,
        "team_id": "1",
        "athlete_id": "ncaa:90",
        "jersey": "7",
        "position": "G",
        "class_year": "FR",
        "height_in": 73.0,
    }
    before, after = date(2018, 11, 1), date(2019, 4, 30)
    assert rosters(parsed) == [
        {**listed, "as_of": before, "last_seen": before},
        {**listed, "as_of": after, "last_seen": after, "games_played": 30, "games_started": 12},
    ]
    athlete = {"athlete_id": "ncaa:90", "name": "Ann Other", "position": "G", "height_in": 73.0}
    assert Row("players", athlete) in parsed


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (datetime(2018, 10, 31), []),
        (datetime(2018, 11, 2), [date(2018, 11, 1)]),
        (datetime(2019, 4, 30, 12), [date(2018, 11, 1)]),
        (datetime(2019, 5, 2), [date(2018, 11, 1), date(2019, 4, 30)]),
    ],
)
def test_no_row_speaks_of_a_day_to_come(slice_of: Slice, now: datetime, days: list[date]) -> None:
    found = rosters(list(parse(slice_of("rosters_ncaa", PLAYER, fetched_at=now))))
    assert [row["as_of"] for row in found] == days
    assert all("games_played" not in row for row in found if row["as_of"] < date(2019, 4, 30))


def test_what_is_unknown_stays_missing(slice_of: Slice) -> None:
    unknown = {**PLAYER, "class": "---", "position": "", "ht_inches": 0.0, "jersey": "", "gp": None}
    for row in rosters(list(parse(slice_of("rosters_ncaa", unknown)))):
        assert (row["class_year"], row["position"], row["height_in"], row["jersey"]) == (None, None, None, None)
        assert row.get("games_played") is None


@pytest.mark.parametrize(("name", "path"), [("espn_team_id", "team_id"), ("athlete_id", "player_id")])
def test_who_cannot_be_placed_is_set_aside(slice_of: Slice, name: str, path: str) -> None:
    parsed = list(parse(slice_of("rosters_ncaa", {**PLAYER, name: None})))
    (bad,) = (each for each in parsed if isinstance(each, Bad))
    assert bad.reason.path == f"[0].{path}"
    assert not rosters(parsed)
