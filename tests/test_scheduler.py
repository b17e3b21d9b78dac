"""The DAGs under a real scheduler, executor, triggerer and API server, each in a process of its own.

`DAG.test` runs tasks in the test's own process and lets them do what a real run forbids.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from tipoff import clock
from tipoff.airflow.services import RUN_SECONDS, Airflow, running, until
from tipoff.warehouse.store import Warehouse

DAGS = Path(__file__).resolve().parents[1] / "dags"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this Airflow and its league live."""
    return tmp_path_factory.mktemp("scheduler")


@pytest.fixture(scope="module")
def airflow(home: Path) -> Iterator[Airflow]:
    """A running Airflow with a small league behind it."""
    env = {"TIPOFF_SOURCE": "embedded:seed=1,teams=32"}
    with running(home, DAGS, "data_collection", "feature_engineering", env=env) as started:
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
