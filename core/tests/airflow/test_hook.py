"""The hook against a real DuckDB file."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tipoff import settings
from tipoff.airflow.hook import TipoffDuckDBHook
from tipoff.domain import TEAMS
from tipoff.errors import StoreBusy, StoreError
from tipoff.warehouse.store import Warehouse


@pytest.fixture
def store() -> Warehouse:
    """A migrated store with the domain tables, where the settings say."""
    warehouse = Warehouse.of(settings.load())
    warehouse.migrate([TEAMS])
    return warehouse


def teams(*names: str) -> pa.Table:
    at = datetime(2026, 1, 15)
    rows = [{"league": "l", "team_id": name, "name": name, "fetched_at": at} for name in names]
    return pa.Table.from_pylist(rows)


def test_duckdb_hook(store: Warehouse) -> None:
    """Arrow in, Arrow out, and the same through the official hook's own methods."""
    hook = TipoffDuckDBHook()
    assert hook.merge(TEAMS, teams("a", "b"), run_id="r", source="s") == 2
    assert hook.merge(TEAMS, teams("a"), run_id="r2", source="s") == 0
    found = hook.query("SELECT team_id FROM raw.teams WHERE name = $name", name="b")
    assert isinstance(found, pa.Table)
    assert found.to_pylist() == [{"team_id": "b"}]
    assert hook.get_records("SELECT team_id FROM raw.teams ORDER BY 1") == [("a",), ("b",)]
    assert hook.get_first("SELECT count(*) FROM raw.teams WHERE name = ?", parameters=("a",)) == (1,)
    hook.run("UPDATE raw.teams SET name = 'c' WHERE team_id = 'b'")
    assert store.query("SELECT name FROM raw.teams WHERE team_id = 'b'").to_pylist() == [{"name": "c"}]


def test_a_second_merge_of_a_run_has_a_later_instant(store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-15T13:00")
    for team in ("a", "b"):
        TipoffDuckDBHook().merge(TEAMS, teams(team), run_id="r", source="s")
    assert store.query("SELECT count(DISTINCT loaded_at) AS n FROM raw.teams").to_pylist() == [{"n": 2}]


def test_a_source_may_let_another_go_before_it(store: Warehouse) -> None:
    hook = TipoffDuckDBHook()
    hook.merge(TEAMS, teams("a"), run_id="r", source="espn")
    named = teams("a").set_column(2, "name", [["mine"]])
    assert hook.merge(TEAMS, named, run_id="r", source="mine", above=("espn",)) == 0


def test_an_open_connection_keeps_others_out_until_it_is_closed(store: Warehouse) -> None:
    impatient = Warehouse(store.path, lock_wait=0.05)
    with TipoffDuckDBHook().connect(), pytest.raises(StoreBusy):
        impatient.query("SELECT 1")
    assert impatient.query("SELECT 1 AS one").num_rows == 1


def test_waits_for_the_store_and_then_says_who_has_it(store: Warehouse) -> None:
    hook = TipoffDuckDBHook(lock_wait=0.05)
    with store.read(), pytest.raises(StoreBusy, match="in use by process"):
        hook.get_conn()
    assert hook.get_records("SELECT 1") == [(1,)]


def test_a_failed_open_gives_the_lock_back(tmp_path: Path) -> None:
    broken = tmp_path / "broken.duckdb"
    broken.write_text("this is no database")
    with pytest.raises(Exception, match="broken"):
        TipoffDuckDBHook(database=str(broken)).get_conn()
    with Warehouse(broken, lock_wait=0.05).locked():
        pass


def test_read_only(store: Warehouse) -> None:
    with TipoffDuckDBHook(read_only=True).connect() as connection, pytest.raises(Exception, match="read-only"):
        connection.execute("CREATE TABLE t (i INTEGER)")


def test_connection_names_the_file_and_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.duckdb"
    connection = {"conn_type": "duckdb", "host": str(other), "extra": {"threads": 1}}
    monkeypatch.setenv("AIRFLOW_CONN_TIPOFF_DUCKDB", json.dumps(connection))
    hook = TipoffDuckDBHook()
    assert hook.get_records("SELECT current_setting('threads')") == [(1,)]
    assert hook.warehouse().path == other
    assert other.exists()


def test_connection_without_a_file_means_the_settings_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_TIPOFF_DUCKDB", json.dumps({"conn_type": "duckdb"}))
    assert TipoffDuckDBHook().get_database() == str(settings.load().store)


def test_in_memory_needs_no_lock() -> None:
    hook = TipoffDuckDBHook(database=":memory:")
    with hook.connect() as one, hook.connect() as other:
        assert one.execute("SELECT 1").fetchall() == other.execute("SELECT 1").fetchall()


def test_query_without_a_store_says_what_to_do() -> None:
    with pytest.raises(StoreError, match="tipoff init"):
        TipoffDuckDBHook().query("SELECT 1")
