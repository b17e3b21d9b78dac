"""Specs refuse nonsense when they are made: each law broken once, and garbage of all kinds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tipoff import contracts
from tipoff.contracts import Check, Collector, Column, Dataset, FeatureBuilder, Model, Table
from tipoff.contracts.features import BENCHMARK
from tipoff.contracts.judging import CHOICES, FIELD_TYPES
from tipoff.contracts.tables import PROVENANCE_NAMES
from tipoff.domain import ODDS, PROVENANCE
from tipoff.errors import SpecError
from tipoff.plugins import load

COLUMN = Column("seats", "INTEGER", between=(0, 120_000))
TABLE = Table("halls", key=("league",), columns=(Column("league", "VARCHAR"), COLUMN))
DATASET = Dataset("seats", tables=("halls", "games"), plan="a.b:plan", parse="a.b:parse", per_game=("games",))
COLLECTOR = Collector("hall", conn_id="hall_api", datasets=(DATASET,), tables=(TABLE,))
KEY = ("league", "season", "game_id", "team_id")
FEATURES = Table(
    "rest_features",
    key=KEY,
    columns=(
        Column("league", "VARCHAR"),
        Column("season", "INTEGER"),
        Column("game_id", "VARCHAR"),
        Column("team_id", "VARCHAR"),
        Column("game_date", "DATE"),
        Column("tip_utc", "TIMESTAMP"),
        Column("rest", "DOUBLE"),
    ),
    schema="features",
)
BUILDER = FeatureBuilder("rest", table=FEATURES, inputs=("raw.games",), compute="a:b", lookback=None)
MODEL = Model("elo", features=("rest_features.rest",), fit="a:b", predict="a:b", params={"k": [1, {"x": None}]})
CHECK = Check("scores_known", table="raw.games", sql="SELECT 1")
SOUND: tuple[Any, ...] = (COLUMN, TABLE, DATASET, COLLECTOR, BUILDER, MODEL, CHECK)

DAYS = (Column("since", "DATE"), Column("until", "DATE"))
HISTORY = Table("coaches", key=("league", "since"), columns=(TABLE.columns[0], *DAYS), history=("since", "until"))


class Sulky:
    """It has no repr."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def knot() -> list[object]:
    """A list that holds itself."""
    made: list[object] = []
    made.append(made)
    return made


def retyped(name: str, kind: contracts.ColumnType) -> tuple[Column, ...]:
    """The columns of features with one of another type."""
    return tuple(replace(each, type=kind) if each.name == name else each for each in FEATURES.columns)


