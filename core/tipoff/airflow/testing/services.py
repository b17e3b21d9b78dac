"""A whole Airflow in processes of its own, driven over its REST API: for tests and benchmarks of what only a real
scheduler, executor, triggerer and API server do.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil

from tipoff.cli.parts import COMMANDS, end_with_parent
from tipoff.cli.running import SEEN, Running

T = TypeVar("T")

START_SECONDS: Final = 600.0
RUN_SECONDS: Final = 1200.0
STOP_SECONDS: Final = 300.0
ANSWER_SECONDS: Final = 120.0
"""When to give up. No measure of speed: beside other work everything takes many times as long."""

LOCKED: Final = (500, 503)
"""What the server answers where SQLite is locked: nothing was done, and a person would click again."""


def until(look: Callable[[], T | None], limit: float, what: str) -> T:
    """What `look` gives once it gives something.

    Raises:
        TimeoutError: it has not within `limit` seconds.
    """
    give_up = time.monotonic() + limit
    while (found := look()) is None:
        if time.monotonic() >= give_up:
            raise TimeoutError(f"{what} took more than {limit:g} s")
        time.sleep(0.2)  # other processes work; nothing here can tell when they are ready
    return found


class Airflow:
    """Airflow's processes with a home of their own; `running` makes one.

    Args:
        logs: folder for what each process prints.
        env: environment of the processes.
        port: of the API server, on this machine only.
    """

    def __init__(self, logs: Path, env: Mapping[str, str], port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.env = dict(env)
        self.logs = {name: logs / f"{name}.log" for name in COMMANDS}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._token = ""
        for name, path in self.logs.items():
            with path.open("wb") as log:
                self.processes[name] = subprocess.Popen(  # noqa: S603 - Airflow's command, arguments as a list
                    COMMANDS[name],
                    env=self.env,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=end_with_parent,  # noqa: PLW1509 - a test runner may kill us
                )

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One request; None while the server does not answer, knows nothing there, or finds SQLite locked.

        Raises:
            ChildProcessError: a process has ended, with the end of its log.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)  # noqa: S310 - loopback, by HTTP
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - likewise
                return json.load(answer)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (404, *LOCKED):
                return None
            raise
        except OSError:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise ChildProcessError(f"{name} ended: {self.logs[name].read_text()[-4000:]}") from None
            return None

    def ask(self, path: str) -> Any:
        """What the server says of something that is there, once it answers."""
        return until(lambda: self.call("GET", path), START_SECONDS, path)

    def log_in(self, *dag_ids: str) -> None:
        """Waits for the server, and for the DAG processor to have read the DAGs."""
        self._token = self.ask("/auth/token")["access_token"]
        for dag_id in dag_ids:
            self.ask(f"/api/v2/dags/{dag_id}")

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Keeps a DAG from the scheduler, or lets it have it."""
        self.change(f"/api/v2/dags/{dag_id}", {"is_paused": paused})

    def change(self, path: str, body: object) -> None:
        """Changes something that is there."""
        until(lambda: self.call("PATCH", path, body), START_SECONDS, path)

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The runs of a DAG, as the API tells of them."""
        return list(self.ask(f"/api/v2/dags/{dag_id}/dagRuns?limit=500")["dag_runs"])

    def unpause(self, dag_id: str) -> str:
        """Lets the scheduler have the DAG; the path of the run it makes by itself, for the hour that was missed."""
        self.pause(dag_id, paused=False)
        found = until(lambda: self.runs(dag_id) or None, START_SECONDS, f"a run of {dag_id}")
        return f"/api/v2/dags/{dag_id}/dagRuns/{found[0]['dag_run_id']}"

    def trigger(self, dag_id: str, conf: Mapping[str, object] | None = None) -> str:
        """Starts a run by hand; its path."""
        runs = f"/api/v2/dags/{dag_id}/dagRuns"
        asked = {"logical_date": None, "conf": dict(conf or {})}
        return f"{runs}/{until(lambda: self.call('POST', runs, asked), START_SECONDS, dag_id)['dag_run_id']}"

    def backfill(self, dag_id: str, first: str, last: str, again: str = "none") -> list[str]:
        """Makes a backfill over days (UTC midnights) and waits for its runs; their paths.

        By the command: the server's own way to make one may find SQLite locked, and says so. So may the command.

        Raises:
            ChildProcessError: the command failed for another reason.
        """
        words = ["--dag-id", dag_id, "--from-date", first, "--to-date", last, "--reprocess-behavior", again]
        command = [sys.executable, "-m", "airflow", "backfill", "create", *words, "--max-active-runs", "1"]

        def create() -> bool | None:
            done = subprocess.run(command, env=self.env, check=False, capture_output=True, text=True)  # noqa: S603 - as above
            said = f"{done.stdout}{done.stderr}"
            if done.returncode and "database is locked" not in said:
                raise ChildProcessError(said[-4000:])
            return done.returncode == 0 or None

        until(create, START_SECONDS, "the backfill's beginning")
        runs = f"/api/v2/dags/{dag_id}/dagRuns"
        made = f"/api/v2/backfills?dag_id={dag_id}"
        ended = lambda: all(each["completed_at"] for each in self.ask(made)["backfills"]) or None  # noqa: E731
        until(ended, RUN_SECONDS, "the backfill")
        found = self.ask(f"{runs}?run_type=backfill&order_by=logical_date")["dag_runs"]
        return [f"{runs}/{each['dag_run_id']}" for each in found]

    def instances(self, run: str) -> list[dict[str, Any]]:
        """The task instances of a run, as the API tells of them."""
        return list(self.ask(f"{run}/taskInstances?limit=500")["task_instances"])

    def tasks(self, run: str) -> dict[str, tuple[str, int]]:
        """State and tries of each task of a run; of a mapped one those of its last instance."""
        return {each["task_id"]: (str(each["state"]), int(each["try_number"])) for each in self.instances(run)}

    def state(self, run: str) -> str:
        """State of a run that has ended, when it has."""
        ended = lambda: found if (found := self.ask(run)["state"]) in ("success", "failed") else None  # noqa: E731
        return str(until(ended, RUN_SECONDS, run))

    def wait_for(self, run: str) -> dict[str, tuple[str, int]]:
        """`tasks` of a run when it has ended."""
        self.state(run)
        return self.tasks(run)

    def stop(self) -> None:
        """Ctrl-C for each."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self.processes.values():
            process.wait(STOP_SECONDS)

    def left_behind(self) -> list[psutil.Process]:
        """Processes that still run: Airflow's own, and tasks."""
        parts = {name: process.pid for name, process in self.processes.items()}
        return Running.here(parts).left(Path(self.env["AIRFLOW_HOME"]))


