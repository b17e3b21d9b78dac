"""Each formula of `team_features`, reckoned by hand on a league of four games."""

from __future__ import annotations

from datetime import date

import pytest
from tipoff_features import elo

from .conftest import Keyed, Row, box, features_of, game, number

NOV = [date(2023, 11, day) for day in range(1, 31)]

GAMES = [
    game("g1", NOV[5], "a", "b", (80, 70)),
    game("g2", NOV[7], "c", "a", (61, 60), overtimes=1),
    game("g3", NOV[12], "a", "c", (75, 72), neutral_site=True),
    game("g4", NOV[14], "a", "b"),
]
BOXES = [
    # Possessions: 60 − 10 + 12 + 0.475 · 20 = 71.5 and 58 − 8 + 14 + 0.475 · 16 = 71.6, so 71.55.
    box("g1", "a", "b", field_goals_made=28, field_goals_attempted=60, three_points_made=8, three_points_attempted=20,
        free_throws_made=16, free_throws_attempted=20, offensive_rebounds=10, defensive_rebounds=25, turnovers=12),
    box("g1", "b", "a", field_goals_made=26, field_goals_attempted=58, three_points_made=6, three_points_attempted=18,
        free_throws_made=12, free_throws_attempted=16, offensive_rebounds=8, defensive_rebounds=22, turnovers=14),
    # 55 − 5 + 10 + 0.475 · 8 = 63.8 and 57 − 7 + 12 + 0.475 · 4 = 63.9, so 63.85 in 45 minutes.
    box("g2", "a", "c", field_goals_made=22, field_goals_attempted=55, three_points_made=10, three_points_attempted=25,
        free_throws_made=6, free_throws_attempted=8, offensive_rebounds=5, defensive_rebounds=20, turnovers=10),
    box("g2", "c", "a", field_goals_made=24, field_goals_attempted=57, three_points_made=9, three_points_attempted=22,
        free_throws_made=4, free_throws_attempted=4, offensive_rebounds=7, defensive_rebounds=23, turnovers=12),
]  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> Keyed:
    return team_rows(games=GAMES, team_stats=BOXES)


def team_rows(**records: list[Row]) -> Keyed:
    return features_of("team", **records)[0]


def test_two_rows_a_game(rows: Keyed) -> None:
    assert sorted(rows) == [(f"g{n}", team) for n, pair in enumerate(("ab", "ac", "ac", "ab"), 1) for team in pair]
    assert rows["g2", "a"]["is_home"] is False
    assert rows["g2", "a"]["opponent_id"] == "c"
    assert rows["g3", "a"]["neutral_site"] is True


def test_before_the_first_game_nothing_is_known(rows: Keyed) -> None:
    first = rows["g1", "a"]
    assert first["games_played"] == 0
    assert first["games_last_7_days"] == 0
    assert first["elo"] == elo.START
    assert first["rating"] == 0.0
    known = {
        "games_played", "games_last_7_days", "elo", "rating", "rating_deviation", "damped_rating", "home_advantage",
        "damped_home_advantage", "preseason_rating", "home_edge", "road_edge",
        "league", "season", "game_id", "team_id", "game_date", "tip_utc", "opponent_id", "is_home", "neutral_site",
    }  # fmt: skip
    assert {name for name, value in first.items() if value is not None} == known


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("games_played", 3),
        ("win_percentage", 2 / 3),
        ("points_for", (80 + 60 + 75) / 3),
        ("points_against", (70 + 61 + 72) / 3),
        ("home_margin", 10),  # g1; g3 was on neutral ground
        ("road_margin", -1),
        ("rest_days", 2),
        ("games_last_7_days", 2),  # 13 and 8 November, of the 8th to the 14th
        ("tempo", (71.55 + 63.85) / (40 + 45) * 40),
        ("offensive_efficiency", 100 * (80 + 60) / (71.55 + 63.85)),
        ("defensive_efficiency", 100 * (70 + 61) / (71.55 + 63.85)),
        ("effective_field_goal_percentage", (28 + 22 + 0.5 * (8 + 10)) / (60 + 55)),
        ("three_point_attempt_rate", (20 + 25) / (60 + 55)),
        ("three_point_percentage", (8 + 10) / (20 + 25)),
        ("two_point_percentage", (28 + 22 - 18) / (60 + 55 - 45)),
        ("opponent_three_point_attempt_rate", (18 + 22) / (58 + 57)),
        ("turnover_percentage", (12 + 10) / (71.55 + 63.85)),
        ("offensive_rebound_percentage", (10 + 5) / (10 + 5 + 22 + 23)),
        ("free_throw_rate", (16 + 6) / (60 + 55)),
        ("opponent_effective_field_goal_percentage", (26 + 24 + 0.5 * (6 + 9)) / (58 + 57)),
        ("opponent_turnover_percentage", (14 + 12) / (71.55 + 63.85)),
        ("opponent_offensive_rebound_percentage", (8 + 7) / (8 + 7 + 25 + 20)),
        ("opponent_free_throw_rate", (12 + 4) / (58 + 57)),
        ("form_3", (10 * 0.5 ** (2 / 3) - 1 * 0.5 ** (1 / 3) + 3) / (0.5 ** (2 / 3) + 0.5 ** (1 / 3) + 1)),
        ("form_10", (10 * 0.5**0.2 - 1 * 0.5**0.1 + 3) / (0.5**0.2 + 0.5**0.1 + 1)),
    ],
)
def test_before_the_fourth_game(rows: Keyed, name: str, value: float) -> None:
    assert rows["g4", "a"][name] == pytest.approx(value, rel=1e-12)


