"""The specification's operators, called by hand as its example calls them, over an embedded league."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tipoff.airflow.testing import isolate
from tipoff.errors import SettingsError
from tipoff.warehouse.store import Warehouse

isolate(Path(__file__).parent)

from tipoff_espn.operators import (  # noqa: E402  (Airflow must be isolated before it is imported)
    ESPNGamesOperator,
    ESPNPlayersOperator,
    ESPNStatsOperator,
    ESPNTeamsOperator,
)

NOW = datetime(2026, 1, 17, 13)


@pytest.fixture(autouse=True)
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    monkeypatch.setenv("TIPOFF_SOURCE", "embedded:seed=3,teams=32")
    monkeypatch.setenv("AIRFLOW_CONN_ESPN_API_TEST", '{"conn_type": "http", "extra": {"max_concurrency": 2}}')
    monkeypatch.setenv("AIRFLOW_VAR_TIPOFF", "{}")


def test_espn_operators_collect_into_the_file_they_are_given(tmp_path: Path) -> None:
    store = tmp_path / "elsewhere" / "mine.duckdb"
    common: dict[str, Any] = {
        "conn_id": "espn_api_test",
        "duckdb_path": str(store),
        "retries": 3,
        "start": "2026-01-15",
    }
    for kind in (ESPNTeamsOperator, ESPNGamesOperator, ESPNPlayersOperator, ESPNStatsOperator):
        operator = kind(task_id=f"test_{kind.__name__}", timeout=30, **common)
        assert operator.retries == 3
        operator.execute(context={})
        # By the same engine as the DAG's tasks: what has landed is not asked for again.
        requests = Warehouse(store).query("SELECT count(*) AS rows FROM ops.landed_request")
        operator.execute(context={})
        assert Warehouse(store).query("SELECT count(*) AS rows FROM ops.landed_request").equals(requests)
        runs = Warehouse(store).query("SELECT requests FROM ops.collect_run ORDER BY ended_at")["requests"].to_pylist()
        assert runs[-2] > 0
        assert runs[-1] == 0
    for table in ("teams", "games", "rosters", "team_stats", "espn_days", "espn_listed", "espn_team_names"):
        (rows,) = Warehouse(store).query(f"SELECT count(*) AS rows FROM raw.{table}")["rows"].to_pylist()
        assert rows > 0, table
    # What the loader knows of the plugins is the installation's; all else lies where the operator was told.
    assert {file.name.removesuffix(".lock") for file in (tmp_path / "home").iterdir()} <= {"plugins.json"}


def test_the_datasets_are_espns() -> None:
    kinds = (ESPNTeamsOperator, ESPNGamesOperator, ESPNPlayersOperator, ESPNStatsOperator)
    assert [kind(task_id="t").dataset for kind in kinds] == ["teams", "games", "players", "stats"]


def test_a_store_in_memory_is_refused() -> None:
    operator = ESPNTeamsOperator(task_id="t", conn_id="espn_api_test", duckdb_path=":memory:")
    with pytest.raises(SettingsError, match="give the path of a file"):
        operator.execute(context={})
