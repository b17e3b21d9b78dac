"""Strikes every command at its writes, runs it once more, and looks whether anything is lost, doubled or otherwise.

Run it with ``python benchmarks/faults.py`` (about a minute for each ten points; Linux, with a C compiler). A small
simulated league is lived through for two days by the commands in `STEPS`, and the home is kept as it was before each.
What a command changes below TIPOFF_HOME is counted: each write, sync, rename, new or removed file, DuckDB's too. Then
the command is struck at some of these changes, drawn by ``--seed`` (``--points`` of each command and kind, or
``--every``), in a copy of the home that it began with:

==========  =========================================================================
kill        SIGKILL before the change
half        half of the write, then SIGKILL
ENOSPC      the disk is full from then on
EIO         the change fails, the next do not
EROFS       nothing can be changed from then on
power       the power goes out: of what was not synced any subset is lost
==========  =========================================================================

After each of them has to hold:

- the command has ended with 0, or with an error in words, and never with a traceback;
- one of the published copies can be read to its end, if there was one before;
- run once more, the same command succeeds, nobody having mended anything;
- then all tables, the predictions, the grades and the decisions are those of the life that nothing struck, none lost
  and none doubled, and the ledger verifies.

Exit code 1 where something does not.
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
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import duckdb
from local_espn import LocalEspn, serving
from power_cut import cut
from tipoff import clock
from tipoff.errors import TipoffError
from tipoff.settings import Settings
from tipoff.warehouse.publish import read_copy
from tipoff.warehouse.store import Warehouse
from tipoff_espn.server import open_league
from two_lives import compare, verified

KINDS = ("kill", "half", "ENOSPC", "EIO", "EROFS", "power")
LEAGUE = "mens-college-basketball"
MORNING, NEXT_MORNING = "2026-01-21T13:00:00", "2026-01-22T13:00:00"

SAID = {
    "predictions.ledger": "* EXCLUDE (run_id, previous_hash, hash)",
    "predictions.grade": "* EXCLUDE (run_id, ledger_hash)",
    "models.event": "* EXCLUDE (run_id, seq, reason, figures)",
    "models.version": "* EXCLUDE (run_id)",
}
"""Of tipoff's own tables what two lives must have in common. Who competed for champion, which a decision's reason and
figures tell, they need not: a model that could not be stored the first time competes from the second on."""


def broken(home: Path) -> None:
    """Makes the store one that opens no more."""
    os.truncate(home / "tipoff.duckdb", (home / "tipoff.duckdb").stat().st_size // 2)


@dataclass(frozen=True)
class Step:
    """A command at an instant, and what happens to the home before it."""

    name: str
    now: str
    words: tuple[str, ...]
    before: Callable[[Path], None] | None = None


STEPS = (
    Step("init", MORNING, ("init",)),
    Step("collect", MORNING, ("collect",)),
    Step("features", MORNING, ("features",)),
    Step("train", MORNING, ("train",)),
    Step("predict", MORNING, ("predict",)),
    Step("collect again", NEXT_MORNING, ("collect",)),
    Step("features again", NEXT_MORNING, ("features",)),
    Step("grade and predict", NEXT_MORNING, ("predict",)),
    Step("promote", NEXT_MORNING, ("models", "promote", "home", "VERSION", "--reason", "to see it")),
    Step("reparse", NEXT_MORNING, ("reparse",)),
    Step("restore", NEXT_MORNING, ("restore",), broken),
)
"""The life, in order."""


class Injector:
    """The library that strikes, and what a command does under it.

    Args:
        folder: for what it needs.
        espn: the running source.
        at: sets the source's instant.
    """

    def __init__(self, folder: Path, espn: LocalEspn, at: Callable[[str], None]) -> None:
        self.folder = folder
        self.library = folder / "faults.so"
        self.counter = folder / "counter"
        self._espn = espn
        self._at = at
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            sys.exit("there is no C compiler; install gcc or clang")
        source = str(Path(__file__).with_name("faults.c"))
        subprocess.run(
            [compiler, "-O2", "-shared", "-fPIC", "-o", str(self.library), source, "-ldl"], check=True, cwd=folder
        )

    def run(self, step: Step, home: Path, **faults: object) -> tuple[int, str]:
        """Exit code and output of a step; `faults` are settings of the library, without FAULTS_."""
        self._at(step.now)
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("TIPOFF_", "AIRFLOW"))}
        env = {
            **mine,
            "TIPOFF_HOME": str(home),
            "TIPOFF_NOW": step.now,
            "TIPOFF_SOURCE": self._espn.url,
            "TIPOFF_REQUESTS_PER_SECOND": "500",
            "TIPOFF_LEAGUES": LEAGUE,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if faults:
            self.counter.unlink(missing_ok=True)
            env |= {"LD_PRELOAD": str(self.library), "FAULTS_UNDER": str(home), "FAULTS_COUNTER": str(self.counter)}
            env |= {f"FAULTS_{name.upper()}": str(value) for name, value in faults.items()}
        words = [self.version(home) if word == "VERSION" else word for word in step.words]
        command = [sys.executable, "-m", "tipoff.cli", *words]
        done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def changes(self) -> int:
        """How many the last run made."""
        return int.from_bytes(self.counter.read_bytes(), sys.byteorder)

    @staticmethod
    def version(home: Path) -> str:
        """Of the simplest model."""
        found = store_of(home).query("SELECT version FROM models.version WHERE model = 'home'")
        return str(found["version"][0].as_py())


def store_of(home: Path) -> Warehouse:
    """The store of a home."""
    return Warehouse.of(Settings(home=home))


@contextmanager
def copied(home: Path, to: Path) -> Iterator[Path]:
    """A home once more, while the block runs, always under one name."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(home, to)
    yield to
    shutil.rmtree(to, ignore_errors=True)


