"""The whole path over published seasons: through HTTP and all four DAGs, then the accuracy beside the closing line.

    python benchmarks/recorded_seasons.py FOLDER                    # or: make recorded DATA=FOLDER
    python benchmarks/recorded_seasons.py FOLDER --first 2023 --last 2024 --home /tmp/recorded

FOLDER holds the seasons as Parquet: games, team_box, rosters_ncaa, team_conferences, teams, and for the comparison
odds_close_by_game (docs/guides/recorded-seasons.md has the columns). The league is served as ESPN would
have served it, and lived in two days: the morning of the last recorded day, when its games are predicted, and the
morning after, when they are graded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import click
import pyarrow.compute as pc
import pyarrow.parquet as pq

REPOSITORY = Path(__file__).resolve().parents[1]
MORNING = timedelta(hours=8)


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--first", default=2021, show_default=True, help="First season to collect.")
@click.option("--last", default=2024, show_default=True, help="Last season to collect.")
@click.option("--judge", default="2023:2024", show_default=True, help="Seasons to judge, walking forward.")
@click.option("--home", type=click.Path(path_type=Path), default=Path(".tipoff/recorded"), show_default=True)
def main(data: Path, first: int, last: int, judge: str, home: Path) -> None:
    """Collect, compute, train, predict and judge the recorded seasons of DATA."""
    home = home.absolute()
    os.environ.update(
        TIPOFF_SOURCE=f"recorded:{data.absolute()}", TIPOFF_HOME=str(home), AIRFLOW_HOME=str(home / "airflow")
    )
    os.environ.pop("TIPOFF_NOW", None)
    from tipoff import clock
    from tipoff.cli.demo import run_dags, show_results
    from tipoff.cli.output import console
    from tipoff.cli.quiet import quietly
    from tipoff.cli.session import Session

    began = time.monotonic()
    start, end = days_of(data, first, last)
    log = home / "recorded.log"
    dags = REPOSITORY / "dags"
    with quietly(log) as terminal:
        screen = console(file=terminal)
        clock.set_now(clock.day_start(end) + MORNING)
        screen.print(f"Seasons {first} to {last}, {start} to {end}, from {data}")
        run_dags(screen, dags, log, **{"from": start.isoformat(), "to": end.isoformat()})
        show_results(screen, Session.start())
        clock.set_now(clock.day_start(end + timedelta(days=1)) + MORNING)
        screen.print(f"\nThe morning after, {end + timedelta(days=1)}")
        run_dags(screen, dags, log, names=("data_collection", "feature_engineering", "prediction"))
        screen.print(f"\nCollected, computed, trained, predicted and graded in {time.monotonic() - began:.0f} s")
    command = [str(Path(sys.executable).with_name("tipoff")), "backtest", "--seasons", judge]
    odds = data.absolute() / "odds_close_by_game.parquet"
    if odds.exists():
        command += ["--odds", str(odds)]
    subprocess.run([*command, "--json", str(home / "backtest.json")], check=True)
    click.echo(f"All of it took {time.monotonic() - began:.0f} s; figures in {home / 'backtest.json'}")


def days_of(data: Path, first: int, last: int) -> tuple[date, date]:
    """First and last day with a game of the seasons `first` to `last`."""
    games = pq.read_table(data / "games.parquet", columns=["season", "game_date"])
    chosen = games.filter(pc.and_(pc.greater_equal(games["season"], first), pc.less_equal(games["season"], last)))
    if not chosen.num_rows:
        raise click.UsageError(f"{data / 'games.parquet'} has no game of the seasons {first} to {last}")
    ends = pc.min_max(chosen["game_date"]).as_py()
    return ends["min"], ends["max"]


if __name__ == "__main__":
    from tipoff.errors import TipoffError

    try:
        main()
    except TipoffError as error:
        raise SystemExit(f"Error: {error}") from None
