"""What an installed plugin does to Airflow: a good one brings its tasks, a broken one harms nobody and is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import pytest

COLLECTOR = """
    from tipoff import Collector, Dataset, Row, hookimpl

    TIPOFF_API = 1

    def plan(context):
        return ()

    def parse(payload):
        return ()

    @hookimpl
    def collectors():
        weather = Dataset("weather", tables=("games",), plan=f"{__name__}:plan", parse=f"{__name__}:parse")
        return (Collector("weather", conn_id="weather_api", datasets=(weather,)),)
"""
LISTED = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1])
tasks = {name: {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks} for name, dag in bag.dags.items()}
print(json.dumps({"tasks": tasks, "errors": bag.import_errors}))
"""


def wheel(folder: Path, name: str, source: str) -> Path:
    """A wheel as any build tool makes it, with one module and its entry point."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": textwrap.dedent(source),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[tipoff]\n{name} = {name}\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(file, text)
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder to install into, beside the environment."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


def install(site: Path, name: str, source: str) -> None:
    """Unpacks the wheel, which is all that installing a pure one means."""
    with zipfile.ZipFile(wheel(site.parent, name, source)) as archive:
        archive.extractall(site)


def listed(site: Path, dags: Path, **env: str) -> Any:
    """Tasks and import errors as a fresh Airflow process sees them."""
    path = os.pathsep.join([str(site), *filter(None, sys.path)])
    run = subprocess.run(
        [sys.executable, "-c", LISTED, str(dags)],
        env={**os.environ, "PYTHONPATH": path, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


def test_a_new_collector_brings_its_task_and_no_dag_file_changes(
    airflow_home: Path, site: Path, dags_copy: Path
) -> None:
    before = listed(site, dags_copy)
    install(site, "tipoff_weather_for_test", COLLECTOR)
    after = listed(site, dags_copy)
    assert before["errors"] == after["errors"] == {}
    assert "collect_weather" not in before["tasks"]["data_collection"]
    tasks = after["tasks"]["data_collection"]
    assert tasks.pop("collect_weather") == []
    assert tasks.pop("data_quality") == ["collect_stats", "collect_weather"]
    old = before["tasks"].pop("data_collection")
    del old["data_quality"]
    assert tasks == old
    assert {name: after["tasks"][name] for name in before["tasks"]} == before["tasks"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        pytest.param("raise RuntimeError('no such luck')", "no such luck", id="raises at import"),
        pytest.param(COLLECTOR.replace("TIPOFF_API = 1", "TIPOFF_API = 99"), "99", id="another API level"),
        pytest.param(COLLECTOR.replace('"weather", tables', '"bad name!", tables'), "bad name!", id="no task id"),
    ],
)
def test_a_broken_plugin_leaves_every_dag_loading_and_is_an_import_error(
    source: str, reason: str, airflow_home: Path, site: Path, dags_copy: Path
) -> None:
    install(site, "tipoff_broken_for_test", source)
    seen = listed(site, dags_copy)
    pipeline = {"data_collection", "feature_engineering", "model_training", "prediction"}
    assert set(seen["tasks"]) == {*pipeline, "predictions_due"}
    assert "collect_stats" in seen["tasks"]["data_collection"]
    ((file, error),) = seen["errors"].items()
    assert Path(file).name == "plugin_health.py"
    assert "tipoff_broken_for_test" in error
    assert reason in error


def test_a_disabled_plugin_is_no_error(airflow_home: Path, site: Path, dags_copy: Path) -> None:
    install(site, "tipoff_broken_for_test", "raise RuntimeError('no such luck')")
    assert listed(site, dags_copy, TIPOFF_PLUGINS_DISABLED="tipoff_broken_for_test")["errors"] == {}
