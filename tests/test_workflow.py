"""The four DAGs in a real Airflow, over a small simulated league, on one day in January and on the day after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tipoff import clock, plugins, settings
from tipoff.plugins import resolve
from tipoff.warehouse.store import Warehouse

DAG_IDS = ("data_collection", "feature_engineering", "model_training", "prediction")
SOURCE = "embedded:seed=1,teams=32"


@dataclass
class Season:
    """A league that is lived in Airflow: its home, its present, and how each task of each run ended."""

    home: Path
    now: datetime
    ended: dict[str, dict[tuple[str, int], str]] = field(default_factory=dict)
    results: dict[str, dict[tuple[str, int], Any]] = field(default_factory=dict)

    def run(self, dag_id: str, dags: Path, told: dict[str, Any] | None = None) -> None:
        """One run of a DAG at the league's present; states and results replace those of the run before."""
        from airflow.dag_processing.dagbag import DagBag

        clock.set_now(self.now)
        dag = DagBag(str(dags / f"{dag_id}_dag.py")).dags[dag_id]
        for task in dag.tasks:
            task.retries = 0  # a failure is to be seen at once
        run = dag.test(logical_date=self.now.replace(tzinfo=timezone.utc), run_conf=told)
        instances = run.get_task_instances()
        self.ended[dag_id] = {(each.task_id, each.map_index): str(each.state) for each in instances}
        self.results[dag_id] = {
            (each.task_id, each.map_index): run_result(each) for each in instances if each.state == "success"
        }

    def query(self, sql: str, **params: object) -> list[dict[str, Any]]:
        """Rows of the live store."""
        return Warehouse.of(settings.load()).query(sql, **params).to_pylist()  # type: ignore[no-any-return]

    def count(self, table: str) -> int:
        """How many rows a table has."""
        (row,) = self.query(f"SELECT count(*) AS n FROM {table}")
        return int(row["n"])

    def result(self, dag_id: str, task_id: str) -> Any:
        """What an unmapped task returned."""
        return self.results[dag_id][task_id, -1]


def run_result(instance: Any) -> Any:
    return instance.xcom_pull(task_ids=instance.task_id, map_indexes=instance.map_index)


