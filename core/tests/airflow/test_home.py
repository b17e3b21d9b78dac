"""Setting up an AIRFLOW_HOME, in processes of its own as a person does it."""

from __future__ import annotations

import configparser
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from tipoff.airflow.home import main, prepare, write_config
from tipoff.errors import SettingsError


def test_config_is_written_once_with_new_keys_for_its_owner_alone(tmp_path: Path) -> None:
    one, other = tmp_path / "one 100%", tmp_path / "other"
    for home in (one, other):
        home.mkdir()
        write_config(home, tmp_path / "dags", 8081)
    text = (one / "airflow.cfg").read_text()
    assert stat.S_IMODE((one / "airflow.cfg").stat().st_mode) == 0o600
    parser = configparser.ConfigParser()
    parser.read_string(text)
    assert parser["core"]["dags_folder"] == str(tmp_path / "dags")
    assert parser["database"]["sql_alchemy_conn"] == f"sqlite:///{one}/airflow.db"
    assert parser["api"]["base_url"] == "http://127.0.0.1:8081"
    assert parser["api"]["host"] == "127.0.0.1"
    again = configparser.ConfigParser()
    again.read(other / "airflow.cfg")
    for section, key in (("core", "fernet_key"), ("api_auth", "jwt_secret"), ("api", "secret_key")):
        assert parser[section][key] != again[section][key]
        assert len(parser[section][key]) >= 32
    (one / "airflow.cfg").write_text("mine")
    write_config(one, tmp_path / "dags", 9999)
    assert (one / "airflow.cfg").read_text() == "mine"


def test_a_database_of_postgresql_is_written_with_a_driver_for_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_AIRFLOW_DB", "postgresql://me:a%2Fword@127.0.0.1/airflow")
    write_config(tmp_path, tmp_path, 8080)
    parser = configparser.ConfigParser()
    parser.read(tmp_path / "airflow.cfg")
    written = "postgresql+psycopg://me:a%2Fword@127.0.0.1/airflow"
    database = parser["database"]
    assert (database["sql_alchemy_conn"], database["sql_alchemy_conn_async"]) == (written, written)
    write_config(tmp_path, tmp_path, 8080)
    monkeypatch.setenv("TIPOFF_AIRFLOW_DB", "postgresql://me:another-word@127.0.0.1/airflow")
    with pytest.raises(SettingsError, match="another metadata database") as refused:
        write_config(tmp_path, tmp_path, 8080)
    assert "word" not in str(refused.value).replace("sql_alchemy_conn", "")
    monkeypatch.delenv("TIPOFF_AIRFLOW_DB")
    write_config(tmp_path, tmp_path, 8080)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("a-secret-word", "is no address of a database"),
        ("mysql://me:a-secret-word@host/airflow", "is one of `mysql`; give one like postgresql://"),
        ("postgresql+nosuch://me:a-secret-word@host/airflow", "is no address"),
        ("postgresql+pg8000://me:a-secret-word@host/airflow", r"needs `pg8000`; run: pip install 'tipoff\[postgres\]'"),
    ],
)
def test_a_database_that_cannot_be_used(
    address: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_AIRFLOW_DB", address)
    with pytest.raises(SettingsError, match=said) as refused:
        write_config(tmp_path, tmp_path, 8080)
    assert "secret" not in str(refused.value)
    assert not (tmp_path / "airflow.cfg").exists()


def test_another_home_after_airflow_was_imported_is_refused(tmp_path: Path, airflow_home: Path) -> None:
    with pytest.raises(SettingsError, match="start a new process"):
        prepare(tmp_path / "elsewhere", tmp_path)
    assert os.environ["AIRFLOW_HOME"] == str(airflow_home)


def test_what_cannot_be_set_up_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = CliRunner().invoke(main, ["--home", str(tmp_path / "file" / "home"), "--dags", str(tmp_path)])
    assert told.exit_code == 1
    assert told.output.startswith("Error: ")
    assert str(tmp_path / "file") in told.output


def test_a_broken_plugin_is_told_in_a_line_where_none_is_borne(
    airflow_home: Path, install_plugin: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin("broken", "raise ZeroDivisionError('a defect')")
    monkeypatch.setenv("TIPOFF_PLUGINS_STRICT", "1")
    told = CliRunner().invoke(main, ["--home", str(airflow_home), "--dags", str(airflow_home)])
    assert told.exit_code == 1
    assert told.output.startswith("Error: ")
    assert "a defect" in told.output


LIST = """
import json
from airflow.models import Connection, Variable
from airflow.configuration import conf
from airflow.utils.session import create_session
from sqlalchemy import select
with create_session() as session:
    connections = sorted(session.scalars(select(Connection.conn_id)))
    variables = {v.key: v.val for v in session.scalars(select(Variable))}
print(json.dumps([connections, variables, conf.get("core", "dags_folder"), conf.get("core", "executor")]))
"""


def test_home_from_the_command_line(tmp_path: Path) -> None:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    env = {**mine, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    home, dags = tmp_path / "home", tmp_path / "dags"
    dags.mkdir()
    command = [sys.executable, "-m", "tipoff.airflow.home", "--home", str(home), "--dags", str(dags)]
    first = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert f"export AIRFLOW_HOME={home}" in first.stdout
    assert home.stat().st_mode & 0o077 == 0, "the login's password is in there"
    config = (home / "airflow.cfg").read_bytes()
    subprocess.run(command, env=env, capture_output=True, check=True)
    assert (home / "airflow.cfg").read_bytes() == config
    listed = subprocess.run(
        [sys.executable, "-c", LIST], env={**env, "AIRFLOW_HOME": str(home)}, capture_output=True, text=True, check=True
    )
    connections, variables, folder, executor = json.loads(listed.stdout.splitlines()[-1])
    assert "tipoff_duckdb" in connections
    assert json.loads(variables["tipoff"]) == {"history_seasons": 1}
    assert (folder, executor) == (str(dags), "LocalExecutor")
