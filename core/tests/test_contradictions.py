from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tipoff import contradictions
from tipoff.collecting.validate import Validator
from tipoff.contracts import Column, Contradiction, Table
from tipoff.domain import GAMES, ODDS, PLAYER_STATS, ROSTERS
from tipoff.errors import PluginError


def odds(**figures: float) -> Contradiction | None:
    return contradictions.of_odds({"game_id": "g", "provider": "A Book", **figures})


def line(**figures: Any) -> Contradiction | None:
    return contradictions.of_line({"athlete_id": "p", **figures})


@pytest.mark.parametrize(
    ("day", "season"), [(date(2026, 6, 30), 2026), (date(2026, 7, 1), 2027), (date(2025, 12, 31), 2026)]
)
def test_a_game_is_of_its_days_season(day: date, season: int) -> None:
    assert contradictions.of_game({"season": season, "game_date": day}) is None
    for other in (season - 1, season + 1):
        found = contradictions.of_game({"season": other, "game_date": day})
        assert found == Contradiction("season", f"season `{other}`, but `{day}` is of season {season}")
    assert contradictions.of_game({"season": 1900}) is None, "without a day there is nothing to hold it against"


@pytest.mark.parametrize("column", ["home_score", "away_score"])
def test_nobody_has_fewer_points_than_none(column: str) -> None:
    game = {"season": 2026, "game_date": date(2026, 1, 5), "home_score": 71, "away_score": 64}
    assert contradictions.of_game(game) is None
    assert contradictions.of_game({**game, column: 0}) is None
    assert contradictions.of_game({**game, column: None}) is None
    assert contradictions.of_game({**game, column: -3}) == Contradiction(column, "`-3` is no score")


@pytest.mark.parametrize(
    ("as_of", "fits"),
    [
        (date(2026, 1, 5), {2026}),
        (date(2025, 11, 1), {2026}),
        (date(2026, 4, 30), {2026}),
        (date(2026, 5, 1), {2025, 2026, 2027}),
        (date(2026, 8, 1), {2026, 2027, 2028}),
    ],
)
def test_a_roster_in_summer_may_be_of_either_season(as_of: date, fits: set[int]) -> None:
    seasons = range(2023, 2030)
    assert {s for s in seasons if contradictions.of_roster({"season": s, "as_of": as_of}) is None} == fits


def test_nobody_scores_in_no_time() -> None:
    assert line(minutes=0.0, points=4) == Contradiction("minutes", "`4` points in 0 minutes", ("minutes",))
    assert line(minutes=0.0, points=3) is None, "a source that rounds writes 0 for some seconds"
    assert line(minutes=1.0, points=9) is None
    assert line(points=30) is None, "a source without minutes"
    assert line(minutes=0.0) is None


def test_who_did_not_play_has_no_figures() -> None:
    assert line(did_not_play=True, minutes=0.0, points=0) is None
    for figures in ({"minutes": 3.0}, {"points": 2}):
        found = line(did_not_play=True, **figures)
        assert found is not None
        assert (found.column, found.missing) == ("did_not_play", ("did_not_play",))


@pytest.mark.parametrize(
    "figures",
    [
        {"home_spread_close": -6.5, "home_moneyline": -280, "away_moneyline": 230},
        {"home_spread_close": 6.5, "home_moneyline": 230, "away_moneyline": -280},
        {"home_spread_close": -1.0, "home_moneyline": 105, "away_moneyline": -125},
        {"home_spread_close": -1.5, "home_moneyline": -110, "away_moneyline": -110},
        {"home_spread_close": -6.5},
        {"home_spread_close": 2.5, "home_spread_open": -2.5},
        {"home_moneyline": -280},
        {"home_win_prob": 0.9},
        {"home_spread_close": -4.0, "home_win_prob": 0.64},
    ],
)
def test_odds_that_agree(figures: dict[str, float]) -> None:
    assert odds(**figures) is None


@pytest.mark.parametrize(
    ("column", "figures"),
    [
        ("home_spread_close", {"home_spread_close": 6.5, "home_moneyline": -280, "away_moneyline": 230}),
        ("home_spread_close", {"home_spread_close": -1.5, "home_moneyline": 125, "away_moneyline": -145}),
        ("home_spread_close", {"home_spread_open": 6.5, "home_moneyline": -280, "away_moneyline": 230}),
        ("home_spread_close", {"home_spread_close": -6.5, "home_spread_open": 6.0}),
        ("home_spread_close", {"home_spread_close": -6.5, "home_win_prob": 0.2}),
        ("home_moneyline", {"home_moneyline": -300, "away_moneyline": -300}),
        ("home_moneyline", {"home_moneyline": 300, "away_moneyline": 300}),
        ("home_moneyline", {"home_moneyline": 1.91, "away_moneyline": 1.91}),
        ("away_moneyline", {"away_moneyline": -50}),
        ("home_win_prob", {"home_moneyline": -280, "away_moneyline": 230, "home_win_prob": 0.3}),
    ],
)
def test_odds_that_contradict_each_other_are_set_aside(column: str, figures: dict[str, float]) -> None:
    found = odds(**figures)
    assert found is not None
    assert (found.column, found.missing) == (column, ())


def test_a_strangers_rows_are_held_to_the_same() -> None:
    for table in (GAMES, ODDS, PLAYER_STATS, ROSTERS):
        assert table.contradiction.startswith("tipoff.contradictions:")
    values: dict[str, Any] = {"league": "l", "season": 2026, "game_id": "g", "athlete_id": "a", "team_id": "t"}
    values |= {"minutes": 0, "points": 16}
    found, stands = Validator(PLAYER_STATS).contradictions(values)
    assert ([each.column for each in found], stands, values["minutes"], values["points"]) == (
        ["minutes"],
        True,
        None,
        16,
    )
    game: dict[str, Any] = {"league": "l", "season": 2025, "game_id": "g", "game_date": date(2026, 1, 1)}
    found, stands = Validator(GAMES).contradictions(game)
    assert ([each.column for each in found], stands) == (["season"], False)


def broken(_: object) -> None:
    raise KeyError("colour")


def test_a_function_that_fails_is_the_tables_fault() -> None:
    table = Table("t", ("k",), (Column("k", "VARCHAR"),), contradiction=f"{__name__}:broken")
    with pytest.raises(PluginError, match=r"table `raw.t`: .*broken` failed .* KeyError: 'colour'"):
        Validator(table).contradictions({"k": "1"})
