"""A store with this plugin's builders, and a league small enough to reckon by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tipoff.contracts import Table
from tipoff.domain import TABLES
from tipoff.features.laws import Bench, computed
from tipoff.features.tiny_league import LEAGUE
from tipoff.plugins import Registry
from tipoff.settings import Settings
from tipoff.testing import installed
from tipoff.warehouse.arrow import types_of
from tipoff_features.plugin import checks, feature_builders

NOW = datetime(2024, 5, 1)
Row = dict[str, object]
Keyed = dict[tuple[str, ...], Row]
"""Rows of a feature table by what follows the season in its key."""


@pytest.fixture(scope="session", autouse=True)
def _installed_plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The plugin, found as if it were installed."""
    with installed("features", "tipoff_features.plugin", tmp_path_factory.mktemp("site")):
        yield


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty store."""
    return make_bench(tmp_path / "home")


def make_bench(home: Path) -> Bench:
    """An empty store with this plugin's builders."""
    registry = Registry(builders=feature_builders(), checks=checks())
    bench = Bench(registry, Settings(home=home))
    bench.warehouse.migrate(registry.tables().values())
    return bench


def features_of(*names: str, **records: Sequence[Row]) -> tuple[Keyed, ...]:
    """The rows that each of these builders computes from the records, in memory."""
    asked = [builder for builder in feature_builders() if builder.name in names]
    needed = {name for builder in asked for name in builder.inputs}
    builders = [each for each in feature_builders() if each in asked or each.table.full_name in needed]
    tables = computed(
        builders, {table.full_name: _table(table, records.get(name, ())) for name, table in TABLES.items()}
    )
    return tuple(_keyed(builder.table, tables[builder.table.full_name]) for builder in asked)


def _table(table: Table, rows: Sequence[Row]) -> pa.Table:
    columns = {name: pa.array([row.get(name) for row in rows], kind) for name, kind in types_of(table).items()}
    return pa.table(columns).sort_by([(name, "ascending") for name in table.key])


def _keyed(table: Table, rows: pa.Table) -> Keyed:
    return {tuple(str(row[name]) for name in table.key[2:]): row for row in rows.to_pylist()}


def number(row: Row, name: str) -> float:
    """A value that is not missing."""
    value = row[name]
    assert isinstance(value, float | int), name
    return float(value)


def game(game_id: str, day: date, home: str, away: str, score: tuple[int, int] | None = None, **more: object) -> Row:
    """A game of the season 2024, final where it has a score."""
    return {
        "league": LEAGUE,
        "season": 2024,
        "game_id": game_id,
        "game_date": day,
        "tip_utc": datetime(day.year, day.month, day.day, 23),
        "home_id": home,
        "away_id": away,
        "status": "final" if score else "scheduled",
        "home_score": score[0] if score else None,
        "away_score": score[1] if score else None,
        "overtimes": 0 if score else None,
        "neutral_site": False,
        **more,
    }


def box(game_id: str, team: str, opponent: str, **counts: int) -> Row:
    """A team's box score of the season 2024."""
    return {"league": LEAGUE, "season": 2024, "game_id": game_id, "team_id": team, "opponent_id": opponent, **counts}


def line(game_id: str, team: str, athlete: str, minutes: float | None, **counts: object) -> Row:
    """An athlete's box score of the season 2024; one without minutes did not play."""
    absent = minutes is None
    return {
        "league": LEAGUE,
        "season": 2024,
        "game_id": game_id,
        "team_id": team,
        "athlete_id": athlete,
        "minutes": minutes,
        "did_not_play": absent,
        "starter": not absent,
        **({} if absent else dict.fromkeys(COUNTS, 0)),
        **counts,
    }


COUNTS = (
    "points",
    "field_goals_made",
    "field_goals_attempted",
    "free_throws_made",
    "free_throws_attempted",
    "turnovers",
)