@pytest.mark.parametrize(
    ("spec", "change", "words"),
    [
        (COLUMN, {"type": "TEXT"}, "column `seats`: `type` must be one of VARCHAR, INTEGER, DOUBLE, BOOLEAN, DATE, TI"),
        (COLUMN, {"type": "integer"}, "TIMESTAMP, got `'integer'`"),
        (COLUMN, {"type": None}, "TIMESTAMP, got `None`"),
        (COLUMN, {"name": "A b"}, "a name is lower-case letters, digits and _, and begins with a letter, got `A b`"),
        (COLUMN, {"name": "../.."}, "got `../..`"),
        (COLUMN, {"name": ""}, "got ``"),
        (COLUMN, {"name": "seats\n"}, "a name is lower-case"),
        (COLUMN, {"name": 7}, "column `7`: `name` must be text, got `7`"),
        (COLUMN, {"name": Sulky()}, "`name` must be text, got `a Sulky`"),
        (COLUMN, {"between": (1, 0)}, "`between` must be two numbers, the lesser one first, like (0, 100), or None, g"),
        (COLUMN, {"between": (0, float("nan"))}, "`between` must be two numbers"),
        (COLUMN, {"between": [0, 1]}, "`between` must be two numbers"),
        (COLUMN, {"between": (False, True)}, "`between` must be two numbers"),
        (COLUMN, {"type": "VARCHAR"}, "`between` limits numbers, and its type is VARCHAR; leave it out, got `(0, 1200"),
        (COLUMN, {"required": "yes"}, "`required` must be True or False, got `'yes'`"),
        (COLUMN, {"known_before_tip": 1}, "`known_before_tip` must be True or False, got `1`"),
        (TABLE, {"name": "../.."}, "table `../..`: a name is lower-case"),
        (TABLE, {"schema": "ops"}, "table `halls`: `schema` must be one of raw, features, got `'ops'`"),
        (TABLE, {"key": ()}, "its key is empty; name the columns that identify a row"),
        (TABLE, {"key": "league"}, "`key` must be a tuple of texts, got `'league'`; a tuple of one needs a comma: (x,"),
        (TABLE, {"key": ("leage",)}, "key column `leage` is not among its columns (did you mean `league`?)"),
        (TABLE, {"key": ("league", "league")}, "two of its key columns are called `league`"),
        (TABLE, {"columns": (*TABLE.columns, COLUMN)}, "two of its columns are called `seats`"),
        (TABLE, {"columns": COLUMN}, "`columns` must be a tuple of Column, got"),
        (TABLE, {"columns": ("league",)}, "`columns` must be a tuple of Column, got `('league',)`"),
        (TABLE, {"columns": (*TABLE.columns, Column("run_id", "VARCHAR"))}, "`run_id` is added by the warehouse; leav"),
        (
            TABLE,
            {"columns": (*TABLE.columns, Column("season", "VARCHAR"))},
            "the column `season` must be INTEGER, as in every table, got `VARCHAR`",
        ),
        (HISTORY, {"history": ("since",)}, "`history` names two DATE columns, the first of them in the key, like"),
        (HISTORY, {"history": ("since", "since")}, "`history` names two DATE columns"),
        (HISTORY, {"history": ("sinc", "until")}, "`history` names `sinc`, which is not among its columns (did you me"),
        (HISTORY, {"history": ("until", "since")}, "and the second not in it, got the key `('league', 'since')`"),
        (HISTORY, {"history": ("league", "until")}, "and `league` is VARCHAR"),
        (DATASET, {"name": "my-seats"}, "dataset `my-seats`: a name is lower-case"),
        (DATASET, {"version": ""}, "a version is letters, digits, `.`, `_` and `-`, a letter or digit first, got ``"),
        (DATASET, {"version": "-1"}, "a letter or digit first, got `-1`"),
        (DATASET, {"version": 2}, "`version` must be text, got `2`"),
        (DATASET, {"plan": "plan"}, "`plan` must be a dotted path like package.module:function, got `plan`"),
        (DATASET, {"parse": "a.b:1"}, "`parse` must be a dotted path"),
        (DATASET, {"parse": print}, "`parse` must be text, got `<built-in function print>`"),
        (DATASET, {"uses": "a.b"}, "`uses` must be a dotted path"),
        (DATASET, {"tables": ()}, "`tables` is empty"),
        (DATASET, {"tables": "games"}, "`tables` must be a tuple of texts, got `'games'`; a tuple of one needs a comm"),
        (DATASET, {"tables": ["games"]}, "`tables` must be a tuple of texts, got `['games']`"),
        (DATASET, {"tables": ("games", "games")}, "two of its tables are called `games`"),
        (DATASET, {"tables": ("raw.games",)}, "`tables` holds bare names, like games: a name is lower-case"),
        (DATASET, {"per_game": ("gmaes",)}, "`per_game` names `gmaes`, which is not among its `tables` (did you mean"),
        (DATASET, {"after": "games"}, "`after` must be a tuple of texts"),
        (DATASET, {"after": ("seats",)}, "`after` names `seats`, which is itself"),
        (DATASET, {"checks": (COLUMN,)}, "`checks` must be a tuple of Check"),
        (COLLECTOR, {"name": "Hall"}, "collector `Hall`: a name is lower-case"),
        (COLLECTOR, {"conn_id": ""}, "`conn_id` names an Airflow connection, in letters, digits, `_`, `-` and `.`, li"),
        (COLLECTOR, {"conn_id": "../hall"}, "like hall_api, got `../hall`"),
        (COLLECTOR, {"client": "x.y"}, "`client` must be a dotted path"),
        (COLLECTOR, {"clock": "now"}, "`clock` must be a dotted path"),
        (COLLECTOR, {"datasets": DATASET}, "`datasets` must be a tuple of Dataset, got"),
        (COLLECTOR, {"datasets": (DATASET, DATASET)}, "two of its datasets are called `seats`"),
        (COLLECTOR, {"tables": (TABLE, TABLE)}, "two of its tables are called `halls`"),
        (COLLECTOR, {"tables": (FEATURES,)}, "the schema of a collector's table must be `raw`, got `features`"),
        (COLLECTOR, {"precedence": 1.5}, "`precedence` must be a whole number, got `1.5`"),
        (BUILDER, {"compute": ""}, "feature builder `rest`: `compute` must be a dotted path"),
        (BUILDER, {"table": "rest_features"}, "`table` must be a Table, got `'rest_features'`"),
        (BUILDER, {"table": replace(FEATURES, schema="raw")}, "the schema of its table `rest_features` must be `featu"),
        (BUILDER, {"table": replace(FEATURES, key=KEY[2:])}, "must begin with league, season, game_id, got `('game_id"),
        (BUILDER, {"table": replace(FEATURES, columns=FEATURES.columns[:4])}, "lacks the column `game_date`"),
        (BUILDER, {"table": replace(FEATURES, columns=retyped("tip_utc", "DATE"))}, "must be TIMESTAMP, got `DATE`"),
        (BUILDER, {"inputs": ()}, "`inputs` is empty"),
        (BUILDER, {"inputs": "raw.games"}, "`inputs` must be a tuple of texts"),
        (BUILDER, {"inputs": ("games",)}, "`inputs` names a table in full, like raw.games or features.team_features,"),
        (BUILDER, {"inputs": ("ops.run",)}, "`inputs` names a table in full"),
        (BUILDER, {"inputs": ("raw.odds",)}, "`raw.odds`, which is a benchmark and never an input; take it out"),
        (BUILDER, {"inputs": ("features.rest_features",)}, "`features.rest_features`, which is what it makes"),
        (BUILDER, {"inputs": ("raw.a", "features.a")}, "two of its inputs are called `a`"),
        (BUILDER, {"lookback": -1}, "`lookback` counts the seasons before, or is None for all of them, got `-1`"),
        (BUILDER, {"lookback": True}, "`lookback` must be a whole number or None, got `True`"),
        (BUILDER, {"after": ("rest",)}, "`after` names `rest`, which is itself"),
        (MODEL, {"name": "1elo"}, "model `1elo`: a name is lower-case"),
        (MODEL, {"version": "1 2"}, "a version is letters"),
        (MODEL, {"features": ("rest",)}, "a feature is written table.column, like game_features.rest_difference, got"),
        (MODEL, {"features": ("a.rest", "b.rest")}, "two of its features are called `rest`"),
        (MODEL, {"features": ("rest.margin",)}, "the feature `margin` is a column that every model gets, or its targe"),
        (MODEL, {"features": ("rest.season",)}, "the feature `season` is a column that every model gets, or its targe"),
        (MODEL, {"features": "a.rest"}, "`features` must be a tuple of texts"),
        (MODEL, {"fit": "a:b c"}, "`fit` must be a dotted path"),
        (MODEL, {"predict": None}, "`predict` must be text, got `None`"),
        (MODEL, {"params": ()}, "`params` must be names with JSON values (numbers, text, true, false, null, lists, ob"),
        (MODEL, {"params": {"k": {1, 2}}}, "`params` must be names with JSON values"),
        (MODEL, {"params": {1: 2}}, "`params` must be names with JSON values"),
        (MODEL, {"params": {"k": knot()}}, "`params` must be names with JSON values"),
        (MODEL, {"stacks": ("elo",)}, "`stacks` names `elo`, which is itself"),
        (MODEL, {"stacks": ("home", "home")}, "two of its stacked models are called `home`"),
        (CHECK, {"severity": "fatal"}, "check `scores_known`: `severity` must be one of info, warn, block, got `'fata"),
        (CHECK, {"sql": " "}, "`sql` is empty; write one SELECT whose rows are the offenders"),
        (CHECK, {"table": "games"}, "`table` names a table in full, like raw.games or features.team_features, got `ga"),
    ],
)  # fmt: skip
def test_each_law_names_the_spec_the_value_and_what_it_should_be(
    spec: Any, change: dict[str, object], words: str
) -> None:
    with pytest.raises(SpecError) as caught:
        replace(spec, **change)
    assert words in str(caught.value)


