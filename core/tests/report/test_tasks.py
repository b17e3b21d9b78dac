"""What tasks took: from the journal to the report's figures."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tipoff.http.shared import Shared
from tipoff.report.operations import Limit, Work
from tipoff.report.page import render
from tipoff.report.read import read
from tipoff.report.tasks import limits, tasks
from tipoff.settings import Settings
from tipoff.warehouse.publish import publish
from tipoff.warehouse.store import Warehouse

DAY = datetime(2026, 1, 1, 9)
ROW = """
    INSERT INTO ops.task_run
    VALUES ($dag, $run, $task, $label, $attempt, $outcome, $at, $at, $seconds, 1.5, 250, 7, $error)
"""


@pytest.fixture
def store(home: Settings) -> Warehouse:
    """A store without a game, in which nothing has run."""
    warehouse = Warehouse.of(home)
    warehouse.migrate()
    return warehouse


def note(store: Warehouse, number: int, task: str = "train_model", **said: object) -> None:
    """One attempt, of the run of day `number`."""
    with store.write() as con:
        con.execute(
            ROW,
            {
                "dag": "model_training", "run": f"model_training/{number}", "task": task, "label": "elo", "attempt": 1,
                "outcome": "success", "at": DAY + timedelta(days=number), "seconds": 10.0, "error": "", **said,
            },
        ).fetchall()  # fmt: skip


def works(store: Warehouse, dag: str = "", *, unfinished: bool = False) -> dict[str, Work]:
    with store.read() as con:
        return {work.name: work for work in tasks(con, dag, unfinished=unfinished)}


def test_a_task_is_known_by_its_name_with_its_runs_newest_first(store: Warehouse) -> None:
    for number in range(3):
        note(store, number, seconds=10.0 + number)
    (work,) = works(store).values()
    assert (work.kind, work.name) == ("model_training", "train_model elo")
    assert [run.seconds for run in work.runs] == [12.0, 11.0, 10.0]
    assert (work.last.cpu_seconds, work.last.peak_mb, work.last.rows, work.retries) == (1.5, 250.0, 7, 0)


def test_of_a_run_the_last_attempt_counts_and_the_others_are_retries(store: Warehouse) -> None:
    note(store, 0, outcome="killed", error="without a word", seconds=None)
    note(store, 0, attempt=2)
    (work,) = works(store).values()
    assert [(run.outcome, run.attempts, run.error) for run in work.runs] == [("success", 2, "")]
    assert work.retries == 1


def test_slow_is_measured_by_runs_that_did_the_work(store: Warehouse) -> None:
    for number in range(6):
        note(store, number)
    note(store, 6, outcome="failed", error="no", seconds=900.0)
    note(store, 7, outcome="skipped", seconds=0.1)
    note(store, 8, seconds=25.0)
    (work,) = works(store).values()
    assert work.usual == 10.0
    assert work.slow


def test_what_runs_now_is_shown_where_it_is_asked_for(store: Warehouse) -> None:
    note(store, 0)
    note(store, 1, outcome="running", seconds=None)
    assert works(store)["train_model elo"].last.outcome == "success"
    assert works(store, unfinished=True)["train_model elo"].last.outcome == "running"
    assert works(store, "prediction") == {}


def test_the_limiter_tells_of_its_hosts(home: Settings) -> None:
    with Shared(home.home / "limits" / "127.0.0.1%3A8642", 1).pace(1.0) as pace:
        pace.permitted, pace.issued, pace.refusals, pace.trouble = 17.5, 300.0, 4.0, 0.25
    (home.home / "limits" / "broken").mkdir()
    (home.home / "limits" / "broken" / "pace").write_bytes(b"?")
    assert limits(home.home) == (Limit("127.0.0.1:8642", 17.5, 300, 4, 0.25),)


def test_the_page_shows_them(home: Settings, store: Warehouse) -> None:
    for number in range(6):
        note(store, number)
    note(store, 6, outcome="killed", error="its process ended <without> a word", seconds=None)
    with Shared(home.home / "limits" / "host", 1).pace(1.0) as pace:
        pace.permitted = 17.5
    publish(store, home.published)
    page = render(read(home, ("runs",)), ("runs",))
    assert "train_model elo" in page
    assert "its process ended &lt;without&gt; a word" in page
    assert ">killed</span>" in page
    assert "Seconds of the last 7 runs of train_model elo" in page, "the chart in words"
    assert ">17.5</td>" in page


def test_the_page_says_what_to_do_where_there_is_nothing(home: Settings, store: Warehouse) -> None:
    publish(store, home.published)
    page = render(read(home, ("runs",)), ("runs",))
    assert "No task has run in Airflow yet" in page
    assert "No source with a limit has been asked yet" in page
