"""``tipoff demo``: the four DAGs in a real Airflow, on a league that needs no internet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tipoff import clock
from tipoff.cli.output import console, examples, table
from tipoff.errors import Abort, SettingsError
from tipoff.settings import load as load_settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status
    from rich.table import Table

    from tipoff.airflow.local import TaskEnd
    from tipoff.cli.session import Session
    from tipoff.contracts import Json
    from tipoff.report.bundle import League

DAGS = ("data_collection", "feature_engineering", "model_training", "prediction")
MARKS = {"success": "[green]✓[/]", "skipped": "[yellow]–[/]", "failed": "[red]✗[/]"}


@click.command(
    epilog=examples("""
        tipoff demo
        tipoff demo --seasons 1
        TIPOFF_SOURCE=espn tipoff demo --seasons 1
    """)
)
@click.option("--seasons", type=click.IntRange(1, 20), default=3, show_default=True, help="Seasons to collect.")
@click.option(
    "--dags",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("dags"),
    show_default=True,
    help="Folder with the DAG files.",
)
def demo(*, seasons: int, dags: Path) -> None:
    """Collect a league, build features, train and predict: the four DAGs in a real Airflow, in this process.

    The league is simulated unless TIPOFF_SOURCE says otherwise. The first run lives two days of it, so that there
    are predictions to grade. What is there already is not collected or computed again, so a second run is
    quick; `tipoff clock advance 1d` brings the next day.
    """
    from tipoff.cli.quiet import quietly
    from tipoff.cli.session import Session
    from tipoff.report import write

    os.environ.setdefault("TIPOFF_HISTORY_SEASONS", str(seasons))
    began = time.monotonic()
    first = not load_settings().store.exists()
    session = Session.start()
    log = session.settings.home / "demo.log"
    with quietly(log) as terminal:
        screen = console(file=terminal)
        screen.print(f"tipoff, with the source [bold]{session.settings.source}[/], now {session.now:%Y-%m-%d %H:%M}Z")
        run_dags(screen, dags, log)
        if first and clock.is_set() and not os.environ.get("TIPOFF_NOW"):
            clock.set_now(clock.now() + timedelta(days=1))
            screen.print(f"\nThe morning after, {clock.now():%Y-%m-%d %H:%M}Z: only what is new, and the first grades")
            run_dags(screen, dags, log)
        show_results(screen, session)
        report = write(session.settings, session.settings.report)
        screen.print(f"\n[bold]Report[/]    {report.as_uri()}")
        screen.print(f"[bold]Logs[/]      {log}")
        screen.print(f"[bold]Took[/]      {time.monotonic() - began:.0f} s. Next: [bold]tipoff --help[/]")


def run_dags(screen: Console, dags: Path, log: Path, names: Sequence[str] = DAGS, **conf: Json) -> None:
    """Runs DAGs one after the other in this process, with a line for each task as it ends.

    Args:
        screen: where the lines go.
        dags: folder with the DAG files.
        log: where Airflow's logs go, named in the error.
        names: the DAGs, in order.
        conf: parameters of each run.

    Raises:
        Abort: a run failed.
    """
    with screen.status("starting Airflow"):
        place = os.environ.get("AIRFLOW_HOME")
        if not place:
            raise SettingsError("AIRFLOW_HOME is not set; run `make demo`, or export AIRFLOW_HOME=$PWD/.airflow")
        from tipoff.airflow.home import prepare

        prepare(Path(place), dags)
        from tipoff.airflow import local  # only now: importing Airflow reads the home's configuration
    for dag_id in names:
        screen.print(f"\n[bold]{dag_id}[/]")
        with _Lines(screen).watching() as lines:
            state = local.run(dag_id, dags, lines, conf if dag_id == "data_collection" else None)
        if state != "success":
            raise Abort(f"the run of {dag_id} ended as `{state}`; Airflow's log is in {log}")


def show_results(screen: Console, session: Session) -> None:
    """Prints tonight's predictions, and each model beside the best possible one where that is known."""
    from tipoff.cli.forecasts import tonight
    from tipoff.report.read import read

    for league in read(session.settings).leagues:
        for day in league.days[:1]:
            screen.print()
            screen.print(tonight(day, league.title))
        if league.same_games:
            screen.print()
            screen.print(_models(league))


