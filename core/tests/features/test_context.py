from __future__ import annotations

from dataclasses import replace

import pytest
from tipoff.contracts import Scope
from tipoff.domain import GAMES, TEAMS
from tipoff.errors import PluginError
from tipoff.features.context import Inputs, read_inputs
from tipoff.features.laws import Bench
from tipoff.features.partitions import Partition
from tipoff.features.tiny_league import LEAGUE

from .conftest import WINS, with_builders


def read(bench: Bench, season: int, lookback: int = 0, scope: Scope = "season") -> Inputs:
    builder = replace(WINS, lookback=lookback, scope=scope)
    with bench.warehouse.read() as con:
        return read_inputs(con, builder, [GAMES, TEAMS], Partition(LEAGUE, season))


def test_inputs_come_without_provenance_and_in_the_order_of_their_key(bench: Bench) -> None:
    context = read(bench, 2023)
    assert set(context.inputs) == {"games", "teams"}
    assert tuple(context.inputs["games"].column_names) == GAMES.column_names
    ids = context.inputs["games"]["game_id"].to_pylist()
    assert ids == sorted(ids)
    assert context.seasons == (2023,)


@pytest.mark.parametrize(
    ("lookback", "scope", "seasons"),
    [(0, "season", {2024}), (1, "season", {2023, 2024}), (0, "onward", {2022, 2023, 2024})],
)
def test_seasons_are_those_the_builder_may_see(bench: Bench, lookback: int, scope: Scope, seasons: set[int]) -> None:
    assert set(read(bench, 2024, lookback, scope).inputs["games"]["season"].to_pylist()) == seasons
    assert max(read(bench, 2022, 5, scope).inputs["games"]["season"].to_pylist()) == 2022


def test_sql_sees_inputs_seasons_and_what_it_is_given(bench: Bench) -> None:
    context = read(bench, 2024, lookback=1)
    extra = context.sql("SELECT season FROM seasons")
    counted = context.sql(
        "SELECT count(*) FILTER (WHERE season IN (FROM asked)) AS asked, count(*) AS every FROM games", asked=extra
    )
    assert counted.to_pylist() == [{"asked": 12, "every": 24}]


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
