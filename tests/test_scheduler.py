"""The DAGs under a real scheduler, executor, triggerer and API server, each in a process of its own.

`DAG.test` runs tasks in the test's own process and lets them do what a real run forbids.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from tipoff import clock
from tipoff.cli.up import PARTS, end_with_parent
from tipoff.warehouse.store import Warehouse

T = TypeVar("T")
DAGS = Path(__file__).resolve().parents[1] / "dags"
START_SECONDS, RUN_SECONDS, STOP_SECONDS = 120.0, 120.0, 60.0


def until(look: Callable[[], T | None], limit: float, what: str) -> T:
    """What `look` gives once it gives something; fails after `limit` seconds."""
    give_up = time.monotonic() + limit
    while (found := look()) is None:
        assert time.monotonic() < give_up, f"{what} took more than {limit:g} s"
        time.sleep(0.25)  # other processes work; nothing here can tell when they are ready
    return found


class Airflow:
    """Airflow's four processes with a home of their own, driven over the REST API."""

    def __init__(self, home: Path, env: Mapping[str, str], port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.env = dict(env)
        self.logs = {name: home / f"{name}.log" for name in PARTS}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._token = ""
        for name, path in self.logs.items():
            with path.open("wb") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "airflow", *PARTS[name]],
                    env=self.env,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=end_with_parent,  # noqa: PLW1509 - a test runner may kill us
                )

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One request; None while the server does not answer or knows nothing there."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404:
                return None
            raise
        except OSError:
            for name, process in self.processes.items():
                assert process.poll() is None, f"{name} ended: {self.logs[name].read_text()[-4000:]}"
            return None

    def log_in(self) -> None:
        """Waits for the server, and for the DAG processor to have read the DAGs."""
        self._token = until(lambda: self.call("GET", "/auth/token"), START_SECONDS, "the start")["access_token"]
        for dag_id in ("data_collection", "feature_engineering"):
            until(lambda name=dag_id: self.call("GET", f"/api/v2/dags/{name}"), START_SECONDS, dag_id)  # type: ignore[misc]

    def unpause(self, dag_id: str) -> str:
        """Lets the scheduler have the DAG; the path of the run it makes by itself, for the hour that was missed."""
        self.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
        runs = f"/api/v2/dags/{dag_id}/dagRuns"
        found = until(lambda: self.call("GET", runs)["dag_runs"] or None, START_SECONDS, f"a run of {dag_id}")
        return f"{runs}/{found[0]['dag_run_id']}"

    def backfill(self, dag_id: str, first: str, last: str, again: str = "none") -> list[str]:
        """Makes a backfill over days (UTC midnights) and waits for its runs; their paths.

        By the command: the server's own way to make one may find SQLite locked, and says so. So may the command.
        """
        words = ["--dag-id", dag_id, "--from-date", first, "--to-date", last, "--reprocess-behavior", again]
        command = [sys.executable, "-m", "airflow", "backfill", "create", *words, "--max-active-runs", "1"]

        def create() -> bool | None:
            done = subprocess.run(command, env=self.env, check=False, capture_output=True, text=True)
            said = f"{done.stdout}{done.stderr}"
            assert done.returncode == 0 or "database is locked" in said, said[-4000:]
            return done.returncode == 0 or None

        until(create, START_SECONDS, "the backfill's beginning")
        runs = f"/api/v2/dags/{dag_id}/dagRuns"
        made = f"/api/v2/backfills?dag_id={dag_id}"
        ended = lambda: all(each["completed_at"] for each in self.call("GET", made)["backfills"]) or None  # noqa: E731
        until(ended, RUN_SECONDS, "the backfill")
        found = self.call("GET", f"{runs}?run_type=backfill&order_by=logical_date")["dag_runs"]
        return [f"{runs}/{each['dag_run_id']}" for each in found]

    def trigger(self, dag_id: str) -> str:
        """Starts a run by hand; its path."""
        runs = f"/api/v2/dags/{dag_id}/dagRuns"
        return f"{runs}/{self.call('POST', runs, {'logical_date': None})['dag_run_id']}"

    def tasks(self, run: str) -> dict[str, tuple[str, int]]:
        """State and tries of each task of a run."""
        instances = self.call("GET", f"{run}/taskInstances")["task_instances"]
        return {each["task_id"]: (str(each["state"]), int(each["try_number"])) for each in instances}

    def wait_for(self, run: str) -> dict[str, tuple[str, int]]:
        """`tasks` of a run when it has ended."""
        until(lambda: self.call("GET", run)["state"] in ("success", "failed") or None, RUN_SECONDS, run)
        return self.tasks(run)

    def stop(self) -> None:
        """Ctrl-C for each."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self.processes.values():
            process.wait(STOP_SECONDS)

    def left_behind(self) -> list[str]:
        """Those of which a process still runs."""
        found = []
        for name, process in self.processes.items():
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                continue
            found.append(name)
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this Airflow and its league live."""
    return tmp_path_factory.mktemp("scheduler")


@pytest.fixture(scope="module")
def airflow(home: Path) -> Iterator[Airflow]:
    """A running Airflow with a small league behind it."""
    port = free_port()
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIPOFF_"))}
    env = {
        **mine,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__API__WORKERS": "1",
        "TIPOFF_HOME": str(home / "tipoff"),
        "TIPOFF_SOURCE": "embedded:seed=1,teams=32",
    }
    prepare = [sys.executable, "-m", "tipoff.airflow.home", "--dags", str(DAGS), "--port", str(port)]
    subprocess.run(prepare, env=env, check=True, capture_output=True)
    running = Airflow(home, env, port)
    try:
        running.log_in()
        yield running
    finally:
        running.stop()
        for name in running.left_behind():
            os.killpg(running.processes[name].pid, signal.SIGKILL)


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
        airflow.call("PATCH", "/api/v2/connections/espn_api", connection)
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
    answer = json.dumps(airflow.call("GET", "/api/v2/connections/espn_api"))
    places = {"logs": logs, "ops": rows, "Airflow's database": kept, "Airflow's answer": answer}
    assert [(name, secret) for name, text in places.items() for secret in SECRETS if secret in text] == []


def test_ctrl_c_leaves_no_process_behind(airflow: Airflow) -> None:
    airflow.stop()
    assert airflow.left_behind() == []
