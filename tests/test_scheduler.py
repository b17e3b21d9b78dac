"""The DAGs under a real scheduler, executor, triggerer and API server, each in a process of its own.

`DAG.test` runs tasks in the test's own process and lets them do what a real run forbids.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

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
        self.logs = {name: home / f"{name}.log" for name in PARTS}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._token = ""
        for name, path in self.logs.items():
            with path.open("wb") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "airflow", *PARTS[name]],
                    env=dict(env),
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


def test_ctrl_c_leaves_no_process_behind(airflow: Airflow) -> None:
    airflow.stop()
    assert airflow.left_behind() == []
