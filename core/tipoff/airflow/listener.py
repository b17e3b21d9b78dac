"""Notes what each task attempt took and how it ended, in the journal below ``TIPOFF_HOME`` (`tipoff.monitoring`).

Airflow calls it in the process that runs the task, and in the scheduler when a run ends. It writes a line to a file and
nothing else: it waits for no store, and whatever goes wrong in it is logged and forgotten.
"""

from __future__ import annotations

import logging
import resource
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow.listeners import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.models.dagrun import DagRun
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    from tipoff.monitoring.journal import Task

log = logging.getLogger(__name__)

_begun: dict[tuple[str, Task], Used] = {}
"""The attempts that this process works on."""


class Used(NamedTuple):
    """What a process and those of its children that have ended have used: seconds, and bytes at once."""

    cpu_seconds: float
    peak: int


@hookimpl
def on_task_instance_running(previous_state: object, task_instance: RuntimeTaskInstance) -> None:
    """An attempt begins, or goes on after it has waited in the triggerer."""
    with _forgiving():
        from tipoff.process import Process

        _forget_peak()
        run, task = _run(task_instance), _task(task_instance)
        _begun[run, _unnamed(task)] = used()
        _write(run, task, "began", process=Process.here())


@hookimpl
def on_task_instance_success(previous_state: object, task_instance: RuntimeTaskInstance) -> None:
    """An attempt succeeded."""
    _ended(task_instance, "success", rows=getattr(task_instance.task, "_reported_rows", None))


@hookimpl
def on_task_instance_skipped(previous_state: object, task_instance: RuntimeTaskInstance) -> None:
    """An attempt skipped itself."""
    _ended(task_instance, "skipped")


@hookimpl
def on_task_instance_failed(previous_state: object, task_instance: RuntimeTaskInstance, error: object) -> None:
    """An attempt failed, for good or to be tried again. The scheduler tells of killed ones too; their lines say it."""
    again = getattr(task_instance.state, "value", task_instance.state) == "up_for_retry"
    _ended(task_instance, "retried" if again else "failed", error=error)


@hookimpl
def before_stopping(component: object) -> None:
    """The process of an attempt ends: where nothing has been said of it yet, it waits in the triggerer."""
    with _forgiving():
        for run, task in list(_begun):
            _write(run, task, "waiting", **_taken(run, task))


@hookimpl
def on_dag_run_success(dag_run: DagRun, msg: str) -> None:
    """A run ended well."""
    _run_ended(dag_run, "success")


@hookimpl
def on_dag_run_failed(dag_run: DagRun, msg: str) -> None:
    """A run failed, or was past its time limit."""
    _run_ended(dag_run, "failed")


def used() -> Used:
    """What this process and its children have used so far."""
    mine, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime
    unit = 1 if sys.platform == "darwin" else 1024
    return Used(seconds, max(mine.ru_maxrss, children.ru_maxrss) * unit)


def _ended(instance: RuntimeTaskInstance, event: str, rows: int | None = None, error: object = "") -> None:
    with _forgiving():
        run, task = _run(instance), _task(instance)
        # Only the process that began an attempt knows what it took.
        if (run, _unnamed(task)) in _begun:
            _write(run, task, event, rows=rows, error=_words(error), **_taken(run, task))


def _taken(run: str, task: Task) -> dict[str, float]:
    before, now = _begun.pop((run, _unnamed(task))), used()
    return {"cpu_seconds": round(now.cpu_seconds - before.cpu_seconds, 3), "peak_mb": round(now.peak / 1e6, 1)}


def _run_ended(dag_run: DagRun, event: str) -> None:
    with _forgiving():
        from tipoff import clock, settings
        from tipoff.monitoring import journal

        run = f"{dag_run.dag_id}/{dag_run.run_id}"
        journal.end_run(settings.load().home, dag_run.dag_id, run, event, clock.now().isoformat())


def _write(run: str, task: Task, event: str, **figures: Any) -> None:
    from tipoff import clock, settings
    from tipoff.monitoring import journal

    dag, at = run.partition("/")[0], clock.now().isoformat()
    journal.add(settings.load().home, journal.Line(dag, run, task, event, at, time.monotonic(), **figures))


def _run(instance: RuntimeTaskInstance) -> str:
    return f"{instance.dag_id}/{instance.run_id}"


def _task(instance: RuntimeTaskInstance) -> Task:
    from tipoff.monitoring.journal import Task

    position = -1 if instance.map_index is None else instance.map_index
    label = getattr(instance, "rendered_map_index", None) or ""
    return Task(instance.task_id, label, position, instance.try_number)


def _unnamed(task: Task) -> Task:
    """Without the label, which Airflow may know only in the end."""
    return task._replace(label="")


def _words(error: object) -> str:
    """An error as it may be shown: without what was masked in this task's log, and of a bearable length."""
    from airflow.sdk.log import redact  # type: ignore[attr-defined]

    from tipoff.monitoring.journal import ERROR_LENGTH

    text = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error)
    return str(redact(text))[:ERROR_LENGTH]


def _forget_peak() -> None:
    """Lets the peak of memory be counted from now on (Linux; elsewhere it is that of the whole process)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


@contextmanager
def _forgiving() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # a task must never fail because of what watches it
        log.warning("the journal of task attempts lacks a line: %s: %s", type(error).__name__, error)
