"""The specification's operator test, on today's names: a team collection by hand into a file of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tipoff.airflow.hook import TipoffDuckDBHook
from tipoff_espn.operators import ESPNTeamsOperator


def test_espn_operator(tmp_path: Path, airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-21T13:00Z")
    monkeypatch.setenv("AIRFLOW_CONN_ESPN_API_TEST", json.dumps({"conn_type": "http", "password": "a-secret-key"}))
    store = tmp_path / "mine.duckdb"
    operator = ESPNTeamsOperator(
        task_id="test_collect_teams", conn_id="espn_api_test", duckdb_path=str(store), timeout=30, retries=3
    )
    result = operator.execute(context={})
    assert isinstance(result, list)
    count = TipoffDuckDBHook(database=str(store)).get_first("SELECT count(*) FROM raw.teams WHERE source = 'espn'")
    assert count[0] > 20
    assert "a-secret-key" not in json.dumps(result)
