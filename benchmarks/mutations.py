"""Whether the tests would see a mistake: small ones are made on purpose, and each has to make a test fail.

Run it with ``python benchmarks/mutations.py`` (two to three hours; it can be stopped at any time, and goes on where it
was when it is called again). `cosmic-ray <https://cosmic-ray.readthedocs.io>`_ says which mutants there are: an
operator for another, a number one more or less, a condition turned round, a loop that never runs, an exception not
caught, a decorator gone. Of each area a seeded sample is drawn, a place in the code at most once, since a ``+`` has
eleven replacements and a ``not`` has one. What cannot change anything (annotations that nobody reads) is no mutant.

Each mutant meets the test files of its area that run the line, those named after its module first, until one fails;
what stands outside of functions meets all that use its module. That is done in a copy of the checkout in ``--folder``,
which also keeps what was found: which lines each test file runs, and a line a mutant in ``results.jsonl``. After a
change of the code or of a test file only what it concerns is done again; ``--again`` tries the survivors once more,
after new tests.

Exit code 1 when fewer than 90 % of all are killed, by a failing test or by one that does not end. Mutants that change
nothing that anybody could see count as survivors.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import queue
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.util import cache_from_source
from pathlib import Path

from coverage import CoverageData
from mutants import AREAS, ROOT, Place, digest, sample
from tipoff.cli.parts import end_with_parent

GOAL = 0.9

MEMORY = 8 << 30
"""Bytes that a mutant may take: ``1 << n`` may be a lot."""


@dataclass(frozen=True)
class Runs:
    """What a test file does.

    Args:
        seconds: how long it takes, watched.
        lines: which it runs, by module.
    """

    seconds: float
    lines: dict[str, list[int]]

    def meets(self, place: Place) -> bool:
        """Whether the mutated line is run by it; one outside of functions by whoever runs a function of its module."""
        ran, inside = set(self.lines.get(place.path, ())), inner_lines(place.source)
        return place.line in ran if place.line in inside else bool(ran & inside)


def inner_lines(source: str) -> set[int]:
    """Lines of bodies of functions."""
    return {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for line in range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
    }


class Copy:
    """The checkout once more, where mistakes may be made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        listed = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True)
        for name in listed.splitlines():
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, folder / name)
        self.temporary = folder / "temporary"

    def python(self, *words: str, limit: float | None = None) -> tuple[int | None, str]:
        """Exit code and output of Python in the copy; no code when it did not end in time."""
        packages = [self.folder / "core", *(self.folder / "plugins").iterdir()]
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("TIPOFF_") and name != "PYTHONDONTWRITEBYTECODE"
        }
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir()
        env = {
            **kept,
            "PYTHONPATH": os.pathsep.join(map(str, packages)),
            "TMPDIR": str(self.temporary),
        }
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - somebody may stop us at any time
        )
        resource.prlimit(process.pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None, ""
        return process.returncode, output

    def write(self, path: str, source: str) -> None:
        """Another version of a module; two of one second and length look the same to Python, so none is compiled."""
        module = self.folder / path
        Path(cache_from_source(str(module))).unlink(missing_ok=True)
        module.write_text(source)

    def watched(self, test_file: str, modules: list[str]) -> Runs:
        """Runs a test file and looks at which lines it runs."""
        data = self.folder / "coverage"
        data.unlink(missing_ok=True)
        begun = time.monotonic()
        code, output = self.python(
            *("-m", "coverage", "run", f"--data-file={data}", f"--include={','.join(modules)}"),
            *("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", test_file),
        )
        if code:
            sys.exit(f"{test_file} fails without a mistake:\n{output}")
        seconds = time.monotonic() - begun
        known = CoverageData(str(data))
        known.read()
        return Runs(seconds, {each: sorted(known.lines(str(self.folder / each)) or ()) for each in modules})

    def try_out(self, place: Place, tests: list[str], seconds: float) -> str:
        """Makes a mistake, and says whether the tests see it."""
        if not tests:
            return "survived"
        self.write(place.path, place.mutated)
        try:
            code, _ = self.python("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests, limit=60 + 5 * seconds)
        finally:
            self.write(place.path, place.source)
        return "timeout" if code is None else "killed" if code else "survived"


class Trial:
    """What is known so far, and what is still to be tried."""

    def __init__(self, folder: Path, workers: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.results = folder / "results.jsonl"
        self.workers = workers
        self.copies = queue.SimpleQueue[Copy]()
        for number in range(workers):
            self.copies.put(Copy(folder / f"copy-{number}"))

    def known(self) -> dict[str, str]:
        """What came of each mutant so far."""
        lines = self.results.read_text().splitlines() if self.results.is_file() else []
        return {found["key"]: found["outcome"] for found in map(json.loads, lines)}

    def runs(self, area: str) -> dict[str, Runs]:
        """What each test file of an area does, looked at anew where it or the code has changed."""
        root = self.folder / "copy-0"  # the checkout may change meanwhile
        code, tests = ([p for f in each for p in sorted((root / f).rglob("*.py"))] for each in AREAS[area])
        modules = [str(module.relative_to(root)) for module in code]
        state = digest(*(module.read_text() for module in code))

        def one(test_file: Path) -> tuple[str, Runs]:
            name = str(test_file.relative_to(root))
            kept = self.folder / "lines" / f"{digest(name, test_file.read_text(), state)}.json"
            if kept.is_file():
                return name, Runs(**json.loads(kept.read_text()))
            copy = self.copies.get()
            try:
                found = copy.watched(name, modules)
            finally:
                self.copies.put(copy)
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(json.dumps(asdict(found)))
            return name, found

        with ThreadPoolExecutor(self.workers) as pool:
            return dict(pool.map(one, [path for path in tests if path.name.startswith("test_")]))

    def run(self, area: str, mutants: list[Place], done: set[str]) -> None:
        """Tries what is not done, and writes down what came of it."""
        to_do = [place for place in mutants if place.key not in done]
        runs = self.runs(area) if to_do else {}

        def one(place: Place) -> str:
            stem = Path(place.path).stem
            met = [name for name in runs if runs[name].meets(place)]
            met.sort(key=lambda name: (stem not in Path(name).stem, runs[name].seconds))
            copy = self.copies.get()
            try:
                outcome = copy.try_out(place, met, sum(runs[name].seconds for name in met))
            finally:
                self.copies.put(copy)
            with self.results.open("a") as file:
                where = f"{place.path}:{place.line}"
                file.write(json.dumps({"key": place.key, "area": area, "outcome": outcome, "where": where}) + "\n")
            return outcome

        with ThreadPoolExecutor(self.workers) as pool:
            for number, outcome in enumerate(pool.map(one, to_do), 1):
                print(f"{area} {number}/{len(to_do)} {outcome}", file=sys.stderr, flush=True)


def main() -> int:
    """1 when too many survive."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--area", action="append", choices=AREAS, help="only this one (may be repeated)")
    parser.add_argument("--each", type=int, default=65, help="mutants of each area")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--workers", type=int, choices=(1, 2), default=2)
    parser.add_argument("--again", action="store_true", help="try the survivors once more")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "tipoff-mutations")
    given = parser.parse_args()
    trial, samples = Trial(given.folder, given.workers), dict[str, list[Place]]()
    for area in given.area or AREAS:
        samples[area] = sample(area, given.each, given.seed)
        known = trial.known()
        trial.run(area, samples[area], {key for key in known if not (given.again and known[key] == "survived")})
    return report(samples, trial.known())


def report(samples: dict[str, list[Place]], known: dict[str, str]) -> int:
    """Prints every survivor and the figures."""
    for area, mutants in samples.items():
        for place in mutants:
            if known[place.key] == "survived":
                print(f"\n{area}: survived\n{place.diff()}")
    print(f"\n{'area':14}{'mutants':>9}{'killed':>9}{'timeout':>9}{'survived':>9}{'seen':>9}")
    total = [known[place.key] for mutants in samples.values() for place in mutants]
    for area, outcomes in {**{a: [known[p.key] for p in each] for a, each in samples.items()}, "all": total}.items():
        counts = [outcomes.count(outcome) for outcome in ("killed", "timeout", "survived")]
        seen = sum(counts[:2]) / len(outcomes)
        print(f"{area:14}{len(outcomes):9}" + "".join(f"{count:9}" for count in counts) + f"{seen:9.1%}")
    return 0 if total.count("survived") <= (1 - GOAL) * len(total) else 1


if __name__ == "__main__":
    sys.exit(main())
