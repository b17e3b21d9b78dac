"""Days of the four DAGs in a real Airflow, with tasks killed and requests spoilt, held against a quiet life.

Run it with ``python benchmarks/soak.py`` (30 days; ``--days 2`` is quicker). A small simulated league is lived twice.
Once under a scheduler with LocalExecutor, where one task attempt in 50 gets SIGKILL at a random instant and 5 % of all
answers are spoilt in every way that `tipoff espn-server --chaos` knows, but for the 403 that a person must see to. And
once quietly, each DAG by `DAG.test`. Every day the DAGs run in their order, model_training on the first day and on
Sundays.

A last morning, quiet in both lives, collects once more, since what was spoilt on the last day is asked again on the
next. Then it tells

- how many runs succeeded, of all that were begun (the goal: 99 %);
- whether the tables are equal, EXCEPT ALL both ways, provenance left out;
- whether the ledger's chain holds, and whether a prediction is lost or doubled against the quiet life;
- the size of the store against that of a copy that holds nothing but the data, and of the quiet life's.

Airflow waits a second before it tries a task again here, instead of a minute. Exit code 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from tipoff import clock
from tipoff.airflow.testing.services import Airflow, running
from tipoff.monitoring import journal
from tipoff.process import Process
from tipoff_espn.server.chaos import KINDS
from two_lives import missed

DAGS = Path(__file__).resolve().parents[1] / "dags"
DAG_IDS = ("data_collection", "feature_engineering", "model_training", "prediction")
FIRST = datetime(2026, 1, 5, 13)
LEAGUE = "embedded:seed=1,teams=32"
KINDS_OF_CHAOS = "+".join(kind for kind in KINDS if kind != "403")
CHAOS = f"{LEAGUE},chaos={{rate}},chaos_kinds={KINDS_OF_CHAOS},chaos_stall=2,chaos_log={{log}}"
POLICY = """
from datetime import timedelta

def task_policy(task):
    task.retry_delay = timedelta(seconds=1)
"""
QUICK = {"TIPOFF_REQUESTS_PER_SECOND": "500", "TIPOFF_MAX_CONCURRENCY": "8", "TIPOFF_TIMEOUT_SECONDS": "1"}
GOAL = 0.99
QUIET = """
import json, sys
from datetime import datetime
from pathlib import Path
home, dags, days = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
from tipoff.airflow.home import prepare
prepare(home / "airflow", dags)
from tipoff import clock
from tipoff.airflow import local
from tipoff.settings import load
load().home.mkdir(parents=True, exist_ok=True)

class Quiet:
    def began(self, task_id): pass
    def ended(self, end): pass

for now, dag_ids in days:
    clock.set_now(datetime.fromisoformat(now))
    for dag_id in dag_ids:
        assert local.run(dag_id, dags, Quiet()) == "success", (now, dag_id)
"""


@dataclass
class Killer:
    """Kills one attempt in so many, at a random instant of its life."""

    home: Path
    one_in: int
    chance: random.Random
    begun: int = 0
    killed: list[str] = field(default_factory=list)
    due: int = 0
    striking: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kills while the block runs."""
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _watch(self, over: threading.Event) -> None:
        seen: set[tuple[str, journal.Task, float]] = set()
        while not over.wait(0.05):
            for path in journal.paths(self.home):
                for line in journal.read(path):
                    key = line.run, line.task, line.clock
                    if line.event == "began" and key not in seen:
                        seen.add(key)
                        self._meet(line)

    def _meet(self, line: journal.Line) -> None:
        self.begun += 1
        self.due += self.begun % self.one_in == 0
        if self.due and line.process:
            threading.Timer(self.chance.uniform(0, 1.0), self._strike, [line, line.process]).start()

    def _strike(self, line: journal.Line, attempt: Process) -> None:
        """Unless it is too late for this one; then the next is due."""
        with self.striking, suppress(psutil.Error):
            process = attempt.find()
            if self.due and process and "airflow" in " ".join(process.cmdline()):
                process.kill()
                self.due -= 1
                self.killed.append(f"{line.run.partition('/')[0]}.{line.task.name} {line.task.label}".strip())


