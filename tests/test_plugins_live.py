"""Plugins come, change and go while Airflow runs: no restart, no DAG file touched, and nobody harms the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tipoff.warehouse.store import Warehouse

DAGS = Path(__file__).resolve().parents[1] / "dags"
DAG_IDS = ("data_collection", "feature_engineering", "model_training", "prediction")

COLLECTOR = """
    from tipoff import Collector, Column, Dataset, Request, Row, Table, hookimpl

    TIPOFF_API = 1
    RIDGES = Table("ridges", key=("league", "name"), columns=(Column("league", "VARCHAR"), Column("name", "VARCHAR")))

    def plan(ctx):
        yield Request("SOURCE/ridges.json", fresh_since=ctx.now)

    def parse(payload):
        for name in payload.json()["ridges"]:
            yield Row("ridges", {"name": name})

    @hookimpl
    def collectors():
        ridges = Dataset("DATASET", tables=("ridges",), plan=f"{__name__}:plan", parse=f"{__name__}:parse")
        return (Collector("ridges", conn_id="ridges_api", datasets=(ridges,), tables=(RIDGES,)),)
"""
SOUND = "from tipoff import hookimpl\nTIPOFF_API = 1\n"
SLOW = "import time\nstart = time.thread_time()\nwhile time.thread_time() < start + 0.06: pass\n" + SOUND
HANGS = "import threading\nthreading.Event().wait()\n" + SOUND
MODEL = """
    import os, time
    from tipoff import Model, hookimpl
    from tipoff_models import home

    TIPOFF_API = 1

    def fit(context):
        while GATE and not os.path.exists(GATE):
            time.sleep(0.1)
        return home.fit(context)

    def predict(fitted, games):
        return home.predict(fitted, games)

    @hookimpl
    def models():
        return (Model("NAME", features=(), fit=f"{__name__}:fit", predict=f"{__name__}:predict"),)
"""
HARMFUL = {
    "broken": "raise RuntimeError('no such luck')",
    "clashing": COLLECTOR.replace("DATASET", "games").replace("ridges", "clash"),
    "deadly": "import os\nos._exit(3)",
    "incompatible": "TIPOFF_API = 99",
    "slow": SLOW,
    "unwanted": "raise RuntimeError('this must not run')",
}
SHOWN = {
    "broken": ("failed", "RuntimeError: no such luck"),
    "clashing": ("failed", "dataset `games`: plugin `espn` brings it already"),
    "deadly": ("failed", "its import ended the process with exit code 3"),
    "incompatible": ("incompatible", "it needs API level `99`"),
    "slow": ("ok", "slow: 0."),
    "unwanted": ("disabled", "by TIPOFF_PLUGINS_DISABLED"),
}


@pytest.fixture(scope="module")
def source(serve: Callable[[Callable[[str, str], object]], str]) -> str:
    """The source of the collector."""
    return serve(lambda here, path: {"ridges": ["north", "south"]})


@pytest.fixture(scope="module")
def live(support: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running Airflow that knows the built-in plugins."""
    folder = tmp_path_factory.mktemp("live")
    dags = shutil.copytree(DAGS, folder / "dags", ignore=shutil.ignore_patterns("__pycache__", "BUILD", "tests"))
    live = support.Live(folder, dags, {"TIPOFF_PLUGINS_DISABLED": "unwanted"})
    try:
        live.start()
        support.until(lambda: all(live.tasks(dag_id) for dag_id in DAG_IDS), "the DAGs")
        yield live
    finally:
        live.stop()


@pytest.fixture(autouse=True)
def untouched(live: Any) -> Iterator[None]:
    """No DAG file changes, whatever is installed."""
    before = {file: file.read_bytes() for file in live.dags.glob("*.py")}
    yield
    assert {file: file.read_bytes() for file in live.dags.glob("*.py")} == before


