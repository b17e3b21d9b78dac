"""Airflow itself loads the DAG files: no errors, the same every time, and cheap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DAG_IDS = {"data_collection", "feature_engineering", "model_training", "prediction", "predictions_due"}
HEAVY = ("pandas", "pyarrow", "duckdb", "sklearn", "statsmodels", "numpy", "scipy")


def test_dag_loading(airflow_home: Path, dags_copy: Path) -> None:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(dags_copy))
    assert bag.import_errors == {}
    assert set(bag.dags) == DAG_IDS


def test_dags_can_be_serialized_and_are_the_same_every_time(airflow_home: Path, dags_copy: Path) -> None:
    """Two loads that differ would give a new version of the DAG every time that its file is read."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    def load() -> dict[str, str]:
        bag = DagBag(dag_folder=str(dags_copy))
        return {name: json.dumps(DagSerialization.to_dict(dag), sort_keys=True) for name, dag in bag.dags.items()}

    assert load() == load()


@pytest.mark.parametrize("file", sorted(f"{dag_id}_dag.py" for dag_id in DAG_IDS))
def test_a_dag_file_imports_nothing_heavy(file: str, dags_copy: Path) -> None:
    script = f"import json, runpy, sys; runpy.run_path({str(dags_copy / file)!r}); print(json.dumps(list(sys.modules)))"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    run = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    modules = set(json.loads(run.stdout.splitlines()[-1]))
    assert "tipoff.airflow.operators" in modules
    assert sorted(modules & set(HEAVY)) == []
