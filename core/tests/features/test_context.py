from __future__ import annotations

from dataclasses import replace

import pytest
from tipoff.domain import GAMES, TEAMS
from tipoff.errors import PluginError
from tipoff.features.context import Inputs, read_inputs
from tipoff.features.laws import Bench
from tipoff.features.partitions import Partition
from tipoff.features.tiny_league import LEAGUE

from .conftest import WINS, with_builders


def read(bench: Bench, season: int, lookback: int | None = 0) -> Inputs:
    builder = replace(WINS, lookback=lookback)
    with bench.warehouse.read() as con:
        return read_inputs(con, builder, [GAMES, TEAMS], Partition(LEAGUE, season))


def test_inputs_come_without_provenance_and_in_the_order_of_their_key(bench: Bench) -> None:
    context = read(bench, 2023)
    assert set(context.inputs) == {"games", "teams"}
    assert tuple(context.inputs["games"].column_names) == GAMES.column_names
    ids = context.inputs["games"]["game_id"].to_pylist()
    assert ids == sorted(ids)
    assert (context.league, context.season) == (LEAGUE, 2023)


@pytest.mark.parametrize(
    ("lookback", "seasons"), [(0, {2024}), (1, {2023, 2024}), (5, {2022, 2023, 2024}), (None, {2022, 2023, 2024})]
)
def test_seasons_are_those_the_builder_may_see(bench: Bench, lookback: int | None, seasons: set[int]) -> None:
    assert set(read(bench, 2024, lookback).inputs["games"]["season"].to_pylist()) == seasons
    assert max(read(bench, 2022, lookback).inputs["games"]["season"].to_pylist()) == 2022


def test_sql_sees_inputs_what_to_compute_and_what_it_is_given(bench: Bench) -> None:
    context = read(bench, 2024, lookback=1)
    extra = context.sql("SELECT DISTINCT season FROM games WHERE season < $season")
    counted = context.sql(
        "SELECT $league AS league, count(*) FILTER (WHERE season = $season) AS asked, "
        "count(*) FILTER (WHERE season IN (FROM before)) AS before FROM games WHERE league = $league",
        before=extra,
    )
    assert counted.to_pylist() == [{"league": LEAGUE, "asked": 12, "before": 12}]
    assert context.sql("SELECT count(*) AS every FROM games").to_pylist() == [{"every": 24}]


def test_sql_names_what_it_cannot_fill_in(bench: Bench) -> None:
    with pytest.raises(PluginError, match=r"feature builder `wins`: its query failed: .*window"):
        read(bench, 2024).sql("SELECT $season, $window")


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        ("two_statements", "`sql` takes one SELECT"),
        ("no_select", "`sql` takes one SELECT"),
        ("a_file", "its query failed: .*disabled"),
        ("a_variable", "its query failed: .*hidden does not exist"),
    ],
)
def test_sql_reaches_nothing_else(bench: Bench, compute: str, message: str) -> None:
    with pytest.raises(PluginError, match=f"(?s)feature builder `wins`: {message}"):
        with_builders(bench, replace(WINS, compute=f"toy_builders:{compute}")).build()