def test_a_wheel_comes_changes_works_and_goes(live: Any, support: ModuleType, source: str) -> None:
    until, folder = support.until, live.folder
    built_in = {dag_id: live.tasks(dag_id) for dag_id in DAG_IDS}
    first = COLLECTOR.replace("SOURCE", source).replace("DATASET", "ridges")
    second = COLLECTOR.replace("SOURCE", source).replace("DATASET", "ridge_lines")

    live.pip("install", str(support.wheel(folder, "tipoff_ridges", first)))
    until(lambda: "collect_ridges" in live.tasks(), "the new task")
    until(lambda: "ridges 1.0 ok collect_ridges" in live.page(), "the page")
    assert live.task("data_collection", "collect_ridges") == "success"
    rows = Warehouse(folder / "tipoff/tipoff.duckdb").query("SELECT name, source FROM raw.ridges ORDER BY name")
    assert rows.to_pylist() == [{"name": "north", "source": "ridges"}, {"name": "south", "source": "ridges"}]

    live.pip("install", "--upgrade", str(support.wheel(folder, "tipoff_ridges", second, "2.0")))
    until(lambda: live.tasks() == built_in["data_collection"] | {"collect_ridge_lines"}, "the upgrade")
    until(lambda: "ridges 2.0 ok collect_ridge_lines" in live.page(), "the page")
    assert live.task("data_collection", "collect_ridge_lines") == "success"

    live.pip("uninstall", "--yes", "tipoff-ridges")
    until(lambda: live.tasks() == built_in["data_collection"], "the removal")
    until(lambda: "ridges" not in live.page(), "the page")
    until(lambda: {dag_id: live.tasks(dag_id) for dag_id in DAG_IDS} == built_in, "the end of its tasks in each DAG")
    # A file that was parsed while pip was at work says so until it is parsed again.
    until(lambda: live.import_error() == "", "the end of the import error")


def test_plugins_that_would_harm_are_contained_and_shown(live: Any, support: ModuleType) -> None:
    """All of them at once: each is shown in three places, and the DAGs have the tasks that they had."""
    built_in = {dag_id: live.tasks(dag_id) for dag_id in DAG_IDS}
    live.pip("install", *(str(support.wheel(live.folder, f"tipoff_{name}", text)) for name, text in HARMFUL.items()))
    states = live.plugins()
    for name, (state, words) in SHOWN.items():
        assert states[name]["state"] == state, states[name]
        assert words in states[name]["reason"], states[name]
    errors = [name for name, (state, _) in SHOWN.items() if state in ("failed", "incompatible")]
    told = support.until(lambda: (text := live.import_error()) and "incompatible" in text and text, "the import error")
    for name in errors:
        assert f"{name} 1.0 is {SHOWN[name][0]}: " in told
        assert SHOWN[name][1] in told
    assert "slow" not in told
    assert "unwanted" not in told
    page = support.until(lambda: "unwanted" in (text := live.page()) and text, "the page")
    for name, (state, words) in SHOWN.items():
        assert f"{name} 1.0 {state} " in page
        assert words in page
    assert {dag_id: live.tasks(dag_id) for dag_id in DAG_IDS} == built_in
    live.pip("uninstall", "--yes", *(f"tipoff-{name}" for name in HARMFUL))
    support.until(lambda: live.import_error() == "", "the end of the import error")


def test_a_plugin_that_hangs_is_stopped(live: Any, support: ModuleType) -> None:
    built_in = {dag_id: live.tasks(dag_id) for dag_id in DAG_IDS}
    live.pip("install", str(support.wheel(live.folder, "tipoff_hangs", HANGS)))
    told = support.until(live.import_error, "the import error")
    assert "hangs 1.0 is failed: import of `tipoff_hangs` had not ended after 5 s and was stopped (" in told
    assert {dag_id: live.tasks(dag_id) for dag_id in DAG_IDS} == built_in
    support.until(lambda: "hangs 1.0 failed import of `tipoff_hangs` had not ended" in live.page(), "the page")
    live.pip("uninstall", "--yes", "tipoff-hangs")
    support.until(lambda: live.import_error() == "", "the end of the import error")


