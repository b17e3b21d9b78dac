"""``tipoff collect``, ``tipoff checks`` and ``tipoff features``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import click

from tipoff import clock
from tipoff.cli.output import add, console, examples, show, table, text
from tipoff.cli.session import Session
from tipoff.contracts import Window
from tipoff.errors import CheckFailed, SettingsError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from rich.table import Table

    from tipoff.collecting.report import CollectReport

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(
    epilog=examples("""
        tipoff collect
        tipoff collect games stats
        tipoff collect --from 2026-01-01 --to 2026-01-15
        tipoff collect --season 2026
    """)
)
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@click.option("--from", "start", type=_DAY, help="First day (US Eastern); without it, from where the last run ended.")
@click.option("--to", "end", type=_DAY, help="Last day; today unless given.")
@click.option("--season", type=click.IntRange(1900, 2200), help="A whole season, by the year it ends in.")
def collect(datasets: tuple[str, ...], *, start: datetime | None, end: datetime | None, season: int | None) -> None:
    """Collect datasets from their sources: all of them, or each DATASET that is named.

    What has been collected is not asked for again, so the command may be stopped and run again at any time.
    """
    from tipoff.collecting.engine import collect as run

    session = Session.start()
    window = _window(start, end, season, session.now)
    for name in datasets:
        session.registry.dataset(name)  # an unknown one is refused before anything is asked
    names = [each.name for each in session.registry.datasets() if not datasets or each.name in datasets]
    if not names:
        raise SettingsError("no plugin brings a dataset; see `tipoff plugins`")
    numbers = ("asked", "fresh", "rows changed", "set aside", "seconds")
    made = table(("dataset", "league", "days", *numbers), numbers)
    with _bars() as bars:
        for name in names:
            bar = bars.add_task(f"collect_{name}", total=None)

            def progress(done: int, total: int, _key: str, bar: TaskID = bar) -> None:
                bars.update(bar, completed=done, total=total)

            for report in run(
                name,
                registry=session.registry,
                settings=session.settings,
                run_id=session.run_id,
                now=session.now,
                window=window,
                progress=progress,
            ):
                _add_collected(made, report)
    session.publish()
    show(made)


@click.command(epilog=examples("tipoff checks\ntipoff checks raw"))
@click.argument("schemas", nargs=-1, type=click.Choice(["raw", "features"]), metavar="[raw] [features]")
def checks(schemas: tuple[Literal["raw", "features"], ...]) -> None:
    """Run the quality checks, of collected data and of features unless one of them is named.

    Exit code 1 when a check of severity `block` found rows: no prediction should be made from them.
    """
    from tipoff.checks import run_checks

    session = Session.start()
    session.warehouse()
    failed: list[CheckFailed] = []
    for schema in schemas or ("raw", "features"):
        try:
            run_checks(
                schema,
                registry=session.registry,
                settings=session.settings,
                run_id=session.run_id,
                now=session.now,
            )
        except CheckFailed as error:
            failed.append(error)
    session.publish()
    show(_check_table(session))
    if failed:
        raise CheckFailed("; ".join(str(error) for error in failed))


@click.command(epilog=examples("tipoff features\ntipoff features team game\ntipoff features --full"))
@click.argument("builders", nargs=-1, metavar="[BUILDER]...")
@click.option("--full", is_flag=True, help="Compute everything again, also what has not changed.")
def features(builders: tuple[str, ...], *, full: bool) -> None:
    """Bring feature tables up to date: all of them, or that of each BUILDER that is named."""
    from tipoff.features.engine import build

    session = Session.start()
    for name in builders:
        session.registry.builder(name)
    names = [each.name for each in session.registry.builders if not builders or each.name in builders]
    if not names:
        raise SettingsError("no plugin brings a feature builder; see `tipoff plugins`")
    numbers = ("seasons", "rows", "changed", "seconds")
    made = table(("builder", *numbers, "why"), numbers)
    screen = console(stderr=True)
    for name in names:
        with screen.status(f"{name}_features"):
            report = build(
                name,
                registry=session.registry,
                settings=session.settings,
                run_id=session.run_id,
                now=session.now,
                full=full,
            )
        add(
            made,
            report.builder,
            f"{report.partitions:,}",
            f"{report.rows:,}",
            f"{report.written + report.removed:,}",
            f"{report.seconds:.1f}",
            report.reason,
        )
    session.publish()
    show(made)


def _bars() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console(stderr=True), transient=True)


def _add_collected(made: Table, report: CollectReport) -> None:
    add(
        made,
        report.dataset,
        report.league,
        str(report.window),
        f"{report.requests:,}",
        f"{report.fresh:,}",
        f"{report.rows:,}",
        f"{report.quarantined:,}",
        f"{report.seconds:.1f}",
    )


def _window(start: datetime | None, end: datetime | None, season: int | None, now: datetime) -> Window | None:
    today = clock.day_of(now)
    if season is not None:
        if start or end:
            raise SettingsError(f"--season is `{season}` and --from or --to is given too; give one or the other")
        first, last = clock.season_start(season), min(clock.season_end(season), today)
    elif start is not None:
        first, last = start.date(), end.date() if end else today
    elif end is not None:
        raise SettingsError(f"--to is `{end.date()}` without --from; give both, or --from alone")
    else:
        return None
    if last < first:
        raise SettingsError(f"`{first}` to `{last}` holds no day; `tipoff clock` shows what day it is here")
    return Window(first, last)


def _check_table(session: Session) -> Table:
    made = table(("check", "table", "severity", "result"))
    with session.warehouse().read() as con:
        rows = con.execute(
            "SELECT name, table_name, severity, passed, offenders FROM ops.check_result WHERE run_id = $run_id "
            "ORDER BY passed, severity, name",
            {"run_id": session.run_id},
        ).fetchall()
    for name, of_table, severity, passed, offenders in rows:
        bad = text(f"{offenders:,} rows", "red" if severity == "block" else "yellow")
        add(made, name, of_table, severity, text("passed", "green") if passed else bad)
    return made
