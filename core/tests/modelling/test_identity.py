from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
import pytest
from tipoff.contracts import Column, FeatureBuilder, Model, Table
from tipoff.modelling.identity import canonical, digest_of, digest_of_rows, feature_versions, spec_of
from tipoff.plugins import Registry


def builder(name: str, *inputs: str, version: str = "1") -> FeatureBuilder:
    named = (Column("league", "VARCHAR"), Column("season", "INTEGER"), Column("game_id", "VARCHAR"))
    dated = (Column("game_date", "DATE"), Column("tip_utc", "TIMESTAMP"))
    table = Table(name, ("league", "season", "game_id"), (*named, *dated), schema="features")
    return FeatureBuilder(name, table, inputs, "nowhere:compute", version=version)


GAME = builder("game", "raw.games", "features.team", version="4")
TEAM = builder("team", "raw.games", version="2")
BASE = Model("base", ("game.a",), "m:f", "m:p", params={"depth": 3})
TOP = Model("top", (), "m:f", "m:p", stacks=("base",))
REGISTRY = Registry(builders=(TEAM, GAME, builder("other", "raw.games")), models=(BASE, TOP))


def test_canonical_json_does_not_depend_on_order() -> None:
    assert canonical({"b": 1, "a": [1.5, None]}) == '{"a":[1.5,null],"b":1}'
    assert digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1})


def test_rows_have_the_digest_of_their_values_and_names_only() -> None:
    table = pa.table({"a": [1.0, None, 3.0], "b": ["x", "y", None]})
    sliced = pa.concat_tables([pa.table({"a": [9.0], "b": ["z"]}), table]).slice(1)
    assert digest_of_rows(sliced) == digest_of_rows(table)
    assert digest_of_rows(table.replace_schema_metadata({"who": "me"})) == digest_of_rows(table)
    changed = [
        table.rename_columns(["a", "c"]),
        table.select(["b", "a"]),
        pa.table({"a": [1.0, 0.0, 3.0], "b": ["x", "y", None]}),
        table.take([1, 0, 2]),
    ]
    assert len({digest_of_rows(each) for each in [table, *changed]}) == 5


def test_the_digest_of_rows_is_ours_and_no_librarys() -> None:
    """Another pyarrow must not make every version and every kept prediction look new."""
    rows = pa.table(
        {
            "league": ["m", None, "é"],
            "season": pa.array([2025, None, 2026], pa.int32()),
            "day": [date(2025, 1, 5), None, date(1969, 12, 31)],
            "tip": pa.array([datetime(2025, 1, 5, 23, 30), None, datetime(1969, 12, 31)], pa.timestamp("us")),
            "neutral": [True, None, False],
            "margin": [1.5, None, float("nan")],
        }
    )
    assert digest_of_rows(rows) == "817e56b7c7d85e53470a5b8b0037c4077f3dfe7b7bd9ed3c5c22a21e7a2354a4"


def test_text_runs_into_no_other_text() -> None:
    assert digest_of_rows(pa.table({"a": ["ab", "c"]})) != digest_of_rows(pa.table({"a": ["a", "bc"]}))
    assert digest_of_rows(pa.table({"a": ["", "c"]})) != digest_of_rows(pa.table({"a": [None, "c"]}))


def test_a_number_that_json_cannot_say_has_no_digest() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest_of({"margin": float("nan")})


def test_feature_versions_follow_what_a_table_is_built_from() -> None:
    assert feature_versions(REGISTRY, ["game"]) == {"game": "4", "team": "2"}
    assert feature_versions(REGISTRY, ["unknown"]) == {}


def test_a_spec_changes_with_whatever_decides_the_fit() -> None:
    spec = spec_of(REGISTRY, "base")
    rebuilt = replace(REGISTRY, builders=(replace(TEAM, version="3"), GAME))
    others = [
        replace(spec, seed=1),
        replace(spec, params={"depth": 4}),
        replace(spec, model=replace(BASE, version="2")),
        replace(spec, model=replace(BASE, features=("game.b",))),
        spec_of(rebuilt, "base"),
    ]
    assert len({each.id for each in [spec, *others]}) == 6
    assert spec_of(REGISTRY, "base").id == spec.id


def test_a_stack_changes_with_what_it_stacks() -> None:
    changed = replace(REGISTRY, models=(replace(BASE, version="2"), TOP))
    assert spec_of(changed, "top").id != spec_of(REGISTRY, "top").id


def test_a_stack_sees_what_the_models_below_it_see() -> None:
    top, base = spec_of(REGISTRY, "top"), spec_of(REGISTRY, "base")
    assert (top.columns, top.features) == (base.columns, base.features) == (("game.a",), {"game": "4", "team": "2"})
    assert top.described()["columns"] == ["game.a"]


def test_where_the_fit_lives_does_not_matter() -> None:
    spec = spec_of(REGISTRY, "base")
    assert replace(spec, model=replace(BASE, doc="new words")).id == spec.id


@pytest.mark.parametrize("name", ["base", "top"])
def test_a_spec_is_described_in_json(name: str) -> None:
    assert spec_of(REGISTRY, name).described()["model"] == name
