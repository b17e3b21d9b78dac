"""One game is of one season, in a real store."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tipoff.collecting import seasons
from tipoff.contracts import Column, Table
from tipoff.domain import ODDS, TABLES
from tipoff.warehouse.store import Warehouse

OWN = Table(
    "crowds",
    key=("league", "season", "game_id", "gate"),
    columns=tuple(
        Column(n, "INTEGER" if n == "season" else "VARCHAR") for n in ("league", "season", "game_id", "gate")
    ),
)
AT = datetime(2026, 1, 20)


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "tipoff.duckdb")
    warehouse.migrate([*TABLES.values(), OWN])
    return warehouse


def game(store: Warehouse, game_id: str, season: int, day: date, status: str = "final", at: datetime = AT) -> None:
    with store.write() as con:
        con.execute(
            "INSERT INTO raw.games BY NAME "
            "SELECT 'l' AS league, $season AS season, $game AS game_id, $day AS game_date, "
            "CAST($day AS TIMESTAMP) AS tip_utc, $status AS status, 'a' AS home_id, 'b' AS away_id, $at AS fetched_at",
            {"season": season, "game": game_id, "day": day, "status": status, "at": at},
        ).fetchall()


def told(store: Warehouse, season: int, game_id: str) -> None:
    with store.write() as con:
        for insert in (
            "INSERT INTO raw.odds BY NAME SELECT 'l' AS league, $season AS season, $game AS game_id, 'X' AS provider",
            "INSERT INTO raw.crowds BY NAME SELECT 'l' AS league, $season AS season, $game AS game_id, 'north' AS gate",
        ):
            con.execute(insert, {"season": season, "game": game_id}).fetchall()


def settle(store: Warehouse) -> None:
    with store.write() as con:
        seasons.settle(con, "run")


def rows(store: Warehouse, table: str) -> list[tuple[Any, ...]]:
    with store.read() as con:
        return con.execute(f"SELECT season, game_id FROM raw.{table} ORDER BY ALL").fetchall()


def test_a_game_in_the_wrong_season_moves_with_all_that_is_told_of_it(store: Warehouse) -> None:
    game(store, "1", 2025, date(2026, 1, 19))
    game(store, "2", 2026, date(2026, 1, 19))
    told(store, 2025, "1")
    told(store, 2026, "2")
    for _ in range(2):  # and again changes nothing
        settle(store)
        for table in ("games", "odds", "crowds"):
            assert rows(store, table) == [(2026, "1"), (2026, "2")], table


def test_what_stands_in_both_seasons_stays_in_the_right_one(store: Warehouse) -> None:
    for season in (2025, 2026):
        game(store, "1", season, date(2026, 1, 19))
        told(store, season, "1")
    settle(store)
    for table in ("games", "odds", "crowds"):
        assert rows(store, table) == [(2026, "1")], table


def test_an_unplayed_game_moves_into_the_next_season(store: Warehouse) -> None:
    game(store, "1", 2026, date(2026, 6, 30), "postponed")
    game(store, "1", 2027, date(2026, 11, 9), "scheduled", AT + timedelta(days=1))
    told(store, 2026, "1")
    settle(store)
    assert rows(store, "games") == rows(store, "odds") == [(2027, "1")]


def test_a_source_that_counts_anew_each_season_loses_nothing(store: Warehouse) -> None:
    game(store, "1", 2025, date(2025, 1, 19))
    game(store, "1", 2026, date(2026, 1, 19), at=AT + timedelta(days=1))
    settle(store)
    assert rows(store, "games") == [(2025, "1"), (2026, "1")]


def test_rows_about_a_game_are_placed_in_its_season(store: Warehouse) -> None:
    game(store, "1", 2026, date(2026, 1, 19))
    game(store, "2", 2025, date(2025, 1, 19))
    game(store, "2", 2026, date(2026, 1, 20))
    given = pa.table(
        {
            "league": ["l"] * 4,
            "season": pa.array([2025, 2026, 2024, 2025], pa.int32()),
            "game_id": ["1", "1", "2", "unknown"],
            "provider": ["x"] * 4,
        }
    )
    with store.write() as con:
        found = seasons.placed(con, ODDS, given)
        assert seasons.placed(con, TABLES["teams"], given) is given
    assert found["season"].to_pylist() == [2026, 2026, 2024, 2025], "of `2` there are two, and of the last none"
    assert found.schema == given.schema
