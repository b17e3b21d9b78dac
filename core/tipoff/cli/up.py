"""``tipoff up``: Airflow with its UI on this machine, and nothing left behind."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
import psutil

from tipoff.cli.output import examples
from tipoff.cli.running import NOTE, SEEN, Running
from tipoff.errors import Abort, SettingsError

# `airflow standalone` starts the same four, but two of them then serve logs on every interface. On one machine the
# UI reads the log files themselves, so nobody needs those servers.
PARTS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
START_SECONDS = 180.0
STOP_SECONDS = 20.0
_LOG_LINES, _LOG_BYTES = 12, 16384
"""What is shown of the log of a part that has ended."""


@click.command(
    epilog=examples("""
        tipoff up
        tipoff up --port 8081
        TIPOFF_SOURCE=espn tipoff up
    """)
)
@click.option("--port", default=8080, show_default=True, help="Of the UI, on this machine only.")
@click.option(
    "--dags",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("dags"),
    show_default=True,
    help="Folder with the DAG files.",
)
def up(*, port: int, dags: Path) -> None:
    """Start Airflow with its UI on this machine; Ctrl-C stops all of it.

    It sets up what is missing: the store, the league's clock, and AIRFLOW_HOME with a login of its own.
    """
    from tipoff.cli.session import Session

    home = airflow_home()
    _must_be_down(home)
    _must_be_free(port)
    Session.start()
    prepare = ["tipoff.airflow.home", "--home", str(home), "--dags", str(dags), "--port", str(port)]
    done = subprocess.run([sys.executable, "-m", *prepare], check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    if done.returncode:
        raise Abort(f"`{home}` could not be set up; the reason stands above")
    address = f"http://127.0.0.1:{port}"
    with _running(home, port) as parts:
        click.echo(f"Starting Airflow; logs are in {home / 'logs'} ...")
        _wait_until_it_answers(home, address, parts)
        click.echo(f"\nAirflow is up: {address}")
        for name, password in _logins(home).items():
            click.echo(f"Log in as     {name}, password {password}")
        click.echo("Stop it with  Ctrl-C, or from another shell: tipoff down")
        _watch(home, parts)


def airflow_home() -> Path:
    """The folder that AIRFLOW_HOME names.

    Raises:
        SettingsError: it names none.
    """
    place = os.environ.get("AIRFLOW_HOME")
    if not place:
        raise SettingsError("AIRFLOW_HOME is not set; run `make up`, or export AIRFLOW_HOME=$PWD/.airflow")
    return Path(place).expanduser().absolute()


@contextmanager
def _running(home: Path, port: int) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The parts of Airflow as processes, each with a log of its own; all of them end with the block."""
    (home / "logs").mkdir(exist_ok=True)
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        **SEEN,
        # Tasks start `airflow` by name.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    parts = {}
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background job starts with it ignored
        signal.signal(number, _interrupt)
    try:
        for name, command in PARTS.items():
            with (home / "logs" / f"{name}.log").open("ab") as log:
                # A session of its own: Ctrl-C reaches us alone, and we end each part with all its children.
                parts[name] = subprocess.Popen(  # noqa: S603 - Airflow's command, arguments as a list
                    [sys.executable, "-m", "airflow", *command],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    umask=0o077,
                    preexec_fn=end_with_parent,  # noqa: PLW1509 - one system call, and no thread runs yet
                )
                Running.here({name: part.pid for name, part in parts.items()}).note(home)
        yield parts
    except KeyboardInterrupt:
        click.echo("\nStopping Airflow ...")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):  # it has begun to end: another Ctrl-C would leave some behind
            signal.signal(number, signal.SIG_IGN)
        _stop(parts)
        if note := Running.of(home):
            for process in note.left(home):  # a task has a process group of its own
                with suppress(psutil.Error):
                    process.kill()
            (home / NOTE).unlink(missing_ok=True)


def end_with_parent() -> None:
    """In a child process: be interrupted when the parent dies, however it dies (Linux only; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


def _must_be_down(home: Path) -> None:
    running = Running.of(home)
    if running and (left := running.all(home)):
        raise SettingsError(f"an Airflow of {home} is up already, process {left[0].pid}; stop it with `tipoff down`")


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SettingsError(
                f"something answers on port `{port}` already, perhaps an Airflow that is up; "
                f"stop it, or choose another: tipoff up --port {port + 1}"
            )


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _wait_until_it_answers(home: Path, address: str, parts: dict[str, subprocess.Popen[bytes]]) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        _look(home, parts)
        try:
            with urllib.request.urlopen(f"{address}/api/v2/version", timeout=2):  # noqa: S310 - loopback, by HTTP
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.5)
    raise Abort(f"Airflow did not answer at {address} within {START_SECONDS:.0f} s; look into its logs")


def _watch(home: Path, parts: dict[str, subprocess.Popen[bytes]]) -> None:
    while True:
        _look(home, parts)
        time.sleep(1)


def _look(home: Path, parts: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, process in parts.items():
        if process.poll() is not None:
            raise Abort(f"Airflow's {name} {_how(process.returncode)}, so all of it stops. {_last_words(home, name)}")


def _how(code: int) -> str:
    """How a process ended, by its return code."""
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    hint = ": by somebody's kill, or by the system, which had no memory left" if -code == signal.SIGKILL else ""
    return f"was ended by signal {name}{hint}"


def _last_words(home: Path, name: str) -> str:
    """The end of a part's log."""
    log = home / "logs" / f"{name}.log"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LOG_BYTES))
        lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()][-_LOG_LINES:]
    return f"The last lines of {log}:\n  " + "\n  ".join(lines) if lines else f"It left nothing in {log}"


def _stop(parts: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ends every part with its children: politely first, then for good."""
    for process in parts.values():
        _signal(process, signal.SIGINT)
    give_up = time.monotonic() + STOP_SECONDS
    for process in parts.values():
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, give_up - time.monotonic()))
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _logins(home: Path) -> dict[str, str]:
    """Names and passwords that Airflow's simple login made up on its first start."""
    file = home / "simple_auth_manager_passwords.json.generated"
    return json.loads(file.read_text()) if file.exists() else {}
