"""Parts of Airflow that end are started again: with real processes, and a clock of our own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from tipoff.cli.parts import STEADY_SECONDS, WAITS, Parts
from tipoff.cli.running import Running
from tipoff.errors import Abort

FOREVER = "import time; time.sleep(600)"
WITH_TASK = """
import os, signal, time
read, write = os.pipe()
if os.fork() == 0:
    os.setpgid(0, 0)  # as a task of Airflow's
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.write(write, b"1")
    time.sleep(600)
os.read(read, 1)
open(os.environ["READY"], "w").close()
time.sleep(600)
"""


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


Make = Callable[..., Parts]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[Make]:
    """Parts of these scripts, started; all of them end after the test."""
    made = []

    def make(**scripts: str) -> Parts:
        (tmp_path / "logs").mkdir(exist_ok=True)
        commands = {name: (sys.executable, "-c", script) for name, script in scripts.items()}
        env = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "READY": str(tmp_path / "ready")}
        made.append(Parts(tmp_path, env, commands, clock))
        made[-1].start()
        return made[-1]

    yield make
    for parts in made:
        parts.stop()


def pid(home: Path, name: str = "scheduler") -> int:
    running = Running.of(home)
    assert running
    return running.parts[name]


def process(home: Path, name: str = "scheduler") -> psutil.Process:
    return psutil.Process(pid(home, name))


def end(home: Path, name: str = "scheduler") -> None:
    """Ends a part from outside; it stays a zombie until its parent looks."""
    found = process(home, name)
    found.kill()
    os.waitid(os.P_PID, found.pid, os.WEXITED | os.WNOWAIT)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("import sys; sys.exit(3)", "Airflow's scheduler ended with exit code 3, so all of it stops. The last lines"),
        (
            "import os; os.kill(os.getpid(), 9)",
            "Airflow's scheduler was ended by signal SIGKILL: by somebody's kill, or by the system, which had no",
        ),
        ("import os; os.kill(os.getpid(), 11)", "Airflow's scheduler was ended by signal SIGSEGV, so all of it stops"),
    ],
)
def test_while_airflow_starts_none_may_end(script: str, says: str, make: Make, tmp_path: Path) -> None:
    parts = make(scheduler=f"for number in range(5000): print('line', number, '\\n', flush=True)\n{script}")
    os.waitid(os.P_PID, pid(tmp_path), os.WEXITED | os.WNOWAIT)
    with pytest.raises(Abort) as caught:
        parts.must_run()
    assert says in str(caught.value)
    shown = "\n  ".join(f"line {number} " for number in range(4988, 5000))
    assert str(caught.value).endswith(f"{tmp_path / 'logs/scheduler.log'}:\n  {shown}")


def test_a_part_that_said_nothing_is_told_so(make: Make, tmp_path: Path) -> None:
    parts = make(scheduler="")
    os.waitid(os.P_PID, pid(tmp_path), os.WEXITED | os.WNOWAIT)
    with pytest.raises(Abort, match="It left nothing in"):
        parts.must_run()


def test_what_ends_is_started_again_later_and_later(make: Make, clock: Clock, tmp_path: Path) -> None:
    parts, seen = make(scheduler=FOREVER, triggerer=FOREVER), set()
    for times, wait in enumerate([*WAITS, WAITS[-1]], 1):
        seen.add(pid(tmp_path))
        end(tmp_path)
        (said,) = parts.tend()
        assert "Airflow's scheduler was ended by signal SIGKILL: by somebody's kill" in said
        assert f"it is started again in {wait} s. It left nothing in" in said
        assert bool(parts.troubles()) == (times > 1), "once may happen"
        clock.now += wait - 0.5
        assert list(parts.tend()) == []
        assert pid(tmp_path) in seen
        clock.now += 0.5
        assert list(parts.tend()) == []
        assert process(tmp_path).is_running()
    assert len(seen) == len(WAITS) + 1
    assert parts.troubles().keys() == {"scheduler"}
    assert pid(tmp_path, "triggerer") not in seen


def test_a_part_that_has_run_for_a_while_is_well_again(make: Make, clock: Clock, tmp_path: Path) -> None:
    parts = make(scheduler=FOREVER)
    for _ in range(3):
        end(tmp_path)
        list(parts.tend())
        clock.now += WAITS[-1]
        list(parts.tend())
    clock.now += STEADY_SECONDS - 1
    assert list(parts.tend()) == []
    assert parts.troubles()
    clock.now += 1
    assert list(parts.tend()) == ["Airflow's scheduler is well again"]
    assert parts.troubles() == {}
    assert list(parts.tend()) == []
    end(tmp_path)
    (said,) = parts.tend()
    assert f"again in {WAITS[0]} s" in said


def test_what_an_ended_part_leaves_behind_is_ended_before_another_is_started(make: Make, tmp_path: Path) -> None:
    parts = make(scheduler=WITH_TASK)
    while not (tmp_path / "ready").exists():
        os.sched_yield()
    (task,) = process(tmp_path).children()
    end(tmp_path)
    assert task.is_running()
    list(parts.tend())
    psutil.wait_procs([task], timeout=60)
    assert not task.is_running() or task.status() == psutil.STATUS_ZOMBIE


def test_a_part_that_does_not_work_is_ended_once_it_has_had_its_time(make: Make, clock: Clock, tmp_path: Path) -> None:
    parts = make(scheduler=FOREVER)
    first = process(tmp_path)
    first.send_signal(signal.SIGSTOP)  # it would not hear a polite word
    clock.now += 29
    assert list(parts.again("scheduler", "it gives no sign of life", 30)) == []
    assert first.is_running()
    clock.now += 1
    (said,) = parts.again("scheduler", "it gives no sign of life", 30)
    assert "Airflow's scheduler was ended, since it gives no sign of life; it is started again in 1 s" in said
    clock.now += 100
    assert list(parts.again("scheduler", "it gives no sign of life", 30)) == [], "it does not run"
    list(parts.tend())
    assert pid(tmp_path) != first.pid


def test_stopping_ends_what_waits_to_be_started_too(make: Make, tmp_path: Path) -> None:
    parts = make(scheduler=FOREVER, triggerer=FOREVER)
    end(tmp_path)
    list(parts.tend())
    left = process(tmp_path, "triggerer")
    parts.stop()
    assert not left.is_running()
    assert Running.of(tmp_path) is None
