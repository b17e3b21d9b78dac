from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tipoff import domain, plugins
from tipoff.plugins import resolve
from tipoff.settings import Settings
from tipoff_history import plugin

HEAVY = ("pandas", "pyarrow", "duckdb", "numpy", "aiohttp", "airflow")


def test_without_a_source_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_HISTORY_SOURCE", " ")
    assert plugin.collectors() == ()


def test_with_a_source_its_tasks_come(folder: Path) -> None:
    registry = plugins.load(Settings())
    (found,) = (each for each in registry.plugins if each.name == "history")
    assert (found.state, found.reason) == ("ok", "")
    assert {f"collect_history_{name}" for name in ("games", "teams", "stats", "rosters", "odds")} <= set(found.tasks)


def test_the_plugin_costs_nothing_to_import(folder: Path) -> None:
    loaded = "import sys, tipoff_history.plugin as p; assert p.collectors(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in run.stdout.split()}.isdisjoint(HEAVY)


def test_everything_it_names_is_there(folder: Path) -> None:
    (collector,) = plugin.collectors()
    own = {table.name for table in collector.tables}
    for dataset in collector.datasets:
        assert set(dataset.tables) <= set(domain.TABLES) | own
        for path in (collector.client, dataset.plan, dataset.parse):
            assert callable(resolve(path))


def test_espn_goes_before_it(folder: Path) -> None:
    (collector,) = plugin.collectors()
    assert collector.precedence < 0
