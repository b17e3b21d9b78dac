"""The deadline of the morning's predictions: what is looked at, and what is a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from tipoff.airflow.deadline import PredictionsDue, due_at
from tipoff.errors import Abort, SettingsError
from tipoff.monitoring import alerts, journal
from tipoff.monitoring.journal import Line, Task
from tipoff.process import Process

if TYPE_CHECKING:
    from tipoff.settings import Settings
    from tipoff.warehouse.store import Warehouse

NOW = "2026-01-15T14:00:00"
PLAY = """
    INSERT INTO raw.games BY NAME SELECT 'mens-college-basketball' AS league, 2026 AS season, 'g' || i AS game_id,
        DATE '2026-01-15' AS game_date, TIMESTAMP '2026-01-16 00:00' AS tip_utc, true AS tip_known,
        CASE WHEN i = 0 THEN 'canceled' ELSE 'scheduled' END AS status, 'h' || i AS home_id, 'a' || i AS away_id,
        TIMESTAMP '2026-01-15' AS fetched_at, TIMESTAMP '2026-01-15' AS loaded_at, 'r' AS run_id, 'tiny' AS source
    FROM range(3) t(i)
"""
PREDICT = """
    INSERT INTO predictions.ledger SELECT i, 'mens-college-basketball', 2026, 'g' || i, 'h' || i, 'a' || i,
        DATE '2026-01-15', TIMESTAMP '2026-01-16', 'm', 'v', true, 0.5, 0, 1, -1, 1, -2, 2, NULL, NULL, 'd', '{}', NULL,
        TIMESTAMP $at, 'r', '', 'h', NULL FROM range(1, 3) t(i)
"""
YESTERDAY, TODAY = "2026-01-15 04:00", "2026-01-15 13:00"
"""In UTC: an hour before midnight in the league, and in the morning."""


@pytest.fixture
def chosen(store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A day with two games to be played."""
    from tipoff import settings

    monkeypatch.setenv("TIPOFF_NOW", NOW)
    found = settings.load()
    with store.write() as con:
        con.execute(PLAY).fetchall()
    return found


def due() -> object:
    return PredictionsDue(task_id="predictions_due").execute({})


def test_it_is_looked_for_at_the_hour_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert due_at() == "0 9 * * *"
    monkeypatch.setenv("TIPOFF_PREDICTIONS_BY", "10:30")
    assert due_at() == "30 10 * * *"


@pytest.mark.parametrize("value", ["9", "25:00", "noon", "09:60"])
def test_a_time_that_is_none_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_PREDICTIONS_BY", value)
    with pytest.raises(SettingsError, match=f"TIPOFF_PREDICTIONS_BY.*`{value}`"):
        due_at()


def test_games_without_a_prediction_are_a_failure(chosen: Settings) -> None:
    """One of three is off."""
    with pytest.raises(Abort, match="2 games of today have no prediction of today's by 09:00 Eastern"):
        due()


def predict(store: Warehouse, at: str) -> None:
    with store.write() as con:
        con.execute(PREDICT.replace("$at", f"'{at}'")).fetchall()


def test_predictions_that_are_there_are_nothing_to_tell(store: Warehouse, chosen: Settings) -> None:
    predict(store, TODAY)
    assert due() == {"without_prediction": 0}


@pytest.mark.parametrize("outcome", ["failed", "success"])
def test_what_was_predicted_yesterday_counts_if_it_was_said_again_today(
    outcome: str, store: Warehouse, chosen: Settings
) -> None:
    """A prediction that says the same adds no row; that it was made is in the journal."""
    predict(store, YESTERDAY)
    with pytest.raises(Abort, match="2 games of today have no prediction of today's"):
        due()
    task = Task("store_preds", "", -1, 1)
    line = Line("prediction", "prediction/r", task, "began", "2026-01-15T13:00:00", 0.0, process=Process.here())
    journal.add(chosen.home, line)
    journal.add(chosen.home, line._replace(event=outcome))
    if outcome == "success":
        assert due() == {"without_prediction": 0}
    else:
        with pytest.raises(Abort):
            due()


@pytest.mark.parametrize(
    ("failing", "known"),
    [
        ({"check_model"}, True),
        ({""}, True),
        ({"generate_preds steady"}, True),  # there is no other model
        ({"generate_preds another"}, False),
        ({"evaluate_preds"}, False),
        ({"evaluate_preds", "store_preds"}, True),
    ],
)
def test_who_knows_already_why_predictions_lack_is_not_told_again(
    failing: set[str], known: bool, chosen: Settings
) -> None:
    reasons = dict.fromkeys(failing, "no")
    alerts.settle(chosen.home, "prediction", "r", lambda _: True, failing=reasons, well=bool)
    with pytest.raises(AirflowSkipException if known else Abort, match="of today have no prediction"):
        due()


@pytest.mark.usefixtures("tiny")
def test_nothing_is_due_before_anything_was_collected() -> None:
    assert due() == {"without_prediction": 0}
