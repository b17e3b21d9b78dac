"""The journal and its way into the store: whole lines, each attempt once, whoever is killed when."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tipoff.monitoring import attempts, journal
from tipoff.monitoring.folding import FORGOTTEN, fold
from tipoff.monitoring.journal import RUN, Line, Task
from tipoff.process import Process
from tipoff.warehouse.store import Warehouse

DAG, ID = "data_collection", "data_collection/manual__1"
AT = "2026-01-15T09:00:00"
GAMES = Task("collect_games", "", -1, 1)
HERE = Process.here()
Say = Callable[..., None]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> Warehouse:
    warehouse = Warehouse(home / "tipoff.duckdb", lock_wait=0.1)
    warehouse.migrate()
    return warehouse


@pytest.fixture
def say(home: Path) -> Say:
    """Adds a line to the journal: by default of this process, one second after the line before."""
    clock = iter(range(1000))

    def add(event: str, task: Task = GAMES, *, run: str = ID, process: Process = HERE, **figures: object) -> None:
        line = Line(run.partition("/")[0], run, task, event, AT, float(next(clock)), **figures)  # type: ignore[arg-type]
        journal.add(home, line._replace(process=process) if event == "began" else line)

    return add


def dead() -> Process:
    """A process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return Process(process.pid, time.time())


def told(store: Warehouse) -> list[tuple[object, ...]]:
    rows = store.query("SELECT task_id, label, attempt, outcome, seconds FROM ops.task_run ORDER BY ALL").to_pylist()
    return [tuple(row.values()) for row in rows]


def test_an_attempt_is_a_row_once_it_has_begun_and_says_what_it_took_once_it_has_ended(
    store: Warehouse, home: Path, say: Say
) -> None:
    say("began")
    fold(store, home)
    assert told(store) == [("collect_games", "", 1, "running", None)]
    say("success", cpu_seconds=1.5, peak_mb=321.0, rows=12)
    say("success", RUN)
    fold(store, home)
    (row,) = store.query("SELECT * EXCLUDE (began_at, ended_at) FROM ops.task_run").to_pylist()
    assert row == {
        "dag_id": DAG, "run_id": ID, "task_id": "collect_games", "label": "", "attempt": 1, "outcome": "success",
        "seconds": 1.0, "cpu_seconds": 1.5, "peak_mb": 321.0, "rows": 12, "error": "",
    }  # fmt: skip
    assert journal.paths(home) == []


def test_a_file_stays_until_its_run_has_ended(store: Warehouse, home: Path, say: Say) -> None:
    say("began")
    say("success")
    fold(store, home)
    assert len(journal.paths(home)) == 1
    say("success", RUN)
    fold(store, home)
    assert journal.paths(home) == []
    assert told(store) == [("collect_games", "", 1, "success", 1.0)]


def test_a_run_may_be_said_to_have_ended_before_its_last_task_has_said_so(
    store: Warehouse, home: Path, say: Say
) -> None:
    """The scheduler knows the state before the task's process has told its listeners."""
    say("began")
    say("success", RUN)
    fold(store, home)
    assert told(store) == [("collect_games", "", 1, "running", None)], "its process lives"
    assert len(journal.paths(home)) == 1
    say("success")
    fold(store, home)
    assert told(store) == [("collect_games", "", 1, "success", 2.0)]
    assert journal.paths(home) == []


def test_who_is_gone_without_a_word_was_killed(store: Warehouse, home: Path, say: Say) -> None:
    say("began", process=dead())
    say("began", GAMES._replace(attempt=2))
    fold(store, home)
    assert [row[2:4] for row in told(store)] == [(1, "killed"), (2, "running")]
    (error,) = store.query("SELECT error FROM ops.task_run WHERE outcome = 'killed'")["error"].to_pylist()
    assert "without a word" in error


def test_a_number_that_another_process_has_by_now_says_nothing(store: Warehouse, home: Path, say: Say) -> None:
    """After the machine was started anew, say."""
    say("began", process=HERE._replace(created=HERE.created - 3600))
    fold(store, home)
    assert [row[3] for row in told(store)] == ["killed"]


def test_a_later_attempt_says_that_the_earlier_one_is_over(store: Warehouse, home: Path, say: Say) -> None:
    """Also where its process has lived on: tasks of one process, or an id that was given again."""
    say("began")
    say("began", GAMES._replace(attempt=2))
    say("success", GAMES._replace(attempt=2))
    fold(store, home)
    assert [row[2:4] for row in told(store)] == [(1, "killed"), (2, "success")]


def test_waiting_in_the_triggerer_is_part_of_an_attempt(store: Warehouse, home: Path, say: Say) -> None:
    say("began", process=dead())
    say("waiting", cpu_seconds=1.0, peak_mb=100.0)
    fold(store, home)
    assert told(store) == [("collect_games", "", 1, "waiting", None)]
    say("began")
    say("success", cpu_seconds=2.0, peak_mb=90.0)
    fold(store, home)
    assert told(store) == [("collect_games", "", 1, "success", 3.0)]
    (row,) = store.query("SELECT cpu_seconds, peak_mb FROM ops.task_run").to_pylist()
    assert row == {"cpu_seconds": 3.0, "peak_mb": 100.0}


