from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any

import pytest
from tipoff import Bad, Parsed, Payload, Row
from tipoff_history.parse.games import parse

Slice = Callable[..., Payload]

RECORDED = {
    "game_id": 10,
    "season": 2019,
    "game_datetime": datetime(2019, 2, 3, 0, 30, tzinfo=timezone.utc),
    "home_id": 1,
    "home_team": "Team 1",
    "away_id": 2,
    "away_team": "Team 2",
    "home_score": 71,
    "away_score": 64,
    "neutral_site": False,
    "home_conf": "ACC",
    "away_conf": None,
    "same_conf": True,
    "postseason_derived": False,
    "n_ot": 1,
}
PUBLISHED = {
    "game_id": 10,
    "season": 2019,
    "season_type": 2,
    "date": "2019-02-03T00:30Z",
    "time_valid": True,
    "home_id": 1,
    "away_id": 2,
    "home_score": 71,
    "away_score": 64,
    "neutral_site": False,
    "conference_competition": True,
    "attendance": 0.0,
    "notes_headline": None,
    "venue_id": 77,
    "status_type_name": "STATUS_FINAL",
    "status_type_state": "post",
    "status_type_completed": True,
    "status_period": 3.0,
    "format_regulation_periods": 2.0,
    "home_current_rank": 7.0,
    "away_current_rank": 99.0,
    "home_conference_id": 2,
    "away_conference_id": 23,
    "groups_id": 2,
    "groups_name": "Atlantic Coast Conference",
    "home_display_name": "Team 1",
    "home_abbreviation": "ONE",
    "home_is_active": True,
}
COMMON = {
    "season": 2019,
    "game_id": "10",
    "tip_utc": datetime(2019, 2, 3, 0, 30),
    "game_date": date(2019, 2, 2),
    "season_type": 2,
    "status": "final",
    "home_id": "1",
    "away_id": "2",
    "home_score": 71,
    "away_score": 64,
    "overtimes": 1,
    "neutral_site": False,
    "conference_game": True,
}


def rows(parsed: list[Parsed], table: str) -> list[dict[str, Any]]:
    return [dict(each.values) for each in parsed if isinstance(each, Row) and each.table == table]


def test_a_recorded_game(slice_of: Slice) -> None:
    parsed = list(parse(slice_of("games", RECORDED)))
    assert rows(parsed, "games") == [COMMON]
    assert rows(parsed, "teams") == [{"team_id": "1", "name": "Team 1"}, {"team_id": "2", "name": "Team 2"}]
    assert rows(parsed, "team_seasons") == [{"season": 2019, "team_id": "1", "conference": "ACC"}]
    (read,) = rows(parsed, "history_files")
    assert read == {"slice": "file:///games.parquet?season=2019", "kind": "games", "version": "1-2"} | {
        "records": 1,
        "bad": 0,
        "note": None,
    }


def test_a_game_of_the_schedules(slice_of: Slice) -> None:
    parsed = list(parse(slice_of("mbb_schedule", PUBLISHED)))
    further = {"tip_known": True, "tournament": None, "venue_id": "77", "attendance": None}
    assert rows(parsed, "games") == [{**COMMON, **further, "home_rank": 7, "away_rank": None}]
    known = {"team_id": "1", "name": "Team 1", "abbreviation": "ONE", "is_active": True}
    assert rows(parsed, "teams") == [known, {"team_id": "2"}]
    assert rows(parsed, "team_seasons") == [
        {"season": 2019, "team_id": "1", "conference_id": "2", "conference": "Atlantic Coast Conference"},
        {"season": 2019, "team_id": "2", "conference_id": "23"},
    ]


@pytest.mark.parametrize(("kind", "record"), [("games", RECORDED), ("mbb_schedule", PUBLISHED)])
def test_what_has_not_been_played_is_not_told(slice_of: Slice, kind: str, record: dict[str, Any]) -> None:
    evening = datetime(2019, 2, 3, 10, 59)  # the day's games are over at 11:00
    parsed = list(parse(slice_of(kind, record, fetched_at=evening)))
    assert [each.table for each in parsed if isinstance(each, Row)] == ["history_files"]
    assert rows(list(parse(slice_of(kind, record, fetched_at=datetime(2019, 2, 3, 11)))), "games")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"status_type_name": "STATUS_SCHEDULED", "status_type_state": "pre"}, "scheduled"),
        ({"status_type_name": "STATUS_POSTPONED", "status_type_state": "post"}, "postponed"),
        ({"status_type_name": "STATUS_CANCELED", "status_type_state": "post"}, "canceled"),
    ],
)
def test_games_without_a_result(slice_of: Slice, values: dict[str, str], expected: str) -> None:
    record = {**PUBLISHED, **values, "status_type_completed": False, "away_id": -2}
    (game,) = rows(list(parse(slice_of("mbb_schedule", record))), "games")
    assert (game["status"], game["home_score"], game["away_id"]) == (expected, None, None)


@pytest.mark.parametrize("values", [{"home_score": 2, "away_score": 0}, {"forfeit_suspect": True}])
def test_a_forfeit_has_no_score(slice_of: Slice, values: dict[str, Any]) -> None:
    (game,) = rows(list(parse(slice_of("games", {**RECORDED, **values}))), "games")
    assert (game["status"], game["home_score"], game["overtimes"]) == ("forfeited", None, None)


@pytest.mark.parametrize(
    ("kind", "values", "path"),
    [
        ("games", {"home_id": None}, "[1].home_id"),
        ("games", {"home_score": 64}, "[1].home_score"),
        ("games", {"season": None}, "[1].season"),
        ("games", {"game_datetime": None}, "[1].game_datetime"),
        ("mbb_schedule", {"status_type_completed": False}, "[1].status_type_name"),
        ("mbb_schedule", {"date": "soon"}, "[1].date"),
    ],
)
def test_a_bad_record_is_set_aside_alone(slice_of: Slice, kind: str, values: dict[str, Any], path: str) -> None:
    record = RECORDED if kind == "games" else PUBLISHED
    parsed = list(parse(slice_of(kind, record, {**record, "game_id": 11, **values})))
    (bad,) = (each for each in parsed if isinstance(each, Bad))
    assert bad.reason.path == path
    assert isinstance(bad.record, dict)
    assert bad.record["game_id"] == 11
    assert [game["game_id"] for game in rows(parsed, "games")] == ["10"]
    assert rows(parsed, "history_files")[0]["bad"] == 1
