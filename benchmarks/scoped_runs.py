"""Which tests an edit runs, for each place of the repository: asked of Pants, in a clone that is thrown away.

    python benchmarks/scoped_runs.py
    python benchmarks/scoped_runs.py --run plugins/models/tipoff_models/elo.py
    python benchmarks/scoped_runs.py --run plugins/models/tipoff_models/elo.py plugins::

With ``--run`` a line of that file is edited, and all tests, or those that the arguments name, are asked for: which of
them ran, which came from the cache, and how long it took. What is committed counts; Pants' cache is the user's own.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
PLACES = (
    "core/tipoff/clock.py",
    "core/tests/test_clock.py",
    "plugins/espn_collector/tipoff_espn/plan.py",
    "plugins/features/tipoff_features/game.py",
    "plugins/history_collector/tipoff_history/plan.py",
    "plugins/models/tipoff_models/elo.py",
    "plugins/models/tests/test_totals.py",
    "dags/prediction_dag.py",
    "tests/test_leakage.py",
    "docs/guides/drift.md",
)
LIST = ("--changed-since=HEAD", "--changed-dependents=transitive", "--filter-target-type=python_test", "list")
RESULT = re.compile(r"(\S+):?\S* (?:succeeded|failed) in [\d.]+s(?: \((cached locally|memoized|cached remotely)\))?")


def pants(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs Pants without its daemon, which would outlive us."""
    command = ["build-support/pants.sh", "--no-pantsd", "--no-dynamic-ui", *words]
    return subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)


def edit(file: Path) -> None:
    """Adds a line that means nothing."""
    with file.open("a") as text:
        text.write("\n" if file.suffix == ".md" else "# x\n")


def package(target: str) -> str:
    """The part of the repository that a test belongs to."""
    return target.partition("/tests/")[0] if "/tests/" in target else target.partition("/")[0]


def ask(clone: Path, place: str) -> list[str]:
    """The test files that an edit of `place` runs."""
    edit(clone / place)
    answer = pants(clone, *LIST)
    subprocess.run(["git", "checkout", "-q", "--", place], cwd=clone, check=True)
    if answer.returncode:
        raise SystemExit(answer.stderr)
    return answer.stdout.split()


def run(clone: Path, place: str, specs: tuple[str, ...]) -> None:
    """Edits and tests; what ran and what did not."""
    edit(clone / place)
    began = time.monotonic()
    answer = pants(clone, "test", *(specs or ("::",)))
    found = RESULT.findall(answer.stderr)
    ran = Counter(package(target) for target, cached in found if not cached)
    kept = Counter(package(target) for target, cached in found if cached)
    click.echo(f"edited {place}: {time.monotonic() - began:.0f} s, exit code {answer.returncode}")
    for what, files in (("ran", ran), ("from the cache", kept)):
        click.echo(f"{what:16} {sum(files.values()):4}  {told(files)}")


def told(files: Counter[str]) -> str:
    """Figures by package."""
    return ", ".join(f"{name} {count}" for name, count in sorted(files.items()))


@click.command()
@click.option("--run", "place", help="Edit this file and run tests, instead.")
@click.argument("specs", nargs=-1)
def main(place: str | None, specs: tuple[str, ...]) -> None:
    """Print a line a place: the number of test files that an edit there runs, and whose they are."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "clone")
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        if place:
            run(clone, place, specs)
            return
        for each in PLACES:
            files = Counter(package(target) for target in ask(clone, each))
            click.echo(f"{each:50} {sum(files.values()):4}  {told(files)}")


if __name__ == "__main__":
    main()
