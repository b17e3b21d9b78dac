"""Late data, a builder that raises, features that are missing: predictions are made all the same, and say so.

And a failed check of severity ``block`` stops them, with the reason on the page. Each on the second day of a small
league's life, in a real Airflow.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import tipoff_features.team
from click.testing import CliRunner
from tipoff import clock, plugins, settings
from tipoff.cli import cli
from tipoff.report.page import render
from tipoff.report.read import read
from tipoff.warehouse.store import Warehouse

DAGS = Path(__file__).resolve().parents[1] / "dags"
DAG_IDS = ("data_collection", "feature_engineering", "model_training", "prediction")
TODAY = datetime(2026, 1, 22, 13, tzinfo=timezone.utc)
YESTERDAY = TODAY - timedelta(days=1)
Live = Callable[..., str]


def live(dag_id: str, now: datetime = TODAY) -> str:
    """One run of a DAG at an instant, in which nothing is waited for; its state."""
    from airflow.dag_processing.dagbag import DagBag
    from tipoff.airflow.sensors import GateSensor

    clock.set_now(now)
    dag = DagBag(str(DAGS / f"{dag_id}_dag.py")).dags[dag_id]
    for task in dag.tasks:
        task.retries = 0
        if isinstance(task, GateSensor):
            task.patience, task.poke_interval = timedelta(seconds=0.01), 0.01
    return str(dag.test(logical_date=now).state)


@pytest.fixture(scope="module")
def first_day(airflow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which all four DAGs have run yesterday."""
    home = tmp_path_factory.mktemp("degradation") / "tipoff"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPOFF_HOME", str(home))
        patch.setenv("TIPOFF_SOURCE", "embedded:seed=1,teams=32")
        assert [live(dag_id, YESTERDAY) for dag_id in DAG_IDS] == ["success"] * 4
        assert said() == {None}
    return home


@pytest.fixture(autouse=True)
def tipoff_home(first_day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of it."""
    home = Path(shutil.copytree(first_day, tmp_path / "tipoff"))
    monkeypatch.setenv("TIPOFF_HOME", str(home))
    monkeypatch.setenv("TIPOFF_SOURCE", "embedded:seed=1,teams=32")
    clock.set_now(TODAY)
    yield home


def query(sql: str) -> list[dict[str, Any]]:
    return Warehouse.of(settings.load()).query(sql).to_pylist()  # type: ignore[no-any-return]


def said(model: str = "linear") -> set[str | None]:
    """Why a model's last predictions of today's games are degraded; None: they are not."""
    rows = query(
        f"SELECT degraded FROM predictions.ledger WHERE model = '{model}' "
        f"AND game_date = '{clock.day_of(clock.now())}' "
        "QUALIFY row_number() OVER (PARTITION BY game_id ORDER BY seq DESC) = 1"
    )
    assert rows, "there are predictions"
    return {row["degraded"] for row in rows}


def page() -> str:
    return render(read(settings.load(), ("tonight",)), ("tonight",))


def test_data_that_is_late(tipoff_home: Path) -> None:
    """Nothing was collected today: what was there yesterday is used, and each forecast that sees it says so."""
    assert [live(dag_id) for dag_id in ("feature_engineering", "prediction")] == ["success"] * 2
    (why,) = said()
    assert why
    assert "is collected up to 2026-01-21, and" in why
    assert "games should be over since" in why
    assert said("home") == {None}, "a model without features lacks nothing"
    assert '<span class="degraded">degraded</span>' in page()
    assert "is collected up to 2026-01-21" in page()
    shown = CliRunner().invoke(cli, ["predict"]).output
    assert ", degraded" in shown
    assert "is collected up to 2026-01-21" in shown
    assert [live(dag_id) for dag_id in DAG_IDS if dag_id != "model_training"] == ["success"] * 3
    assert said() == {None}, "it has come"
    assert '<span class="degraded">' not in page()


def test_a_builder_that_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """The features of the run before are used."""

    def compute(context: object) -> object:
        raise ZeroDivisionError("a defect of the builder")

    assert live("data_collection") == "success"
    monkeypatch.setattr(tipoff_features.team, "compute", compute)
    assert live("feature_engineering") == "failed"
    (task,) = query("SELECT outcome, error FROM ops.task_run WHERE task_id = 'team_features' AND outcome = 'failed'")
    assert "a defect of the builder" in task["error"]
    assert live("prediction") == "success"
    (why,) = said()
    assert why
    assert "`team_features` is stale: " in why
    assert "is stale" in page()
    monkeypatch.undo()


def test_a_game_whose_features_are_missing() -> None:
    """It alone is said to lack them; of the others only that somebody has changed their table."""
    assert [live(dag_id) for dag_id in ("data_collection", "feature_engineering")] == ["success"] * 2
    store = Warehouse.of(settings.load())
    with store.write() as con:
        con.execute(
            "DELETE FROM features.game_features WHERE game_id = "
            "(SELECT min(game_id) FROM raw.games WHERE game_date = '2026-01-22' AND status = 'scheduled')"
        ).fetchall()
    assert live("prediction") == "success"
    rest, lacking = sorted(map(str, said()), key=len)
    assert lacking.endswith("features are missing")
    assert "missing" not in rest


def graded() -> int:
    """How many of yesterday's predictions have a grade in the copy that people read."""
    sql = "SELECT 1 FROM predictions.graded WHERE game_date = '2026-01-21'"
    return len(Warehouse(settings.load().published).query(sql))


def ended() -> dict[str, str]:
    """How the tasks of the last run ended, as the copy that people read has it."""
    sql = "SELECT task_id, outcome FROM ops.task_run WHERE dag_id = 'prediction' AND began_at = $now"
    rows = Warehouse(settings.load().published).query(sql, now=clock.now()).to_pylist()
    return {row["task_id"]: row["outcome"] for row in rows}


def test_a_blocking_check_that_fails_stops_them() -> None:
    """With the reason on the page; what was predicted before stays, and last night's games are graded."""
    assert [live(dag_id) for dag_id in ("data_collection", "feature_engineering")] == ["success"] * 2
    before = query("SELECT hash FROM predictions.ledger ORDER BY seq")
    with Warehouse.of(settings.load()).write() as con:
        con.execute(
            "UPDATE raw.games SET home_score = NULL "
            "WHERE status = 'final' AND season = 2026 AND game_date < '2026-01-21'"
        ).fetchall()
    assert CliRunner().invoke(cli, ["checks"]).exit_code == 1
    assert live("prediction") == "failed"
    assert query("SELECT hash FROM predictions.ledger ORDER BY seq") == before
    assert "Predictions wait." in page()
    assert "<code>games_results_missing</code>" in page()
    assert graded() > 0
    assert ended() == {"list_models": "success", "check_model": "failed", "evaluate_preds": "running"}, (
        "published before the run ended"
    )


def test_when_no_model_can_be_asked_last_nights_games_are_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one of them can, the run goes on without the others."""

    def predict(*_: object) -> object:
        raise ZeroDivisionError("a defect of the model")

    assert [live(dag_id) for dag_id in ("data_collection", "feature_engineering")] == ["success"] * 2
    one, *others = (model.predict.replace(":", ".") for model in plugins.load().models)
    for each in others:
        monkeypatch.setattr(each, predict)
    with monkeypatch.context() as patch:
        patch.setattr(one, predict)
        assert live("prediction") == "failed"
    assert graded() > 0
    assert ended() == {
        **dict.fromkeys(("list_models", "check_model", "get_upcoming"), "success"),
        "generate_preds": "failed",
        "evaluate_preds": "running",
    }
    assert live("prediction") == "success", "one can"