def test_a_run_works_on_the_models_that_it_began_with(live: Any, support: ModuleType) -> None:
    """While one is being fitted, another comes, and a third goes."""
    until, gate = support.until, live.folder / "go"
    live.run("tipoff", "collect")
    live.run("tipoff", "features")

    def wheel(name: str, waits: str = "") -> str:
        text = MODEL.replace("GATE", repr(waits)).replace("NAME", name)
        return str(support.wheel(live.folder, f"tipoff_{name}", text))

    live.pip("install", wheel("patient", str(gate)), wheel("leaving"))
    until(lambda: {"patient", "leaving"} <= live.models(), "the models in the form")
    dag = "/api/v2/dags/model_training"
    until(lambda: live.call("PATCH", dag, {"is_paused": False}), "model_training")
    runs = until(lambda: (live.call("GET", f"{dag}/dagRuns") or {"dag_runs": []})["dag_runs"], "the run")
    run = runs[0]["dag_run_id"]  # which it makes by itself, once it is let go

    def states() -> dict[tuple[str, str], str]:
        found = live.call("GET", f"{dag}/dagRuns/{run}/taskInstances?limit=100") or {"task_instances": []}
        return {(each["task_id"], each["rendered_map_index"]): each["state"] for each in found["task_instances"]}

    until(lambda: states().get(("train_model", "patient")) == "running", "the fit", 2 * support.START_SECONDS)
    assert states()["train_model", "leaving"] == "success", "it comes before, by its name"
    live.pip("install", wheel("late"))
    live.pip("uninstall", "--yes", "tipoff-leaving")
    until(lambda: "late" in (known := live.models()) and "leaving" not in known, "the change")
    gate.touch()

    def ended() -> str:
        state = (live.call("GET", f"{dag}/dagRuns/{run}") or {"state": ""})["state"]
        return str(state) if state in ("success", "failed") else ""

    end = until(ended, "the end of the run", 2 * support.START_SECONDS)
    found = states()
    assert found["register_model", "patient"] == "success", found
    assert found["evaluate_model", "leaving"] == "failed"
    assert end == "failed", "for the one that went"
    assert "late" not in {label for _, label in found}
    live.pip("uninstall", "--yes", "tipoff-patient", "tipoff-late")
    until(lambda: not {"patient", "late"} & live.models(), "the end of them")


def test_with_a_lock_what_is_installed_later_is_not_imported(live: Any, support: ModuleType, source: str) -> None:
    live.run("tipoff", "plugins", "lock")
    mark = live.folder / "ran"
    text = f"open({str(mark)!r}, 'w')\n" + COLLECTOR.replace("SOURCE", source).replace("DATASET", "ridges").replace(
        "\n    ", "\n"
    )
    live.pip("install", str(support.wheel(live.folder, "tipoff_ridges", text, "3.0")))
    told = support.until(live.import_error, "the import error")
    assert "ridges 3.0 is untrusted: `tipoff-ridges` 3.0 is not in the lock" in told
    assert "tipoff plugins lock tipoff-ridges" in told
    support.until(lambda: "ridges 3.0 untrusted" in live.page(), "the page")
    assert live.plugins()["ridges"]["state"] == "untrusted"
    assert not mark.exists(), "not a line of it ran"
    assert "collect_ridges" not in live.tasks()
    assert "tipoff-ridges 3.0: new" in live.run("tipoff", "plugins", "lock", "tipoff-ridges")
    support.until(lambda: "collect_ridges" in live.tasks(), "the task of what is allowed now")
    support.until(lambda: live.import_error() == "", "the end of the import error")
    assert mark.exists()
    live.pip("uninstall", "--yes", "tipoff-ridges")
    (live.folder / "tipoff/plugins.lock").unlink()


def test_an_editable_install_works_after_a_restart(live: Any, support: ModuleType) -> None:
    """Its folder is read when Python starts; after that its edits count as those of a wheel do."""
    project = live.folder / "tipoff-valleys"
    live.run("tipoff", "plugin", "new", "collector", "valleys", "--to", str(project))
    live.pip("install", "--editable", str(project))
    live.stop()
    live.start()
    support.until(lambda: "collect_valleys" in live.tasks(), "the task")
    plugin = project / "tipoff_valleys/plugin.py"
    plugin.write_text(
        plugin.read_text().replace('name="valleys",\n        tables', 'name="deep_valleys",\n        tables')
    )
    support.until(lambda: "collect_deep_valleys" in live.tasks(), "the edit")
    support.until(lambda: "collect_deep_valleys" in live.page(), "the page")
