"""The laws of every builder, on a league with box scores of teams and players."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from tipoff.features.laws import Bench, assert_incremental, assert_point_in_time, assert_reproducible
from tipoff.features.tiny_league import TinyLeague

from .conftest import NOW, make_bench

LAST_DAY = date(2023, 11, 23)
"""Of games played; the season 2024 goes on until the 26th."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Two seasons; the last games of the second are still to come."""
    bench = make_bench(tmp_path_factory.mktemp("laws") / "home")
    TinyLeague(teams=5, games=24, played_until=LAST_DAY).fill(bench.warehouse, NOW)
    bench.build()
    return bench


@pytest.fixture
def league(built: Bench, tmp_path: Path) -> Bench:
    """A copy of the league, built, to do with it as one likes."""
    return built.copy(tmp_path / "league")


def test_incremental_equals_full(league: Bench) -> None:
    assert_incremental(league)


def test_nothing_from_the_future(league: Bench, tmp_path: Path) -> None:
    assert_point_in_time(league, tmp_path / "laws")


def test_same_bytes(league: Bench, tmp_path: Path) -> None:
    assert_reproducible(league, tmp_path / "laws")


def test_games_to_come_have_rows(league: Bench) -> None:
    rows = league.warehouse.query(
        "SELECT g.status, count(*) AS games, count(f.home_rating) AS rated, count(f.home_lineup_value) AS lineups "
        "FROM raw.games AS g LEFT JOIN features.game_features AS f USING (league, season, game_id) "
        "GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    assert [(row["status"], row["games"] == row["rated"]) for row in rows] == [("final", True), ("scheduled", True)]
    assert rows[1]["lineups"] == rows[1]["games"]


def test_tomorrow_moves_the_games_after_it_and_no_others(league: Bench) -> None:
    tomorrow = LAST_DAY + timedelta(days=1)
    TinyLeague(teams=5, games=24, played_until=tomorrow).fill(league.warehouse, NOW + timedelta(days=1))
    report = league.build()
    changed = {"team": 1, "player": 1, "game": 1}
    assert {name: each.partitions for name, each in report.items()} == changed
    assert 0 < report["game"].written < 10
