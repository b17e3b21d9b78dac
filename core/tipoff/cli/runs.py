"""``tipoff runs``: what the tasks of the DAGs took, and how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tipoff.cli.output import add, examples, show, table, text
from tipoff.cli.session import Session
from tipoff.errors import SettingsError, Skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from tipoff.report.operations import Limit, Ran, Work

_FIGURES = ("seconds", "usual", "CPU", "MB", "retries", "rows")
_COLOURS = {"failed": "red", "killed": "red", "skipped": "dim", "running": "cyan", "waiting": "cyan"}


@click.command(
    epilog=examples("""
        tipoff runs
        tipoff runs prediction
        tipoff runs data_collection --last 10
    """)
)
@click.argument("dag", default="", metavar="[DAG]")
@click.option("--last", type=click.IntRange(1, 40), default=1, show_default=True, help="So many runs of each task.")
def runs(dag: str, *, last: int) -> None:
    """Show what each task took when it ran last, and how that ended, beside what is usual.

    Seconds are from a task's beginning to its end, CPU seconds and the most memory at once (millions of bytes) are of
    its processes. Retries are further attempts in the last 40 runs.
    """
    from tipoff.monitoring.folding import fold
    from tipoff.report.tasks import limits, tasks

    session = Session.start()
    store = session.warehouse()
    fold(store, session.settings.home)
    with store.read() as con:
        found = tasks(con, unfinished=True)
    if not found:
        raise Skip("no task has run in Airflow yet; run `tipoff demo`, or trigger a DAG after `tipoff up`")
    known = list(dict.fromkeys(work.kind for work in found))
    if dag and dag not in known:
        raise SettingsError(f"no run of a DAG `{dag}` is known; known are: {', '.join(known)}")
    for each in known:
        if dag in ("", each):
            show(_of_dag(each, [work for work in found if work.kind == each], last))
    if not dag and (hosts := limits(session.settings.home)):
        show(_limits(hosts))


def _of_dag(dag: str, works: Sequence[Work], last: int) -> Table:
    made = table(("task", "ended (UTC)", "how", *_FIGURES, ""), _FIGURES)
    made.title = dag
    for work in works:
        for number, run in enumerate(work.runs[:last]):
            slow = number == 0 and work.slow
            add(
                made,
                work.name if number == 0 else "",
                f"{run.ended_at:%Y-%m-%d %H:%M}",
                text(run.outcome, _COLOURS.get(run.outcome, "green")),
                text(f"{_known(run.seconds, run)}{' slow' if slow else ''}", "yellow" if slow else ""),
                _figure(work.usual, 1) if number == 0 else "",
                _figure(run.cpu_seconds, 1),
                _figure(run.peak_mb, 0),
                _retries(work.retries if number == 0 and last == 1 else run.attempts - 1),
                "–" if run.rows is None else f"{run.rows:,}",
                run.error.partition("\n")[0][:160],
            )
    return made


def _limits(hosts: Sequence[Limit]) -> Table:
    made = table(
        ("source", "permits a second", "asked", "refused", "trouble"),
        ("permits a second", "asked", "refused", "trouble"),
    )
    made.title = "limiter"
    for each in hosts:
        add(made, each.host, f"{each.permitted:.1f}", f"{each.asked:,}", f"{each.refused:,}", f"{each.trouble:.0%}")
    return made


def _known(seconds: float, run: Ran) -> str:
    """What a killed or unfinished attempt took, nobody knows."""
    return "–" if run.outcome in ("killed", "running", "waiting") else f"{seconds:.1f}"


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _retries(count: int) -> str:
    return str(count) if count else "–"
