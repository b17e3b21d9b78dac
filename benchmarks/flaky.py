"""Whether tests that start processes, servers or browsers hold on a machine that has other work.

Run it with ``python benchmarks/flaky.py`` (some hours: 20 times each test file that starts anything, beside a load of 8
busy processes; ``--times 3 --only tests/test_up_and_down.py`` is quicker). It can be stopped at any time, and goes on
where it was when it is called again, as long as no file of the checkout has changed; ``--folder`` keeps what was found.

Which test files those are is seen, not listed: each is run once without the load, and watched for a process that is
started or forked, and for a socket that is bound (`sys.addaudithook`).

Exit code 1 when any run of any of them failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tipoff.cli.parts import end_with_parent

ROOT = Path(__file__).resolve().parents[1]
STARTS = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "socket.bind")
"""Audit events of what a test may have to wait for (https://docs.python.org/3/library/audit_events.html)."""

LIMIT = 3600.0
"""Seconds after which a test file is taken to hang."""

NO_TEST = 5
"""Pytest's exit code where a file has no test to run, which is no failure."""

WATCH = "TIPOFF_TEST_WATCH"
"""Names the file into which a watched run writes which of `STARTS` there were."""


def pytest_configure() -> None:
    """What pytest calls when this module is its plugin: begins to watch."""
    file = Path(os.environ.pop(WATCH))
    seen = set[str]()

    def watch(event: str, _: object) -> None:
        if event in STARTS and event not in seen:
            seen.add(event)
            file.write_text(json.dumps(sorted(seen)))

    file.write_text("[]")
    sys.addaudithook(watch)


@dataclass(frozen=True)
class Run:
    """One run of a test file.

    Args:
        file: in the checkout.
        number: counted from 1; 0 is the one without a load.
        code: pytest's exit code; -1 where it hung.
        seconds: how long it took.
        starts: what was started, of the one without a load.
        output: what pytest said where it failed.
    """

    file: str
    number: int
    code: int
    seconds: float
    starts: list[str]
    output: str


class Results:
    """A line a run, of one state of the checkout."""

    def __init__(self, folder: Path) -> None:
        listed = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True)
        state = hashlib.sha256()
        for name in sorted(listed.splitlines()):
            if (ROOT / name).is_file() and Path(name).suffix != ".md":
                state.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
        self._path = folder / f"{state.hexdigest()[:16]}.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        lines = self._path.read_text().splitlines() if self._path.is_file() else []
        self.known = {(run.file, run.number): run for run in (Run(**json.loads(line)) for line in lines)}

    def once(self, file: str, number: int) -> Run:
        """One run; what is known is not run again."""
        if (file, number) not in self.known:
            run = self.known[file, number] = tried(file, number)
            with self._path.open("a") as lines:
                lines.write(json.dumps(asdict(run)) + "\n")
            print(f"{file} {number}: {'failed' if run.code else 'passed'} in {run.seconds:.0f} s", flush=True)
        return self.known[file, number]


def tried(file: str, number: int) -> Run:
    """Runs a test file, watched if its number is 0."""
    with tempfile.TemporaryDirectory(prefix="flaky-", ignore_cleanup_errors=True) as name:
        watch = Path(name) / "watch.json"
        plugin = () if number else ("-p", "flaky")
        env = {**os.environ, "TMPDIR": name, WATCH: str(watch)}
        if not number:
            env["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *filter(None, [env.get("PYTHONPATH")])])
        words, output = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, file], Path(name) / "output"
        begun = time.monotonic()
        with (
            output.open("wb") as said,
            subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            ) as process,
        ):
            try:
                code = process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                code = -1
        seconds = round(time.monotonic() - begun, 1)
        starts = json.loads(watch.read_text()) if watch.is_file() else []
        code = 0 if code == NO_TEST else code
        return Run(file, number, code, seconds, starts, output.read_text(errors="replace")[-20_000:] if code else "")


@contextmanager
def load(processes: int) -> Iterator[None]:
    """So many processes that do nothing, as fast as they can."""
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=end_with_parent)  # noqa: PLW1509
        for _ in range(processes)
    ]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def main() -> int:
    """1 when a test failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=20, help="runs of each test file beside the load")
    parser.add_argument("--load", type=int, default=8, help="busy processes")
    parser.add_argument("--only", action="append", default=[], help="test files (may be repeated)")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "tipoff-flaky")
    given = parser.parse_args()
    results = Results(given.folder)
    files = given.only or sorted(
        str(path.relative_to(ROOT))
        for folder in ("core/tests", "tests", *(f"plugins/{each.name}/tests" for each in (ROOT / "plugins").iterdir()))
        for path in (ROOT / folder).rglob("test_*.py")
    )
    quiet = [results.once(file, 0) for file in files]
    starting = [run.file for run in quiet if run.starts]
    print(f"{len(starting)} of {len(files)} test files start processes, servers or browsers")
    with load(given.load):
        runs = [results.once(file, number) for number in range(1, given.times + 1) for file in starting]
    failed = [run for run in (*quiet, *runs) if run.code]
    for run in failed:
        print(f"\n{run.file}, run {run.number}:\n{run.output}")
    print(f"{len(runs)} runs of {len(starting)} test files beside a load of {given.load}, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