def copy_is_whole(home: Path) -> bool:
    """Whether one of the published copies can be read to its end."""
    settings = Settings(home=home)
    for copy in (settings.published, settings.published_before):
        try:
            read_copy(copy)
        except (duckdb.Error, TipoffError, OSError):
            continue
        return True
    return False


def differences(home: Path, undisturbed: Path) -> list[str]:
    """What two homes do not have in common."""
    mine, theirs = store_of(home), store_of(undisturbed)
    printed, found = StringIO(), list[str]()
    with redirect_stdout(printed):
        if compare(mine, theirs):
            found += printed.getvalue().splitlines()
    for table, columns in SAID.items():
        one, other = (store.query(f"SELECT {columns} FROM {table}") for store in (mine, theirs))
        with duckdb.connect() as con:
            con.register("one", one)
            con.register("other", other)
            for name, sql in (("more", "FROM one EXCEPT ALL FROM other"), ("fewer", "FROM other EXCEPT ALL FROM one")):
                if rows := con.sql(sql).fetchall():
                    found.append(f"{table}: {len(rows)} rows {name}, such as {str(rows[0])[:200]}")
    if wrong := verified(mine, home):
        found.append(wrong)
    return found


class Life:
    """The steps, lived through once without a fault: the home before each, and how many changes it makes.

    Args:
        injector: that runs them.
        folder: for the homes.
        steps: how many of them, from the first.
    """

    def __init__(self, injector: Injector, folder: Path, steps: int) -> None:
        self.injector = injector
        self.folder = folder
        self.home = folder / "home"  # always the same, since a home's path may stand in it
        self.changes: dict[str, int] = {}
        self.home.mkdir()
        for number, step in enumerate(STEPS[:steps]):
            if step.before:
                step.before(self.home)
            self._keep(number)
            code, said = injector.run(step, self.home, at=0, journal=folder / f"journal-{number}")
            if code:
                sys.exit(f"tipoff {' '.join(step.words)} failed without a fault:\n{said}")
            self.changes[step.name] = injector.changes()
            print(f"{step.name}: {self.changes[step.name]} changes", flush=True)
        self._keep(steps)

    def _keep(self, number: int) -> None:
        shutil.copytree(self.home, self.folder / str(number))

    def strike(self, number: int, kind: str, at: int, chance: random.Random) -> tuple[bool, list[str]]:
        """Strikes a step; whether that took place, and what is wrong afterwards."""
        step, before, after = STEPS[number], self.folder / str(number), self.folder / str(number + 1)
        had_copy, wrong = copy_is_whole(before), list[str]()
        with copied(before, self.home) as home:
            if kind == "power":
                cut(home, self.folder / f"journal-{number}", at, chance)
                Settings(home=home).store.with_name("tipoff.duckdb.lock").unlink(missing_ok=True)  # of another boot
                struck = True
            else:
                code, said = self.injector.run(step, home, at=at, kind=kind)
                struck = self.injector.changes() >= at
                if "Traceback" in said:
                    wrong.append(f"it ended with a traceback:\n{said[-1500:]}")
                if kind not in ("kill", "half") and code == -signal.SIGKILL:
                    wrong.append("it was killed")
            if had_copy and not copy_is_whole(home):
                wrong.append("no published copy can be read to its end")
            code, said = self.injector.run(step, home)
            if code:
                wrong.append(f"run once more it ended with {code}:\n{said[-1500:]}")
            else:
                wrong += differences(home, after)
        return struck, wrong


def main() -> int:
    """1 where something is lost, doubled or otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=5, help="of each command and kind")
    parser.add_argument("--every", action="store_true", help="all of them, which takes days")
    parser.add_argument("--kind", action="append", choices=KINDS, help="only this one (may be repeated)")
    parser.add_argument("--step", action="append", choices=[step.name for step in STEPS], help="likewise")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance, instant = random.Random(given.seed), [clock.parse(MORNING)]
    league = open_league("embedded:seed=1,teams=32,first_season=2026", (LEAGUE,))
    tried, bad = Counter[str](), Counter[str]()

    def at(now: str) -> None:
        instant[0] = clock.parse(now)

    with tempfile.TemporaryDirectory() as name, serving(league, lambda: instant[0]) as espn:
        wanted = [number for number, step in enumerate(STEPS) if not given.step or step.name in given.step]
        life = Life(Injector(Path(name), espn, at), Path(name), max(wanted) + 1)
        for number in wanted:
            step = STEPS[number]
            for kind in given.kind or KINDS:
                every = range(1, life.changes[step.name] + 1)
                for point in every if given.every else chance.choices(every, k=given.points):
                    struck, wrong = life.strike(number, kind, point, chance)
                    tried[kind] += struck
                    bad[kind] += bool(wrong)
                    if wrong:
                        print(f"{step.name}, {kind} at change {point}:", flush=True)
                        for each in wrong:
                            print(f"    {each}", flush=True)
            print(f"{step.name}: {tried.total()} points so far, {bad.total()} with something wrong", flush=True)
    for kind in KINDS:
        print(f"{kind:8} {tried[kind]:5} points, {bad[kind]} with something wrong")
    return 1 if bad.total() else 0


if __name__ == "__main__":
    sys.exit(main())
