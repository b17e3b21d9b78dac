"""What tables of plugins say only later is changed, whatever they are about, and what they said before is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import pytest
from tipoff.contracts import Collector, Column, Table
from tipoff.features.changes import Change
from tipoff.features.later import corrected_in, nonsense_in
from tipoff.features.laws import Bench
from tipoff.features.tiny_league import LEAGUE, TinyLeague
from tipoff.plugins import Registry
from tipoff.settings import Settings

NOW = datetime(2024, 4, 9, 13)
KEY = (Column("league", "VARCHAR"), Column("season", "INTEGER"), Column("game_id", "VARCHAR"))
NOTES, CROWDS = (
    Table(name, key=("league", "season", "game_id"), columns=(*KEY, Column("said", "DOUBLE")))
    for name in ("notes", "crowds")
)
TABLES = (NOTES, CROWDS)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A season in which two tables of a plugin say something of each game."""
    own = Collector("own", "own", datasets=(), tables=TABLES)
    bench = Bench(Registry(collectors=(own,)), Settings(home=tmp_path / "home", leagues=(LEAGUE,)))
    bench.warehouse.migrate(bench.registry.tables().values())
    TinyLeague(seasons=(2024,), teams=4, games=12, players=False).fill(bench.warehouse, NOW)
    with bench.warehouse.write() as con:
        for table in TABLES:
            con.execute(
                f"INSERT INTO raw.{table.name} BY NAME "
                "SELECT league, season, game_id, 7.5 AS said, fetched_at, loaded_at FROM raw.games"
            )
    return bench


def said(bench: Bench, table: Table, day: object, *, before: bool) -> set[float]:
    found = bench.warehouse.query(
        f"SELECT DISTINCT said FROM raw.{table.name} JOIN raw.games USING (league, season, game_id) "
        "WHERE (game_date < $day) = $before",
        day=day,
        before=before,
    )
    return set(found["said"].to_pylist())


@pytest.mark.parametrize("make", [nonsense_in, corrected_in])
def test_each_table_is_changed_from_the_day_on(make: Callable[[Iterable[Table]], Change], bench: Bench) -> None:
    days = bench.days()
    day = days[len(days) // 2]
    bench.change(make(iter(TABLES)), day)
    for table in TABLES:
        assert said(bench, table, day, before=True) <= {7.5}, table.name
        assert 7.5 not in said(bench, table, day, before=False), table.name