def environment(home: Path) -> dict[str, str]:
    """Variables for an Airflow's processes with both homes in a folder; no other of ``AIRFLOW*`` and ``TIPOFF_*``."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIPOFF_"))}
    return {
        **mine,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__API__WORKERS": "1",
        "TIPOFF_HOME": str(home / "tipoff"),
    }


@contextmanager
def running(home: Path, dags: Path, *dag_ids: str, env: Mapping[str, str], policy: str = "") -> Iterator[Airflow]:
    """An Airflow while the block runs; nothing of it is left behind.

    Every DAG is paused at first.

    Args:
        home: an empty folder: its ``airflow`` becomes AIRFLOW_HOME, its ``tipoff`` TIPOFF_HOME.
        dags: folder with the DAG files.
        dag_ids: DAGs to wait for.
        env: more variables for its processes. Nothing else of ``AIRFLOW*`` and ``TIPOFF_*`` reaches them.
        policy: source of an ``airflow_local_settings.py``.
    """
    port = free_port()
    whole = {
        **environment(home),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        **SEEN,
        **env,
    }
    if policy:
        (home / "airflow" / "config").mkdir(parents=True)
        (home / "airflow" / "config" / "airflow_local_settings.py").write_text(policy)
    from tipoff.airflow.testing import plug_in

    plug_in(home / "airflow")
    prepare = [sys.executable, "-m", "tipoff.airflow.home", "--dags", str(dags), "--port", str(port)]
    subprocess.run(prepare, env=whole, check=True, capture_output=True)  # noqa: S603 - our own module
    started = Airflow(home, whole, port)
    try:
        started.log_in(*dag_ids)
        yield started
    finally:
        with suppress(subprocess.TimeoutExpired):
            started.stop()
        for process in started.left_behind():
            with suppress(psutil.NoSuchProcess):
                process.kill()


_PORTS: Final = range(20_000, 32_000)
"""Below those that the kernel gives to whoever asks for any, and to connections (32768 to 60999)."""

_taken: Final[list[int]] = []
"""Descriptors whose locks say that a port is ours, for as long as this process lives."""


def free_port() -> int:
    """A port on which nobody listens, and that no other process is given by this function while this one lives.

    To bind port 0, close the socket and hand on the number would not do: until the server listens there, anybody's
    connection may have it.

    Raises:
        OSError: every port is taken.
    """
    folder = Path(tempfile.gettempdir()) / f"tipoff-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for port in random.sample(_PORTS, len(_PORTS)):
        lock = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            os.close(lock)
        else:
            _taken.append(lock)
            return port
    raise OSError(f"none of the ports {_PORTS.start} to {_PORTS.stop - 1} of 127.0.0.1 is free")