@pytest.fixture(scope="module")
def season(airflow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    """The four DAGs have run once, in their order, at the league's own present."""
    home = tmp_path_factory.mktemp("season") / "tipoff"
    dags = Path(__file__).resolve().parents[1] / "dags"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPOFF_HOME", str(home))
        patch.setenv("TIPOFF_SOURCE", SOURCE)
        (collector,) = plugins.load().collectors
        source_now = resolve(collector.clock)
        assert callable(source_now)
        lived = Season(home, source_now())
        for dag_id in DAG_IDS:
            lived.run(dag_id, dags)
        yield lived


@pytest.fixture(autouse=True)
def tipoff_home(season: Season, monkeypatch: pytest.MonkeyPatch) -> Path:
    """These tests share the season's home."""
    monkeypatch.setenv("TIPOFF_HOME", str(season.home))
    monkeypatch.setenv("TIPOFF_SOURCE", SOURCE)
    return season.home


EXPECTED: Mapping[str, tuple[str, ...]] = {
    "data_collection": ("collect_teams", "collect_games", "collect_players", "collect_stats", "data_quality"),
    "feature_engineering": (
        "check_new_data", "team_features", "player_features", "game_features", "feature_quality",
    ),
    "model_training": (
        "list_models", "check_features", "prepare_dataset", "train_model", "evaluate_model", "register_model",
    ),
    "prediction": ("list_models", "check_model", "get_upcoming", "generate_preds", "store_preds", "evaluate_preds"),
}  # fmt: skip


def test_end_to_end_workflow(season: Season) -> None:
    """From an empty folder to tonight's predictions: every task ran, none was skipped."""
    models = {model.name for model in plugins.load().models}
    mapped = {"train_model", "evaluate_model", "register_model", "generate_preds"}
    for dag_id, tasks in EXPECTED.items():
        instances = {(task, n) for task in tasks for n in (range(len(models)) if task in mapped else (-1,))}
        assert season.ended[dag_id] == dict.fromkeys(instances, "success")
    ledger = season.query("SELECT * FROM predictions.ledger")
    assert {row["model"] for row in ledger} == models
    assert all(row["predicted_at"] < row["tip_utc"] for row in ledger)
    assert {row["champion"] for row in ledger} == {True, False}
    published = Warehouse(settings.load().published)
    assert published.query("SELECT hash FROM predictions.ledger").num_rows == len(ledger)


def test_incremental_data_collection(season: Season) -> None:
    """Asked again at once, no dataset sends a single request, and nothing changes."""
    from tipoff.airflow.operators import CollectOperator

    tables = [name for name in plugins.load().tables() if name.startswith("raw.")]
    before = {name: season.query(f"SELECT * FROM {name} ORDER BY ALL") for name in tables}
    assert before["raw.games"]
    first = {name: season.result("data_collection", f"collect_{name}")[0] for name in ("teams", "games", "stats")}
    assert all(report["requests"] > 0 and report["rows"] > 0 for report in first.values())
    for dataset in plugins.load().datasets():
        (report,) = as_reports(CollectOperator(task_id="again", dataset=dataset.name).execute({}))
        assert (report["requests"], report["rows"]) == (0, 0), dataset.name
        assert report["fresh"] > 0, dataset.name
    assert {name: season.query(f"SELECT * FROM {name} ORDER BY ALL") for name in tables} == before


def test_feature_calculation(season: Season) -> None:
    """Every finished game and every game ahead has its features; asked again, nothing is computed."""
    from tipoff.airflow.operators import FeatureOperator

    without = season.query(
        "SELECT game_id, status FROM raw.games g ANTI JOIN features.game_features f USING (league, season, game_id) "
        "WHERE status IN ('final', 'scheduled') AND home_id IS NOT NULL AND away_id IS NOT NULL"
    )
    assert without == []
    for builder in plugins.load().builders:
        assert season.result("feature_engineering", f"{builder.name}_features")["written"] > 0
        again = FeatureOperator(task_id="again", builder=builder.name).execute({})
        assert isinstance(again, dict)
        assert (again["partitions"], again["written"]) == (0, 0), builder.name


def test_model_training(season: Season) -> None:
    """Each model has a judged version with its artifact, and the league one champion; a refit of the same is found."""
    from tipoff.airflow.operators import TrainModel

    names = {model.name for model in plugins.load().models}
    versions = season.query("SELECT * FROM models.version JOIN models.evaluation USING (model, version, league)")
    overall = {row["model"]: row for row in versions if row["scope"] == "all"}
    assert set(overall) == names
    for row in overall.values():
        assert row["games"] > 50
        assert 0.3 < row["log_loss"] < 0.9, row["model"]
        assert (settings.load().artifacts / row["artifact"] / "manifest.json").is_file()
    champions = season.query("SELECT model FROM models.event WHERE kind IN ('first', 'promoted', 'refreshed')")
    assert champions[-1]["model"] in names
    dataset = season.result("model_training", "prepare_dataset")
    again = TrainModel(task_id="again", model="elo", dataset=dataset).execute({})
    assert isinstance(again, dict)
    assert again["fitted"] == []


def test_prediction_generation(season: Season) -> None:
    """Every model gives every game ahead a sound prediction; an identical run adds none."""
    from tipoff.airflow.operators import GeneratePredictions, StorePredictions

    models = [model.name for model in plugins.load().models]
    upcoming = season.result("prediction", "get_upcoming")
    ledger = season.query("SELECT * FROM predictions.ledger")
    assert upcoming["games"] > 0
    assert len(ledger) == upcoming["games"] * len(models)
    assert season.result("prediction", "store_preds")["added"] == len(ledger)
    for row in ledger:
        assert 0 < row["home_win_prob"] < 1
        assert row["margin_low_80"] < row["margin"] < row["margin_high_80"]
    again = [GeneratePredictions(task_id="again", model=name, upcoming=upcoming).execute({}) for name in models]
    stored = StorePredictions(task_id="again", predictions=again).execute({})
    assert stored == {"added": 0, "unchanged": len(ledger), "refused": {}}


def test_the_day_after(season: Season) -> None:
    """A day later the DAGs collect and compute only what is new, predict the next games and grade the last ones."""
    dags = Path(__file__).resolve().parents[1] / "dags"
    predicted, requests = season.count("predictions.ledger"), season.result("data_collection", "collect_stats")[0]
    season.now += timedelta(days=1)
    for dag_id in ("data_collection", "feature_engineering", "prediction"):
        season.run(dag_id, dags)
        assert set(season.ended[dag_id].values()) == {"success"}, season.ended[dag_id]
    assert 0 < season.result("data_collection", "collect_stats")[0]["requests"] < requests["requests"] / 3
    assert season.count("predictions.ledger") > predicted
    assert season.result("prediction", "evaluate_preds")["graded"] > 0


def test_a_run_may_be_told_what_it_is_for(season: Season) -> None:
    """One model of several, fitted anew and asked alone; one season, computed anew; everything asked again."""
    dags = Path(__file__).resolve().parents[1] / "dags"
    names = [model.name for model in plugins.load().models]
    season.run("data_collection", dags, {"force": True})
    assert set(season.ended["data_collection"].values()) == {"success"}
    (stats,) = season.result("data_collection", "collect_stats")
    assert stats["requests"] > 0
    assert (stats["fresh"], stats["failed"]) == (0, 0)
    season.run("feature_engineering", dags, {"full": True, "season": 2026})
    built = season.result("feature_engineering", "team_features")
    assert (built["partitions"], built["full"], built["written"]) == (1, True, 0)
    season.run("model_training", dags, {"models": ["elo"], "force": True})
    ended = season.ended["model_training"]
    for task in ("train_model", "evaluate_model", "register_model"):
        states = {name: ended[task, number] for number, name in enumerate(names)}
        assert states == {**dict.fromkeys(names, "skipped"), "elo": "success"}, task
    assert season.results["model_training"]["train_model", names.index("elo")]["fitted"]
    predicted = season.count("predictions.ledger")
    season.run("prediction", dags, {"models": ["elo"]})
    assert set(season.ended["prediction"].values()) == {"success"}
    told = {name: season.results["prediction"]["generate_preds", number] for number, name in enumerate(names)}
    assert [name for name, result in told.items() if result] == ["elo"]
    last = season.query("SELECT DISTINCT model FROM predictions.ledger WHERE seq > $seq", seq=predicted)
    assert last in ([], [{"model": "elo"}])
    assert season.result("prediction", "store_preds")["refused"] == {}


def test_a_past_day_can_be_asked_for(
    airflow_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dag_file: Callable[[str], ModuleType]
) -> None:
    """``airflow dags test data_collection 2023-01-01``: that season up to that day, from a source in the present."""
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "past"))
    run = dag_file("data_collection").data_collection_dag.test(logical_date=datetime(2023, 1, 1, tzinfo=timezone.utc))
    assert {each.task_id: str(each.state) for each in run.get_task_instances()} == dict.fromkeys(
        EXPECTED["data_collection"], "success"
    )
    store = Warehouse(tmp_path / "past" / "tipoff.duckdb")
    (days,) = store.query("SELECT min(game_date) AS first, max(game_date) AS last FROM raw.games").to_pylist()
    assert (str(days["first"])[:7], str(days["last"])[:7]) == ("2022-11", "2023-01")


def as_reports(result: object) -> list[Any]:
    """Reports as `CollectOperator` returns them."""
    assert isinstance(result, list)
    return result