def _models(league: League) -> Table:
    best = min((row.log_loss for row in league.same_games if row.benchmark), default=None)
    figures = ("log loss", *(("over the best",) if best else ()), "Brier", "winners", "margin error", "in 80 %")
    made = table(("forecaster", *figures), figures)
    made.title = f"Walk-forward on the same {league.compared:,} games; every forecast made before its game"
    for row in league.same_games:
        made.add_row(
            f"[bold]{row.name}[/], champion" if row.champion else row.name,
            f"{row.log_loss:.4f}",
            *((f"{row.log_loss / best - 1:+.1%}",) if best else ()),
            f"{row.brier:.4f}",
            f"{row.accuracy:.1%}",
            "" if row.mae is None else f"{row.mae:.2f}",
            "" if row.coverage_80 is None else f"{row.coverage_80:.1%}",
        )
    return made


class _Lines:
    """A line for each task that ended, and a spinner with the time for the one at work."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._status: Status = screen.status("reading the DAG file")

    @contextmanager
    def watching(self) -> Iterator[_Lines]:
        with self._status:
            yield self

    def began(self, task_id: str) -> None:
        self._status.update(task_id)

    def progressed(self, message: str) -> None:
        self._status.update(message)

    def ended(self, end: TaskEnd) -> None:
        what = end.error if end.state == "failed" else describe(end.result)
        self._screen.print(f"  {MARKS.get(end.state, end.state)} {end.task_id:<18}{end.seconds:6.1f} s  {what}")
        self._status.update("")


def describe(result: Json) -> str:
    """A task's result in words, as far as it has any for people."""
    if isinstance(result, list):
        if all(isinstance(item, dict) and "severity" in item for item in result):
            return _checked(result)
        return "; ".join(sorted({text for item in result if (text := describe(item))}))
    if not isinstance(result, dict):
        return str(result or "")
    for keys, words in _WORDS:
        if keys <= result.keys():
            return words(result)
    return ""


def _collected(result: Any) -> str:
    text = f"{result['requests']:,} requests, {result['fresh']:,} answers still fresh, {result['rows']:,} rows changed"
    for name, words in (("quarantined", "in quarantine"), ("failed", "requests failed, to be asked again")):
        text += f", {result[name]:,} {words}" if result[name] else ""
    return text


def _checked(results: list[Any]) -> str:
    found = [row for row in results if row["offenders"]]
    text = f"{len(results) - len(found)} of {len(results)} checks found nothing"
    return "; ".join([text, *(f"{row['name']} ({row['severity']}): {row['offenders']:,} rows" for row in found)])


def _trained(result: Any) -> str:
    return f"{result['model']}: " + ("fitted" if result["fitted"] else "there already, with nothing new to learn from")


def _evaluated(result: Any) -> str:
    figures = result["figures"].values()
    return f"{result['model']}: " + ", ".join(
        f"log loss {row['log_loss']:.4f} on {row['games']:,} games" for row in figures
    )


_WORDS: tuple[tuple[set[str], Callable[[Any], str]], ...] = (
    ({"requests", "fresh"}, _collected),
    ({"builder", "written"}, lambda row: f"{row['written']:,} rows new or different; {row['reason']}"),
    ({"decisions"}, lambda row: f"{row['model']}: " + ", ".join(d["kind"] for d in row["decisions"].values())),
    ({"figures"}, _evaluated),
    ({"fitted"}, _trained),
    ({"added"}, lambda row: f"{row['added']:,} written to the ledger, {row['unchanged']:,} there already"),
    ({"graded"}, lambda row: f"{row['graded']:,} graded"),
    ({"model", "games"}, lambda row: f"{row['model']}: {row['games']:,} games"),
    ({"games"}, lambda row: f"{row['games']:,} games"),
)