def test_who_still_waits_when_the_run_is_over_waits_for_nothing(store: Warehouse, home: Path, say: Say) -> None:
    say("began", process=dead())
    say("waiting")
    say("failed", RUN)
    fold(store, home)
    assert [row[3] for row in told(store)] == ["killed"]


def test_mapped_instances_are_told_apart_by_name_also_where_it_is_known_late(
    store: Warehouse, home: Path, say: Say
) -> None:
    for position, name in enumerate(("elo", "home")):
        say("began", Task("train_model", "", position, 1))
        say("success", Task("train_model", name, position, 1))
    fold(store, home)
    assert [row[:2] for row in told(store)] == [("train_model", "elo"), ("train_model", "home")]


def test_a_name_that_is_known_late_is_that_of_the_attempts_before(store: Warehouse, home: Path, say: Say) -> None:
    """A killed one, which ended without a name, is the same instance: it has not failed in the end."""
    unnamed = Task("train_model", "", 0, 1)
    say("began", unnamed, process=dead())
    fold(store, home)
    assert told(store) == [("train_model", "number 0", 1, "killed", None)]
    say("began", unnamed._replace(attempt=2))
    fold(store, home)
    say("success", unnamed._replace(attempt=2, label="elo"))
    assert list(attempts.failed(attempts.look(journal.path_of(home, ID)))) == []
    fold(store, home)
    assert told(store) == [("train_model", "elo", 1, "killed", None), ("train_model", "elo", 2, "success", 1.0)]


def test_failed_are_those_whose_last_attempt_did(home: Path, say: Say) -> None:
    say("began")
    say("retried", error="first")
    say("began", GAMES._replace(attempt=2))
    say("success", GAMES._replace(attempt=2))
    say("began", Task("collect_stats", "", -1, 1))
    say("failed", Task("collect_stats", "", -1, 1), error="SourceRefused: 403")
    say("began", Task("data_quality", "", -1, 1), process=dead())
    found = list(attempts.failed(attempts.look(journal.path_of(home, ID))))
    assert [(each.task_id, each.outcome) for each in found] == [("collect_stats", "failed"), ("data_quality", "killed")]


def test_a_line_that_was_cut_short_swallows_no_other(home: Path, say: Say) -> None:
    say("began")
    path = journal.path_of(home, ID)
    with path.open("ab") as file:
        file.write(b'\n{"dag":"data_coll')
    say("success")
    with path.open("ab") as file:
        file.write(b'{"of": "a later version"}\n[]\n\xff\n')
    assert [line.event for line in journal.read(path)] == ["began", "success"]


WRITER = """
import sys
from pathlib import Path
from tipoff.monitoring import journal
from tipoff.monitoring.journal import Line, Task
home, name = Path(sys.argv[1]), sys.argv[2]
for attempt in range(1, 201):
    task = Task(name, "", -1, attempt)
    journal.add(home, Line("d", "d/r", task, "success", "2026-01-15T09:00:00", 0.0, error="e" * 1500))
"""


def test_several_processes_write_at_once_while_files_are_removed(home: Path) -> None:
    """Every line is in a file that is there, or was in one that was read whole before it went."""
    home.mkdir()
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(home), name]) for name in "abc"]
    path, seen = journal.path_of(home, "d/r"), list[Line]()
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            size = path.stat().st_size
            lines = journal.read(path)
            if journal.remove(path, size):
                seen += lines
    seen += journal.read(path)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert sorted((line.task.name, line.task.attempt) for line in seen) == [
        (n, i) for n in "abc" for i in range(1, 201)
    ]


FOLD = """
import os, signal, sys
from pathlib import Path
from tipoff.monitoring import folding
from tipoff.process import Process
from tipoff.warehouse.store import Warehouse
home = Path(sys.argv[1])
folding.journal.remove = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
folding.fold(Warehouse(home / "tipoff.duckdb"), home)
"""


def test_killed_between_the_commit_and_the_removal_nothing_is_lost_or_doubled(
    store: Warehouse, home: Path, say: Say
) -> None:
    say("began")
    say("success")
    say("success", RUN)
    killed = subprocess.run([sys.executable, "-c", FOLD, str(home)], check=False)
    assert killed.returncode == -signal.SIGKILL
    before = told(store)
    assert before == [("collect_games", "", 1, "success", 1.0)]
    assert len(journal.paths(home)) == 1
    fold(store, home)
    assert told(store) == before
    assert journal.paths(home) == []


def test_a_run_that_nobody_ended_is_forgotten_in_the_end(store: Warehouse, home: Path, say: Say) -> None:
    """`airflow tasks test` ends no run."""
    say("began")
    path = journal.path_of(home, ID)
    long_ago = time.time() - FORGOTTEN - 60
    os.utime(path, (long_ago, long_ago))
    fold(store, home)
    assert journal.paths(home) == []


def test_it_is_nothing_where_there_is_no_journal(store: Warehouse, home: Path) -> None:
    assert fold(store, home) == 0
    journal.end_run(home, DAG, ID, "success", AT)
    assert journal.paths(home) == [], "none of its tasks is known here"