def test_elo_goes_game_by_game(rows: Keyed) -> None:
    first = elo.shift(elo.HOME, 10.0)
    assert rows["g2", "a"]["elo"] == elo.START + first
    second = elo.shift(elo.HOME - first, 1.0)
    assert rows["g3", "c"]["elo"] == pytest.approx(elo.START + second)
    assert rows["g4", "b"]["elo"] == pytest.approx(elo.START - first)


def test_surprise_and_schedule_come_from_the_ratings_of_the_day(
    rows: Keyed,
) -> None:
    def rating(game_id: str, team: str) -> float:
        return number(rows[game_id, team], "rating")

    home = [number(rows[game_id, "a"], "home_advantage") for game_id in ("g1", "g2", "g3")]
    surprises = [
        10 - home[0],
        -1 - (rating("g2", "a") - rating("g2", "c") - home[1]),
        3 - (rating("g3", "a") - rating("g3", "c")),
    ]
    weights = [0.5**0.4, 0.5**0.2, 1.0]
    expected = sum(w * s for w, s in zip(weights, surprises, strict=True)) / sum(weights)
    assert rows["g4", "a"]["surprise_5"] == pytest.approx(expected)
    faced = (rating("g1", "b") + rating("g2", "c") + rating("g3", "c")) / 3
    assert rows["g4", "a"]["schedule_strength"] == pytest.approx(faced)


def test_totals_and_tempo_are_in_40_minutes(rows: Keyed) -> None:
    # One game is seen, 150 points and 71.55 possessions: the level takes its share of the surprise.
    share = 0.1 / (0.1 + 2 * 0.4 + 1)
    assert rows["g2", "a"]["league_total"] == pytest.approx(140 + share * 10)
    assert rows["g2", "a"]["league_tempo"] == pytest.approx(69 + share * 2.55)
    assert rows["g2", "a"]["total_rating"] == pytest.approx(10 * 0.4 / 1.9)
    # The second went to overtime: 121 points in 45 minutes are below the level, and count as 107.6.
    assert number(rows["g3", "c"], "total_rating") < 0


def test_damping_takes_most_of_the_shooting_luck(rows: Keyed) -> None:
    # a made 8 of 20 threes (6.9 are usual) and 16 of 20 free throws (14), b 6 of 18 (6.21) and 12 of 16 (11.2).
    luck = 0.7 * 3 * (1.1 + 0.21) + 0.6 * (2.0 - 0.8)
    gain = 0.75 / (2 * 0.75 + 0.01 + 1)
    assert rows["g2", "a"]["rating"] == pytest.approx(gain * (10 - 3.3))
    assert rows["g2", "a"]["damped_rating"] == pytest.approx(gain * (10 - luck - 3.3))


@pytest.mark.parametrize("status", ["canceled", "postponed", "forfeited"])
def test_a_game_that_is_not_played_has_no_row_and_does_not_count(status: str) -> None:
    off = {**game("g1", NOV[5], "a", "b", (80, 70)), "status": status}
    rows = team_rows(games=[off, *GAMES[1:]])
    assert ("g1", "a") not in rows
    assert rows["g2", "a"]["games_played"] == 0
    assert rows["g2", "a"]["rest_days"] is None


def test_undetermined_opponents_have_no_row() -> None:
    rows = team_rows(games=[*GAMES, {**game("g9", NOV[20], "a", "b"), "away_id": None}])
    assert ("g9", "a") not in rows


