"""Lookups by name, and dotted paths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tipoff import clock
from tipoff.contracts import Check, Collector, Column, Dataset, FeatureBuilder, Model, Table
from tipoff.errors import PluginError, SettingsError
from tipoff.plugins import Plugin, Registry, command_name, load, resolve
from tipoff.plugins.registry import ordered
from tipoff.settings import Settings

GAMES = Dataset("games", tables=("games",), plan="a:b", parse="a:b", after=("teams",))
TEAMS = Dataset("teams", tables=("teams",), plan="a:b", parse="a:b")
SEATS = Table("seats", key=("league",), columns=(Column("league", "VARCHAR"),))
ESPN = Collector("espn", conn_id="espn_api", datasets=(GAMES, TEAMS), tables=(SEATS,))
PACES = Table(
    "pace_features",
    key=("league", "season", "game_id"),
    columns=(
        Column("league", "VARCHAR"),
        Column("season", "INTEGER"),
        Column("game_id", "VARCHAR"),
        Column("game_date", "DATE"),
        Column("tip_utc", "TIMESTAMP"),
    ),
    schema="features",
)
PACE = FeatureBuilder("pace", table=PACES, inputs=("raw.games",), compute="a:b")
ELO = Model("elo", features=(), fit="a:b", predict="a:b")
REGISTRY = Registry(collectors=(ESPN,), builders=(PACE,), models=(ELO,))


def test_lookups_by_name() -> None:
    assert REGISTRY.dataset("games") == (ESPN, GAMES)
    assert REGISTRY.datasets() == (TEAMS, GAMES)
    assert REGISTRY.builder("pace") is PACE
    assert REGISTRY.model("elo") is ELO
    assert REGISTRY.tables()["raw.seats"] is SEATS
    assert {"raw.games", "features.pace_features"} <= set(REGISTRY.tables())


@pytest.mark.parametrize(
    ("lookup", "name", "words"),
    [
        (
            "dataset",
            "gmes",
            "no plugin brings the dataset `gmes` (did you mean `games`?); there are: `games`, `teams`;",
        ),
        ("builder", "x", "no plugin brings the feature builder `x`; there are: `pace`;"),
        ("model", "el", "did you mean `elo`?"),
    ],
)
def test_an_unknown_name_lists_the_known(lookup: str, name: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        getattr(REGISTRY, lookup)(name)
    assert words in str(caught.value)
    assert "`tipoff plugins`" in str(caught.value)


def test_a_builders_checks_are_among_the_checks(install_plugin: Any) -> None:
    install_plugin(
        "pace",
        """
        @hookimpl
        def feature_builders():
            types = {"season": "INTEGER", "game_date": "DATE", "tip_utc": "TIMESTAMP"}
            names = ("league", "season", "game_id", "game_date", "tip_utc")
            columns = tuple(Column(name, types.get(name, "VARCHAR")) for name in names)
            table = Table("pace_features", ("league", "season", "game_id"), columns, schema="features")
            check = Check("pace_known", table="features.pace_features", sql="SELECT 1")
            return (FeatureBuilder("pace", table, ("raw.games",), compute="a:b", checks=(check,)),)
        """,
    )
    registry = load(Settings())
    assert registry.checks == (Check("pace_known", table="features.pace_features", sql="SELECT 1"),)
    assert registry.plugins[-1].tasks == ("pace_features", "check pace_known")


def test_command_name() -> None:
    assert command_name("tipoff_espn.server:espn_server") == "espn-server"
    assert command_name("a.b:group.sub_command") == "sub-command"


def test_ordered_prefers_the_smallest_and_passes_over_the_unknown() -> None:
    assert ordered({"d": ["b"], "c": [], "b": ["unknown"], "a": ["c"]}) == ("b", "c", "a", "d")


def test_resolve() -> None:
    assert resolve("tipoff.clock:season_of") is clock.season_of
    assert resolve("tipoff.settings:Settings.store") is Settings.store


@pytest.mark.parametrize(
    "path", ["tipoff.clock", "tipoff.clock:", ":now", "tipoff.clock:nothing", "tipoff.nowhere:now"]
)
def test_resolve_says_what_is_wrong(path: str) -> None:
    with pytest.raises(PluginError) as caught:
        resolve(path)
    assert f"`{path}`" in str(caught.value)


def test_resolve_of_a_script_that_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "script_for_test.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match="cannot be imported: SystemExit: 3; try"):
        resolve("script_for_test:main")


def test_resolve_suggests_the_near_name() -> None:
    with pytest.raises(PluginError, match=r"`tipoff.clock` has no `season_off` \(did you mean `season_of`\?\)"):
        resolve("tipoff.clock:season_off")


def test_an_unknown_name_tells_which_plugins_are_not_loaded() -> None:
    lost = Plugin("arenas", "1.0", "tipoff-arenas", "failed", "no such luck")
    registry = Registry(plugins=(lost, replace(lost, name="polls", state="ok")), collectors=(ESPN,))
    assert registry.broken() == (lost,)
    with pytest.raises(SettingsError, match=r"dataset `arenas`; there are: .*; not loaded: `arenas` \(failed\); see"):
        registry.dataset("arenas")
