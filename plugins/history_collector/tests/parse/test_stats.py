from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from tipoff import Bad, Parsed, Payload, Row
from tipoff_history.parse.stats import parse

Slice = Callable[..., Payload]

BOX = {
    "game_id": 10,
    "season": 2019,
    "game_date": date(2019, 2, 2),
    "is_home": False,
    "team_espn_id": 1,
    "opp_espn_id": 2,
    "pts": 71,
    "fgm": 27,
    "fga": 60,
    "tpm": 6,
    "tpa": 20,
    "ftm": 11,
    "fta": 15,
    "orb": 9,
    "drb": 26,
    "ast": 13,
    "blk": 2,
    "tov": 12,
    "pts_match_espn": None,
    "game_home_id": 1,
    "game_points": 71,
}
SHOTS = {
    "field_goals_made": 27,
    "field_goals_attempted": 60,
    "three_point_field_goals_made": 6,
    "three_point_field_goals_attempted": 20,
    "free_throws_made": 11,
    "free_throws_attempted": 15,
}
PUBLISHED = {
    "game_id": 10,
    "season": 2019,
    "game_date": date(2019, 2, 2),
    "team_id": 1,
    "opponent_team_id": 2,
    "team_home_away": "home",
    "team_score": 71,
    **SHOTS,
    "offensive_rebounds": 9,
    "defensive_rebounds": 26,
    "total_rebounds": 35,
    "assists": 13,
    "blocks": 2,
    "turnovers": 11,
    "total_turnovers": 12,
    "points_in_paint": "30",
}
LINE = {
    "game_id": 10,
    "season": 2019,
    "game_date": date(2019, 2, 2),
    "athlete_id": 4000,
    "athlete_display_name": "Ann Other",
    "athlete_position_abbreviation": "G",
    "team_id": 1,
    "minutes": 31.0,
    "points": 71,
    **SHOTS,
    "rebounds": 4,
    "turnovers": None,
    "starter": True,
    "did_not_play": False,
}
FIGURES = {
    "season": 2019,
    "game_id": "10",
    "team_id": "1",
    "opponent_id": "2",
    "is_home": True,
    "points": 71,
    "field_goals_made": 27,
    "field_goals_attempted": 60,
    "three_points_made": 6,
    "three_points_attempted": 20,
    "free_throws_made": 11,
    "free_throws_attempted": 15,
    "offensive_rebounds": 9,
    "defensive_rebounds": 26,
    "rebounds": 35,
    "assists": 13,
    "blocks": 2,
    "turnovers": 12,
}


def rows(parsed: list[Parsed], table: str) -> list[dict[str, Any]]:
    return [dict(each.values) for each in parsed if isinstance(each, Row) and each.table == table]


def test_a_recorded_box_score_has_its_place_from_the_game(slice_of: Slice) -> None:
    assert rows(list(parse(slice_of("team_box", BOX))), "team_stats") == [FIGURES]


def test_without_games_the_file_says_who_was_at_home(slice_of: Slice) -> None:
    alone = {
        name: value for name, value in BOX.items() if not name.startswith("game_") or name in ("game_id", "game_date")
    }
    assert rows(list(parse(slice_of("team_box", alone))), "team_stats") == [{**FIGURES, "is_home": False}]


def test_a_published_box_score(slice_of: Slice) -> None:
    further = {"points_in_paint": 30}
    assert rows(list(parse(slice_of("team_box", PUBLISHED))), "team_stats") == [{**FIGURES, **further}]


def test_a_player_s_line(slice_of: Slice) -> None:
    parsed = list(parse(slice_of("player_box", LINE)))
    assert rows(parsed, "players") == [{"athlete_id": "4000", "name": "Ann Other", "position": "G"}]
    (line,) = rows(parsed, "player_stats")
    assert (line["athlete_id"], line["team_id"], line["minutes"], line["points"]) == ("4000", "1", 31.0, 71)
    assert (line["starter"], line["did_not_play"], line["turnovers"]) == (True, False, None)


@pytest.mark.parametrize(("kind", "record"), [("team_box", BOX), ("team_box", PUBLISHED), ("player_box", LINE)])
def test_what_has_not_been_played_is_not_told(slice_of: Slice, kind: str, record: dict[str, Any]) -> None:
    parsed = list(parse(slice_of(kind, record, fetched_at=datetime(2019, 2, 3, 10))))
    assert [each.table for each in parsed if isinstance(each, Row)] == ["history_files"]


@pytest.mark.parametrize(
    "values", [{"game_id": None}, {"team_espn_id": None}, {"game_home_id": None}, {"pts_match_espn": False}]
)
def test_rows_that_are_no_use_are_left_out(slice_of: Slice, values: dict[str, Any]) -> None:
    parsed = list(parse(slice_of("team_box", {**BOX, **values})))
    assert [each.table for each in parsed if isinstance(each, Row)] == ["history_files"]


@pytest.mark.parametrize(
    ("record", "values", "path"),
    [
        (BOX, {"pts": 70, "game_points": 70}, "[0].pts"),  # the shots make 71
        (BOX, {"game_points": 72}, "[0].pts"),
        (BOX, {"orb": None}, "[0].orb"),
        (BOX, {"fga": "many"}, "[0].fga"),
        (PUBLISHED, {"team_score": 70}, "[0].team_score"),
        (PUBLISHED, {"team_id": None}, "[0].team_id"),
    ],
)
def test_a_bad_record_is_set_aside(slice_of: Slice, record: dict[str, Any], values: dict[str, Any], path: str) -> None:
    parsed = list(parse(slice_of("team_box", {**record, **values})))
    (bad,) = (each for each in parsed if isinstance(each, Bad))
    assert bad.reason.path == path
    assert not rows(parsed, "team_stats")
