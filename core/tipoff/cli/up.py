"""``tipoff up``: Airflow with its UI on this machine, and nothing left behind."""

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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from tipoff.cli.output import examples
from tipoff.cli.parts import Parts
from tipoff.cli.pulse import PATIENCE_SECONDS, Pulse, database
from tipoff.cli.running import SEEN, Running
from tipoff.errors import Abort, SettingsError
from tipoff.monitoring import alerts
from tipoff.monitoring.channels import tell

START_SECONDS = 180.0


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
    environment = _environment(home, port, address)
    with _running(home, environment) as parts:
        click.echo(f"Starting Airflow; logs are in {home / 'logs'} ...")
        _wait_until_it_answers(address, parts)
        click.echo(f"\nAirflow is up: {address}")
        for name, password in _logins(home).items():
            click.echo(f"Log in as     {name}, password {password}")
        click.echo("Stop it with  Ctrl-C, or from another shell: tipoff down")
        _watch(parts, Pulse(address, database(environment)))


def airflow_home() -> Path:
    """The folder that AIRFLOW_HOME names.

    Raises:
        SettingsError: it names none.
    """
    place = os.environ.get("AIRFLOW_HOME")
    if not place:
        raise SettingsError("AIRFLOW_HOME is not set; run `make up`, or export AIRFLOW_HOME=$PWD/.airflow")
    return Path(place).expanduser().absolute()


def _environment(home: Path, port: int, address: str) -> dict[str, str]:
    """Of Airflow's processes."""
    return {
        # Tasks that a scheduler had queued before it died are given to the next one after a minute, not after five.
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        **SEEN,
        # Tasks start `airflow` by name.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


@contextmanager
def _running(home: Path, environment: Mapping[str, str]) -> Iterator[Parts]:
    """The parts of Airflow as processes, each with a log of its own; all of them end with the block."""
    (home / "logs").mkdir(exist_ok=True)
    parts = Parts(home, environment)
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background job starts with it ignored
        signal.signal(number, _interrupt)
    try:
        parts.start()
        yield parts
    except KeyboardInterrupt:
        click.echo("\nStopping Airflow ...")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):  # it has begun to end: another Ctrl-C would leave some behind
            signal.signal(number, signal.SIG_IGN)
        parts.stop()


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


def _wait_until_it_answers(address: str, parts: Parts) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        parts.must_run()
        try:
            with urllib.request.urlopen(f"{address}/api/v2/version", timeout=2):  # noqa: S310 - loopback, by HTTP
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.5)
    raise Abort(f"Airflow did not answer at {address} within {START_SECONDS:.0f} s; look into its logs")


def _watch(parts: Parts, pulse: Pulse) -> None:
    """Keeps Airflow at work, and tells people what does not become well by itself."""
    while True:
        for line in parts.tend():
            click.echo(line)
        if (wrong := pulse.look()) is not None:
            for trouble in wrong.values():
                for line in parts.again(trouble.cure, trouble.why, PATIENCE_SECONDS) if trouble.cure else ():
                    click.echo(line)
            _tell({name: trouble.why for name, trouble in wrong.items()} | parts.troubles(), pulse)
        time.sleep(1)


def _tell(failing: Mapping[str, str], pulse: Pulse) -> None:
    """Tells people of each of these once, and once that it is well again: by this process, since no task may run."""
    from tipoff import settings

    def tell_news(news: alerts.News) -> bool:
        lines = [f"Its {name}: {why}." for name, why in news.failing.items()]
        lines += [f"Its {name} is well again." for name in news.recovered]
        title = "tipoff: Airflow does not work as it should" if news.failing else "tipoff: Airflow is well again"
        body = " ".join([*lines, f"Airflow's logs are in {airflow_home() / 'logs'}"])
        return tell(title, body, _say, failure=bool(news.failing))

    try:
        well = lambda name: not pulse.shows(name)  # noqa: E731
        alerts.settle(settings.load().home, "tipoff up", "", tell_news, failing=failing, well=well)
    except OSError as error:  # what tells must stop nothing
        click.echo(f"nobody was told of it: {error}")


def _say(words: str, *args: object) -> None:
    click.echo(words % args)


def _logins(home: Path) -> dict[str, str]:
    """Names and passwords that Airflow's simple login made up on its first start."""
    file = home / "simple_auth_manager_passwords.json.generated"
    return json.loads(file.read_text()) if file.exists() else {}
