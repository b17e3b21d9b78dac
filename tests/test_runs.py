"""Runs as people start them in the UI, over its REST API under a real scheduler: forms, backfills, assets, a sensor."""

from __future__ import annotations

import shutil
import urllib.error
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tipoff import clock
from tipoff.airflow.testing.services import RUN_SECONDS, START_SECONDS, Airflow, running, until
from tipoff.warehouse.store import Warehouse

DAGS = Path(__file__).resolve().parents[1] / "dags"

HEALTH = """
from datetime import datetime, timezone
from airflow.sdk import DAG
from tipoff.airflow.sensors import HealthSensor

with DAG("health", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc)) as dag:
    HealthSensor(task_id="source", parts=("source", "store"), poke_interval=0.5)
"""
"""A DAG file of somebody's own, beside the shipped ones."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this Airflow and its league live."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def airflow(home: Path) -> Iterator[Airflow]:
    """A running Airflow with a small league behind it, of which some days are collected."""
    dags = shutil.copytree(DAGS, home / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    (dags / "health.py").write_text(HEALTH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPOFF_HOME", str(home / "tipoff"))
        clock.set_now(datetime(2026, 1, 21, 13))
    ours = ("data_collection", "feature_engineering", "model_training", "prediction", "health")
    with running(home, dags, *ours, env={"TIPOFF_SOURCE": "embedded:seed=1,teams=32"}) as started:
        collected = started.wait_for(started.unpause("data_collection"))
        assert set(collected.values()) == {("success", 1)}, collected
        yield started


@pytest.fixture(scope="module")
def store(home: Path) -> Warehouse:
    return Warehouse(home / "tipoff" / "published.duckdb")


def test_a_run_whose_form_does_not_fit_is_refused(airflow: Airflow) -> None:
    for dag_id, conf in (
        ("data_collection", {"from": "January"}),
        ("data_collection", {"force": "yes"}),
        ("feature_engineering", {"season": "2026"}),
        ("model_training", {"models": ["oracle"]}),
        ("prediction", {"models": "elo"}),
    ):
        before = len(airflow.runs(dag_id))
        with pytest.raises(urllib.error.HTTPError) as refused:
            airflow.trigger(dag_id, conf)
        assert refused.value.code in (400, 422), conf
        assert len(airflow.runs(dag_id)) == before


def test_a_form_decides_what_a_run_does(airflow: Airflow, store: Warehouse) -> None:
    """A season's features anew, though nothing has changed; one of which nothing is stored fails and is left so."""
    first = airflow.wait_for(airflow.unpause("feature_engineering"))
    assert {state for state, _ in first.values()} == {"success"}, first
    again = airflow.wait_for(airflow.trigger("feature_engineering", {"full": True, "season": 2026}))
    assert {state for state, _ in again.values()} == {"success"}, again
    builds = "SELECT partitions, written > 0 AS changed, full_build FROM ops.feature_run WHERE builder = 'team'"
    assert store.query(builds).to_pylist() == [
        {"partitions": 1, "changed": True, "full_build": False},
        {"partitions": 1, "changed": False, "full_build": True},
    ]
    unknown = airflow.wait_for(airflow.trigger("feature_engineering", {"season": 1999}))
    assert unknown["team_features"] == ("failed", 1)


def test_assets_tell_what_was_written_and_which_data_it_is(airflow: Airflow) -> None:
    """As the UI's graph of assets has it, from the source on."""
    known = {each["name"] for each in airflow.ask("/api/v2/assets?limit=200")["assets"]}
    assert {"espn", "raw.games", "features.team_features", "models.version", "predictions.ledger"} <= known
    events = airflow.ask("/api/v2/assets/events?limit=500&order_by=timestamp")["asset_events"]
    told: dict[str, list[dict[str, object]]] = {}
    for event in events:
        told.setdefault(event["name"], []).append(event["extra"])
    assert told["raw.games"][0]["rows"]
    assert str(told["raw.games"][0]["version"]).startswith("espn/mens-college-basketball/games/")
    features = told["features.team_features"]
    assert [bool(extra["rows"]) for extra in features] == [True, True]
    assert len({extra["version"] for extra in features}) == 1, "the same data, computed twice"


def test_a_backfill_is_made_over_the_ui_s_api(airflow: Airflow, store: Warehouse) -> None:
    asked = {
        "dag_id": "data_collection",
        "from_date": "2025-01-14T00:00:00Z",
        "to_date": "2025-01-15T23:59:59Z",
        "max_active_runs": 1,
        "dag_run_conf": {},
    }

    def create() -> bool | None:
        try:
            return airflow.call("POST", "/api/v2/backfills", asked) and True
        except urllib.error.HTTPError as error:
            assert error.code == 409, error
            return True  # it is being made already: SQLite was locked when the answer was

    until(create, START_SECONDS, "the backfill's beginning")
    made = "/api/v2/backfills?dag_id=data_collection"
    ended = lambda: all(each["completed_at"] for each in airflow.ask(made)["backfills"]) or None  # noqa: E731
    until(ended, RUN_SECONDS, "the backfill")
    runs = [each for each in airflow.runs("data_collection") if each["run_type"] == "backfill"]
    assert [each["state"] for each in runs] == ["success"] * 2
    days = "SELECT DISTINCT window_start AS day FROM ops.collect_run WHERE run_id LIKE '%backfill%' ORDER BY day"
    assert [str(row["day"]) for row in store.query(days).to_pylist()] == ["2025-01-14", "2025-01-15"]


def test_the_health_of_a_source_is_waited_for_in_the_triggerer(airflow: Airflow) -> None:
    """Its connection leads nowhere at first; the triggerer sees that it was mended, and the task goes on."""
    nobody = {"connection_id": "espn_api", "conn_type": "tipoff_source", "host": "http://127.0.0.1:9"}
    airflow.change("/api/v2/connections/espn_api", nobody)
    airflow.pause("health", paused=False)
    run = airflow.trigger("health")
    until(lambda: airflow.tasks(run)["source"][0] == "deferred" or None, RUN_SECONDS, "the sensor")
    airflow.change("/api/v2/connections/espn_api", {**nobody, "host": ""})
    assert airflow.wait_for(run) == {"source": ("success", 1)}
