from __future__ import annotations

from datetime import date
from math import sqrt

import pytest
from tipoff_features import elo

from .conftest import Keyed, Row, features_of, game, line, number

NOV = [date(2023, 11, day) for day in range(1, 31)]
GAMES = [
    game("g1", NOV[5], "a", "b", (80, 70)),
    game("g2", NOV[5], "c", "d", (61, 60)),
    game("g3", NOV[8], "b", "c", (66, 70), conference_game=True),
    game("g4", NOV[11], "a", "c", season_type=3, tournament="Maui Invitational"),
    game("g5", NOV[12], "b", "d", neutral_site=True, conference_game=False, season_type=2),
    game("g6", NOV[13], "c", "newcomer"),
]


@pytest.fixture(scope="module")
def every() -> tuple[Keyed, ...]:
    """Rows of teams, players and games."""
    return features_of("team", "player", "game", games=GAMES)


@pytest.fixture(scope="module")
def rows(every: tuple[Keyed, ...]) -> Keyed:
    return every[2]


def game_rows(**records: list[Row]) -> Keyed:
    return features_of("team", "player", "game", **records)[2]


def test_sides_are_those_of_team_features(every: tuple[Keyed, ...], rows: Keyed) -> None:
    teams = every[0]
    row = rows[("g4",)]
    assert (row["home_id"], row["away_id"]) == ("a", "c")
    for side, team in (("home", "a"), ("away", "c")):
        theirs = teams["g4", team]
        shared = [name for name in theirs if f"{side}_{name}" in row]
        assert len(shared) == 41
        for name in shared:
            assert row[f"{side}_{name}"] == theirs[name], name
    assert row["league_total"] == teams["g4", "a"]["league_total"]


def test_place_and_phase(rows: Keyed) -> None:
    names = ("neutral_site", "home_court", "conference_game", "postseason", "tournament_game", "days_into_season")
    assert [rows[("g4",)][name] for name in names] == [False, 1.0, None, True, True, 6]
    assert [rows[("g5",)][name] for name in names] == [True, 0.0, False, False, False, 7]
    assert [rows[("g1",)][name] for name in names] == [False, 1.0, None, None, False, 0]


def test_expectations(rows: Keyed) -> None:
    row = rows[("g4",)]
    gap = number(row, "home_rating") - number(row, "away_rating")
    assert row["expected_margin"] == pytest.approx(gap + number(row, "home_advantage"))
    assert row["expected_margin_deviation"] == pytest.approx(
        sqrt(number(row, "home_rating_deviation") ** 2 + number(row, "away_rating_deviation") ** 2)
    )
    assert row["expected_total"] == pytest.approx(
        number(row, "league_total") + number(row, "home_total_rating") + number(row, "away_total_rating")
    )
    assert row["elo_home_win_prob"] == pytest.approx(
        elo.win_probability(number(row, "home_elo") - number(row, "away_elo") + elo.HOME)
    ), "the SQL has the same home-court advantage as elo.py"

    neutral = rows[("g5",)]
    assert neutral["expected_margin"] == pytest.approx(number(neutral, "home_rating") - number(neutral, "away_rating"))
    assert neutral["elo_home_win_prob"] == pytest.approx(elo.win_probability(number(neutral, "elo_difference")))


def test_an_unknown_site_leaves_what_hangs_on_it_unknown() -> None:
    row = game_rows(games=[*GAMES[:3], {**GAMES[3], "neutral_site": None}])[("g4",)]
    for name in ("neutral_site", "home_court", "expected_margin", "elo_home_win_prob"):
        assert row[name] is None
    assert row["elo_difference"] is not None
    assert row["expected_total"] is not None


def test_differences_are_home_minus_away_and_null_where_a_side_is(rows: Keyed) -> None:
    row = rows[("g4",)]
    assert row["rest_difference"] == 6 - 3
    assert row["congestion_difference"] == 1 - 2
    assert row["games_played_least"] == 1
    assert row["win_percentage_difference"] == 1.0 - 1.0
    assert row["rating_difference"] == number(row, "home_rating") - number(row, "away_rating")
    # a won by 10 at home; c won by 4 on the road.
    assert row["venue_margin_difference"] == 10 - 4
    first = rows[("g6",)]
    assert first["games_played_least"] == 0
    assert first["win_percentage_difference"] is None
    assert first["rest_difference"] is None
    assert first["elo_difference"] is not None


def test_without_players_their_rollups_are_null(rows: Keyed) -> None:
    for name, value in rows[("g4",)].items():
        if "heaviness" in name or "availability" in name or "lineup" in name:
            assert value is None, name


def test_rollups_of_players() -> None:
    shots = {"ann": 10, "bea": 6, "cat": 3, "dee": 1}
    lines = [
        line(game_id, "c", athlete, 30, field_goals_attempted=count, field_goals_made=count, points=2 * count)
        for game_id in ("g2", "g3")
        for athlete, count in shots.items()
        if (game_id, athlete) != ("g3", "dee")
    ]
    row = game_rows(games=GAMES, player_stats=lines)[("g4",)]
    assert row["away_top_heaviness"] == pytest.approx((20 + 12 + 6) / 39)
    assert row["away_availability"] == pytest.approx(1.0), "dee played in one of the last two games"
    scored = [(60, 2 * 10 * (2 + 0.4 - 0.7)), (60, 2 * 6 * 1.7), (60, 2 * 3 * 1.7), (30, 1 * 1.7)]
    value = sum(minutes / 210 * score / minutes * 40 for minutes, score in scored)
    assert row["away_lineup_value"] == pytest.approx(value)
    averages = {"g2": 1.7 * 20 / 120, "g3": 1.7 * 19 / 90}  # game score a minute, of all who played
    beyond = [sum(1.7 * count - 30 * averages[each] for each in ("g2", "g3")) for count in (10, 6, 3)]
    values = [(60, above) for above in beyond] + [(30, 1.7 - 30 * averages["g2"])]
    plus = 5 * sum(minutes / 210 * 40 * above / (minutes + 200) for minutes, above in values)
    assert row["away_lineup_plus"] == pytest.approx(plus, abs=1e-3)
    assert row["home_lineup_value"] is None
    assert row["lineup_plus_difference"] is None
    assert row["lineup_value_difference"] is None


def test_who_has_been_away_for_two_games_is_not_available() -> None:
    games = [game(f"g{n}", NOV[n], "a", f"x{n}", (70, 60)) for n in range(1, 4)] + [game("g4", NOV[9], "a", "y")]
    lines = [line("g1", "a", "ann", 30), *(line(f"g{n}", "a", "bea", 10) for n in range(1, 4))]
    row = game_rows(games=games, player_stats=lines)[("g4",)]
    assert row["home_availability"] == pytest.approx(30 / 60)
