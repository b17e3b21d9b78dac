"""The DAGs under a real scheduler, executor, triggerer and API server, each in a process of its own.

`DAG.test` runs tasks in the test's own process and lets them do what a real run forbids.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest
from click.testing import CliRunner
from tipoff import clock, settings
from tipoff.airflow.testing import Channel, open_channel
from tipoff.airflow.testing.services import RUN_SECONDS, STOP_SECONDS, Airflow, running, until
from tipoff.cli import cli
from tipoff.monitoring import journal
from tipoff.report.page import render
from tipoff.report.read import read
from tipoff.warehouse.store import Warehouse

DAGS = Path(__file__).resolve().parents[1] / "dags"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this Airflow and its league live."""
    return tmp_path_factory.mktemp("scheduler")


POLICY = """
from datetime import timedelta

def task_policy(task):
    task.retry_delay = timedelta(seconds=1)
"""
"""Tasks are tried again at once."""

FAULTS = """
from datetime import timedelta
from airflow.sdk import DAG, task
from tipoff.airflow.dag import COMMON, task_defaults

@task
def wait():
    import time
    time.sleep(600)

with DAG("killed", schedule=None, default_args=task_defaults(retries=1), **COMMON):
    wait()

with DAG("late", schedule=None, dagrun_timeout=timedelta(seconds=5), default_args=task_defaults(retries=0), **COMMON):
    wait()
"""

BROKEN = """
from tipoff import Model, hookimpl

TIPOFF_API = 1

def fit(context):
    raise ZeroDivisionError("a defect of the model")

@hookimpl
def models():
    return (Model("broken", (), fit=f"{__name__}:fit", predict=f"{__name__}:fit"),)
"""


@pytest.fixture(scope="module")
def channel() -> Iterator[type[Channel]]:
    """Who is told."""
    with open_channel() as opened:
        yield opened


class Collector(BaseHTTPRequestHandler):
    """Takes traces by OTLP over HTTP: the names of what it was sent, by path."""

    received: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""


class Telemetry(NamedTuple):
    """Where Airflow sends its figures: a StatsD server's socket, and an OpenTelemetry collector's address."""

    statsd: socket.socket
    otlp: str

    @property
    def env(self) -> dict[str, str]:
        """How Airflow is told."""
        return {
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(self.statsd.getsockname()[1]),
            "AIRFLOW__TRACES__OTEL_ON": "True",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.otlp,
            "OTEL_TRACES_EXPORTER": "otlp_proto_http",
        }


@pytest.fixture(scope="module")
def telemetry() -> Iterator[Telemetry]:
    """Both, on this machine."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as statsd,
        ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector,
    ):
        statsd.bind(("127.0.0.1", 0))
        statsd.setblocking(False)
        thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Telemetry(statsd, f"http://127.0.0.1:{collector.server_port}")
        collector.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def airflow(home: Path, channel: type[Channel], telemetry: Telemetry) -> Iterator[Airflow]:
    """A running Airflow with a small league behind it, a model that raises, and two DAGs that end badly."""
    dags = Path(shutil.copytree(DAGS, home / "dags", ignore=shutil.ignore_patterns("__pycache__", "BUILD")))
    (dags / "faults_dag.py").write_text(FAULTS)
    for name in ("model_training", "prediction"):  # they run when they are asked to, and only then
        file = dags / f"{name}_dag.py"
        file.write_text(re.sub(r'schedule="[^"]+"', "schedule=None", file.read_text()))
    info = home / "site" / "broken-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tipoff]\nbroken = broken_for_test\n")
    (home / "site" / "broken_for_test.py").write_text(BROKEN)
    env = {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(home / "site"), *sys.path])),
        "TIPOFF_SOURCE": "embedded:seed=1,teams=32",
        "TIPOFF_ALERT_URLS": channel.url,
        "TIPOFF_LOCK_WAIT_SECONDS": str(RUN_SECONDS),  # a test holds the store while processes start
        **telemetry.env,
    }
    with running(home, dags, "data_collection", "prediction", "late", env=env, policy=POLICY) as started:
        yield started


def test_late_data_is_waited_for(airflow: Airflow, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Collect; a day later compute features before collecting again: the gate waits in the triggerer, then goes on."""
    monkeypatch.setenv("TIPOFF_HOME", str(home / "tipoff"))
    clock.set_now(datetime(2026, 1, 21, 13))
    collected = airflow.wait_for(airflow.unpause("data_collection"))
    assert set(collected.values()) == {("success", 1)}, collected
    clock.set_now(datetime(2026, 1, 22, 13))
    features = airflow.unpause("feature_engineering")
    gate = "check_new_data"
    until(lambda: airflow.tasks(features)[gate][0] == "deferred" or None, RUN_SECONDS, "the gate")
    collected = airflow.wait_for(airflow.trigger("data_collection"))
    assert set(collected.values()) == {("success", 1)}, collected
    computed = airflow.wait_for(features)
    assert {state for state, _ in computed.values()} == {"success"}, computed
    store = Warehouse(home / "tipoff" / "published.duckdb")
    days = store.query("SELECT max(game_date) AS last FROM raw.games WHERE status = 'final'").to_pylist()
    assert days == [{"last": date(2026, 1, 21)}]
    assert store.query("SELECT 1 FROM features.game_features").num_rows > 0


