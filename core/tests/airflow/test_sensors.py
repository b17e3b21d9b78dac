"""The gates as tasks, and what a waiting one leaves in the triggerer."""

from __future__ import annotations

import asyncio
import logging
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from airflow.sdk.exceptions import AirflowSensorTimeout, AirflowSkipException, TaskDeferred
from airflow.triggers.base import TriggerEvent
from tipoff.airflow.gates import Look
from tipoff.airflow.sensors import DataSensor, FeaturesSensor, GateSensor, ModelSensor, NewDataSensor, WaitingSensor
from tipoff.airflow.triggers import LookTrigger
from tipoff.contracts import Json
from tipoff.domain import GAMES
from tipoff.errors import SettingsError, StoreError
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


def events(trigger: LookTrigger) -> list[TriggerEvent]:
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
    assert isinstance(trigger, LookTrigger)
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
    assert isinstance(trigger, LookTrigger)
    assert trigger.patience == 0.03
    (event,) = events(trigger)
    assert event.payload["state"] == "wait"
    with caplog.at_level(logging.WARNING):
        assert sensor.resume(CONTEXT, event.payload).startswith("went on without: dataset `schedule`")


@pytest.mark.parametrize(("patience", "looks"), [(600, 8), (75, 1), (0, 1)])
def test_patience_is_a_time_and_no_number_of_looks(
    patience: float, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look waits for a store that somebody keeps."""
    busy = Busy()
    monkeypatch.setitem(globals(), "look_at_a_busy_store", busy.look)
    monkeypatch.setattr("tipoff.airflow.triggers.time", busy)
    (event,) = events(LookTrigger(f"{__name__}:look_at_a_busy_store", {}, interval=0, patience=patience))
    assert event.payload == {"state": "wait", "reason": f"look {looks}"}


class Busy:
    """A store of which a look takes 75 seconds, and the clock that shows them."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def look(self) -> Look:
        self.seconds += 75
        return Look("wait", f"look {self.seconds / 75:.0f}")


def test_a_skip_seen_while_waiting_skips_the_task() -> None:
    with pytest.raises(AirflowSkipException, match="off"):
        NewDataSensor(task_id="gate").resume(CONTEXT, {"state": "skip", "reason": "off"})


@pytest.mark.usefixtures("late")
def test_poke_is_one_look() -> None:
    value = NewDataSensor(task_id="gate").poke(CONTEXT)
    assert not value.is_done
    assert "run data_collection" in str(value.xcom_value)


def test_trigger_comes_back_from_what_airflow_stores() -> None:
    arguments: dict[str, Json] = {"gate": "model", "now": "2026-01-15T13:00:00"}
    trigger = LookTrigger("tipoff.airflow.gates:look_again", arguments, interval=30, patience=600)
    path, kwargs = trigger.serialize()
    module, _, name = path.rpartition(".")
    assert (module, name) == (LookTrigger.__module__, LookTrigger.__qualname__)
    assert LookTrigger(**kwargs).serialize() == (path, kwargs)


def waiting(sensor: WaitingSensor) -> LookTrigger:
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(CONTEXT)
    trigger = deferred.value.trigger
    assert isinstance(trigger, LookTrigger)
    return trigger


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize(("soft_fail", "end"), [(False, AirflowSensorTimeout), (True, AirflowSkipException)])
def test_a_sensor_that_is_no_gate_does_not_go_on_without(soft_fail: bool, end: type[Exception]) -> None:
    patience = timedelta(seconds=0.02)
    sensor = DataSensor(
        task_id="d", table="raw.games", min_rows=2, poke_interval=0.01, patience=patience, soft_fail=soft_fail
    )
    (event,) = events(waiting(sensor))
    with pytest.raises(end, match="has 1 rows, and 2 are waited for"):
        sensor.resume(CONTEXT, event.payload)


def test_what_a_look_raises_meanwhile_is_raised_by_the_task(late: Warehouse) -> None:
    """In the triggerer it would be a failure without a reason, which would be tried again."""
    sensor = DataSensor(task_id="d", table="raw.games", min_rows=2, poke_interval=0.01)
    trigger = waiting(sensor)
    late.path.write_text("this is no database")
    (event,) = events(trigger)
    with pytest.raises(StoreError, match="cannot open the store"):
        sensor.resume(CONTEXT, event.payload)


@pytest.mark.usefixtures("late")
def test_templates_of_a_sensor_are_filled_in() -> None:
    sensor = DataSensor(task_id="d", table="raw.games", day="{{ ds }}")
    sensor.render_template_fields({"ds": "2026-01-14"})
    assert sensor.execute(CONTEXT) == "`raw.games` has the 1 rows that were waited for, or more"
    sensor.day = "tomorrow"
    with pytest.raises(SettingsError, match="`day` is `tomorrow`"):
        sensor.execute(CONTEXT)
