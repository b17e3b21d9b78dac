"""The note of `tipoff up`, and ``tipoff down`` on real processes that stand for Airflow's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tipoff.cli.running import NOTE, Running
from tipoff.process import Process

PART = r"""
import os, signal, sys, time
if sys.argv[1] == "stubborn":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgid(0, 0)  # as a task of Airflow's
    signal.signal(signal.SIGINT, signal.SIG_IGN)
os.write(1, f"{os.getpid()}\n".encode())
time.sleep(600)
"""
"""A part of Airflow with a task: two processes of one session, in two groups."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
    (tmp_path / "airflow").mkdir()
    return tmp_path / "airflow"


class Part:
    """A running part with its task."""

    def __init__(self, home: Path, manner: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PART, manner],
            env={**os.environ, "AIRFLOW_HOME": str(home)},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self.process.stdout
        self.pids = {int(self.process.stdout.readline()) for _ in range(2)}
        assert self.process.pid in self.pids

    def end(self) -> None:
        for pid in self.pids:
            if psutil.pid_exists(pid):
                psutil.Process(pid).kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@pytest.fixture(params=["polite", "stubborn"])
def part(request: pytest.FixtureRequest, home: Path) -> Iterator[Part]:
    part = Part(home, request.param)
    yield part
    part.end()


def pids(found: list[psutil.Process]) -> set[int]:
    return {process.pid for process in found}


def test_parts_and_their_tasks_are_found_and_ended(part: Part, home: Path) -> None:
    noted = Running(Process(2**22 + 1, 0.0), {"scheduler": part.process.pid})
    noted.note(home)
    assert Running.of(home) == noted
    assert noted.leader() is None
    assert pids(noted.all(home)) == part.pids
    noted.stop(home, seconds=0.2)
    assert noted.all(home) == []
    assert not (home / NOTE).exists()


def test_down(part: Part, home: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipoff.cli.down.STOP_SECONDS", -9.8)
    assert "Nothing to do: no Airflow of" in run("down").output
    Running(Process(2**22 + 1, 0.0), {"scheduler": part.process.pid}).note(home)
    assert f"Airflow of {home} has ended" in run("down").output
    assert "Nothing to do" in run("down").output


def test_what_is_not_ours_is_left_alone(part: Part, home: Path, tmp_path: Path) -> None:
    """A number may have been given to another process since: one of another home, or one that began later."""
    noted = Running.here({"scheduler": part.process.pid})
    assert noted.leader() == psutil.Process()
    assert pids(noted.left(tmp_path)) == set()
    reused = Running(Process(noted.up.pid, noted.up.created - 3600), {})
    assert reused.leader() is None
    assert reused.all(home) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"up": [1]})])
def test_a_note_that_makes_no_sense_is_none(text: str, home: Path, run: Any) -> None:
    (home / NOTE).write_text(text)
    assert Running.of(home) is None
    assert "Nothing to do" in run("down").output


def test_without_a_home(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    assert "AIRFLOW_HOME is not set" in run("down", code=1).output


def test_a_second_up_is_refused(part: Part, home: Path, run: Any) -> None:
    Running(Process(2**22 + 1, 0.0), {"scheduler": part.process.pid}).note(home)
    assert "is up already, process" in run("up", "--dags", str(home), code=1).output


def test_up_says_why_the_home_cannot_be_set_up(
    home: Path, run: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIPOFF_AIRFLOW_DB", "mysql://me:a-secret-word@host/airflow")
    said = run("up", "--dags", str(home), "--port", "1", code=1).output
    assert f"`{home}` could not be set up; the reason stands above" in said
    above = capfd.readouterr().err
    assert "Error: TIPOFF_AIRFLOW_DB is one of `mysql`" in above
    assert "Traceback" not in above
    assert "secret" not in above
