from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
from tipoff_history.linking import team_links, with_sides

DAY = date(2019, 2, 2)


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows))


def test_the_game_says_who_the_other_team_is() -> None:
    boxes = table(
        {"game_id": "10", "team_espn_id": None, "opp_espn_id": "2"},
        {"game_id": "10", "team_espn_id": "2", "opp_espn_id": None},
        {"game_id": "99", "team_espn_id": "3", "opp_espn_id": None},
    )
    games = table({"game_id": "10", "home_id": "1", "away_id": "2", "home_score": 71, "away_score": "64"})
    assert with_sides(boxes, [games]).to_pylist() == [
        {"game_id": "10", "team_espn_id": "1", "opp_espn_id": "2", "game_home_id": "1", "game_points": 71},
        {"game_id": "10", "team_espn_id": "2", "opp_espn_id": "1", "game_home_id": "1", "game_points": 64},
        {"game_id": "99", "team_espn_id": "3", "opp_espn_id": None, "game_home_id": None, "game_points": None},
    ]


def conference(season: int, ncaa: str, espn: int, name: str) -> dict[str, Any]:
    return {"season": season, "ncaa_team_id": ncaa, "espn_team_id": str(espn), "ncaa_name": name}


def test_teams_go_by_number_and_then_by_name() -> None:
    rosters = table(
        {"season": 2019, "team_id": "n1", "team": "One"},
        {"season": 2020, "team_id": "m1", "team": "One"},  # its number is nowhere, its name is
        {"season": 2020, "team_id": "m3", "team": "Three"},  # only a box score knows it
        {"season": 2020, "team_id": "m4", "team": "IUPUI"},  # called otherwise ever since
        {"season": 2020, "team_id": "m5", "team": "Five"},
    )
    known = table(
        conference(2019, "n1", 1, "One"), conference(2018, "o5", 5, "Five"), conference(2017, "o6", 6, "Five")
    )
    boxes = table({"team": "Three", "team_espn_id": "3"}, {"team": "Four", "team_espn_id": None})
    links = team_links([rosters], [known], [boxes])
    assert {key: links.get(key) for key in [(2019, "n1"), (2020, "m1"), (2020, "m3"), (2020, "m4"), (2020, "m5")]} == {
        (2019, "n1"): "1",
        (2020, "m1"): "1",
        (2020, "m3"): "3",
        (2020, "m4"): "85",
        (2020, "m5"): None,  # two teams went by that name
    }


def test_no_two_teams_of_a_season_share_an_id() -> None:
    rosters = table({"season": 2019, "team_id": "n1", "team": "One"}, {"season": 2019, "team_id": "n9", "team": "One"})
    assert (2019, "n9") not in team_links([rosters], [table(conference(2019, "n1", 1, "One"))], [])
