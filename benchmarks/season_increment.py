"""What a day's increment costs with one season in the store, and with ten.

Run it with ``python benchmarks/season_increment.py``. A simulated league of ten seasons is served by this process. One
store is filled with the present season, another with all ten, with every request, landed batch and row that belongs to
them. Then days of the present season pass, and each morning `tipoff collect` brings the day into both, in turns.
``--home FOLDER`` keeps the filled stores, so that a second run need not fill them; ``--teams 362`` is the real league's
size.

| figure      | of                                                                                        |
|-------------|-------------------------------------------------------------------------------------------|
| collecting  | seconds that the four datasets took, as ``ops.collect_run`` has them                        |
| the command | seconds of the whole process, with its start, and with publishing the copy that people read |
| processor   | its processor seconds                                                                     |

Exit code 1 when the median of one of them with ten seasons is over 1.3 times that with one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

from local_espn import LocalEspn, serving
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse
from tipoff_espn.server import open_league

LEAGUE = "mens-college-basketball"
FIRST = datetime(2026, 1, 12, 13)
SEASONS, LIMIT = 10, 1.3


class Cost(NamedTuple):
    """What one morning cost, in seconds."""

    collecting: float
    command: float
    processor: float


class Store:
    """A store, and the command that collects into it."""

    def __init__(self, home: Path, seasons: int, local: LocalEspn) -> None:
        self.home = home
        self.seasons = seasons
        self.local = local
        self.store = Warehouse.of(Settings(home=home))

    def collect(self, now: datetime) -> Cost:
        """Runs `tipoff collect` with its clock at `now`."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith("TIPOFF_")}
        env = {
            **mine,
            "TIPOFF_HOME": str(self.home),
            "TIPOFF_NOW": now.isoformat(),
            "TIPOFF_SOURCE": self.local.url,
            "TIPOFF_HISTORY_SEASONS": str(self.seasons),
            "TIPOFF_REQUESTS_PER_SECOND": "5000",
            "TIPOFF_MAX_CONCURRENCY": "16",
        }
        command = [sys.executable, "-m", "tipoff.cli", "collect"]
        started = time.monotonic()
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        if process.returncode:
            raise SystemExit("tipoff collect failed; see above")
        ran = """
            SELECT sum(seconds) AS s FROM ops.collect_run
            WHERE run_id = (SELECT max_by(run_id, ended_at) FROM ops.collect_run)
        """
        return Cost(self.store.query(ran)["s"][0].as_py(), seconds, usage.ru_utime + usage.ru_stime)

    def content(self) -> str:
        """How much is in it."""
        sql = """
            SELECT count(DISTINCT season) AS seasons, count(*) AS games,
                (SELECT count(*) FROM ops.landed_request) AS requests, (SELECT count(*) FROM ops.loaded_file) AS batches
            FROM raw.games
        """
        (row,) = self.store.query(sql).to_pylist()
        size = self.store.path.stat().st_size / 1e6
        return ", ".join(f"{value:,} {name}" for name, value in row.items()) + f", {size:.0f} MB"


def measure(home: Path, teams: int, days: int) -> bool:
    """Fills what is not filled, then lives some days; whether the bound is kept."""
    source = f"embedded:seed=1,teams={teams},first_season={FIRST.year - SEASONS + 1}"
    now = FIRST
    league = open_league(source, (LEAGUE,))
    present: Callable[[], datetime] = lambda: now  # noqa: E731 - the server asks with each request
    with serving(league, present) as local:
        one, ten = Store(home / f"one-{teams}", 1, local), Store(home / f"ten-{teams}", SEASONS, local)
        costs: dict[Store, list[Cost]] = {one: [], ten: []}
        for store in costs:
            if not store.store.exists:
                print(f"filling a store with {store.seasons} of {SEASONS} seasons ...", flush=True)
                took = store.collect(now)
                print(f"  {took.command:,.0f} s: {store.content()}", flush=True)
        (last,) = one.store.query("SELECT max(day) AS day FROM ops.watermark").to_pylist()
        now = max(now, datetime(last["day"].year, last["day"].month, last["day"].day, 13))
        for _ in range(days):
            now += timedelta(days=1)
            for store, each in costs.items():
                each.append(store.collect(now))
                print(
                    f"  {now:%Y-%m-%d}, {store.seasons:2} seasons: "
                    + ", ".join(f"{n} {v:.2f} s" for n, v in zip(Cost._fields, each[-1], strict=True)),
                    flush=True,
                )
        kept = True
        for number, name in enumerate(Cost._fields):
            few, many = (median(cost[number] for cost in costs[store]) for store in (one, ten))
            kept &= many <= LIMIT * few
            print(f"{name:12} {few:6.2f} s with one season, {many:6.2f} s with {SEASONS}: {many / few:.2f} times")
    return kept


def main() -> int:
    """1 when the bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--teams", type=int, default=64)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        return 0 if measure((given.home or Path(name)).absolute(), given.teams, given.days) else 1


if __name__ == "__main__":
    sys.exit(main())
