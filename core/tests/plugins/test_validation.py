"""Each law of a spec, broken once."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import pytest
from tipoff import contracts
from tipoff.contracts import Check, Collector, Column, Dataset, FeatureBuilder, Model, Table
from tipoff.plugins.validation import FIELD_TYPES, SPECS, breaches

TABLE = Table("seats", key=("league",), columns=(Column("league", "VARCHAR"), Column("seats", "INTEGER")))
DATASET = Dataset("seats", tables=("seats", "games"), plan="a.b:plan", parse="a.b:parse")
COLLECTOR = Collector("hall", conn_id="hall_api", datasets=(DATASET,), tables=(TABLE,))
FEATURES = Table(
    "rest_features",
    key=("league", "season", "game_id", "team_id"),
    columns=tuple(
        Column(name, "VARCHAR") for name in ("league", "season", "game_id", "team_id", "game_date", "tip_utc", "rest")
    ),
    schema="features",
)
BUILDER = FeatureBuilder("rest", table=FEATURES, inputs=("raw.games",), compute="a:b", lookback=None)
MODEL = Model("elo", features=("rest_features.rest",), fit="a:b", predict="a:b")
CHECK = Check("scores_known", table="raw.games", sql="SELECT 1")


@pytest.mark.parametrize(
    ("hook", "spec"),
    [
        ("collectors", COLLECTOR),
        ("feature_builders", BUILDER),
        ("models", MODEL),
        ("checks", CHECK),
        ("commands", "tipoff_espn.server.cli:espn_server"),
    ],
)
def test_sound_specs_pass(hook: str, spec: object) -> None:
    assert list(breaches(hook, spec)) == []


def changed(spec: Any, **changes: Any) -> Any:
    """A copy with values that no type checker would let through."""
    return replace(spec, **changes)


def table(**changes: Any) -> Collector:
    return replace(COLLECTOR, tables=(replace(TABLE, **changes),))


def dataset(**changes: Any) -> Collector:
    return replace(COLLECTOR, datasets=(replace(DATASET, **changes),))


def features(**changes: Any) -> FeatureBuilder:
    return replace(BUILDER, table=replace(FEATURES, **changes))


@pytest.mark.parametrize(
    ("hook", "spec", "words"),
    [
        ("collectors", replace(COLLECTOR, name="Hall"), "begins with a letter, got `Hall`"),
        ("collectors", replace(COLLECTOR, conn_id=""), "`conn_id` is empty"),
        ("collectors", replace(COLLECTOR, client="x.y"), "`client` must be a dotted path like package.module:function"),
        ("collectors", replace(COLLECTOR, clock="now"), "`clock` must be a dotted path"),
        ("collectors", changed(COLLECTOR, datasets=DATASET), "a tuple of one needs a comma"),
        ("collectors", replace(COLLECTOR, tables=(TABLE, TABLE)), "two of its tables are called `seats`"),
        ("collectors", dataset(name="my-seats"), "got `my-seats`"),
        ("collectors", dataset(version=""), "a version is letters"),
        ("collectors", dataset(plan="plan"), "dataset `seats`: `plan` must be a dotted path"),
        ("collectors", dataset(parse="a.b:1"), "dataset `seats`: `parse` must be a dotted path"),
        ("collectors", dataset(after="games"), "`after` must be tuple[str, ...], got `'games'`"),
        ("collectors", dataset(tables=()), "`tables` is empty"),
        ("collectors", dataset(tables=("gmaes",)), "names `gmaes`, which is no domain table and none of its own (did"),
        ("collectors", dataset(uses="a.b"), "`uses` must be a dotted path"),
        ("collectors", dataset(per_game=("gmaes",)), "`per_game` names `gmaes`, which is not among its `tables`"),
        (
            "collectors",
            dataset(tables=("teams",), per_game=("teams",)),
            "`per_game` names `teams`, which lacks one of the columns league, season, game_id",
        ),
        (
            "collectors",
            dataset(checks=(replace(CHECK, sql=" "),)),
            "dataset `seats`, check `scores_known`: `sql` is empty",
        ),
        (
            "collectors",
            table(columns=(replace(TABLE.columns[0], between=(1, 0)),)),
            "`between` must be tuple[float, float]",
        ),
        ("collectors", table(name="games"), "`games` is a domain table"),
        ("collectors", table(name="results"), "`results` is a view over a domain table"),
        ("collectors", table(schema="features"), "its schema must be `raw`, got `features`"),
        ("collectors", table(schema="ops"), "`schema` must be one of raw, features, got `'ops'`"),
        ("collectors", table(key=()), "its key is empty"),
        ("collectors", table(key=("leage",)), "key column `leage` is not among its columns (did you mean `league`?)"),
        ("collectors", table(columns=(*TABLE.columns, Column("seats", "DOUBLE"))), "two of its columns are called"),
        ("collectors", table(columns=(*TABLE.columns, Column("Row", "DOUBLE"))), "column: a name is lower-case"),
        ("collectors", table(columns=(*TABLE.columns, Column("run_id", "DOUBLE"))), "is added by the warehouse"),
        (
            "collectors",
            table(columns=(changed(TABLE.columns[0], type="TEXT"),)),
            f"table `{TABLE.name}`, column `{TABLE.columns[0].name}`: `type` must be one of VARCHAR, INTEGER, DOUBLE, ",
        ),
        ("feature_builders", replace(BUILDER, compute=""), "`compute` must be a dotted path"),
        ("feature_builders", replace(BUILDER, inputs=()), "`inputs` is empty"),
        ("feature_builders", replace(BUILDER, inputs=("raw.odds",)), "`raw.odds`, which is a benchmark"),
        ("feature_builders", replace(BUILDER, inputs=("raw.a", "features.a")), "two of its inputs are called `a`"),
        ("feature_builders", replace(BUILDER, lookback=-1), "`lookback` counts the seasons before, or is None for all"),
        ("feature_builders", replace(BUILDER, lookback=True), "`lookback` must be int | None, got `True`"),
        ("feature_builders", features(schema="raw"), "its schema must be `features`"),
        ("feature_builders", features(key=("game_id",)), "must begin with league, season, game_id"),
        ("feature_builders", features(columns=FEATURES.columns[:4]), "lacks the column `game_date`"),
        ("feature_builders", replace(BUILDER, checks=(replace(CHECK, sql=" "),)), "check `scores_known`: `sql` is"),
        ("models", replace(MODEL, name="1elo"), "got `1elo`"),
        ("models", replace(MODEL, version="1 2"), "a version is letters"),
        ("models", replace(MODEL, features=("rest",)), "a feature is written table.column, got `rest`"),
        ("models", replace(MODEL, features=("a.rest", "b.rest")), "two of its features are called `rest`"),
        ("models", replace(MODEL, features=("rest.margin",)), "the feature `margin` is a column that every model"),
        ("models", replace(MODEL, fit="a:b c"), "`fit` must be a dotted path"),
        ("models", changed(MODEL, predict=None), "`predict` must be str, got `None`"),
        ("models", changed(MODEL, params=()), "`params` must be Mapping[str, Json], got `()`"),
        ("checks", changed(CHECK, severity="fatal"), "`severity` must be one of info, warn, block, got `'fatal'`"),
        ("checks", replace(CHECK, name=""), "got ``"),
        ("commands", "tipoff_espn.server", "must be a dotted path"),
        ("commands", "acme.cli:collect", "`tipoff collect` is a command of tipoff itself"),
    ],
)
def test_each_breach_is_named(hook: str, spec: object, words: str) -> None:
    found = list(breaches(hook, spec))
    assert any(words in breach for breach in found), found


def test_every_annotation_of_a_spec_is_known() -> None:
    specs = (
        *(spec for spec in SPECS.values() if spec is not str),
        contracts.Dataset,
        contracts.Table,
        contracts.Column,
    )
    used = {str(field.type).replace('"', "'") for spec in specs for field in dataclasses.fields(spec)}
    assert used == set(FIELD_TYPES)
