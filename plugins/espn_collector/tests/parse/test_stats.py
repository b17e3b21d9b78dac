from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from tipoff import Bad, MalformedResponse, Parsed, Payload, Request, Row
from tipoff_espn.parse.stats import parse

Answer = Callable[..., Payload]
Make = Callable[..., dict[str, Any]]


def rows(parsed: Iterable[Parsed], table: str) -> list[Mapping[str, Any]]:
    return [item.values for item in parsed if isinstance(item, Row) and item.table == table]


def bads(parsed: Iterable[Parsed]) -> list[tuple[str, str]]:
    return [(item.reason.path, item.reason.reason) for item in parsed if isinstance(item, Bad)]


def test_a_teams_box_score(answer: Answer, summary: Make) -> None:
    away, home = rows(parse(answer(summary())), "team_stats")
    assert away == {
        "season": 2026,
        "game_id": "401",
        "team_id": "2",
        "opponent_id": "1",
        "is_home": False,
        "points": 64,
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
        "steals": 6,
        "blocks": None,
        "turnovers": 12,
        "fouls": 16,
        "points_in_paint": 30,
        "fast_break_points": 0,
        "points_off_turnovers": 14,
    }
    assert (home["team_id"], home["is_home"], home["points"], home["turnovers"]) == ("1", True, 71, 9)


def test_a_players_line(answer: Answer, summary: Make) -> None:
    first, idle, last = rows(parse(answer(summary())), "player_stats")
    assert first == {
        "season": 2026,
        "game_id": "401",
        "athlete_id": "20",
        "team_id": "2",
        "starter": True,
        "did_not_play": False,
        "minutes": 31.0,
        "points": 12,
        "field_goals_made": 5,
        "field_goals_attempted": 9,
        "three_points_made": None,
        "three_points_attempted": None,
        "free_throws_made": None,
        "free_throws_attempted": None,
        "rebounds": 7,
        "fouls": 2,
        **dict.fromkeys(
            ("assists", "turnovers", "steals", "blocks", "offensive_rebounds", "defensive_rebounds"),
        ),
    }
    assert idle == {
        "season": 2026,
        "game_id": "401",
        "athlete_id": "21",
        "team_id": "2",
        "starter": True,
        "did_not_play": True,
    }
    assert (last["starter"], last["rebounds"], last["fouls"]) == (False, None, 0)


def test_a_box_score_names_its_players(answer: Answer, summary: Make) -> None:
    said = summary()
    lines = said["boxscore"]["players"][0]["statistics"][0]["athletes"]
    lines[0]["athlete"]["position"] = {"abbreviation": "G"}
    del lines[1]["athlete"]["displayName"]
    assert rows(parse(answer(said)), "players") == [
        {"athlete_id": "20", "name": "Player 20", "position": "G"},
        {"athlete_id": "10", "name": "Player 10"},
    ]


def test_figures_go_by_key_and_not_by_place(answer: Answer, summary: Make) -> None:
    keys = ["fouls", "points", "minutes"]
    line = {"athlete": {"id": "10"}, "starter": True, "didNotPlay": False, "stats": ["4", "9", "30:30"]}
    players = [{"team": {"id": "1"}, "statistics": [{"keys": keys, "athletes": [line]}]}]
    (said,) = rows(parse(answer(summary(players=players))), "player_stats")
    assert (said["fouls"], said["points"], said["minutes"]) == (4, 9, 30.5)


@pytest.mark.parametrize(
    ("status", "state", "completed"),
    [("STATUS_SCHEDULED", "pre", False), ("STATUS_IN_PROGRESS", "in", False), ("STATUS_POSTPONED", "post", False)],
)
def test_a_game_that_is_not_final_has_no_box_score(
    answer: Answer, summary: Make, status: str, state: str, completed: bool
) -> None:
    said = summary(status=status, state=state, completed=completed, score=(None, None))
    assert list(parse(answer(said))) == []


def test_season_averages_are_no_box_score(answer: Answer, summary: Make) -> None:
    averages = [{"name": "streak", "displayValue": "W2"}, {"name": "avgPoints", "displayValue": "71.3"}]
    said = summary(teams=[{"team": {"id": "1"}, "statistics": averages}], players=[])
    said["header"]["competitions"][0] |= {"boxscoreAvailable": False, "boxscoreSource": "none"}
    assert [type(each) for each in parse(answer(said))] == [Request]
    # Where the header says that there is a box score, they are no answer.
    said["header"]["competitions"][0] |= {"boxscoreAvailable": True, "boxscoreSource": "full"}
    assert [path for path, _ in bads(parse(answer(said)))] == ["boxscore.teams[0].statistics", "boxscore.players"]


