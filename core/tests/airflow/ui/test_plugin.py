"""The Airflow plugin: light, complete, and leading to routes that exist."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tipoff.airflow.ui.plugin import PREFIX, TipoffPage

PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"


def test_the_package_names_the_plugin() -> None:
    entries = tomllib.loads(PROJECT.read_text())["project"]["entry-points"]
    assert entries["airflow.plugins"] == {"tipoff": f"{TipoffPage.__module__}:{TipoffPage.__qualname__}"}


LOOK = """
import sys, airflow.plugins_manager
before = set(sys.modules)
import tipoff.airflow.ui.plugin
print(*sorted(set(sys.modules) - before))
"""


def test_every_process_of_airflow_loads_it_so_it_imports_next_to_nothing() -> None:
    """More than `airflow.plugins_manager` itself imports."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ran = subprocess.run([sys.executable, "-c", LOOK], check=True, capture_output=True, text=True, env=env)
    added = ran.stdout.splitlines()[-1].split()
    assert "tipoff.airflow.ui.plugin" in added
    own = ("tipoff", "airflow.listeners", "airflow._shared.listeners")
    assert [name for name in added if not name.startswith(own)] == []
    assert not {"tipoff.airflow.ui.app", "tipoff.report"} & set(added)


def test_it_stands_in_the_navigation_at_dags_and_at_task_instances() -> None:
    views = {view["destination"]: view for view in TipoffPage.external_views}
    assert list(views) == ["nav", "dag", "task_instance"]
    assert len({view["url_route"] for view in TipoffPage.external_views}) == 3, "Airflow drops a second of a route"
    assert {view["href"].split("/")[0] for view in TipoffPage.external_views} == {PREFIX[1:]}
    assert "{DAG_ID}" in views["dag"]["href"]
    assert all(place in views["task_instance"]["href"] for place in ("{DAG_ID}", "{RUN_ID}", "{TASK_ID}"))
    (app,) = TipoffPage.fastapi_apps
    assert app["url_prefix"] == PREFIX
