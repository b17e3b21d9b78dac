"""The gates as tasks, and what a waiting one leaves in the triggerer."""

from __future__ import annotations

import asyncio
import logging
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from airflow.sdk.exceptions import AirflowSkipException, TaskDeferred
from airflow.triggers.base import TriggerEvent
from tipoff.airflow.sensors import FeaturesSensor, GateSensor, ModelSensor, NewDataSensor
from tipoff.airflow.triggers import GateTrigger
from tipoff.domain import GAMES
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse

LEAGUE = "mens-college-basketball"
NOW = datetime(2026, 1, 15, 13)
CONTEXT: Any = {}


@pytest.fixture(autouse=True)
def league_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())


def watermark(store: Warehouse, day: date) -> None:
    with store.write() as con:
        con.execute("INSERT OR REPLACE INTO ops.watermark VALUES (?, 'schedule', ?, 'r', ?)", [LEAGUE, day, NOW])


@pytest.fixture
def late(store: Warehouse) -> Warehouse:
    """Collected up to yesterday, with a game of yesterday still open."""
    game = {"league": LEAGUE, "season": 2026, "game_id": "g", "game_date": date(2026, 1, 14), "status": "scheduled"}
    with store.write() as con:
        merge(con, GAMES, pa.Table.from_pylist([{**game, "fetched_at": NOW}]), run_id="r", source="tiny")
    watermark(store, date(2026, 1, 14))
    return store


def events(trigger: GateTrigger) -> list[TriggerEvent]:
    async def run() -> list[TriggerEvent]:
        return [event async for event in trigger.run()]

    return asyncio.run(run())


def test_data_sensor(late: Warehouse) -> None:
    """Late data is waited for in the triggerer, and the task goes on when it has come."""
    sensor = NewDataSensor(task_id="check_new_data", poke_interval=0.01, patience=timedelta(seconds=5))
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(CONTEXT)
    assert deferred.value.method_name == "resume"
    trigger = deferred.value.trigger
    assert isinstance(trigger, GateTrigger)
    watermark(late, date(2026, 1, 15))
    (event,) = events(trigger)
    assert sensor.resume(CONTEXT, event.payload) == "collected up to 2026-01-15"
    assert sensor.execute(CONTEXT) == "collected up to 2026-01-15"


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("kind", [NewDataSensor, FeaturesSensor, ModelSensor])
def test_skips_on_a_first_day(kind: type[GateSensor]) -> None:
    with pytest.raises(AirflowSkipException, match="nothing has been collected yet"):
        kind(task_id="gate").execute(CONTEXT)


@pytest.mark.usefixtures("late")
def test_patience_ends_in_going_on_without(caplog: pytest.LogCaptureFixture) -> None:
    sensor = NewDataSensor(task_id="gate", poke_interval=0.01, patience=timedelta(seconds=0.03))
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(CONTEXT)
    trigger = deferred.value.trigger
    assert isinstance(trigger, GateTrigger)
    assert trigger.looks == 3
    (event,) = events(trigger)
    assert event.payload["state"] == "wait"
    with caplog.at_level(logging.WARNING):
        assert sensor.resume(CONTEXT, event.payload).startswith("went on without: dataset `schedule`")


def test_a_skip_seen_while_waiting_skips_the_task() -> None:
    with pytest.raises(AirflowSkipException, match="off"):
        NewDataSensor(task_id="gate").resume(CONTEXT, {"state": "skip", "reason": "off"})


@pytest.mark.usefixtures("late")
def test_poke_is_one_look() -> None:
    value = NewDataSensor(task_id="gate").poke(CONTEXT)
    assert not value.is_done
    assert "run data_collection" in str(value.xcom_value)


def test_trigger_comes_back_from_what_airflow_stores() -> None:
    trigger = GateTrigger(gate="model", now="2026-01-15T13:00:00", interval=30, looks=20)
    path, kwargs = trigger.serialize()
    module, _, name = path.rpartition(".")
    assert (module, name) == (GateTrigger.__module__, GateTrigger.__qualname__)
    assert GateTrigger(**kwargs).serialize() == (path, kwargs)