def begun(home: Path, run: str, task: str, attempt: int) -> int:
    """The process of an attempt, once it works."""
    dag_id, _, run_id = run.removeprefix("/api/v2/dags/").partition("/dagRuns/")
    path = journal.path_of(home / "tipoff", f"{dag_id}/{run_id}")

    def look() -> int | None:
        found = [
            line.process.pid
            for line in journal.read(path)
            if line.process and (line.task.name, line.task.attempt) == (task, attempt)
        ]
        return found[0] if found else None

    return until(look, RUN_SECONDS, f"attempt {attempt} of {task}")


def alerts(channel: type[Channel], dag_id: str, count: int = 0) -> list[str]:
    """What people were told of a DAG, once there are at least `count` messages."""

    def look() -> list[str] | None:
        found = [each["message"] for each in channel.received if dag_id in each["title"]]
        return found if len(found) >= count else None

    return until(look, RUN_SECONDS, f"{count} alerts of {dag_id}")


def test_statsd_and_opentelemetry_are_told_of_a_task(airflow: Airflow, telemetry: Telemetry) -> None:
    """The socket's buffer may be too small for everything so far, so one more run is listened to."""
    lines = list(packets(telemetry.statsd))
    airflow.wait_for(airflow.trigger("data_collection"))

    def duration() -> str | None:
        lines.extend(packets(telemetry.statsd))
        named = (line for line in lines if line.startswith("airflow.dag.data_collection.collect_"))
        return next((line for line in named if ".duration:" in line), None)

    def span() -> bytes | None:
        sent = (body for path, body in Collector.received if path == "/v1/traces")
        return next((body for body in sent if b"collect_teams" in body), None)

    assert until(duration, RUN_SECONDS, "a task's duration by StatsD").endswith("|ms")
    assert until(span, RUN_SECONDS, "a task's span by OTLP")


def packets(statsd: socket.socket) -> Iterator[str]:
    """What has been sent since it was last looked."""
    with contextlib.suppress(BlockingIOError):
        while True:
            yield from statsd.recv(65535).decode().splitlines()


def test_a_killed_task_is_tried_again_and_nobody_is_told(airflow: Airflow, home: Path) -> None:
    with Warehouse(home / "tipoff" / "tipoff.duckdb").locked():  # it cannot end before it is killed
        run = airflow.trigger("data_collection")
        os.kill(begun(home, run, "collect_teams", 1), signal.SIGKILL)
    ended = airflow.wait_for(run)
    assert ended.pop("collect_teams") == ("success", 2)
    assert set(ended.values()) == {("success", 1)}
    store = Warehouse(home / "tipoff" / "published.duckdb")
    sql = "SELECT attempt, outcome FROM ops.task_run WHERE task_id = 'collect_teams' AND run_id LIKE $run ORDER BY ALL"
    rows = store.query(sql, run=f"%{run.rpartition('/')[2]}").to_pylist()
    assert [tuple(row.values()) for row in rows] == [(1, "killed"), (2, "success")]


