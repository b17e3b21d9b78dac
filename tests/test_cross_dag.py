"""What ties the four DAGs together: gates on what is there, and assets for the way of the data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType

import pytest
from airflow.sdk import DAG
from tipoff import plugins

NOW = datetime(2026, 1, 21, 13, tzinfo=timezone.utc)
Load = Callable[[str], DAG]


@pytest.fixture
def load(dag_file: Callable[[str], ModuleType]) -> Load:
    def load(dag_id: str) -> DAG:
        dag = getattr(dag_file(dag_id), f"{dag_id}_dag")
        assert isinstance(dag, DAG)
        return dag

    return load


def states(dag: DAG) -> dict[str, str]:
    for task in dag.tasks:
        task.retries = 0
    run = dag.test(logical_date=NOW)
    return {each.task_id: str(each.state) for each in run.get_task_instances()} | {"run": str(run.state)}


@pytest.mark.parametrize(
    ("dag_id", "still_runs"),
    [
        ("feature_engineering", set()),
        ("model_training", {"list_models"}),
        ("prediction", {"list_models", "evaluate_preds"}),
    ],
)
def test_cross_dag_dependencies(
    dag_id: str, still_runs: set[str], airflow_home: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a first day each DAG finds nothing of the one before it and skips: it neither hangs nor fails."""
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    dag = load(dag_id)
    seen = states(dag)
    assert seen.pop("run") == "success"
    assert {name for name, state in seen.items() if state == "success"} == still_runs
    assert {state for name, state in seen.items() if name not in still_runs} == {"skipped"}


def assets(dag: DAG, side: str) -> set[str]:
    return {each.name for task in dag.tasks for each in getattr(task, side)}


def test_assets_join_the_dags(load: Load) -> None:
    """Whatever a DAG reads is written by one before it."""
    written: set[str] = set()
    sources = {collector.name for collector in plugins.load().collectors}
    for dag_id in ("data_collection", "feature_engineering", "model_training", "prediction"):
        dag = load(dag_id)
        written |= assets(dag, "outlets")
        assert assets(dag, "inlets") <= written | sources, dag_id
        assert assets(dag, "outlets"), dag_id
    assert {"raw.games", "features.game_features", "models.version", "predictions.ledger"} <= written


def test_the_way_of_the_data_leads_from_the_sources_to_the_grades(load: Load) -> None:
    """Task by task, from what each writes to what it reads, as Airflow's asset graph goes."""
    reads: dict[str, set[str]] = {}
    for dag_id in ("data_collection", "feature_engineering", "model_training", "prediction"):
        for task in load(dag_id).tasks:
            for asset in task.outlets:
                reads.setdefault(asset.name, set()).update(each.name for each in task.inlets)
    found, waiting = set[str](), ["predictions.grade"]
    while waiting:
        name = waiting.pop()
        waiting += sorted(reads.get(name, set()) - found)
        found.add(name)
    models = {"models.dataset", "models.version", "predictions.ledger"}
    assert {"espn", "raw.games", "raw.team_stats", "features.game_features", *models} <= found
