"""``tipoff collect`` and ``tipoff checks``."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from tipoff.cli.bars import watching
from tipoff.cli.outcomes import Outcomes
from tipoff.cli.output import add, counted, examples, show, table, text
from tipoff.cli.quarantine import set_aside
from tipoff.cli.session import Session
from tipoff.cli.types import DAY, SEASON
from tipoff.errors import CheckFailed, SettingsError

if TYPE_CHECKING:
    from rich.table import Table

    from tipoff.collecting.report import CollectReport

_SCHEMAS: Final = ("raw", "features")


@click.command(
    epilog=examples("""
        tipoff collect
        tipoff collect games stats
        tipoff collect --from 2026-01-01 --to 2026-01-15
        tipoff collect --season 2026
        tipoff collect games --from 2026-01-14 --again
    """)
)
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@click.option("--from", "start", type=DAY, help="First day (US Eastern); without it, from where the last run ended.")
@click.option("--to", "end", type=DAY, help="Last day; today unless given.")
@click.option("--season", type=SEASON, help="A whole season, by the year it ends in.")
@click.option("--again", is_flag=True, help="Ask again, also where a fresh answer has landed.")
def collect(
    datasets: tuple[str, ...], *, start: date | None, end: date | None, season: int | None, again: bool
) -> None:
    """Collect datasets from their sources: all of them, or each DATASET that is named.

    What has been collected is not asked for again, so the command may be stopped and run again at any time. A
    dataset that fails stops only those that need it; the exit code is then 1.
    """
    from tipoff.collecting.engine import collect as run
    from tipoff.collecting.window import asked_window

    session = Session.start()
    window = asked_window(start, end, season, session.now, prefix="--")
    for name in datasets:
        session.registry.dataset(name)  # an unknown one is refused before anything is asked
    wanted = [each for each in session.registry.datasets() if not datasets or each.name in datasets]
    if not wanted:
        raise SettingsError("no plugin brings a dataset; see `tipoff plugins`")
    numbers = ("asked", "fresh", "rows changed", "set aside", "failed", "seconds")
    made = table(("dataset", "league", "days", *numbers), numbers)
    outcomes = Outcomes(made, {each.name: each.after for each in wanted})
    with watching() as watch:

        def step(name: str) -> None:
            for report in run(
                name,
                registry=session.registry,
                settings=session.settings,
                run_id=session.run_id,
                now=session.now,
                window=window,
                again=again,
                progress=watch(f"collect_{name}"),
            ):
                _add_collected(made, report)

        for dataset in wanted:
            outcomes.attempt(dataset.name, partial(step, dataset.name))
    session.publish()
    try:
        outcomes.conclude()
    finally:
        _tell_set_aside(session)


@click.command(epilog=examples("tipoff checks\ntipoff checks raw"))
@click.argument("schemas", nargs=-1, type=click.Choice(_SCHEMAS), metavar="[raw] [features]")
def checks(schemas: tuple[Literal["raw", "features"], ...]) -> None:
    """Run the quality checks, of collected data and of features unless one of them is named.

    Exit code 1 when a check of severity `block` found rows: no prediction should be made from them.
    """
    from tipoff.quality.checks import run_checks

    session = Session.start()
    session.warehouse()
    failed: list[CheckFailed] = []
    for schema in schemas or _SCHEMAS:
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
        f"{report.failed:,}",
        f"{report.seconds:.1f}",
    )


def _tell_set_aside(session: Session) -> None:
    """For each dataset of which records were set aside just now: how many, and mostly why."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in set_aside(session, run_id=session.run_id):
        found.setdefault(row["dataset"], []).append(row)
    for dataset, rows in found.items():
        most = max(rows, key=lambda row: row["records"])
        total = counted(sum(row["records"] for row in rows), "record")
        why = f"{most['place']}: {most['reason']}" if most["place"] else most["reason"]
        click.echo(
            f"`{dataset}`: {total} set aside, {most['records']:,} for: {why}; see `tipoff quarantine list {dataset}`"
        )


def _check_table(session: Session) -> Table:
    from tipoff.quality.checks import checks_of

    docs = {check.name: check.doc for schema in _SCHEMAS for check in checks_of(schema, session.registry)}
    made = table(("check", "table", "severity", "result"))
    rows = session.warehouse().query(
        "SELECT name, table_name, severity, passed, offenders, sample, error FROM ops.check_result "
        "WHERE run_id = $run_id ORDER BY passed, severity, name",
        run_id=session.run_id,
    )
    for row in rows.to_pylist():
        result = text("passed", "green")
        if not row["passed"]:
            said = f"could not run: {row['error']}" if row["error"] else counted(row["offenders"], "row")
            result = text(said, "red" if row["severity"] == "block" else "yellow")
            result.append(f"\n{docs[row['name']]}" if docs[row["name"]] else "", "default")
            for first in json.loads(row["sample"])[:1]:
                result.append(f"\nfirst: {json.dumps(first, ensure_ascii=False)}", "dim")
        add(made, row["name"], row["table_name"], row["severity"], result)
    return made
