"""A failed run is told to a real channel over HTTP, or logged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tipoff.airflow.notifier import FailureNotifier, RecoveryNotifier
from tipoff.airflow.testing import Channel
from tipoff.monitoring import journal
from tipoff.monitoring.channels import tell
from tipoff.monitoring.folding import fold
from tipoff.monitoring.journal import Line, Task
from tipoff.process import Process
from tipoff.warehouse.store import Warehouse

DAG, RUN = "prediction", "scheduled__2026-01-15"
CONTEXT: Any = {
    "dag_run": SimpleNamespace(dag_id=DAG, run_id=RUN),
    "reason": "task_failure",
    "ti": SimpleNamespace(task_id="store_preds", try_number=2),
}


def of(run_id: str, reason: str = "task_failure", *tasks: str) -> Any:
    """The context of another run, and of a DAG with these tasks."""
    dag = {"dag": SimpleNamespace(dag_id=DAG, task_ids=tasks)} if tasks else {}
    return {"dag_run": SimpleNamespace(dag_id=DAG, run_id=run_id), "reason": reason, **dag}


def happened(home: Path, run_id: str = RUN, **outcomes: str) -> None:
    """Tasks have run, each with its outcome and, after a colon, its error."""
    for name, said in outcomes.items():
        outcome, _, error = said.partition(":")
        task_id, _, label = name.partition(" ")
        task = Task(task_id, label, 0 if label else -1, 1)
        line = Line(DAG, f"{DAG}/{run_id}", task, "began", "2026-01-15T13:00:00", 0.0, process=Process.here())
        journal.add(home, line)
        journal.add(home, line._replace(event=outcome, error=error, process=None))


def test_tells_what_failed_and_why(channel: type[Channel], tipoff_home: Path) -> None:
    happened(tipoff_home, get_upcoming="success", store_preds="failed:StoreError: the disk is full.")
    FailureNotifier()(CONTEXT)
    (alert,) = channel.received
    assert alert["title"] == "tipoff: prediction failed"
    assert alert["type"] == "failure"
    assert f"Run `{RUN}` failed. `store_preds`: StoreError: the disk is full (attempt 1)." in alert["message"]
    assert "get_upcoming" not in alert["message"]


def test_a_run_past_its_limit_is_told_also_where_no_task_failed(channel: type[Channel], tipoff_home: Path) -> None:
    FailureNotifier()({**CONTEXT, "reason": "timed_out"})
    (alert,) = channel.received
    assert "Reason: it took longer than its time limit" in alert["message"]


def test_the_same_thing_is_told_once_until_it_is_well_again(channel: type[Channel], tipoff_home: Path) -> None:
    for number in range(3):
        happened(tipoff_home, f"run {number}", store_preds="failed:no")
        FailureNotifier()(of(f"run {number}"))
    happened(tipoff_home, "run 3", store_preds="success")
    RecoveryNotifier()(of("run 3", "success"))
    RecoveryNotifier()(of("run 4", "success"))
    failed, well = channel.received
    assert failed["title"] == "tipoff: prediction failed"
    assert (well["title"], well["type"]) == ("tipoff: prediction is well again", "success")
    assert "since run `run 0`" in well["message"]
    happened(tipoff_home, "run 5", store_preds="failed:again")
    FailureNotifier()(of("run 5"))
    assert [alert["type"] for alert in channel.received] == ["failure", "success", "failure"]


def test_it_failed_since_the_run_that_failed_first_and_not_since_the_one_of_the_first_name(
    channel: type[Channel], tipoff_home: Path
) -> None:
    happened(tipoff_home, "scheduled__2026-01-10", get_upcoming="failed:one")
    FailureNotifier()(of("scheduled__2026-01-10"))
    happened(tipoff_home, "manual__2026-01-16", get_upcoming="failed:one", store_preds="failed:other")
    FailureNotifier()(of("manual__2026-01-16"))
    happened(tipoff_home, "well", get_upcoming="success", store_preds="success")
    RecoveryNotifier()(of("well", "success"))
    assert "since run `scheduled__2026-01-10`" in channel.received[-1]["message"]


def test_another_thing_that_fails_is_told_too(channel: type[Channel], tipoff_home: Path) -> None:
    happened(tipoff_home, "run 0", get_upcoming="failed:one")
    FailureNotifier()(of("run 0"))
    happened(tipoff_home, "run 1", get_upcoming="success", store_preds="failed:other")
    FailureNotifier()(of("run 1"))
    _, second = channel.received
    assert "`store_preds`: other" in second["message"]
    assert "Well again: `get_upcoming`" in second["message"]


@pytest.mark.parametrize("skipped", [{"check": "skipped"}, {"check": "success", "store_preds": "skipped"}])
def test_what_was_skipped_is_not_well_again_by_that(
    skipped: dict[str, str], channel: type[Channel], tipoff_home: Path
) -> None:
    """Airflow calls a run a success in which everything was skipped."""
    happened(tipoff_home, "run 0", check="success", store_preds="failed:no")
    FailureNotifier()(of("run 0"))
    happened(tipoff_home, "run 1", **skipped)
    RecoveryNotifier()(of("run 1", "success", "check", "store_preds"))
    happened(tipoff_home, "run 2", check="success", store_preds="failed:no")
    FailureNotifier()(of("run 2"))
    assert len(channel.received) == 1
    happened(tipoff_home, "run 3", check="success", store_preds="success")
    RecoveryNotifier()(of("run 3", "success", "check", "store_preds"))
    assert "Well again: `store_preds`" in channel.received[-1]["message"]


def test_a_dag_as_a_whole_is_well_once_something_of_it_succeeded(channel: type[Channel], tipoff_home: Path) -> None:
    FailureNotifier()(of("run 0", "timed_out"))
    happened(tipoff_home, "run 1", check="skipped")
    RecoveryNotifier()(of("run 1", "success", "check"))
    assert len(channel.received) == 1
    happened(tipoff_home, "run 2", check="success")
    RecoveryNotifier()(of("run 2", "success", "check"))
    assert [alert["type"] for alert in channel.received] == ["failure", "success"]


def test_what_is_there_no_more_fails_no_more(channel: type[Channel], tipoff_home: Path) -> None:
    """A task or a model whose plugin was removed."""
    happened(tipoff_home, "run 0", **{"collect_polls": "failed:no", "train_model elo": "failed:no"})
    FailureNotifier()(of("run 0"))
    happened(tipoff_home, "run 1", **{"train_model home": "success"})
    RecoveryNotifier()(of("run 1", "success", "train_model"))
    assert "Well again: `collect_polls`, `train_model elo`" in channel.received[-1]["message"]


def test_the_cause_is_told_also_where_the_journal_is_in_the_store_already(
    channel: type[Channel], tipoff_home: Path, store: Warehouse
) -> None:
    """Another DAG's task may publish between the end of a run and the call of its notifier."""
    happened(tipoff_home, "run 0", get_upcoming="success", store_preds="failed:StoreError: the disk is full.")
    journal.end_run(tipoff_home, DAG, f"{DAG}/run 0", "failed", "2026-01-15T13:00:00")
    fold(store, tipoff_home)
    assert journal.paths(tipoff_home) == []
    FailureNotifier()(of("run 0"))
    (alert,) = channel.received
    assert "`store_preds`: StoreError: the disk is full" in alert["message"]


