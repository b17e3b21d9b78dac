"""Airflow's metadata in a real PostgreSQL: one setting, and everything runs on it; a backfill from the UI, too.

It needs a PostgreSQL server on this machine (Debian: ``apt-get install postgresql``); without one these tests are
skipped, which under CI is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tipoff import clock
from tipoff.airflow.testing.services import RUN_SECONDS, Airflow, free_port, running, until
from tipoff.warehouse.store import Warehouse

DAGS = Path(__file__).resolve().parents[1] / "dags"
SOURCE = "embedded:seed=1,teams=32"
PASSWORD = "word-of-the-database%/@"


def programs() -> Path | None:
    """Folder of the server's programs; Debian keeps them out of the path."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


PROGRAMS = programs()
pytestmark = pytest.mark.skipif(
    PROGRAMS is None and not os.environ.get("CI"), reason="needs a PostgreSQL server: apt-get install postgresql"
)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Address of a database in a cluster of its own, on loopback."""
    assert PROGRAMS, "CI needs a PostgreSQL server: apt-get install postgresql"
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tipoff-postgres-") as name:  # not below pytest's, where only we may go
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        user = None
        if os.geteuid() == 0:  # the server does not run as root
            user = "nobody"
            for path in (folder, folder / "password"):
                shutil.chown(path, user)

        def do(program: str, *words: str) -> None:
            log = folder / "server.log"
            done = subprocess.run(
                [PROGRAMS / program, "-D", folder / "data", *words],
                user=user,
                cwd=folder,
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            assert done.returncode == 0, f"{program}: {log.read_text() if log.exists() else done.returncode}"

        do(
            "initdb",
            "--encoding=UTF8",
            "--username=tipoff",
            "--auth=scram-sha-256",
            f"--pwfile={folder / 'password'}",
            "--no-sync",
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        do("pg_ctl", "start", "--wait", f"--log={folder / 'server.log'}", f"--options={options}")
        try:
            yield f"postgresql://tipoff:word-of-the-database%25%2F%40@127.0.0.1:{port}/postgres"
        finally:
            do("pg_ctl", "stop", "--wait", "--mode=immediate")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this Airflow and its league live."""
    return tmp_path_factory.mktemp("postgres")


@pytest.fixture(scope="module")
def airflow(home: Path, database: str) -> Iterator[Airflow]:
    """A running Airflow on that database, with a small league behind it."""
    with running(
        home, DAGS, "data_collection", env={"TIPOFF_SOURCE": SOURCE, "TIPOFF_AIRFLOW_DB": database}
    ) as started:
        yield started


def run(env: Mapping[str, str], *words: str) -> str:
    done = subprocess.run([sys.executable, "-m", *words], env=env, check=False, capture_output=True, text=True)
    return f"{done.returncode} {done.stdout}{done.stderr}"


def test_everything_runs_on_it_and_a_backfill_from_the_ui_works(airflow: Airflow, home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPOFF_HOME", str(home / "tipoff"))
        clock.set_now(clock.parse("2026-01-21T13:00"))
    tasks = airflow.wait_for(airflow.unpause("data_collection"))
    assert set(tasks.values()) == {("success", 1)}, tasks
    asked = {
        "dag_id": "data_collection",
        "from_date": "2025-01-14T00:00:00Z",
        "to_date": "2025-01-15T23:59:59Z",
        "max_active_runs": 1,
        "dag_run_conf": {"force": True},
    }
    made = f"/api/v2/backfills/{airflow.call('POST', '/api/v2/backfills', asked)['id']}"
    until(lambda: airflow.call("GET", made)["completed_at"], RUN_SECONDS, "the backfill")
    runs = [each for each in airflow.runs("data_collection") if each["run_type"] == "backfill"]
    assert [each["state"] for each in runs] == ["success"] * 2
    store = Warehouse(home / "tipoff" / "published.duckdb")
    days = "SELECT DISTINCT window_start AS day FROM ops.collect_run WHERE run_id LIKE '%backfill%' ORDER BY day"
    assert [str(row["day"]) for row in store.query(days).to_pylist()] == ["2025-01-14", "2025-01-15"]
    assert not (home / "airflow" / "airflow.db").exists()


def test_its_password_is_nowhere_but_in_airflows_configuration(airflow: Airflow, home: Path, database: str) -> None:
    secret = database.partition("tipoff:")[2].partition("@")[0]
    said = run(airflow.env, "tipoff.cli", "doctor")
    assert "with the database postgresql+psycopg://tipoff:***@127.0.0.1" in said
    texts = {"doctor": said, **{path.name: path.read_text(errors="replace") for path in home.rglob("*.log")}}
    assert len(texts) > 4
    assert [name for name, text in texts.items() if secret in text or PASSWORD in text] == []
    config = home / "airflow" / "airflow.cfg"
    assert secret.replace("%", "%%") in config.read_text()
    assert config.stat().st_mode & 0o077 == 0


def test_another_database_than_the_configured_one_is_refused(airflow: Airflow, database: str) -> None:
    other = {**airflow.env, "TIPOFF_AIRFLOW_DB": f"{database}2"}
    said = run(other, "tipoff.airflow.home", "--dags", str(DAGS))
    assert "has another metadata database than TIPOFF_AIRFLOW_DB" in said
    assert said.startswith("1 ")
    without = {name: value for name, value in airflow.env.items() if name != "TIPOFF_AIRFLOW_DB"}
    assert run(without, "tipoff.airflow.home", "--dags", str(DAGS)).startswith("0 ")
