"""Each formula of `player_features`, reckoned by hand."""

from __future__ import annotations

from datetime import date

import pytest

from .conftest import Keyed, Row, features_of, game, line

NOV = [date(2023, 11, day) for day in range(1, 31)]
GAMES = [game(f"g{n}", NOV[n], "a", f"x{n}", (70, 60)) for n in range(1, 8)] + [game("g8", NOV[20], "a", "y")]
LINES = [
    line("g1", "a", "ann", 30, points=20, field_goals_made=8, field_goals_attempted=14, free_throws_made=3,
         free_throws_attempted=4, turnovers=2, offensive_rebounds=1, defensive_rebounds=4, steals=1, assists=5,
         blocks=0, fouls=3),
    line("g1", "a", "bea", 10, points=4, field_goals_made=2, field_goals_attempted=6, starter=False),
    line("g2", "a", "ann", 20, points=6, field_goals_made=3, field_goals_attempted=10, turnovers=1),
    line("g2", "a", "bea", None),
    line("g2", "a", "cat", 20, field_goals_attempted=4),
]  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> Keyed:
    return player_rows(games=GAMES, player_stats=LINES)


def player_rows(**records: list[Row]) -> Keyed:
    return features_of("player", **records)[0]


def test_as_of_the_morning_of_each_game(rows: Keyed) -> None:
    assert not [key for key in rows if key[0] == "g1"], "nobody has been on a sheet before the first game"
    assert sorted(key for key in rows if key[0] == "g2") == [("g2", "ann"), ("g2", "bea")]
    assert sorted(key for key in rows if key[0] == "g8") == [("g8", name) for name in ("ann", "bea", "cat")]
    assert rows["g2", "ann"]["minutes_per_game"] == 30


@pytest.mark.parametrize(
    ("athlete", "name", "value"),
    [
        ("ann", "games_played", 2),
        ("bea", "games_played", 1),
        ("bea", "games_started", 0),
        ("ann", "games_started", 2),
        ("ann", "games_missed", 0),
        ("bea", "games_missed", 1),
        ("ann", "minutes_per_game", 25),
        ("bea", "minutes_per_game", 10),
        ("ann", "minutes_share", 50 / 80),
        ("cat", "minutes_share", 20 / 80),
        ("ann", "recent_minutes_share", 50 / 80),
        # Possessions ended: ann 14 + 2 + 0.475 · 4 = 17.9 and 10 + 1 = 11, bea 6, cat 4.
        ("ann", "usage_rate", 28.9 / 38.9),
        ("ann", "true_shooting", 26 / (2 * (24 + 0.475 * 4))),
        # Game score: 20 + 0.4·8 − 0.7·14 − 0.4·1 + 0.7·1 + 0.3·4 + 1 + 0.7·5 − 0.4·3 − 2 = 16.2, and 6 + 1.2 − 7 − 1.
        ("ann", "game_score_per_40", (16.2 - 0.8) / 50 * 40),
        ("cat", "true_shooting", 0),
    ],
)
def test_before_the_last_game(rows: Keyed, athlete: str, name: str, value: float) -> None:
    assert rows["g8", athlete][name] == pytest.approx(value, rel=1e-12)


def test_recent_minutes_are_those_of_the_last_five_games() -> None:
    lines = [line(f"g{n}", "a", "ann", 30 if n <= 2 else 10) for n in range(1, 8)]
    lines += [line(f"g{n}", "a", "bea", 10 if n <= 6 else None) for n in range(1, 8)]
    rows = player_rows(games=GAMES, player_stats=lines)
    assert rows["g8", "ann"]["recent_minutes_share"] == pytest.approx(50 / (50 + 40))
    assert rows["g8", "ann"]["minutes_share"] == pytest.approx(110 / (110 + 60))
    assert rows["g5", "ann"]["recent_minutes_share"] == pytest.approx(80 / 120), "four games are all there are"
    assert rows["g8", "bea"]["games_missed"] == 1


def test_who_was_never_on_the_floor_has_no_rates() -> None:
    lines = [line("g1", "a", "ann", 30), line("g1", "a", "dee", None)]
    row = player_rows(games=GAMES, player_stats=lines)["g8", "dee"]
    assert row["games_played"] == 0
    assert row["games_missed"] == 1
    for name in ("minutes_per_game", "true_shooting", "game_score_per_40", "minutes_share", "usage_rate"):
        assert row[name] is None


def test_where_no_sheet_says_who_started_nobody_knows() -> None:
    lines = [{**line(game_id, "a", "ann", 30), "starter": None} for game_id in ("g1", "g2")]
    row = player_rows(games=GAMES, player_stats=lines)["g8", "ann"]
    assert row["games_started"] is None
    assert row["games_played"] == 2


def test_a_canceled_game_counts_for_nobody() -> None:
    off = {**GAMES[0], "status": "canceled"}
    rows = player_rows(games=[off, *GAMES[1:]], player_stats=LINES)
    assert rows["g8", "ann"]["games_played"] == 1
    assert ("g2", "ann") not in rows


def test_without_players_there_are_no_rows() -> None:
    assert player_rows(games=GAMES) == {}


def test_value_is_against_all_players_of_the_game_and_shrunk() -> None:
    lines = [
        line("g1", "a", "ann", 30, points=12, field_goals_made=5, field_goals_attempted=10),
        line("g1", "x1", "xia", 30, points=2, field_goals_made=1, field_goals_attempted=10),
    ]
    rows = player_rows(games=GAMES, player_stats=lines)
    # Hollinger: 12 + 0.4 · 5 − 0.7 · 10 = 7 and 2 + 0.4 − 7 = −4.6, so 1.2 each would be the average.
    assert rows["g2", "ann"]["value_per_40"] == pytest.approx(40 * (7 - 1.2) / (30 + 200), abs=1e-3)


def test_later_games_do_not_move_a_value() -> None:
    before, after = (player_rows(games=GAMES, player_stats=lines) for lines in (LINES[:4], LINES))
    assert before["g2", "ann"] == after["g2", "ann"]