def test_a_run_that_succeeds_without_a_task_tells_of_the_task(channel: type[Channel], tipoff_home: Path) -> None:
    happened(tipoff_home, generate_preds="failed:PluginError: no", store_preds="success")
    RecoveryNotifier()({**CONTEXT, "reason": "success"})
    (alert,) = channel.received
    assert (alert["title"], alert["type"]) == ("tipoff: a task of prediction failed", "failure")
    assert "went on without it" in alert["message"]


def test_a_channel_that_took_nothing_is_told_the_next_time(channel: type[Channel], tipoff_home: Path) -> None:
    channel.status = 500
    happened(tipoff_home, store_preds="failed:no")
    FailureNotifier()(CONTEXT)
    channel.status, before = 200, len(channel.received)
    FailureNotifier()(CONTEXT)
    FailureNotifier()(CONTEXT)
    assert len(channel.received) == before + 1


TELL = """
import sys
from tipoff.airflow.notifier import settle
settle("prediction", sys.argv[1], print, reason="task_failure", succeeded=False)
"""


def test_of_two_processes_at_once_one_tells(channel: type[Channel], tipoff_home: Path) -> None:
    for number in range(4):
        happened(tipoff_home, f"run {number}", store_preds="failed:no")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    tellers = [subprocess.Popen([sys.executable, "-c", TELL, f"run {number}"], env=env) for number in range(4)]
    assert [teller.wait() for teller in tellers] == [0] * 4
    assert len(channel.received) == 1


def test_the_context_of_a_run_without_a_task(channel: type[Channel], tipoff_home: Path) -> None:
    """What Airflow gives where it knows no task to name."""
    FailureNotifier()({"dag": SimpleNamespace(dag_id=DAG), "run_id": RUN, "reason": "all_tasks_deadlocked"})
    (alert,) = channel.received
    assert "no task of it can go on" in alert["message"]


def test_anything_else_can_be_told_through_the_same_channel(channel: type[Channel]) -> None:
    logged: list[object] = []
    tell("tipoff: a model has decayed", "elo: log loss 0.61", lambda *words: logged.append(words))
    (alert,) = channel.received
    assert (alert["title"], alert["message"]) == ("tipoff: a model has decayed", "elo: log loss 0.61")
    assert logged == []


def test_without_a_channel_it_is_logged_at_the_callers_level() -> None:
    logged: list[tuple[object, ...]] = []
    tell("a title", "a body", lambda *words: logged.append(words))
    assert logged == [("%s: %s (set TIPOFF_ALERT_URLS to be told)", "a title", "a body")]


def test_a_channel_that_refuses_breaks_nothing(channel: type[Channel], capsys: pytest.CaptureFixture[str]) -> None:
    channel.status = 500
    FailureNotifier()(CONTEXT)
    assert len(channel.received) >= 1
    assert "not every alert channel" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["nonsense://very-secret-key", "slack://very-secret-key", "very-secret-key"])
def test_a_wrong_url_is_logged_without_its_key(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TIPOFF_ALERT_URLS", url)
    FailureNotifier()(CONTEXT)
    out = capsys.readouterr().out + caplog.text
    assert "not one that Apprise knows" in out
    assert "very-secret-key" not in out


def test_without_a_channel_it_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    FailureNotifier()(CONTEXT)
    out = capsys.readouterr().out
    assert "tipoff: prediction failed" in out
    assert "TIPOFF_ALERT_URLS" in out
