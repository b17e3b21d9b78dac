"""SQL as a task, over a real store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tipoff import settings
from tipoff.airflow.sql import DuckDBOperator
from tipoff.domain import TEAMS
from tipoff.errors import StoreBusy
from tipoff.warehouse.store import Warehouse

CONTEXT: Any = {}


def execute(operator: DuckDBOperator) -> Any:
    return operator.execute(CONTEXT)  # type: ignore[no-untyped-call]


@pytest.fixture
def store() -> Warehouse:
    warehouse = Warehouse.of(settings.load())
    warehouse.migrate([TEAMS])
    with warehouse.write() as con:
        con.execute("INSERT INTO raw.teams (league, team_id, name) VALUES ('l', 'a', 'Alpha')").fetchall()
    return warehouse


@pytest.mark.usefixtures("store")
def test_rows_by_parameters() -> None:
    sql = "SELECT name FROM raw.teams WHERE team_id = $team"
    operator = DuckDBOperator(task_id="names", sql=sql, parameters={"team": "{{ params.team }}"})
    operator.render_template_fields({"params": {"team": "a"}})
    assert execute(operator) == [("Alpha",)]


def test_waits_for_the_lock_and_gives_it_back(store: Warehouse) -> None:
    operator = DuckDBOperator(task_id="one", sql="SELECT 1", lock_wait=0.05)
    with store.locked(), pytest.raises(StoreBusy, match="in use by process"):
        execute(operator)
    assert execute(operator) == [(1,)]
    with Warehouse(store.path, lock_wait=0.05).locked():
        pass


def test_writes_only_where_it_was_told_to(store: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Exception, match="read-only"):
        execute(DuckDBOperator(task_id="write", sql="CREATE TABLE mine (a INTEGER)"))
    other = tmp_path / "other.duckdb"
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", json.dumps({"conn_type": "duckdb", "host": str(other)}))
    sql = ["CREATE TABLE mine AS SELECT 7 AS a", "SELECT a FROM mine"]
    operator = DuckDBOperator(task_id="write", conn_id="other", read_only=False, sql=sql)
    assert execute(operator)[-1] == [(7,)]
    assert Warehouse(other).query("SELECT a FROM mine").to_pylist() == [{"a": 7}]
