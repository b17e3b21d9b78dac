"""Tells people that something failed or is well again, or that a model has decayed, through any channel of Apprise."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from airflow.sdk import BaseNotifier

from tipoff import settings
from tipoff.monitoring.channels import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from airflow.sdk import Context

    from tipoff.monitoring.alerts import News
    from tipoff.monitoring.attempts import Attempt

REASONS: Mapping[str, str] = {
    "timed_out": "it took longer than its time limit",
    "task_failure": "a task failed",
    "all_tasks_deadlocked": "no task of it can go on",
}
"""Airflow's words for why a run failed, in ours."""

ERROR_SHOWN = 300
"""Characters of an error that a message shows."""


class _RunNotifier(BaseNotifier):
    succeeded: bool

    def render_template_fields(self, context: Context, jinja_env: object = None) -> None:
        """There are none; and ``DAG.test`` hands in a serialized DAG, with which rendering fails."""

    def notify(self, context: Context) -> None:
        """Tells what is new after a run; a channel that does not take it is logged, since an alert breaks no run."""
        run = context.get("dag_run")
        dag_id = run.dag_id if run is not None else context["dag"].dag_id
        run_id = run.run_id if run is not None else str(context["run_id"])
        reason, tasks = str(context.get("reason", "")), getattr(context.get("dag"), "task_ids", None)
        settle(dag_id, run_id, self.log.error, reason=reason, succeeded=self.succeeded, tasks=tasks)


class FailureNotifier(_RunNotifier):
    """Tells each URL of ``TIPOFF_ALERT_URLS`` what failed in a run, and why; with none, it logs it.

    What is failing is told once, until it is well again (`RecoveryNotifier`), however many runs fail meanwhile. It
    belongs on the DAG, not on its tasks: a killed task and a run past its limit call no task's callback, but they do
    call the DAG's.

    Example::

        with DAG("my_dag", on_failure_callback=FailureNotifier(), on_success_callback=RecoveryNotifier()):
            ...
    """

    succeeded = False


class RecoveryNotifier(_RunNotifier):
    """Tells that what was failing is well again, after a run that succeeded; and what failed in it all the same.

    A run succeeds with a failed task in it where others go on without it: one model of several.

    Example::

        with DAG("my_dag", on_failure_callback=FailureNotifier(), on_success_callback=RecoveryNotifier()):
            ...
    """

    succeeded = True


def settle(
    dag_id: str,
    run_id: str,
    log: Callable[..., None],
    *,
    reason: str,
    succeeded: bool,
    tasks: Collection[str] | None = None,
) -> None:
    """Tells what is new after a run of a DAG, if anything is (`tipoff.monitoring.alerts`).

    Args:
        dag_id: the DAG.
        run_id: Airflow's id of the run.
        log: for what is told while there is no channel, and for channels that do not take it.
        reason: Airflow's word for why the run ended.
        succeeded: whether it did.
        tasks: ids of the DAG's tasks; None where they are not known.
    """
    from tipoff.monitoring import alerts, attempts, folding

    chosen = settings.load()
    found = folding.recall(chosen, f"{dag_id}/{run_id}")
    failed = {each.task: _told(each) for each in attempts.failed(found)}
    if not succeeded and (not failed or reason == "timed_out"):
        failed[""] = REASONS.get(reason, reason or "look at its log")

    def tell_news(news: News) -> bool:
        title, body = message(dag_id, run_id, news, succeeded=succeeded)
        return tell(title, body, log, failure=bool(news.failing))

    well = partial(_well, found=found, succeeded=succeeded, tasks=tasks)
    alerts.settle(chosen.home, dag_id, run_id, tell_news, failing=failed, well=well)


def _well(name: str, found: Sequence[Attempt], *, succeeded: bool, tasks: Collection[str] | None) -> bool:
    """Whether what was failing is well after a run: it succeeded there, or there is no such thing any more.

    What was skipped, by itself or by a gate before it, is not: it may fail again when it next has something to do.
    """
    outcomes = {each.task: each.outcome for each in found}
    if name in outcomes:
        return outcomes[name] == "success"
    if not succeeded or not found:
        return succeeded
    task, _, label = name.partition(" ")
    worked = {each.task_id for each in found if each.outcome == "success"}
    if not task:
        return bool(worked)
    return (tasks is not None and task not in tasks) or (bool(label) and task in worked)


def message(dag_id: str, run_id: str, news: News, *, succeeded: bool) -> tuple[str, str]:
    """Title and text of an alert: what failed, why, what is well again, and what to look at next."""
    lines = []
    if news.failing:
        title = f"tipoff: a task of {dag_id} failed" if succeeded else f"tipoff: {dag_id} failed"
        lines.append(f"Run `{run_id}` {'went on without it' if succeeded else 'failed'}.")
    else:
        title, since = f"tipoff: {dag_id} is well again", next(iter(news.recovered.values()))
        lines.append(f"Run `{run_id}` {'succeeded' if succeeded else 'failed, but not for this'}.")
        lines.append(f"It had failed since run `{since}`.")
    for task, why in news.failing.items():
        lines.append(f"`{task}`: {why}." if task else f"Reason: {why}.")
    if again := ", ".join(f"`{task}`" for task in news.recovered if task):
        lines.append(f"Well again: {again}.")
    if news.failing:
        lines.append(f"You are told once, until it is well again. Look at: tipoff runs {dag_id}")
    return title, " ".join(lines)


def _told(attempt: Attempt) -> str:
    error = attempt.error.strip().rstrip(".")
    shown = error if len(error) <= ERROR_SHOWN else f"{error[:ERROR_SHOWN]} …"
    return f"{shown or 'failed'} (attempt {attempt.attempt})"