GARBAGE: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.builds(Sulky)
    | st.sampled_from([print, Column, object(), float("nan"), 10**400, knot(), *SOUND]),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=6,
)  # fmt: skip


@given(st.data())
def test_garbage_in_any_field_is_refused_or_taken_and_nothing_else(data: st.DataObject) -> None:
    spec = data.draw(st.sampled_from(SOUND))
    fields = [field.name for field in dataclasses.fields(spec)]
    change = data.draw(st.dictionaries(st.sampled_from(fields), GARBAGE, min_size=1))
    try:
        made = replace(spec, **change)
    except SpecError as error:
        assert str(error).startswith(("column `", "table `", "dataset `", "collector `", "feature builder `", "model `",
                                      "check `"))  # fmt: skip
        assert len(str(error)) < 1000
    else:  # what is taken is of the right types
        for field in dataclasses.fields(made):
            assert FIELD_TYPES[str(field.type).replace('"', "'")](getattr(made, field.name))


@given(st.text())
def test_a_name_that_is_taken_is_safe_in_a_path_and_in_sql(name: str) -> None:
    try:
        replace(COLUMN, name=name)
    except SpecError:
        return
    assert name.isascii()
    assert name.isidentifier()
    assert name == name.lower()


def test_every_annotation_of_a_spec_is_known() -> None:
    used = {str(field.type).replace('"', "'") for spec in SOUND for field in dataclasses.fields(spec)}
    assert used == set(FIELD_TYPES)


