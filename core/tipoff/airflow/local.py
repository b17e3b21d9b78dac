"""Runs DAGs one after the other in this process: a real Airflow, its metadata database and XCom, no services.

For the demo and for long histories. Airflow's own logs go to a file; what a person sees is told to a `Watcher`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from airflow.listeners import hookimpl

from tipoff.errors import PluginError

if TYPE_CHECKING:
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    from tipoff.contracts import Json


@dataclass(frozen=True)
class TaskEnd:
    """How one task instance ended.

    Args:
        task_id: of the task.
        state: ``success``, ``skipped`` or ``failed``.
        seconds: that it took.
        result: what it returned (figures, or a reference), None unless it succeeded.
        error: why it failed, else empty.
    """

    task_id: str
    state: str
    seconds: float
    result: Json
    error: str = ""


class Watcher(Protocol):
    """Is told as tasks begin and end."""

    def began(self, task_id: str) -> None:
        """A task instance began."""

    def ended(self, end: TaskEnd) -> None:
        """A task instance ended."""


def run(dag_id: str, dags: Path, watcher: Watcher, conf: Mapping[str, Json] | None = None) -> str:
    """Runs one DAG to its end, tasks in order, and returns the run's state (``success`` or ``failed``).

    Call `tipoff.airflow.home.prepare` before the first.

    Args:
        dag_id: the DAG.
        dags: the folder with the DAG files.
        watcher: is told of each task.
        conf: the run's parameters, as the trigger form takes them.

    Raises:
        PluginError: no file in `dags` brings the DAG; the message has the import errors.
    """
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.listener import get_listener_manager

    bag = DagBag(str(dags / f"{dag_id}_dag.py"))
    dag = bag.dags.get(dag_id)
    if dag is None:
        raise PluginError(f"no DAG `{dag_id}` in `{dags}`: {bag.import_errors or 'no such file'}")
    for task in dag.tasks:
        task.retries = 0  # whoever watches wants to know at once; the engines' own attempts remain
    listeners = get_listener_manager()
    listener = _Listener(watcher)
    listeners.pm.register(listener)
    try:
        return str(dag.test(run_conf=dict(conf or {})).state)
    finally:
        listeners.pm.unregister(listener)


class _Listener:
    """Airflow tells a listener of each task instance, in the process that runs it; here that is this one."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._began = 0.0

    @hookimpl
    def on_task_instance_running(self, previous_state: object, task_instance: RuntimeTaskInstance) -> None:
        self._began = time.monotonic()
        self._watcher.began(task_instance.task_id)

    @hookimpl
    def on_task_instance_success(self, previous_state: object, task_instance: RuntimeTaskInstance) -> None:
        index = task_instance.map_index
        result = task_instance.xcom_pull(task_ids=task_instance.task_id, map_indexes=-1 if index is None else index)
        self._tell(task_instance, "success", result)

    @hookimpl
    def on_task_instance_skipped(self, previous_state: object, task_instance: RuntimeTaskInstance) -> None:
        self._tell(task_instance, "skipped")

    @hookimpl
    def on_task_instance_failed(
        self, previous_state: object, task_instance: RuntimeTaskInstance, error: object
    ) -> None:
        self._tell(task_instance, "failed", error=str(error))

    def _tell(self, instance: RuntimeTaskInstance, state: str, result: Json = None, error: str = "") -> None:
        seconds = time.monotonic() - self._began
        self._watcher.ended(TaskEnd(instance.task_id, state, seconds, result, error))
