from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from tipoff import Bad, MalformedResponse, Payload, Row
from tipoff_espn import endpoints
from tipoff_espn.parse import players

Answer = Callable[..., Payload]


def parse(payload: Payload) -> list[Any]:
    return list(players.parse(payload))


SITE = endpoints.site("mens-college-basketball")
FLAGG = {
    "id": "5041939",
    "displayName": "Cooper Flagg",
    "height": 81.0,
    "weight": 205.0,
    "jersey": "2",
    "position": {"abbreviation": "F"},
    "experience": {"years": 1, "abbreviation": "FR"},
}


def roster(*athletes: dict[str, Any]) -> dict[str, Any]:
    return {"season": {"year": 2026, "type": 2}, "athletes": list(athletes), "team": {"id": "150"}}


def test_a_roster_is_dated_by_the_leagues_day(answer: Answer) -> None:
    late = datetime(2026, 1, 16, 3)
    player, listed = parse(answer(roster(FLAGG), f"{SITE}/teams/150/roster", fetched_at=late))
    assert player == Row(
        "players",
        {"athlete_id": "5041939", "name": "Cooper Flagg", "position": "F", "height_in": 81.0, "weight_lb": 205.0},
    )
    assert listed == Row(
        "rosters",
        {
            "season": 2026,
            "team_id": "150",
            "athlete_id": "5041939",
            "as_of": date(2026, 1, 15),
            "last_seen": date(2026, 1, 15),
            "jersey": "2",
            "position": "F",
            "class_year": "FR",
            "height_in": 81.0,
        },
    )


@pytest.mark.parametrize(
    ("month", "year", "season", "path"),
    [
        (1, 2025, 2026, ["season.year"]),
        (4, 2025, 2026, ["season.year"]),
        (5, 2026, 2026, []),
        (5, 2027, 2027, []),
        (10, 2026, 2026, []),
        (10, 2027, 2027, []),
        (11, 2026, 2027, ["season.year"]),
    ],
)
def test_a_roster_is_of_the_days_season_but_in_summer_of_the_one_it_says(
    month: int, year: int, season: int, path: list[str], answer: Answer
) -> None:
    said = {**roster(FLAGG), "season": {"year": year, "type": 2}}
    found = parse(answer(said, f"{SITE}/teams/150/roster", fetched_at=datetime(2026, month, 15, 12)))
    assert [row.values["season"] for row in found if isinstance(row, Row) and row.table == "rosters"] == [season]
    assert [bad.reason.path for bad in found if isinstance(bad, Bad)] == path


def test_what_is_not_known_of_a_player_is_missing(answer: Answer) -> None:
    unknown = {"id": "1", "displayName": "A B", "height": 0.0, "position": {"abbreviation": "--"}}
    player, listed, *missed = parse(answer(roster(unknown), f"{SITE}/teams/150/roster"))
    assert [bad.reason.path for bad in missed] == [f"athletes[0].{name}" for name in ("weight", "jersey", "experience")]
    player, listed, *rest = parse(answer(roster(unknown, FLAGG), f"{SITE}/teams/150/roster"))
    assert {row.table for row in rest} == {"players", "rosters"}
    assert [player.values[name] for name in ("position", "height_in", "weight_lb")] == [None, None, None]
    assert [listed.values[name] for name in ("class_year", "jersey")] == [None, None]


def test_a_bad_athlete_costs_only_itself(answer: Answer) -> None:
    parsed = parse(answer(roster({**FLAGG, "height": "6-9"}, FLAGG), f"{SITE}/teams/150/roster"))
    assert isinstance(parsed[0], Bad)
    assert parsed[0].reason.path == "athletes[0].height"
    assert len(parsed) == 3


def test_polls_by_week(answer: Answer) -> None:
    ranks = [
        {"current": 1, "previous": 3, "points": 1525.0, "team": {"id": "57"}},
        {"current": 2, "previous": 0, "points": 1400, "team": {"id": "248"}},
        {"current": "x", "team": {"id": "1"}},
    ]
    poll = {"type": "ap", "occurrence": {"number": 21}, "season": {"year": 2025}, "ranks": ranks}
    first, second, bad = parse(answer({"rankings": [poll]}, f"{SITE}/rankings"))
    place = {"season": 2025, "poll": "ap", "week": 21}
    assert first.values == {**place, "team_id": "57", "rank": 1, "previous_rank": 3, "points": 1525.0}
    assert second.values == {**place, "team_id": "248", "rank": 2, "previous_rank": None, "points": 1400.0}
    assert bad.reason.path == "rankings[0].ranks[2].current"


def test_a_team_that_only_games_know(answer: Answer) -> None:
    queens = {"id": "2511", "displayName": "Queens Royals"}
    rows = parse(answer({"team": queens}, f"{SITE}/teams/2511"))
    assert [row.table for row in rows[:2]] == ["teams", "espn_team_names"]


@pytest.mark.parametrize("asked", ["teams/150/roster", "rankings", "teams/150"])
def test_nothing_there_is_an_answer_and_an_error_body_is_none(answer: Answer, asked: str) -> None:
    assert parse(answer(b"", f"{SITE}/{asked}", status=404)) == []
    with pytest.raises(MalformedResponse, match=asked):
        parse(answer({"code": 404}, f"{SITE}/{asked}"))
