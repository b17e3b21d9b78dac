"""How long ``tipoff up`` takes to an answering UI, and how long Ctrl-C takes to end all of it.

Run it with ``python benchmarks/start_up.py``. It starts Airflow twice with a home of its own: with nothing there, so
that the store, the league's clock and Airflow's database are made first, and then again.

| figure | of                                                                          |
|--------|-----------------------------------------------------------------------------|
| up     | seconds from the command to a UI that serves its first page and its version |
| page   | seconds of the first answer of tipoff's page, after a login                 |
| down   | seconds from Ctrl-C to the end of the last process                          |

Exit code 1 when the second start takes more than 45 s, or a process is left.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tipoff.airflow.testing.services import free_port

LIMIT = 45.0
DAGS = Path(__file__).resolve().parents[1] / "dags"


class Start(NamedTuple):
    """One start, in seconds; `left` are the commands of processes that did not end."""

    up: float
    page: float
    down: float
    left: list[str]


def start(env: Mapping[str, str], home: Path) -> Start:
    """Starts Airflow, asks for the page, and stops it as Ctrl-C does."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    began = time.monotonic()
    command = [sys.executable, "-m", "tipoff.cli", "up", "--port", str(port), "--dags", str(DAGS)]
    running = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert running.stdout
    said = []
    for line in running.stdout:
        said.append(line)
        if line.startswith("Log in as"):
            break
    else:
        raise SystemExit("".join(said))
    with urllib.request.urlopen(address, timeout=60) as answer:
        answer.read()
    up = time.monotonic() - began
    parts = _below(running.pid)
    ((name, password),) = json.loads(next(home.glob("simple_auth_manager_passwords*")).read_text()).items()
    began = time.monotonic()
    login = json.dumps({"username": name, "password": password}).encode()
    asked = urllib.request.Request(f"{address}/auth/token", login, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        token = json.load(answer)["access_token"]
    asked = urllib.request.Request(f"{address}/tipoff/tonight", headers={"Cookie": f"_token={token}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert b"tip<i>off</i>" in answer.read()
    page = time.monotonic() - began
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    down = time.monotonic() - began
    return Start(up, page, down, [command for pid, _, command in _processes() if pid in parts])


def _below(parent: int) -> set[int]:
    """All that a process has started, and what those have."""
    processes = _processes()
    reached = {parent}
    while more := {pid for pid, ppid, _ in processes if ppid in reached} - reached:
        reached |= more
    return reached - {parent}


def _processes() -> list[tuple[int, int, str]]:
    """Number, parent's number and command of every process that runs; one that only waits to be buried does not."""
    found = subprocess.run(["ps", "-eo", "pid=,ppid=,stat=,args="], check=True, capture_output=True, text=True)
    lines = [line.split(None, 3) for line in found.stdout.splitlines()]
    return [(int(pid), int(ppid), command) for pid, ppid, state, command in lines if not state.startswith("Z")]


def main() -> int:
    """Starts twice, and prints a line a start."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "airflow"
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIPOFF_"))}
        mine.pop("PYTHONDONTWRITEBYTECODE", None)  # modules that are never compiled take four times as long to import
        env = {**mine, "AIRFLOW_HOME": str(home), "TIPOFF_HOME": str(Path(folder) / "tipoff")}
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\nstart          up      page      down  left")
        for name in ("from nothing", "again"):
            found = start(env, home)
            print(
                f"{name:<12}{found.up:5.1f} s  {found.page:6.2f} s  {found.down:6.1f} s  {len(found.left):4}",
                *found.left,
            )
    return int(found.up > LIMIT or bool(found.left))


if __name__ == "__main__":
    sys.exit(main())
