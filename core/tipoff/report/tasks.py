"""What the tasks of the DAGs took, from ``ops.task_run``, and what the limiter knows of the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tipoff.report.data import RUNS
from tipoff.report.operations import Limit, Ran, Work

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

# One row a run and task: its last attempt, and how many there were. What a killed one took, nobody knows.
_TASKS = """
    WITH run AS (
        SELECT *, count(*) OVER one_task AS attempts FROM ops.task_run
        WINDOW one_task AS (PARTITION BY dag_id, run_id, task_id, label)
        QUALIFY row_number() OVER (PARTITION BY dag_id, run_id, task_id, label ORDER BY attempt DESC) = 1
    )
    SELECT dag_id, trim(task_id || ' ' || label), run_id, coalesce(ended_at, began_at), coalesce(seconds, 0), rows,
        error, outcome, attempts, cpu_seconds, peak_mb
    FROM run
    WHERE ($dag = '' OR dag_id = $dag) AND ($unfinished OR outcome NOT IN ('running', 'waiting'))
    QUALIFY row_number() OVER (PARTITION BY dag_id, task_id, label ORDER BY began_at DESC, run_id DESC) <= $runs
    ORDER BY min(began_at) OVER (PARTITION BY dag_id), dag_id, max(began_at) OVER (PARTITION BY dag_id, task_id),
        task_id, label, began_at DESC, run_id DESC
"""


def tasks(con: DuckDBPyConnection, dag: str = "", *, unfinished: bool = False) -> tuple[Work, ...]:
    """Each task with its latest runs, by DAG.

    Args:
        con: to the store or the published copy.
        dag: of one DAG; empty: of all.
        unfinished: also those that run now. In a published copy these are as of then.
    """
    found: dict[tuple[str, str], list[Ran]] = {}
    asked: dict[str, Any] = {"dag": dag, "unfinished": unfinished, "runs": RUNS}
    for dag_id, task, *rest in con.execute(_TASKS, asked).fetchall():
        found.setdefault((dag_id, task), []).append(Ran(*rest))
    return tuple(Work(dag_id, task, tuple(runs)) for (dag_id, task), runs in found.items())


def limits(home: Path) -> tuple[Limit, ...]:
    """What is known of the hosts of sources, by name; it is in files, not in the store."""
    from urllib.parse import unquote

    from tipoff.http.shared import known

    return tuple(
        Limit(unquote(host), pace.permitted, int(pace.issued), int(pace.refusals), pace.trouble)
        for host, pace in known(home / "limits").items()
    )
