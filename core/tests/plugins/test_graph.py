"""Clashes, dangling references and cycles between plugins."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from tipoff.plugins import load
from tipoff.settings import Settings


def test_the_built_in_wins_a_clash(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("tipoff-espn", source.collector("zebra_espn", dataset="games"), plugin="espn")
    install_plugin("acme", source.collector("acme", dataset="games"))
    plugins = states()
    assert plugins["espn"].state == "ok"
    assert plugins["acme"].state == "failed"
    assert "dataset `games`: plugin `espn` brings it already" in plugins["acme"].reason


@pytest.mark.parametrize(
    ("kind", "hook"),
    [
        ("collector `polls`", "collector"),
        ("feature builder `polls`", "builder"),
        ("model `polls`", "model"),
    ],
)
def test_the_first_by_name_wins_a_clash(install_plugin: Any, states: Any, source: Any, kind: str, hook: str) -> None:
    for name in ("beta", "alpha"):
        extra = {"dataset": name} if hook == "collector" else {}
        install_plugin(name, getattr(source, hook)("polls", **extra))
    plugins = states()
    assert plugins["alpha"].state == "ok"
    assert plugins["beta"].state == "failed"
    assert plugins["beta"].tasks == ()
    if hook != "builder":
        assert plugins["beta"].reason.startswith(f"{kind}: plugin `alpha` brings it already")


def test_clashes_of_tables_checks_and_commands(install_plugin: Any, states: Any) -> None:
    table = "Table('seats', key=('league',), columns=(Column('league', 'VARCHAR'),))"
    sources = {
        "table `raw.seats`": f"""
            @hookimpl
            def collectors():
                dataset = Dataset(NAME, tables=("seats",), plan="x.y:plan", parse="x.y:parse")
                return (Collector(NAME, conn_id="x", datasets=(dataset,), tables=({table},)),)
            """,
        "check `seats_known`": """
            @hookimpl
            def checks():
                return (Check("seats_known", table="raw.games", sql="SELECT 1"),)
            """,
        "command `seat-plan`": """
            @hookimpl
            def commands():
                return (f"{NAME}.cli:seat_plan",)
            """,
    }
    for number, text in enumerate(sources.values()):
        for side in ("a", "b"):
            name = f"{side}{number}"
            install_plugin(name, f"NAME = {name!r}\n" + textwrap.dedent(text))
    plugins = states()
    for number, claim in enumerate(sources):
        assert plugins[f"a{number}"].state == "ok"
        assert plugins[f"b{number}"].reason.startswith(f"{claim}: plugin `a{number}` brings it already")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("games_overdue", "a check of a domain table"),
        ("team_stats_ranges", "a check made from a domain table's columns"),
        ("coverage_polls_days", "a check made from a dataset of another plugin"),
    ],
)
def test_a_check_of_tipoffs_own_is_replaced_by_nobody(
    install_plugin: Any, states: Any, source: Any, name: str, why: str
) -> None:
    install_plugin("polls", source.collector("polls"))
    install_plugin(
        "sly",
        f"""
        @hookimpl
        def checks():
            return (Check("{name}", table="raw.games", sql="SELECT 1 LIMIT 0"),)
        """,
    )
    plugins = states()
    assert plugins["polls"].state == "ok", plugins["polls"].reason
    assert plugins["sly"].state == "failed"
    assert plugins["sly"].reason.startswith(f"check `{name}`: tipoff itself has it; a name has one owner"), why


def test_a_name_twice_in_one_plugin(install_plugin: Any, states: Any) -> None:
    install_plugin(
        "twice",
        """
        @hookimpl
        def models():
            one = Model("elo", features=(), fit="a:b", predict="a:b")
            return (one, one)
        """,
    )
    assert "model `elo`: it brings it twice" in states()["twice"].reason


def test_whoever_lost_to_a_refused_plugin_has_the_name(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("alpha", source.collector("alpha", dataset="polls", after=("nothing_of_the_kind",)))
    install_plugin("beta", source.collector("beta", dataset="polls"))
    plugins = states()
    assert plugins["alpha"].state == "failed"
    assert plugins["beta"].state == "ok"


def test_an_unknown_after_suggests_the_nearest(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("alpha", source.collector("polls"))
    install_plugin("beta", source.collector("votes", after=("pols",)))
    reason = states()["beta"].reason
    assert "dataset `votes`: `after` names the dataset `pols`, which no loaded plugin brings" in reason
    assert "did you mean `polls`?" in reason


def test_what_depends_on_a_missing_plugin_says_which(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("alpha", source.collector("polls"))
    install_plugin("beta", source.collector("votes", after=("polls",)))
    install_plugin("gamma", source.collector("seats", after=("votes",)))
    assert {plugin.state for plugin in states().values()} == {"ok"}
    plugins = states(plugins_disabled=("alpha",))
    assert [plugins[name].state for name in ("alpha", "beta", "gamma")] == ["disabled", "failed", "failed"]
    assert "not loaded: `alpha` (disabled)" in plugins["beta"].reason
    assert "plugin `beta` would, but it is failed" in plugins["gamma"].reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("builder:inputs", "feature builder `pace`: `inputs` names the table `raw.gmes`"),
        ("builder:after", "feature builder `pace`: `after` names the feature builder `rest`"),
        ("model:features", "model `elo`: `features` names the feature `pace_features.pac`"),
        (
            "model:entity",
            "model `elo`: `features` names the feature `pace_features.pace` of a table with a row for each league,",
        ),
        ("model:stacks", "model `elo`: `stacks` names the model `rating`"),
        ("check", "check `odd`: `table` names the table `raw.gamse`"),
    ],
)
def test_other_dangling_references(install_plugin: Any, states: Any, source: Any, text: str, words: str) -> None:
    sources = {
        "builder:inputs": source.builder("pace", inputs=("raw.gmes",)),
        "builder:after": source.builder("pace", after=("rest",)),
        "model:features": source.builder("pace") + source.model("elo", features=("pace_features.pac",)),
        "model:entity": source.builder("pace", entity="team_id")
        + source.model("elo", features=("pace_features.pace",)),
        "model:stacks": source.model("elo", stacks=("rating",)),
        "check": "@hookimpl\ndef checks():\n    return (Check('odd', table='raw.gamse', sql='SELECT 1'),)\n",
    }
    install_plugin("broken", sources[text])
    plugin = states()["broken"]
    assert plugin.state == "failed"
    assert words in plugin.reason


def test_cycles_name_who_waits_for_whom(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("alone", source.model("rating", stacks=("score",)))
    install_plugin("more", source.model("score", stacks=("rating",)))
    install_plugin("both", source.collector("up", after=("down",)))
    install_plugin("two", source.collector("down", after=("up",)))
    install_plugin("good", source.builder("pace"))
    plugins = states()
    assert "models wait for each other: " in plugins["more"].reason
    assert "plugin `more` would, but it is failed" in plugins["alone"].reason
    assert "datasets wait for each other:" in plugins["two"].reason
    assert "plugin `two` would, but it is failed" in plugins["both"].reason
    assert plugins["good"].state == "ok"


def test_order_is_after_then_name(install_plugin: Any, source: Any) -> None:
    install_plugin("p1", source.collector("zulu") + source.builder("able", inputs=("features.rest_features",)))
    install_plugin("p2", source.collector("alpha", after=("zulu",)) + source.builder("rest"))
    install_plugin("p3", source.collector("bravo") + source.builder("cold", after=("rest",)))
    install_plugin("p4", source.model("blend", stacks=("elo",)))
    install_plugin("p5", source.model("elo", features=("rest_features.pace",)))
    registry = load(Settings())
    assert {plugin.reason for plugin in registry.plugins} == {""}
    assert [dataset.name for dataset in registry.datasets()] == ["bravo", "zulu", "alpha"]
    assert [builder.name for builder in registry.builders] == ["rest", "able", "cold"]
    assert [model.name for model in registry.models] == ["elo", "blend"]
    assert [collector.name for collector in registry.collectors] == ["alpha", "bravo", "zulu"]
