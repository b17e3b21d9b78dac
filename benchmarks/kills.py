"""Kills a collection again and again, runs it anew, and compares the store with one that nobody disturbed.

Run it with ``python benchmarks/kills.py`` (about ten minutes; ``--kills 5`` is quicker). An ESPN-compatible server with
a small simulated league notes every request. Each time `tipoff collect` starts on an empty store in a process of its
own, which gets SIGKILL at a random instant after a random number of requests; batches are small (6 answers), so that
landing and loading take their share. Then it is run again, to its end.

Exit code 1 when a table differs from the undisturbed run's (EXCEPT ALL both ways, provenance left out), or when a
request was sent again whose answer had landed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from local_espn import LocalEspn, canonical, differing, serving
from tipoff import clock, plugins
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse
from tipoff_espn.server import open_league

LEAGUE = "mens-college-basketball"
NOW = "2026-01-21T13:00:00"
DAYS = ("2026-01-02", "2026-01-20")
RUN = """
from tipoff.collecting import intake
intake.BATCH_PAYLOADS = 6
from tipoff.cli import main
main()
"""


class Trial:
    """One store, and the runs that fill it."""

    def __init__(self, local: LocalEspn, home: Path) -> None:
        self.local = local
        self.home = home
        self.store = Warehouse.of(Settings(home=home))

    def start(self) -> subprocess.Popen[bytes]:
        """Begins `tipoff collect`."""
        self.local.asked.clear()
        mine = {name: value for name, value in os.environ.items() if not name.startswith("TIPOFF_")}
        env = {
            **mine,
            "TIPOFF_HOME": str(self.home),
            "TIPOFF_NOW": NOW,
            "TIPOFF_SOURCE": self.local.url,
            "TIPOFF_REQUESTS_PER_SECOND": "500",
            "TIPOFF_MAX_CONCURRENCY": "8",
        }
        command = [sys.executable, "-c", RUN, "collect", "--from", DAYS[0], "--to", DAYS[1]]
        return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def finish(self) -> None:
        """Runs it to its end."""
        with self.start() as process:
            _, said = process.communicate()
        if process.returncode:
            raise SystemExit(f"tipoff collect failed: {said.decode()}")

    def kill(self, requests: int, later: float) -> bool:
        """Runs it, and kills it `later` seconds after its n-th request came in; whether it had not ended before."""
        with self.start() as process:
            while len(self.local.asked) < requests and process.poll() is None:
                time.sleep(0.001)
            try:
                process.wait(later)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            process.communicate()
        return process.returncode == -signal.SIGKILL

    def landed(self) -> dict[str, set[str]]:
        """What was asked and has landed, by batch."""
        files = (self.home / "landing").glob("*/*/*/[0-9]*/payloads.parquet")
        return {file.parent.name: {canonical(key) for key in pq.read_table(file)["key"].to_pylist()} for file in files}

    def phase(self) -> str:
        """Where a kill struck, as far as it left a trace."""
        if any(self.home.glob("landing/*/*/*/.*")):
            return "amid landing"
        if not self.store.exists:
            return "before the store was there"
        loaded = self.store.query("SELECT batch FROM ops.loaded_file")["batch"].to_pylist()
        return "between landing and loading, or amid loading" if set(self.landed()) - set(loaded) else "elsewhere"


def trial(undisturbed: Trial, home: Path, chance: random.Random, requests: int) -> tuple[str, list[str]]:
    """One kill and one rerun: where it struck, and what is wrong afterwards."""
    killed = Trial(undisturbed.local, home)
    struck = killed.kill(chance.randrange(0, requests + 1), chance.uniform(0, 0.5))
    phase = killed.phase() if struck else "after the end"
    landed = set[str]().union(*killed.landed().values())
    killed.finish()
    troubles = [f"asked again, though landed: {each}" for each in killed.local.asked if each in landed]
    for table in plugins.load().tables().values():
        if table.schema == "raw":
            more, fewer = differing(table, killed.store, undisturbed.store)
            troubles += [f"{table.full_name} has more: {row}" for row in more[:3]]
            troubles += [f"{table.full_name} lacks: {row}" for row in fewer[:3]]
    return phase, troubles


def main() -> int:
    """1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance, phases, bad = random.Random(given.seed), Counter[str](), 0
    league = open_league("embedded:seed=1,teams=32,first_season=2026", (LEAGUE,))
    instant = clock.parse(NOW)
    with tempfile.TemporaryDirectory() as name, serving(league, lambda: instant) as local:
        undisturbed = Trial(local, Path(name) / "undisturbed")
        undisturbed.finish()
        requests = len(local.asked)
        print(f"undisturbed: {requests} requests, {len(undisturbed.landed())} batches", flush=True)
        for number in range(1, given.kills + 1):
            home = Path(name) / str(number)
            phase, troubles = trial(undisturbed, home, chance, requests)
            phases[phase] += 1
            bad += bool(troubles)
            print(f"{number:3} killed {phase}: {len(troubles) or 'no'} difference", flush=True)
            for each in troubles:
                print(f"      {each}")
            shutil.rmtree(home)
    print(f"{given.kills} kills, {bad} with another result: {dict(phases)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