def test_a_final_without_its_box_score_is_missed(answer: Answer, summary: Make) -> None:
    for gone in ("boxscore", "boxscore.teams", "boxscore.players"):
        said = summary()
        if gone == "boxscore":
            del said[gone]
        else:
            said["boxscore"][gone.partition(".")[2]] = []
        assert [path for path, _ in bads(parse(answer(said)))] == ["boxscore.teams" if gone == "boxscore" else gone]


def test_each_figure_that_every_box_score_has_is_missed(answer: Answer, summary: Make) -> None:
    names = [each["name"] for each in summary()["boxscore"]["teams"][0]["statistics"]]
    for name in names:
        said = summary()
        for team in said["boxscore"]["teams"]:
            team["statistics"] = [each for each in team["statistics"] if each["name"] != name]
        found = list(parse(answer(said)))
        if name == "teamTurnovers":  # part of totalTurnovers, and of no column
            assert bads(found) == []
        else:
            assert bads(found)[0][0].startswith("boxscore.teams[0].statistics"), name


def test_a_final_without_points_is_missed(answer: Answer, summary: Make) -> None:
    found = list(parse(answer(summary(score=(None, "64")))))
    assert [path for path, _ in bads(found)] == ["header.competitions[0].competitors[].score"]
    assert [row["points"] for row in rows(found, "team_stats")] == [64, None]


def test_plays_that_nobody_charted_are_missing_and_not_zero(answer: Answer, summary: Make) -> None:
    zeros = [{"name": name, "displayValue": "0"} for name in ("pointsInPaint", "fastBreakPoints", "turnoverPoints")]
    shots = {"name": "fieldGoalsMade-fieldGoalsAttempted", "displayValue": "27-60"}
    teams: list[Any] = [{"team": {"id": number}, "statistics": [shots, *zeros]} for number in "12"]
    found = rows(parse(answer(summary(teams=teams))), "team_stats")
    assert [row["points_in_paint"] for row in found] == [None, None]
    teams[0]["statistics"][2] = {"name": "fastBreakPoints", "displayValue": "4"}
    found = rows(parse(answer(summary(teams=teams))), "team_stats")
    assert [(row["points_in_paint"], row["fast_break_points"]) for row in found] == [(0, 4), (0, 0)]


def test_what_the_source_does_not_count_is_absent(answer: Answer, summary: Make) -> None:
    shots = {"name": "fieldGoalsMade-fieldGoalsAttempted", "displayValue": "27-60"}
    (row,) = rows(parse(answer(summary(teams=[{"team": {"id": "1"}, "statistics": [shots]}]))), "team_stats")
    assert row["field_goals_made"] == 27
    assert row.get("steals") is None
    assert row["free_throws_made"] is None


def test_bad_records_cost_only_themselves(answer: Answer, summary: Make) -> None:
    said = summary()
    said["boxscore"]["teams"][0]["statistics"][0]["displayValue"] = "27/60"
    said["boxscore"]["teams"][1]["team"]["id"] = "3"
    lines = said["boxscore"]["players"][0]["statistics"][0]["athletes"]
    lines[0]["stats"].append("1")
    lines[1]["didNotPlay"] = "no"
    parsed = list(parse(answer(said)))
    assert bads(parsed) == [
        (
            "boxscore.teams[0].statistics.fieldGoalsMade-fieldGoalsAttempted",
            "`27/60` is not made-attempted, like 27-60",
        ),
        ("boxscore.teams[1].team.id", "team `3` does not play in this game"),
        ("boxscore.players[0].statistics[0].athletes[0].stats", "`14` figures for `13` keys"),
        ("boxscore.players[0].statistics[0].athletes[1].didNotPlay", "Expected `bool`, got `str`"),
    ]
    assert [row["athlete_id"] for row in rows(parsed, "player_stats")] == ["10"]


def test_a_box_score_of_zeros_is_set_aside(answer: Answer, summary: Make) -> None:
    said = summary()
    said["boxscore"]["teams"][0]["statistics"][0]["displayValue"] = "0-0"
    parsed = list(parse(answer(said)))
    assert bads(parsed) == [("boxscore.teams[0].statistics", "a box score of zeros")]
    assert [row["team_id"] for row in rows(parsed, "team_stats")] == ["1"]


def test_a_spoilt_header_is_one_bad_record(answer: Answer, summary: Make) -> None:
    said = summary()
    said["header"]["season"]["year"] = "2026"
    assert bads(parse(answer(said))) == [("header.season.year", "Expected `int`, got `str`")]
    said = summary()
    said["header"]["competitions"][0]["competitors"].pop()
    assert bads(parse(answer(said))) == [("header.competitions", "a summary without a home and an away side")]


def test_an_unknown_game_is_an_answer_and_an_error_body_is_none(answer: Answer) -> None:
    assert list(parse(answer(b"", status=404))) == []
    with pytest.raises(MalformedResponse, match="application error"):
        list(parse(answer({"error": {"message": "application error", "code": 500}})))