def test_what_is_named_twice_is_the_same() -> None:
    assert CHOICES["ColumnType"] == get_args(contracts.ColumnType)
    assert CHOICES["Severity"] == get_args(contracts.Severity)
    assert tuple(column.name for column in PROVENANCE) == PROVENANCE_NAMES
    assert ODDS.full_name == BENCHMARK


IMPORT = ("", "import of `hall_for_test` makes a spec of nonsense: ")
HOOK = ("@hookimpl\ndef collectors():\n    return (", "hook collectors() makes a spec of nonsense: ")


@pytest.mark.parametrize(("where", "begins"), [IMPORT, HOOK], ids=["at import", "in a hook"])
def test_a_plugin_with_nonsense_fails_with_the_reason_and_the_line(
    where: str, begins: str, install_plugin: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    made = 'Column("a", "TEXT")'
    install_plugin("hall", f"{where}{made},)\n" if where else f"A = {made}\n")
    install_plugin("good")
    states = {plugin.name: plugin for plugin in load().plugins}
    assert (states["hall"].state, states["good"].state) == ("failed", "ok")
    assert states["hall"].reason.startswith(f"{begins}column `a`: `type` must be one of VARCHAR, ")
    assert "got `'TEXT'`" in states["hall"].reason
    assert "hall_for_test.py:" in states["hall"].reason