def test_without_box_scores_what_needs_them_is_null() -> None:
    rows = team_rows(games=GAMES)
    row = rows["g4", "a"]
    assert row["win_percentage"] == 2 / 3
    for name in ("tempo", "offensive_efficiency", "turnover_percentage", "tempo_rating", "league_tempo"):
        assert row[name] is None
    assert row["damped_rating"] == row["rating"]


def test_a_box_score_of_one_side_is_none() -> None:
    rows = team_rows(games=GAMES, team_stats=BOXES[:1] + BOXES[2:])
    assert rows["g4", "a"]["offensive_efficiency"] == pytest.approx(100 * 60 / 63.85)
    assert rows["g2", "a"]["offensive_efficiency"] is None


@pytest.mark.parametrize("name", ["field_goals_made", "three_points_made", "free_throws_made", "defensive_rebounds"])
def test_a_box_score_that_lacks_a_count_is_none(name: str) -> None:
    lacking = [{**BOXES[0], name: None}, *BOXES[1:]]
    rows = team_rows(games=GAMES, team_stats=lacking)
    for team in ("a", "c"):
        assert rows["g3", team]["offensive_efficiency"] == pytest.approx(100 * (60 if team == "a" else 61) / 63.85)
    # Every share of the fourth game is of the second one alone, on either side.
    row = rows["g4", "a"]
    assert row["offensive_rebound_percentage"] == pytest.approx(5 / (5 + 23))
    assert row["opponent_offensive_rebound_percentage"] == pytest.approx(7 / (7 + 20))
    assert row["effective_field_goal_percentage"] == pytest.approx((22 + 5) / 55)
    assert row["opponent_free_throw_rate"] == pytest.approx(4 / 57)
    assert row["tempo"] == pytest.approx(63.85 / 45 * 40)
    assert rows["g4", "b"]["tempo"] is None


def test_an_unknown_length_of_a_game_leaves_the_tempo_alone() -> None:
    unknown = [GAMES[0], {**GAMES[1], "overtimes": None}, *GAMES[2:]]
    rows = team_rows(games=unknown, team_stats=BOXES)
    assert rows["g4", "a"]["tempo"] == pytest.approx(71.55)
    assert rows["g4", "a"]["offensive_efficiency"] == pytest.approx(100 * (80 + 60) / (71.55 + 63.85))
    for name in ("league_total", "league_tempo", "total_rating", "tempo_rating"):
        assert rows["g3", "a"][name] == rows["g2", "a"][name], "nothing was observed of the second game"


def test_an_unknown_site_is_no_home_and_no_road_game() -> None:
    unknown = [{**GAMES[0], "neutral_site": None}, *GAMES[1:]]
    rows = team_rows(games=unknown, team_stats=BOXES)
    assert rows["g1", "a"]["neutral_site"] is None
    assert rows["g4", "a"]["home_margin"] is None
    assert rows["g4", "b"]["road_margin"] is None
    assert rows["g4", "a"]["road_margin"] == -1
    assert rows["g2", "a"]["elo"] == elo.START + elo.shift(elo.HOME, 10.0), "ratings take the home team to be at home"


def test_a_season_starts_from_the_last_one() -> None:
    def earlier(row: Row) -> Row:
        day = row["game_date"]
        assert isinstance(day, date)
        return {**row, "season": 2023, "game_id": f"old-{row['game_id']}", "game_date": day.replace(year=2022)}

    rows = team_rows(games=[*map(earlier, GAMES), game("new", NOV[5], "a", "z")])
    first = rows["new", "a"]
    assert first["games_played"] == 0
    assert number(first, "elo") > elo.START
    assert number(first, "rating") > 0
    assert rows["new", "z"]["elo"] == elo.NEWCOMER
    assert number(rows["new", "z"], "rating") < 0, "an unknown newcomer starts below the teams there were"
    assert first["league_total"] is not None, "the level was seen last season"


def test_a_team_that_returns_later_changes_nothing_before() -> None:
    old = [
        {**game(f"old{n}", NOV[n].replace(year=2022), home, away, (70 + n, 66)), "season": 2023}
        for n, (home, away) in enumerate((("a", "b"), ("c", "d"), ("a", "c"), ("b", "d")), start=1)
    ]
    opener = game("new", NOV[5], "a", "z")
    without, together = (team_rows(games=[*old, opener, *more]) for more in ([], [game("later", NOV[9], "c", "d")]))
    for team in ("a", "z"):
        assert {**without["new", team], "league": ""} == {**together["new", team], "league": ""}
