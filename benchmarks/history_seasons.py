"""Published seasons into an empty store, and checked: rows, seconds, CPU seconds, peak memory.

    python benchmarks/history_seasons.py FOLDER
    python benchmarks/history_seasons.py FOLDER --home /tmp/history --limit 60

FOLDER is what ``TIPOFF_HISTORY_SOURCE`` may be: a folder, files or URLs (docs/guides/history.md). ``--limit`` makes
the command fail when it all took longer.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import click

DATASETS = ("history_games", "history_teams", "history_stats", "history_rosters", "history_odds")


@click.command()
@click.argument("source")
@click.option("--home", type=click.Path(path_type=Path), help="Where the store is kept; thrown away unless given.")
@click.option("--first", default=2015, show_default=True, help="First season, so that coverage counts its days.")
@click.option("--limit", type=float, help="Seconds above which it fails.")
def main(source: str, home: Path | None, first: int, limit: float | None) -> None:
    """Collect the published seasons of SOURCE, check them, and print what that cost."""
    with tempfile.TemporaryDirectory() as thrown_away:
        taken = measure(source, (home or Path(thrown_away)).absolute(), first)
    if limit is not None and taken > limit:
        raise SystemExit(f"took {taken:.1f} s, more than {limit:g} s")


def measure(source: str, home: Path, first: int) -> float:
    """Prints a line a step; returns the seconds of all."""
    os.environ.update(TIPOFF_HOME=str(home), TIPOFF_HISTORY_SOURCE=source)
    from tipoff import Window, clock, plugins, settings
    from tipoff.collecting.engine import collect
    from tipoff.quality.checks import run_checks

    chosen = settings.load()
    registry = plugins.load(chosen)
    now, run_id = clock.now(), "benchmark"
    days = Window(date(first - 1, 7, 1), clock.day_of(now))
    began, cpu = time.monotonic(), time.process_time()
    click.echo(f"{'step':<18}{'rows':>12}{'seconds':>10}{'CPU':>8}{'peak MB':>10}")
    total = 0
    for dataset in DATASETS:
        step, busy = time.monotonic(), time.process_time()
        reports = collect(dataset, registry=registry, settings=chosen, run_id=run_id, now=now, window=days)
        rows = sum(report.rows for report in reports)
        total += rows
        tell(dataset, rows, step, busy)
    step, busy = time.monotonic(), time.process_time()
    results = run_checks("raw", registry=registry, settings=chosen, run_id=run_id, now=now)
    tell(f"{len(results)} checks", None, step, busy)
    tell("all", total, began, cpu)
    for result in results:
        if not result.passed:
            click.echo(f"{result.severity}: {result}")
    return time.monotonic() - began


def tell(step: str, rows: int | None, began: float, cpu: float) -> None:
    """Prints what a step cost."""
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    figures = f"{time.monotonic() - began:>10.1f}{time.process_time() - cpu:>8.1f}{peak:>10.0f}"
    click.echo(f"{step:<18}{'' if rows is None else f'{rows:,}':>12}{figures}")


if __name__ == "__main__":
    from tipoff.errors import TipoffError

    try:
        main()
    except TipoffError as error:
        raise SystemExit(f"Error: {error}") from None