def days_of(count: int) -> list[tuple[datetime, tuple[str, ...]]]:
    """Each day's instant with the DAGs that run."""
    days = [FIRST + timedelta(days=number) for number in range(count)]
    return [
        (now, tuple(each for each in DAG_IDS if each != "model_training" or now == FIRST or now.weekday() == 6))
        for now in days
    ]


def live_noisily(home: Path, days: list[tuple[datetime, tuple[str, ...]]], given: argparse.Namespace) -> Counter[str]:
    """Lives the days under a scheduler; how many runs ended how."""
    log = home / "strikes.jsonl"
    env = QUICK | {"TIPOFF_SOURCE": CHAOS.format(rate=given.rate, log=log)}
    killer = Killer(home / "tipoff", given.one_in, random.Random(given.seed))
    states = Counter[str]()
    with running(home, DAGS, *DAG_IDS, env=env, policy=POLICY) as airflow, killer.at_work():
        for now, dag_ids in days:
            started, killed, struck = time.monotonic(), len(killer.killed), _lines(log)
            clock.set_now(now)
            ended = {dag_id: run_once(airflow, dag_id) for dag_id in dag_ids}
            states.update(ended.values())
            failed = [dag_id for dag_id, state in ended.items() if state != "success"]
            print(
                f"{now:%Y-%m-%d} {len(ended)} runs, {len(failed)} failed {failed or ''}: "
                f"{_lines(log) - struck} answers spoilt, killed {killer.killed[killed:] or 'nothing'}, "
                f"{time.monotonic() - started:.0f} s",
                flush=True,
            )
    print(f"{killer.begun} attempts begun, {len(killer.killed)} killed, {_lines(log)} answers spoilt")
    return states


def run_once(airflow: Airflow, dag_id: str) -> str:
    """One run of a DAG; its state. The first is the one that the scheduler makes by itself when it gets the DAG."""
    run = airflow.trigger(dag_id) if airflow.runs(dag_id) else airflow.unpause(dag_id)
    state = airflow.state(run)
    if state != "success":
        print(f"  {run}: {airflow.tasks(run)}")
    return state


@contextmanager
def living_quietly(home: Path, days: list[tuple[datetime, tuple[str, ...]]]) -> Iterator[None]:
    """Meanwhile the same days are lived without a fault, in one process of its own; the block's end waits for it."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIPOFF_"))}
    env = mine | QUICK | {"TIPOFF_HOME": str(home / "tipoff"), "TIPOFF_SOURCE": LEAGUE}
    env["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
    said = json.dumps([(now.isoformat(), dag_ids) for now, dag_ids in days])
    command = [sys.executable, "-c", QUIET, str(home), str(DAGS), said]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise ChildProcessError(f"the quiet life ended with {process.returncode}")


def settle(home: Path, now: datetime) -> None:
    """One more morning, quiet in both lives: what was spoilt on the last day is owed, and asked again here."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("TIPOFF_")}
    env = mine | QUICK | {"TIPOFF_HOME": str(home / "tipoff"), "TIPOFF_SOURCE": LEAGUE, "TIPOFF_NOW": now.isoformat()}
    for step in ("collect", "features"):
        subprocess.run([sys.executable, "-m", "tipoff.cli", step], env=env, check=True, capture_output=True)


def _lines(path: Path) -> int:
    return len(path.read_bytes().splitlines()) if path.exists() else 0


def main() -> int:
    """1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rate", type=float, default=0.05, help="share of answers that are spoilt")
    parser.add_argument("--one-in", type=int, default=50, help="task attempts of which one is killed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="an empty folder that is kept")
    given = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background job starts with it ignored
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as temporary:
        home = (given.home or Path(temporary)).absolute()
        noisy, quiet = home / "noisy", home / "quiet"
        noisy.mkdir(parents=True)
        os.environ["TIPOFF_HOME"] = str(noisy / "tipoff")  # whose clock is set here
        days = days_of(given.days)
        with living_quietly(quiet, days):
            states = live_noisily(noisy, days, given)
        for each in (noisy, quiet):
            settle(each, days[-1][0] + timedelta(days=1))
        share = states["success"] / states.total()
        print(f"{states['success']} of {states.total()} runs succeeded: {share:.1%}")
        found = ["runs"] * (share < GOAL) + missed(noisy / "tipoff", quiet / "tipoff")
    print(f"missed: {', '.join(found)}" if found else "every goal is met")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
