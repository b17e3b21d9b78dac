"""``tipoff up`` and ``tipoff down`` with a real Airflow: nothing of it is left, however ``tipoff up`` ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tipoff.airflow.testing.services import free_port, until
from tipoff.cli.parts import COMMANDS
from tipoff.cli.running import Running

DAGS = Path(__file__).resolve().parents[1] / "dags"
TIPOFF = [sys.executable, "-m", "tipoff.cli"]
START_SECONDS, STOP_SECONDS = 600.0, 300.0
"""When to give up: no measure of speed."""


@pytest.fixture
def env(tmp_path: Path) -> Mapping[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIPOFF_"))}
    return {
        **mine,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "TIPOFF_HOME": str(tmp_path / "tipoff"),
        "TIPOFF_SOURCE": "embedded:seed=1,teams=32",
    }


@pytest.fixture
def up(env: Mapping[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A running ``tipoff up`` all of whose parts have been started."""
    home = tmp_path / "airflow"
    words = ["up", "--port", str(free_port()), "--dags", str(DAGS)]
    with subprocess.Popen(
        [*TIPOFF, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            started = lambda: ((found := Running.of(home)) and len(found.parts) == len(COMMANDS) and found) or None  # noqa: E731
            running = until(started, START_SECONDS, "the start")
            yield process
            assert running.all(home) == []
        finally:
            process.kill()
            if found := Running.of(home):
                found.stop(home, 0)


def of_sessions(parts: Mapping[str, int]) -> dict[int, str]:
    """Processes that run in the sessions of the parts, with their names."""
    found: dict[int, str] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getsid(process.pid) in parts.values() and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process.name()
    return found


def at_work(home: Path) -> Running:
    """The running Airflow, once the scheduler has its workers, which give themselves titles as the UI's server does."""
    running = Running.of(home)
    assert running

    def titled() -> bool | None:
        names = of_sessions(running.parts).values()
        return sum(name.startswith("airflow") for name in names) >= 3 or None

    until(titled, START_SECONDS, "the workers")
    return running


def down(env: Mapping[str, str]) -> str:
    return subprocess.run([*TIPOFF, "down"], env=env, check=True, capture_output=True, text=True).stdout


def test_down_ends_what_another_shell_has_started(
    up: subprocess.Popen[str], env: Mapping[str, str], tmp_path: Path
) -> None:
    running = at_work(tmp_path / "airflow")
    # Airflow starts and ends processes all the time: what is there before and after was there meanwhile.
    before = of_sessions(running.parts).keys()
    found = {process.pid for process in running.left(tmp_path / "airflow")}
    assert before & of_sessions(running.parts).keys() <= found
    assert set(running.parts.values()) <= found
    assert "has ended" in down(env)
    assert of_sessions(running.parts) == {}
    said, _ = up.communicate(timeout=STOP_SECONDS)
    assert up.returncode == 0, said
    assert "Stopping Airflow" in said
    assert "Nothing to do" in down(env)


def test_down_ends_what_a_killed_one_has_left(
    up: subprocess.Popen[str], env: Mapping[str, str], tmp_path: Path
) -> None:
    """The scheduler, too, so that its workers wait for work for ever."""
    running = at_work(tmp_path / "airflow")
    os.kill(running.parts["scheduler"], signal.SIGSTOP)  # it shall not end its workers
    up.kill()
    up.wait()
    os.kill(running.parts["scheduler"], signal.SIGKILL)
    assert "has ended" in down(env)
    assert of_sessions(running.parts) == {}
    assert "Nothing to do" in down(env)


def test_a_part_that_is_killed_comes_back(up: subprocess.Popen[str], env: Mapping[str, str], tmp_path: Path) -> None:
    """The scheduler, with its workers, which nobody ends for it; and once more, with the same end."""
    running = at_work(tmp_path / "airflow")
    assert up.stdout
    for line in up.stdout:  # until Airflow has answered, it is none that could come back
        if line.startswith("Stop it with"):
            break
    workers = of_sessions({"scheduler": running.parts["scheduler"]}).keys() - {running.parts["scheduler"]}
    assert workers
    os.kill(running.parts["scheduler"], signal.SIGKILL)

    def another() -> Running | None:
        found = Running.of(tmp_path / "airflow")
        return found if found and found.parts["scheduler"] != running.parts["scheduler"] else None

    after = until(another, START_SECONDS, "another scheduler")
    assert not workers & of_sessions(running.parts).keys(), "those of the first would do the work of the others"
    assert {name for name in COMMANDS if after.parts[name] != running.parts[name]} == {"scheduler"}
    at_work(tmp_path / "airflow")
    assert "has ended" in down(env)
    said, _ = up.communicate(timeout=STOP_SECONDS)
    assert "Airflow's scheduler was ended by signal SIGKILL" in said
    assert "it is started again in 1 s" in said
