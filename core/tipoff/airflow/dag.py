"""What the four DAG files share: the defaults, the words for a task's page, and the wiring rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset

from tipoff.airflow.notifier import FailureNotifier, RecoveryNotifier
from tipoff.airflow.retry import POLICY
from tipoff.clock import LEAGUE_ZONE

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

COMMON: dict[str, Any] = {
    # Long past, so that a run for any day has tasks; its zone makes the cron times the league's own.
    "start_date": datetime(2010, 1, 1, tzinfo=LEAGUE_ZONE),
    "catchup": False,
    "max_active_runs": 1,
    "on_failure_callback": FailureNotifier(),
    "on_success_callback": RecoveryNotifier(),
    "tags": ["tipoff"],
}
"""Arguments that every DAG of tipoff has."""


def task_defaults(retries: int) -> dict[str, Any]:
    """``default_args`` of a DAG: `retries` tries after the first, one minute apart, then two, four … up to 15."""
    return {
        "owner": "tipoff",
        "retries": retries,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=15),
        "retry_policy": POLICY,
    }


def asset(table: str) -> Asset:
    """The asset of a table (``raw.games``), by which Airflow draws the way of the data between DAGs."""
    return Asset(name=table, uri=f"x-tipoff://store/{table.replace('.', '/')}")


def source(collector: str) -> Asset:
    """The asset of a collector's source, where that way begins."""
    return Asset(name=collector, uri=f"x-tipoff://source/{collector}")


def wire(
    tasks: Mapping[str, BaseOperator],
    *,
    after: Mapping[str, Collection[str]],
    first: BaseOperator | None = None,
    last: BaseOperator | None = None,
) -> None:
    """Sets each task after those it names, without the arrows that other arrows already imply.

    Args:
        tasks: by name.
        after: for each task, the names it comes after; a name that is no task here is passed over.
        first: comes before the tasks that have nothing before them.
        last: comes after the tasks that have nothing after them.
    """
    before = {name: {other for other in after.get(name, ()) if other in tasks} for name in tasks}
    leaves = set(tasks)
    for name in sorted(tasks):
        implied: set[str] = set()
        for other in before[name]:
            implied |= _ancestors(other, before)
        direct = sorted(before[name] - implied)
        leaves -= set(direct)
        for other in direct:
            tasks[other].set_downstream(tasks[name])
        if first is not None and not direct:
            first.set_downstream(tasks[name])
    if last is not None:
        for name in sorted(leaves):
            tasks[name].set_downstream(last)
        if first is not None and not tasks:
            first.set_downstream(last)


def document(what: str, *facts: str) -> str:
    """A task's page: what it does, then a list of facts."""
    lines: Iterable[str] = (f"- {fact}" for fact in facts if fact)
    return "\n".join([what.strip(), "", *lines]).strip()


def _ancestors(name: str, before: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(before.get(name, ()))
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting.extend(before.get(other, ()))
    return found