def test_a_task_that_is_killed_until_no_try_is_left_is_told_once(
    airflow: Airflow, home: Path, channel: type[Channel]
) -> None:
    airflow.pause("killed", paused=False)
    run = airflow.trigger("killed")
    for attempt in (1, 2):
        os.kill(begun(home, run, "wait", attempt), signal.SIGKILL)
    assert airflow.wait_for(run) == {"wait": ("failed", 2)}
    (alert,) = alerts(channel, "killed", 1)
    assert "`wait`: its process ended without a word" in alert
    assert "(attempt 2)" in alert


def test_a_run_past_its_limit_is_told_once(airflow: Airflow, channel: type[Channel]) -> None:
    airflow.pause("late", paused=False)
    run = airflow.trigger("late")
    assert airflow.state(run) == "failed"
    (alert,) = alerts(channel, "late", 1)
    assert "it took longer than its time limit" in alert
    assert len(alerts(channel, "killed")) == 1
    assert alerts(channel, "data_collection") == [], "whose killed task succeeded in the end"


def test_one_failing_model_does_not_stop_the_others(airflow: Airflow, home: Path, channel: type[Channel]) -> None:
    airflow.wait_for(airflow.trigger("feature_engineering"))  # more was collected since
    airflow.pause("model_training", paused=False)
    run = airflow.trigger("model_training", {"models": ["broken", "elo", "home"]})
    assert airflow.state(run) == "failed"
    store = Warehouse(home / "tipoff" / "published.duckdb")
    fitted = store.query("SELECT DISTINCT model FROM models.current ORDER BY model")["model"].to_pylist()
    assert fitted == ["elo", "home"]
    (alert,) = alerts(channel, "model_training", 1)
    assert "`train_model broken`: " in alert
    assert "a defect of the model" in alert
    airflow.pause("prediction", paused=False)
    assert airflow.state(airflow.trigger("prediction", {"models": ["elo", "home"]})) == "success"
    assert store.query("SELECT DISTINCT model FROM predictions.ledger").num_rows == 2


