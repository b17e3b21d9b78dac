"""A temporary Airflow and a temporary TIPOFF_HOME for every test, and the DAG files as modules."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from tipoff.airflow.testing import isolate

ROOT = Path(__file__).resolve().parents[1]
DAGS = ROOT / "dags"
AIRFLOW_HOME = isolate(DAGS)


@pytest.fixture(autouse=True)
def tipoff_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TIPOFF_HOME with a small simulated league behind it, and nothing else from the developer's shell."""
    for name in [name for name in os.environ if name.startswith("TIPOFF_") and name[7:] not in ("SHARED",)]:
        if not name.startswith("TIPOFF_TEST_"):
            monkeypatch.delenv(name)
    home = tmp_path / "tipoff"
    monkeypatch.setenv("TIPOFF_HOME", str(home))
    monkeypatch.setenv("TIPOFF_SOURCE", "embedded:seed=1,teams=32")
    return home


@pytest.fixture(scope="session")
def airflow_home() -> Path:
    """A migrated metadata database, connections and variables, once a session."""
    from tipoff.airflow.home import prepare

    prepare(AIRFLOW_HOME, DAGS)
    return AIRFLOW_HOME


@pytest.fixture(scope="session")
def dag_file() -> Callable[[str], ModuleType]:
    """Loads the file of a DAG afresh: ``dag_file("prediction").prediction_dag``."""

    def load(dag_id: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"{dag_id}_dag_under_test", DAGS / f"{dag_id}_dag.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def dags_copy(tmp_path: Path) -> Path:
    """The DAG files in a folder of their own, for a test that runs another Airflow on them."""
    return Path(
        shutil.copytree(DAGS, tmp_path / "dags", ignore=shutil.ignore_patterns("__pycache__", "BUILD", "tests"))
    )
