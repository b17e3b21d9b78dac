"""What files say of each other's games, teams and players, and what a team's lines say of each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tipoff import MalformedResponse

from .conftest import TWELVE_GAMES as GAMES
from .conftest import Record

Published = Any
"""The one of conftest.py."""

BOX: Record = {
    "season": 2019, "team_espn_id": 1, "opp_espn_id": 2, "pts": 71, "fgm": 27, "fga": 60, "tpm": 6, "tpa": 20,
    "ftm": 11, "fta": 15, "orb": 9, "drb": 26, "ast": 13, "blk": 2, "tov": 12, "pts_match_espn": True,
}  # fmt: skip
PLAYER: Record = {
    "season": 2019, "name": "Ann Other", "jersey": "7", "class": "Fr.", "position": "G", "ht_inches": 73.0,
}  # fmt: skip
MEMBERS: list[Record] = [
    {"season": 2019, "espn_team_id": 1, "ncaa_team_id": "501", "ncaa_name": "One", "conference": "ACC"},
    {"season": 2019, "espn_team_id": 2, "ncaa_team_id": "502", "ncaa_name": "Two", "conference": "ACC"},
]


def boxes(write: Callable[[int], Any], games: Sequence[Record] = GAMES) -> list[Record]:
    return [{**BOX, "game_date": each["game_datetime"].date(), "game_id": write(each["game_id"])} for each in games]


@pytest.mark.parametrize("write", [int, str, float, lambda number: f"{number}.0"])
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_box_scores_meet_their_games_whatever_ids_are_written_as(
    published: Published, write: Callable[[int], Any], form: str
) -> None:
    published.write("games.parquet", GAMES)
    found = [{**each, "opp_espn_id": None} for each in boxes(write)]
    published.write(f"team_box.{form}", found)
    rows, bad = published.read("team_box")
    assert bad == []
    assert [(row["game_id"], row["opponent_id"], row["is_home"]) for row in rows("team_stats")] == [
        (str(each["game_id"]), "2", True) for each in GAMES
    ]
    assert rows("history_files")[0]["unlinked"] == 0


@pytest.mark.parametrize("kind", ["team_box", "odds_close_by_game"])
def test_rows_of_no_known_game_are_counted_and_fail_above_a_share(published: Published, kind: str) -> None:
    def some(strangers: int) -> list[Record]:
        rows = boxes(lambda number: number if number >= GAMES[strangers]["game_id"] else number + 5000)
        if kind == "team_box":
            return rows
        return [{"game_id": row["game_id"], "season": 2019, "home_spread_close": -3.5} for row in rows]

    published.write("games.parquet", GAMES)
    published.write(f"{kind}.parquet", some(3))
    rows, _ = published.read(kind)
    if kind == "team_box":
        assert (len(rows("team_stats")), rows("history_files")[0]["unlinked"]) == (9, 3)
    published.write(f"{kind}.parquet", some(4))
    wanted = rf"{kind}\.parquet`, column `game_id`: 4 of 12 rows are of no game .* `401005100`; there .* `401000100`"
    with pytest.raises(MalformedResponse, match=wanted):
        published.read(kind)


def test_where_no_file_has_games_of_the_season_there_is_nothing_to_compare_with(published: Published) -> None:
    published.write("games.parquet", [{**GAMES[0], "season": 2018}])
    published.write("team_box.parquet", boxes(str))
    rows, bad = published.read("team_box")
    assert (len(rows("team_stats")), bad) == (12, [])


@pytest.mark.parametrize("write", [int, str, float])
def test_rosters_find_their_teams_whatever_ids_are(published: Published, write: Callable[[str], Any]) -> None:
    published.write("team_conferences.csv", MEMBERS)
    published.write("rosters_ncaa.parquet", [{**PLAYER, "team_id": write("501"), "player_id": write("77")}])
    rows, bad = published.read("rosters_ncaa")
    assert bad == []
    assert {(row["team_id"], row["athlete_id"]) for row in rows("rosters")} == {("1", "ncaa:77")}


LINE = {
    "season": 2019, "game_date": "2019-02-02", "athlete_display_name": "Ann", "minutes": 20.0, "points": 4,
    "field_goals_made": 2, "field_goals_attempted": 4, "three_point_field_goals_made": 0,
    "three_point_field_goals_attempted": 1, "free_throws_made": 0, "free_throws_attempted": 0, "did_not_play": False,
}  # fmt: skip


def minutes(published: Published, lines: list[Record]) -> tuple[dict[str, Any], list[str]]:
    published.write(
        "player_box_2019.csv",
        [{**LINE, "game_id": 1, "team_id": 1, "athlete_id": n} | each for n, each in enumerate(lines)],
    )
    rows, bad = published.read("player_box")
    return {row["athlete_id"]: row["minutes"] for row in rows("player_stats")}, [each.reason.reason for each in bad]


def test_nobody_scores_in_no_minutes(published: Published) -> None:
    bench = {"minutes": 0, "points": 0, "did_not_play": True}
    seconds = {"minutes": 0, "points": 0}
    found, bad = minutes(published, [{"minutes": 0}, {"minutes": 0}, seconds, bench, {"team_id": 2}])
    assert found == {"0": None, "1": None, "2": None, "3": 0.0, "4": 20.0}
    assert bad == ["2 players scored in 0 minutes, so the minutes of this team's lines count as missing"]


def test_seconds_on_the_floor_are_rounded_to_none(published: Published) -> None:
    found, bad = minutes(published, [{"minutes": 0}, {"minutes": 0, "points": 0}, {}])
    assert (found, bad) == ({"0": None, "1": 0.0, "2": 20.0}, [])
