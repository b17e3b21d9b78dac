"""``tipoff up`` and ``tipoff down`` with a real Airflow: nothing of it is left, however ``tipoff up`` ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tipoff.airflow.services import free_port, until
from tipoff.cli.running import Running
from tipoff.cli.up import PARTS

DAGS = Path(__file__).resolve().parents[1] / "dags"
TIPOFF = [sys.executable, "-m", "tipoff.cli"]
START_SECONDS, STOP_SECONDS = 120.0, 60.0


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
            started = lambda: ((found := Running.of(home)) and len(found.parts) == len(PARTS) and found) or None  # noqa: E731
            running = until(started, START_SECONDS, "the start")
            yield process
            assert running.all(home) == []
        finally:
            process.kill()
            if found := Running.of(home):
                found.stop(home, 0)


def down(env: Mapping[str, str]) -> str:
    return subprocess.run([*TIPOFF, "down"], env=env, check=True, capture_output=True, text=True).stdout


def test_down_ends_what_another_shell_has_started(up: subprocess.Popen[str], env: Mapping[str, str]) -> None:
    assert "has ended" in down(env)
    said, _ = up.communicate(timeout=STOP_SECONDS)
    assert up.returncode == 0, said
    assert "Stopping Airflow" in said
    assert "Nothing to do" in down(env)


def test_down_ends_what_a_killed_one_has_left(up: subprocess.Popen[str], env: Mapping[str, str]) -> None:
    up.kill()
    up.wait()
    down(env)
    assert "Nothing to do" in down(env)