def test_a_failed_blocking_check_stops_predictions(
    airflow: Airflow, home: Path, channel: type[Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason in the alert and on the page; when the data is mended, they are made and people are told."""
    monkeypatch.setenv("TIPOFF_HOME", str(home / "tipoff"))
    live = Warehouse(home / "tipoff" / "tipoff.duckdb")
    before = live.query("SELECT hash FROM predictions.ledger ORDER BY seq")["hash"].to_pylist()
    with live.write() as con:
        con.execute("CREATE TABLE ops.kept AS SELECT * FROM raw.games").fetchall()
        con.execute("UPDATE raw.games SET home_score = NULL WHERE status = 'final'").fetchall()
    assert CliRunner().invoke(cli, ["checks"]).exit_code == 1
    ended = airflow.wait_for(airflow.trigger("prediction", {"models": ["elo", "home"]}))
    assert ended["check_model"] == ("failed", 1), "trying again cannot help"
    assert live.query("SELECT hash FROM predictions.ledger ORDER BY seq")["hash"].to_pylist() == before
    alert = alerts(channel, "prediction", 1)[-1]
    assert "`games_results_missing`" in alert
    page = render(read(settings.load(), ("tonight",)), ("tonight",))
    assert "Predictions wait." in page
    assert "<code>games_results_missing</code>" in page
    with live.write() as con:
        con.execute(
            "UPDATE raw.games SET home_score = kept.home_score FROM ops.kept AS kept "
            "WHERE (raw.games.league, raw.games.season, raw.games.game_id) = (kept.league, kept.season, kept.game_id)"
        ).fetchall()
        con.execute("DROP TABLE ops.kept").fetchall()
    assert CliRunner().invoke(cli, ["checks"]).exit_code == 0
    assert airflow.state(airflow.trigger("prediction", {"models": ["elo", "home"]})) == "success"
    assert "Well again: `check_model`" in alerts(channel, "prediction", 2)[-1]


def collected(tasks: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    return {name: state for name, (state, _) in tasks.items() if name.startswith("collect_")}


def test_a_backfill_collects_its_days_and_asks_nothing_twice(airflow: Airflow, home: Path) -> None:
    """An earlier season's days, in a store that knows the present season; then all of it again."""
    store = Warehouse(home / "tipoff" / "published.duckdb")
    before = store.query("SELECT league, dataset, day FROM ops.watermark ORDER BY ALL").to_pylist()
    runs = airflow.backfill("data_collection", "2025-01-14", "2025-01-16")
    assert [set(collected(airflow.tasks(run)).values()) for run in runs] == [{"success"}] * 2
    found = """
        SELECT game_date, count(*) AS games, count(DISTINCT t.game_id) AS boxes, bool_and(status = 'final') AS over
        FROM raw.games LEFT JOIN (SELECT DISTINCT league, season, game_id FROM raw.team_stats) AS t
            USING (league, season, game_id)
        WHERE season = 2025 AND home_id IS NOT NULL GROUP BY game_date ORDER BY game_date
    """
    days = store.query(found).to_pylist()
    assert {day["game_date"] for day in days} <= {date(2025, 1, 14), date(2025, 1, 15)}
    assert days
    assert all(day["over"] and day["games"] == day["boxes"] for day in days), days
    assert store.query("SELECT league, dataset, day FROM ops.watermark ORDER BY ALL").to_pylist() == before
    airflow.backfill("data_collection", "2025-01-14", "2025-01-16", again="completed")
    asked = """
        SELECT dataset, window_start, requests FROM ops.collect_run WHERE run_id LIKE '%backfill%'
        QUALIFY row_number() OVER (PARTITION BY dataset, window_start ORDER BY ended_at DESC) = 1
    """
    again = store.query(asked).to_pylist()
    assert len(again) == 8
    assert {row["requests"] for row in again} == {0}, again


KEY, LOGIN = "key-of-the-source", "somebody:word-of-the-proxy"
SECRETS = (KEY, LOGIN, "word-of-the-proxy", b64encode(LOGIN.encode()).decode())


class Refusing(BaseHTTPRequestHandler):
    """A proxy and a source in one, that repeats what it was sent."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(str(self.headers))
        self.send_response(403)
        self.end_headers()
        self.wfile.write(f"{self.path} {self.headers}".encode())

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""


def test_a_key_and_a_proxys_login_stay_where_they_are(
    airflow: Airflow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source refuses, and repeats our secrets: no log, no table and no answer of Airflow's has them."""
    monkeypatch.setenv("TIPOFF_HOME", str(home / "tipoff"))
    clock.set_now(datetime(2026, 1, 23, 13))
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        at = f"127.0.0.1:{server.server_port}"
        connection = {
            "connection_id": "espn_api",
            "conn_type": "tipoff_source",
            "host": f"http://{at}",
            "password": KEY,
            "extra": json.dumps({"proxy": f"http://{LOGIN}@{at}", "attempts": 1}),
        }
        airflow.change("/api/v2/connections/espn_api", connection)
        tasks = airflow.wait_for(airflow.trigger("data_collection"))
        server.shutdown()
        thread.join()
    assert tasks["collect_teams"] == ("failed", 1)
    assert f"Bearer {KEY}" in Refusing.seen[0]
    assert f"Basic {SECRETS[-1]}" in Refusing.seen[0]
    logs = "".join(path.read_text(errors="replace") for path in home.rglob("*.log"))
    assert "answered 403" in logs
    store = Warehouse(home / "tipoff" / "tipoff.duckdb")
    tables = "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
    rows = "".join(
        str(store.query(f"FROM {row['name']}").to_pylist())
        for row in store.query(tables).to_pylist()
        if row["name"].startswith("ops.")
    )
    assert "answered 403" in rows
    database = sqlite3.connect(home / "airflow" / "airflow.db")
    with closing(database):
        kept = "".join(database.iterdump())
    answer = json.dumps(airflow.ask("/api/v2/connections/espn_api"))
    places = {"logs": logs, "ops": rows, "Airflow's database": kept, "Airflow's answer": answer}
    assert [(name, secret) for name, text in places.items() for secret in SECRETS if secret in text] == []


def test_ctrl_c_leaves_no_process_behind(airflow: Airflow) -> None:
    airflow.stop()
    until(lambda: airflow.left_behind() == [] or None, STOP_SECONDS, "the end of the last process")
