"""``tipoff runs``: the journal and the store, as a person sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from tipoff.monitoring import journal
from tipoff.monitoring.journal import RUN, Line, Task
from tipoff.process import Process
from tipoff.settings import load

Run = Callable[..., Result]
ELO = Task("generate_preds", "elo", 0, 1)


@pytest.fixture
def home(run: Run) -> Path:
    return load().home


def say(home: Path, task: Task, event: str, clock: float, **figures: object) -> None:
    line = Line("prediction", "prediction/r", task, event, "2026-01-15T13:00:00", clock, **figures)  # type: ignore[arg-type]
    journal.add(home, line._replace(process=Process.here()) if event == "began" else line)


def test_nothing_has_run_yet(run: Run) -> None:
    done = run("runs")
    assert "no task has run in Airflow yet" in done.output


def test_it_shows_what_each_task_took_and_how_it_ended(run: Run, home: Path) -> None:
    say(home, ELO, "began", 1.0)
    say(home, ELO, "retried", 2.0, error="StoreBusy: it was in use")
    again = ELO._replace(attempt=2)
    say(home, again, "began", 3.0)
    say(home, again, "success", 5.5, cpu_seconds=2.0, peak_mb=321.0, rows=1200)
    stored = Task("store_preds", "", -1, 1)
    say(home, stored, "began", 6.0)
    say(home, stored, "failed", 7.0, cpu_seconds=0.5, peak_mb=99.0, error="LedgerError: the chain is broken\nmore")
    say(home, RUN, "failed", 8.0)
    done = run("runs")
    assert journal.paths(home) == [], "it is in the store now"
    (elo,) = [line.split() for line in done.output.splitlines() if "generate_preds elo" in line]
    assert elo == ["generate_preds", "elo", "2026-01-15", "13:00", "success", "2.5", "–", "2.0", "321", "1", "1,200"]
    (failed,) = [line for line in done.output.splitlines() if "store_preds" in line]
    assert "failed" in failed
    assert "LedgerError: the chain is broken" in failed
    assert "more" not in done.output


def test_a_dag_that_is_not_known(run: Run, home: Path) -> None:
    say(home, ELO, "began", 1.0)
    done = run("runs", "predicton", code=1)
    assert "`predicton`" in done.output
    assert "prediction" in done.output
