"""A tiny league in a real store, and the two honest builders of `toy_builders`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from tipoff.contracts import Column, ColumnType, FeatureBuilder, Table
from tipoff.features.laws import Bench
from tipoff.features.tiny_league import TinyLeague
from tipoff.plugins import Registry
from tipoff.settings import Settings

NOW = datetime(2024, 5, 1)


def features_table(name: str, entity: str, *values: tuple[str, ColumnType]) -> Table:
    entities = (Column(entity, "VARCHAR"),) if entity else ()
    return Table(
        name,
        schema="features",
        key=("league", "season", "game_id", *(column.name for column in entities)),
        columns=(
            Column("league", "VARCHAR"),
            Column("season", "INTEGER"),
            Column("game_id", "VARCHAR"),
            *entities,
            Column("game_date", "DATE"),
            Column("tip_utc", "TIMESTAMP"),
            *(Column(column, kind) for column, kind in values),
        ),
    )


WINS = FeatureBuilder(
    "wins", features_table("toy_wins", "team_id", ("wins", "INTEGER")), ("raw.games",), "toy_builders:wins"
)
APART = FeatureBuilder(
    "apart",
    features_table("toy_apart", "", ("apart", "INTEGER")),
    ("features.toy_wins",),
    "toy_builders:wins_difference",
)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `toy_builders` importable by its dotted path, as an installed plugin would be."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Three small seasons without box scores of players, and nothing built."""
    return make_bench(tmp_path / "home", (WINS, APART), (2022, 2023, 2024))


def make_bench(home: Path, builders: tuple[FeatureBuilder, ...], seasons: tuple[int, ...]) -> Bench:
    """Seasons of twelve games among four teams, and nothing built."""
    bench = Bench(Registry(builders=builders), Settings(home=home))
    bench.warehouse.migrate(bench.registry.tables().values())
    TinyLeague(seasons=seasons, teams=4, games=12, players=False).fill(bench.warehouse, NOW)
    return bench


def with_builders(bench: Bench, *builders: FeatureBuilder) -> Bench:
    """The same store with other builders."""
    return replace(bench, registry=Registry(builders=builders))
