"""What is wrong with an Airflow that runs: a real HTTP server, a real database, and a clock of our own."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from tipoff.cli.pulse import EVERY_SECONDS, PATIENCE_SECONDS, Pulse, Trouble


class Health(BaseHTTPRequestHandler):
    said: ClassVar[dict[str, str]]

    def do_GET(self) -> None:
        assert self.path == "/api/v2/monitor/health"
        self.send_response(200 if self.said else 500)
        self.end_headers()
        self.wfile.write(json.dumps({name: {"status": status} for name, status in self.said.items()}).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


class World:
    """An Airflow as it looks from outside."""

    def __init__(self, database: Path) -> None:
        self.database, self.now = database, 50.0
        Health.said = dict.fromkeys(("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Health)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.sql("CREATE TABLE task_instance (state VARCHAR(20), queued_dttm TIMESTAMP)")
        address = f"http://127.0.0.1:{self.server.server_port}"
        self.pulse = Pulse(address, f"sqlite:///{database}", lambda: self.now)

    def sql(self, text: str, *values: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(text, values)

    def task(self, state: str, queued: str) -> None:
        self.sql("INSERT INTO task_instance VALUES (?, ?)", state, f"2026-01-15 {queued}:00.000000")

    def after(self, seconds: float) -> dict[str, Trouble] | None:
        """What is seen after a while in which somebody looks all the time."""
        until, seen = self.now + seconds, None
        while self.now < until:
            self.now = min(until, self.now + EVERY_SECONDS)
            seen = self.pulse.look()
        return seen


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "airflow.db")
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_what_works_shows_nothing(world: World) -> None:
    world.task("success", "10:00")
    world.task("running", "10:00")
    assert world.pulse.look() == {}
    assert world.after(10 * PATIENCE_SECONDS) == {}


def test_it_looks_every_quarter_of_a_minute(world: World) -> None:
    assert world.pulse.look() == {}
    world.now += EVERY_SECONDS - 1
    assert world.pulse.look() is None
    world.now += 1
    assert world.pulse.look() == {}


@pytest.mark.parametrize(
    ("name", "part"),
    [("scheduler", "scheduler"), ("triggerer", "triggerer"), ("dag_processor", "dag-processor")],
)
def test_a_part_that_gives_no_sign_of_life(name: str, part: str, world: World) -> None:
    assert world.after(EVERY_SECONDS) == {}
    Health.said[name] = "unhealthy"
    assert world.after(PATIENCE_SECONDS) == {}
    assert world.pulse.shows(part)
    assert world.after(EVERY_SECONDS) == {part: Trouble("it gives no sign of life", part)}
    Health.said[name] = "healthy"
    assert world.after(EVERY_SECONDS) == {}
    assert not world.pulse.shows(part)
    Health.said[name] = "unhealthy"
    assert world.after(PATIENCE_SECONDS) == {}, "its patience begins anew"


def test_a_server_that_does_not_answer(world: World) -> None:
    Health.said = {}
    assert world.after(PATIENCE_SECONDS + EVERY_SECONDS) == {"api-server": Trouble("it does not answer", "api-server")}


def test_tasks_that_nobody_takes(world: World) -> None:
    world.task("queued", "10:05")
    world.task("queued", "10:00")
    assert world.after(PATIENCE_SECONDS) == {}
    said = "2 tasks wait for a worker, and none takes them"
    assert world.after(EVERY_SECONDS) == {"queue": Trouble(said, "scheduler")}
    world.task("running", "09:00")
    assert world.after(EVERY_SECONDS) == {"queue": Trouble(said)}, "what runs may end first"


def test_a_queue_that_moves_is_well(world: World) -> None:
    world.task("queued", "10:00")
    for minute in range(1, 30):
        world.task("queued", f"10:{minute:02}")
        assert world.after(PATIENCE_SECONDS) == {}
        world.sql("DELETE FROM task_instance WHERE queued_dttm = (SELECT min(queued_dttm) FROM task_instance)")


@pytest.mark.parametrize("away", ["airflow", "us"])
def test_a_database_that_does_not_answer_is_no_parts_fault(away: str, world: World) -> None:
    if away == "airflow":
        Health.said = dict.fromkeys(Health.said, "unhealthy")
    else:
        world.sql("DROP TABLE task_instance")
    found = world.after(PATIENCE_SECONDS + EVERY_SECONDS)
    assert found is not None
    assert found.keys() == {"metadata database"}
    assert found["metadata database"].cure == ""
