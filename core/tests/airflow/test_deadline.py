"""The deadline of the morning's predictions: when it passes, who is told, and of what."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tipoff.airflow.deadline import predictions_due, tell_if_none, without_prediction
from tipoff.airflow.testing import Channel
from tipoff.errors import SettingsError
from tipoff.monitoring import alerts
from tipoff.warehouse.publish import publish

if TYPE_CHECKING:
    from tipoff.settings import Settings
    from tipoff.warehouse.store import Warehouse

NOW = "2026-01-15T14:00:00"
PLAY = """
    INSERT INTO raw.games BY NAME SELECT 'mens-college-basketball' AS league, 2026 AS season, 'g' || i AS game_id,
        DATE '2026-01-15' AS game_date, TIMESTAMP '2026-01-16 00:00' AS tip_utc, true AS tip_known,
        CASE WHEN i = 0 THEN 'canceled' ELSE 'scheduled' END AS status, '1' AS home_id, '2' AS away_id,
        TIMESTAMP '2026-01-15' AS fetched_at, TIMESTAMP '2026-01-15' AS loaded_at, 'r' AS run_id, 'tiny' AS source
    FROM range(3) t(i)
"""
PREDICT = """
    INSERT INTO predictions.ledger SELECT i, 'mens-college-basketball', 2026, 'g' || i, '1', '2', DATE '2026-01-15',
        TIMESTAMP '2026-01-16', 'm', 'v', true, 0.5, 0, 1, -1, 1, -2, 2, NULL, NULL, 'd', '{}', NULL,
        TIMESTAMP '2026-01-15', 'r', '', 'h' FROM range(1, 3) t(i)
"""


@pytest.fixture
def chosen(store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A day with two games to be played, published."""
    from tipoff import settings

    monkeypatch.setenv("TIPOFF_NOW", NOW)
    found = settings.load()
    with store.write() as con:
        con.execute(PLAY).fetchall()
    return found


def test_it_is_as_long_after_the_start_as_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert predictions_due(time(8)).interval == timedelta(hours=1)
    monkeypatch.setenv("TIPOFF_PREDICTIONS_BY", "10:30")
    assert predictions_due(time(8)).interval == timedelta(hours=2, minutes=30)


@pytest.mark.parametrize("value", ["08:00", "07:59", "9", "25:00", "noon"])
def test_a_time_that_makes_no_sense_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_PREDICTIONS_BY", value)
    with pytest.raises(SettingsError, match=f"TIPOFF_PREDICTIONS_BY.*`{value}`"):
        predictions_due(time(8))


def test_games_without_a_prediction_are_told_once(store: Warehouse, chosen: Settings, channel: type[Channel]) -> None:
    publish(store, chosen.published)
    assert without_prediction(chosen) == 2, "one of three is off"
    tell_if_none(by="09:00")
    tell_if_none(by="09:00")
    (alert,) = channel.received
    assert alert["title"] == "tipoff: no predictions by 09:00 Eastern"
    assert "2 games of today have none" in alert["message"]


def test_predictions_that_are_there_are_nothing_to_tell(
    store: Warehouse, chosen: Settings, channel: type[Channel]
) -> None:
    with store.write() as con:
        con.execute(PREDICT).fetchall()
    publish(store, chosen.published)
    tell_if_none(by="09:00")
    assert channel.received == []


def test_who_knows_already_that_the_dag_is_failing_is_not_told_again(
    store: Warehouse, chosen: Settings, channel: type[Channel]
) -> None:
    publish(store, chosen.published)
    alerts.settle(chosen.home, "prediction", "r", lambda _: True, failing={"check_model": "no"})
    tell_if_none(by="09:00")
    assert channel.received == []


def test_nothing_is_due_before_anything_was_published(tipoff_home: Path, channel: type[Channel]) -> None:
    tell_if_none(by="09:00")
    assert channel.received == []
