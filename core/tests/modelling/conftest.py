"""A league of two seasons whose truth is known, in a real store, with the plugins' part played by `support_toy`."""

from __future__ import annotations

import importlib
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tipoff.contracts import Column, FeatureBuilder, Model, Table
from tipoff.domain import GAMES
from tipoff.features.partitions import Partition, inputs_digest, save_state
from tipoff.plugins import Registry
from tipoff.run import Run
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse

from . import support_toy
from .support_toy import schedule

LEAGUE = support_toy.LEAGUE
NOW = datetime(2025, 2, 20, 13)
"""A morning in the second season; games go on until the 22nd."""

STRENGTH = Table(
    "strength",
    key=("league", "season", "game_id"),
    columns=(
        Column("league", "VARCHAR"),
        Column("season", "INTEGER"),
        Column("game_id", "VARCHAR"),
        Column("game_date", "DATE"),
        Column("tip_utc", "TIMESTAMP"),
        Column("gap", "DOUBLE"),
    ),
    schema="features",
)
BUILDER = FeatureBuilder("strength", STRENGTH, inputs=("raw.games",), compute="support_toy:strength", version="3")

PARTITIONS = (Partition(LEAGUE, 2024), Partition(LEAGUE, 2025))

LINE = Model("line", ("strength.gap",), "support_toy:fit_line", "support_toy:predict_line")
RATE = Model("rate", (), "support_toy:fit_rate", "support_toy:predict_rate")
TREE = Model("tree", ("strength.gap",), "support_toy:fit_tree", "support_toy:predict_tree")
STACK = Model("stack", (), "support_toy:fit_stack", "support_toy:predict_stack", stacks=("line",))


@dataclass(frozen=True)
class Toy(Run):
    """A run over the toy league; `later` moves its instant."""

    run_id: str = "test"
    now: datetime = NOW

    @property
    def store(self) -> Warehouse:
        return Warehouse.of(self.settings)

    def later(self, now: datetime) -> Toy:
        return replace(self, now=now)

    def with_models(self, *models: Model) -> Toy:
        return replace(self, registry=replace(self.registry, models=models))

    def sql(self, statement: str) -> None:
        with self.store.write() as con:
            con.execute(statement).fetchall()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return [tuple(row.values()) for row in self.store.query(query).to_pylist()]


@pytest.fixture(autouse=True)
def fits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """Makes ``support_toy:…`` importable, and gives its record of fits, emptied."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path))
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    record: list[int] = importlib.import_module("support_toy").FITS
    record.clear()
    return record


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The league's store, made once and copied for each test."""
    toy = Toy(Registry(builders=(BUILDER,)), Settings(home=tmp_path_factory.mktemp("toy"), leagues=(LEAGUE,)))
    toy.store.migrate(toy.registry.tables().values())
    fill(toy)
    toy.store.fold()
    return toy.store.path


@pytest.fixture
def toy(tmp_path: Path, template: Path) -> Toy:
    """The league in its store, with every model."""
    shutil.copy(template, tmp_path / template.name)
    registry = Registry(builders=(BUILDER,), models=(LINE, RATE, TREE, STACK))
    return Toy(registry, Settings(home=tmp_path, leagues=(LEAGUE,)))


@pytest.fixture
def games() -> pa.Table:
    """The finished games as a frame, without a store."""
    rows = [row for row in schedule() if row["tip_utc"] < NOW]
    table = pa.Table.from_pylist(rows)
    frame = table.select(["league", "season", "game_id", "game_date", "tip_utc", "home_id", "away_id", "neutral_site"])
    margin = np.array([row["home_score"] - row["away_score"] for row in rows], dtype=np.float64)
    return (
        frame.append_column("strength.gap", table["gap"])
        .append_column("home_win", pa.array(margin > 0))
        .append_column("margin", pa.array(margin))
        .append_column("total", pa.array([float(row["home_score"] + row["away_score"]) for row in rows]))
    )


def fill(toy: Toy) -> None:
    """Puts the schedule and the feature table in; games before `NOW` are final."""
    rows = schedule()
    for row in rows:
        over = row["tip_utc"] < NOW
        row["status"] = "final" if over else "scheduled"
        if not over:
            row["home_score"] = row["away_score"] = None
    table = pa.Table.from_pylist(rows)
    with toy.store.write() as con:
        con.register("rows", table.drop_columns(["gap"]))
        con.execute("INSERT INTO raw.games BY NAME SELECT * FROM rows").fetchall()
        con.register("gaps", table.select(["league", "season", "game_id", "game_date", "tip_utc", "gap"]))
        con.execute("INSERT INTO features.strength BY NAME SELECT * FROM gaps").fetchall()
    with toy.store.read() as con:
        built = [(each, inputs_digest(con, BUILDER, [GAMES], each)) for each in PARTITIONS]
    with toy.store.write() as con:
        for partition, inputs in built:
            rows = table.filter(pc.equal(table["season"], partition.season)).num_rows
            save_state(con, BUILDER, partition, inputs=inputs, rows=rows, run_id="test", now=NOW)
