"""The four DAGs: ids, order, schedules, limits, retries and words, as the specification has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk import DAG
from airflow.sdk.definitions.taskgroup import MappedTaskGroup
from airflow.sdk.exceptions import ParamValidationError
from airflow.sdk.timezone import coerce_datetime
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import TimeRestriction
from tipoff import plugins
from tipoff.airflow.notifier import FailureNotifier, RecoveryNotifier
from tipoff.airflow.retry import POLICY

DagFile = Callable[[str], ModuleType]

EASTERN = ZoneInfo("America/New_York")

UPSTREAM: Mapping[str, Mapping[str, list[str]]] = {
    "data_collection": {
        "collect_teams": [],
        "collect_games": ["collect_teams"],
        "collect_players": ["collect_games"],
        "collect_stats": ["collect_players"],
        "data_quality": ["collect_stats"],
    },
    "feature_engineering": {
        "check_new_data": [],
        "team_features": ["check_new_data"],
        "player_features": ["team_features"],
        "game_features": ["player_features"],
        "feature_quality": ["game_features"],
    },
    "model_training": {
        "list_models": [],
        "check_features": ["list_models"],
        "prepare_dataset": ["check_features"],
        "train_model": ["list_models", "prepare_dataset"],
        "evaluate_model": ["train_model"],
        "register_model": ["evaluate_model"],
    },
    "prediction": {
        "list_models": [],
        "check_model": ["list_models"],
        "get_upcoming": ["check_model"],
        "generate_preds": ["get_upcoming", "list_models"],
        "store_preds": ["generate_preds"],
        "evaluate_preds": ["store_preds"],
    },
}
every_dag = pytest.mark.parametrize("dag_id", UPSTREAM)


@pytest.fixture
def load(dag_file: DagFile) -> Callable[[str], DAG]:
    """A DAG by the name its file exports."""

    def load(dag_id: str) -> DAG:
        dag = getattr(dag_file(dag_id), f"{dag_id}_dag")
        assert isinstance(dag, DAG)
        return dag

    return load


@every_dag
def test_dag_structure(dag_id: str, load: Callable[[str], DAG]) -> None:
    dag = load(dag_id)
    assert dag.dag_id == dag_id
    assert {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks} == UPSTREAM[dag_id]


def test_specification_example(load: Callable[[str], DAG]) -> None:
    """The specification's own assertions, on today's names (`schedule_interval` became `schedule`)."""
    dag = load("data_collection")
    assert str(dag.schedule) == "0 4 * * *"
    assert dag.catchup is False
    assert dag.get_task("collect_games").upstream_list == [dag.get_task("collect_teams")]
    assert dag.get_task("collect_players").upstream_list == [dag.get_task("collect_games")]
    assert dag.get_task("collect_stats").upstream_list == [dag.get_task("collect_players")]
    assert dag.get_task("data_quality").upstream_list == [dag.get_task("collect_stats")]


@pytest.mark.parametrize(
    ("dag_id", "schedule", "active", "limit", "retries"),
    [
        ("data_collection", "0 4 * * *", 4, timedelta(hours=2), 3),
        ("feature_engineering", "0 6 * * *", 2, timedelta(hours=1), 2),
        ("model_training", "0 2 * * 0", 1, timedelta(hours=4), 1),
        ("prediction", "0 8 * * *", 1, timedelta(minutes=30), 3),
    ],
)
def test_schedule_limits_and_retries(
    dag_id: str, schedule: str, active: int, limit: timedelta, retries: int, load: Callable[[str], DAG]
) -> None:
    dag = load(dag_id)
    assert str(dag.schedule) == schedule
    assert (dag.max_active_tasks, dag.max_active_runs, dag.catchup) == (active, 1, False)
    assert dag.dagrun_timeout == limit
    assert dag.start_date == datetime(2010, 1, 1, tzinfo=EASTERN)
    assert isinstance(dag.on_failure_callback, FailureNotifier)
    assert isinstance(dag.on_success_callback, RecoveryNotifier)
    for task in dag.tasks:
        assert task.retries == retries, task.task_id
        assert task.retry_exponential_backoff == 2.0, task.task_id
        assert task.retry_policy is POLICY, task.task_id


@pytest.mark.parametrize(
    ("dag_id", "hour", "weekday"),
    [("data_collection", 4, None), ("feature_engineering", 6, None), ("model_training", 2, 6), ("prediction", 8, None)],
)
@pytest.mark.parametrize("month", [1, 7])
def test_runs_at_the_hour_of_the_league_in_winter_and_summer(
    dag_id: str, hour: int, weekday: int | None, month: int, load: Callable[[str], DAG]
) -> None:
    timetable = coerce_to_core_timetable(load(dag_id).timetable)
    window = TimeRestriction(
        earliest=coerce_datetime(datetime(2024, month, 9, tzinfo=timezone.utc)), latest=None, catchup=True
    )
    run = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=window)
    assert run is not None
    local = run.run_after.astimezone(EASTERN)
    assert (local.hour, local.minute) == (hour, 0)
    assert weekday in (None, local.weekday())


@every_dag
def test_dags_and_tasks_explain_themselves(dag_id: str, dag_file: DagFile) -> None:
    module = dag_file(dag_id)
    dag = getattr(module, f"{dag_id}_dag")
    assert module.__doc__
    assert dag.doc_md == module.__doc__
    assert [task.task_id for task in dag.tasks if not task.doc_md] == []


@every_dag
def test_dag_files_are_short(dag_id: str) -> None:
    path = Path(__file__).resolve().parents[1] / "dags" / f"{dag_id}_dag.py"
    assert len(path.read_text().splitlines()) < 70


def test_training_is_one_mapped_group_so_that_one_model_does_not_stop_the_others(load: Callable[[str], DAG]) -> None:
    dag = load("model_training")
    group = dag.task_group.children["model"]
    assert isinstance(group, MappedTaskGroup)
    assert set(group.children) == {"train_model", "evaluate_model", "register_model"}


@pytest.mark.parametrize(
    ("dag_id", "task_id"),
    [
        ("data_collection", "data_quality"),
        ("feature_engineering", "feature_quality"),
        ("prediction", "evaluate_preds"),
    ],
)
def test_what_came_is_judged_whatever_failed(dag_id: str, task_id: str, load: Callable[[str], DAG]) -> None:
    assert load(dag_id).get_task(task_id).trigger_rule == "all_done"


def test_predictions_are_stored_when_one_model_succeeded(load: Callable[[str], DAG]) -> None:
    dag = load("prediction")
    assert dag.get_task("generate_preds").is_mapped
    assert dag.get_task("store_preds").trigger_rule == "all_done_min_one_success"


@pytest.mark.parametrize(
    ("dag_id", "name", "value", "good"),
    [
        ("data_collection", "from", "2024-01-01", True),
        ("data_collection", "from", None, True),
        ("data_collection", "from", "January", False),
        ("data_collection", "to", "2024-13-01", False),
        ("data_collection", "season", 2024, True),
        ("data_collection", "season", "2024", False),
        ("data_collection", "season", 24, False),
        ("data_collection", "leagues", ["nba"], True),
        ("data_collection", "leagues", "nba", False),
        ("data_collection", "force", True, True),
        ("data_collection", "force", "yes", False),
        ("feature_engineering", "full", True, True),
        ("feature_engineering", "full", 2, False),
        ("feature_engineering", "season", 2026, True),
        ("feature_engineering", "season", 1, False),
        ("model_training", "models", [], True),
        ("model_training", "models", None, True),
        ("model_training", "models", ["elo", "linear"], True),
        ("model_training", "models", ["elo", "elo"], False),
        ("model_training", "models", ["oracle"], False),
        ("model_training", "force", None, False),
        ("prediction", "models", ["elo"], True),
        ("prediction", "models", ["oracle"], False),
    ],
)
def test_what_a_run_is_told_is_validated(
    dag_id: str, name: str, value: object, good: bool, load: Callable[[str], DAG]
) -> None:
    params = load(dag_id).params
    if good:
        params[name] = value
        assert params.validate()[name] == value
    else:
        with pytest.raises(ParamValidationError):
            params[name] = value


def test_models_are_offered_in_sorted_order(load: Callable[[str], DAG]) -> None:
    """In any other, each parsing of the file could make a new version of the DAG."""
    names = sorted(model.name for model in plugins.load().models)
    for dag_id in ("model_training", "prediction"):
        schema = load(dag_id).params.get_param("models").schema
        assert (schema["examples"], schema["items"]["enum"]) == (names, names)
