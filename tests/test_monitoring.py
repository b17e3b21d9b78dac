"""What each task attempt took stands in the store, whatever became of it: the listener in a real Airflow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tipoff import settings
from tipoff.monitoring import journal
from tipoff.monitoring.folding import fold
from tipoff.warehouse.store import Warehouse

NOW = datetime(2026, 1, 21, 13, tzinfo=timezone.utc)
DagFile = Callable[[str], ModuleType]


def attempts() -> list[dict[str, Any]]:
    """Everything that is known of task attempts by now."""
    chosen = settings.load()
    store = Warehouse.of(chosen)
    fold(store, chosen.home)
    return store.query("SELECT * FROM ops.task_run ORDER BY began_at, task_id, label, attempt").to_pylist()  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())


def test_every_task_of_a_run_is_there_with_what_it_took(airflow_home: Path, dag_file: DagFile) -> None:
    run = dag_file("data_collection").data_collection_dag.test(logical_date=NOW)
    found = {row["task_id"]: row for row in attempts()}
    assert set(found) == {"collect_teams", "collect_games", "collect_players", "collect_stats", "data_quality"}
    assert {row["outcome"] for row in found.values()} == {"success"}
    assert {row["run_id"] for row in found.values()} == {f"data_collection/{run.run_id}"}
    assert {(row["attempt"], row["label"], row["error"]) for row in found.values()} == {(1, "", "")}
    assert all(row["seconds"] > 0 and row["cpu_seconds"] > 0 and row["peak_mb"] > 50 for row in found.values())
    teams = Warehouse.of(settings.load()).query("SELECT * FROM raw.teams").num_rows
    assert found["collect_teams"]["rows"] >= teams > 0
    assert journal.paths(settings.load().home) == [], "the run has ended, and everything is in the store"


def test_a_failure_and_its_retries_are_there_with_their_errors(
    airflow_home: Path, dag_file: DagFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_SOURCE", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("TIPOFF_ATTEMPTS", "1")
    dag = dag_file("data_collection").data_collection_dag.partial_subset("collect_teams", include_downstream=False)
    for task in dag.tasks:
        task.retry_delay, task.retry_exponential_backoff = timedelta(0), 0
    dag.test(logical_date=NOW)
    found = [(row["attempt"], row["outcome"]) for row in attempts()]
    assert found == [(1, "retried"), (2, "retried"), (3, "retried"), (4, "failed")]
    assert all("127.0.0.1:9" in row["error"] for row in attempts())


def test_what_goes_wrong_in_watching_fails_no_task(airflow_home: Path, dag_file: DagFile, tipoff_home: Path) -> None:
    tipoff_home.mkdir()
    (tipoff_home / "journal").write_text("a file where the folder would be")
    dag = dag_file("data_collection").data_collection_dag.partial_subset("collect_teams", include_downstream=False)
    assert dag.test(logical_date=NOW).state == "success"
