"""The laws of every builder, on a league with box scores of teams and players."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from tipoff.features.laws import Bench, assert_incremental, assert_point_in_time, assert_reproducible
from tipoff.features.tiny_league import LEAGUE, TinyLeague, write

from .conftest import NOW, Row, make_bench

LAST_DAY = date(2023, 11, 23)
"""Of games played; the season 2024 goes on until the 26th."""

SEASONS = (2022, 2023, 2024)
"""Of rosters; games there are of the last two."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Two seasons with rosters; the last games of the second are still to come."""
    bench = make_bench(tmp_path_factory.mktemp("laws") / "home")
    TinyLeague(teams=5, games=24, played_until=LAST_DAY).fill(bench.warehouse, NOW)
    write(bench.warehouse, {"rosters": list(rosters())}, NOW)
    bench.build()
    return bench


def rosters() -> Iterator[Row]:
    """Seven athletes a team, most of whom stay; some go on to the next team."""
    for season in SEASONS:
        for number in range(35):
            team = f"t{(number // 7 + (season - 2022 if number % 7 == 0 else 0)) % 5}"
            row: Row = {"league": LEAGUE, "season": season, "team_id": team, "athlete_id": f"p{number}"}
            first, last = date(season - 1, 11, 1), date(season, 4, 30)
            yield {**row, "as_of": first, "last_seen": first, "class_year": "SO", "height_in": 70.0 + number % 9}
            if season < 2024:
                played = {"games_played": 10 + number % 7, "games_started": number % 7}
                yield {**row, "as_of": last, "last_seen": last, **played}


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


def test_rosters_move_the_ratings(league: Bench) -> None:
    rows = league.warehouse.query(
        "SELECT season, count(returning_minutes) AS known, count(*) AS sides, "
        "count(DISTINCT preseason_rating) AS ratings "
        "FROM features.team_features GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    assert all(row["known"] == row["sides"] for row in rows)
    assert [row["ratings"] for row in rows] == [1, 5]


def test_tomorrow_moves_the_games_after_it_and_no_others(league: Bench) -> None:
    tomorrow = LAST_DAY + timedelta(days=1)
    TinyLeague(teams=5, games=24, played_until=tomorrow).fill(league.warehouse, NOW + timedelta(days=1))
    report = league.build()
    changed = {"team": 1, "player": 1, "game": 1}
    assert {name: each.partitions for name, each in report.items()} == changed
    assert 0 < report["game"].written < 10
