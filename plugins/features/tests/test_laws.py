"""The laws of every builder, on a league with box scores of teams and players."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from tipoff.features.laws import Bench, assert_incremental, assert_point_in_time, assert_reproducible
from tipoff.features.tiny_league import TinyLeague
from tipoff_features.statements import statement

from .conftest import NOW, make_bench

LAST_DAY = date(2023, 11, 24)
"""Of games played; the season 2024 goes on until December."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Three seasons with rosters; the last games of the third are still to come."""
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


LATEST = "(SELECT arg_max(l.class_year, l.as_of) FROM rosters AS l WHERE l.athlete_id = r.athlete_id) AS class_year,"


@pytest.mark.parametrize(
    "peeking",
    [
        {"WHERE r.as_of <= o.first_day": ""},
        {"least(r.last_seen, o.first_day)": "r.last_seen"},
        {"WHERE season < $season AND": "WHERE", "AND p.season - 1": "AND p.season"},
        {"r.class_year,": LATEST},
    ],
    ids=["who-comes", "who-leaves", "how-often-he-will-play", "what-class-he-will-be"],
)
def test_a_squad_that_looks_ahead_is_caught(
    peeking: dict[str, str], league: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(name: str) -> str:
        text = statement(name)
        for honest, instead in peeking.items() if name == "squads" else ():
            assert text.count(honest) == 1
            text = text.replace(honest, instead)
        return text

    monkeypatch.setattr("tipoff_features.team.statement", spoilt)
    league.build(full=True)
    with pytest.raises(AssertionError, match="`team` up to 202"):
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
    assert [row["ratings"] for row in rows] == [1, 5, 5]


def test_tomorrow_moves_the_games_after_it_and_no_others(league: Bench) -> None:
    tomorrow = LAST_DAY + timedelta(days=1)
    TinyLeague(teams=5, games=24, played_until=tomorrow).fill(league.warehouse, NOW + timedelta(days=1))
    report = league.build()
    changed = {"team": 1, "player": 1, "game": 1}
    assert {name: each.partitions for name, each in report.items()} == changed
    assert 0 < report["game"].written < 10
