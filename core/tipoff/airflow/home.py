"""Sets up an ``AIRFLOW_HOME``: configuration, metadata database, connections and variables.

From a shell::

    python -m tipoff.airflow.home --home .airflow --dags dags

It is idempotent, and never overwrites what is there: your edits to airflow.cfg, connections and variables stay.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from configparser import ConfigParser
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from tipoff import settings
from tipoff.airflow.provider import CONN_TYPE
from tipoff.disk import keep_private
from tipoff.errors import SettingsError, TipoffError

_DRIVER: Final = "postgresql+psycopg"
_LIKE: Final = "give one like postgresql://USER:PASSWORD@HOST/DATABASE"


def prepare(home: Path, dags: Path, *, port: int = 8080) -> None:
    """Makes `home` ready for the ``airflow`` command, with the DAG files of `dags`.

    It sets ``AIRFLOW_HOME`` in this process and imports Airflow, so call it before anything else does. Other
    processes need ``AIRFLOW_HOME`` alone.

    Args:
        home: the folder; it is made where it is missing.
        dags: the folder with the DAG files.
        port: of the UI, on this machine only.

    Raises:
        SettingsError: Airflow was imported already, with another home; or ``TIPOFF_AIRFLOW_DB`` cannot be used, or is
            another database than that of an airflow.cfg which is there; or others may enter `home`, and it is not ours.
    """
    home = home.expanduser().absolute()
    if "airflow" in sys.modules and os.environ.get("AIRFLOW_HOME") != str(home):
        raise SettingsError(f"Airflow was imported before AIRFLOW_HOME could be `{home}`; start a new process")
    keep_private(home)  # Airflow writes the login's password into it, twice
    write_config(home, dags.expanduser().absolute(), port)
    os.environ["AIRFLOW_HOME"] = str(home)

    from airflow.utils.db import initdb

    initdb()
    _add_connections()
    _add_variables()


def write_config(home: Path, dags: Path, port: int) -> None:
    """Writes airflow.cfg from the template, with new keys, unless there is one; only its owner may read it.

    Raises:
        SettingsError: as `prepare` does.
    """
    config = home / "airflow.cfg"
    database = _database(settings.load().airflow_db) or f"sqlite:///{home}/airflow.db"
    if config.exists():
        if settings.load().airflow_db:
            _must_be(database, config)
        return
    template = Template((resources.files("tipoff.airflow") / "config" / "airflow.cfg").read_text())
    names = {
        "home": str(home).replace("%", "%%"),
        "database": database.replace("%", "%%"),
        # The driver speaks both ways, and Airflow would look for another one.
        "database_async": f"sql_alchemy_conn_async = {database}".replace("%", "%%") if _DRIVER in database else "",
        "dags": str(dags).replace("%", "%%"),
        "port": port,
        "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "secret_key": secrets.token_urlsafe(32),
        "jwt_secret": secrets.token_urlsafe(64),
    }
    with open(config, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(template.safe_substitute(names))


def _database(address: str) -> str:
    """The address of a metadata database, with the driver that comes with ``tipoff[postgres]`` unless it names one."""
    if not address:
        return ""
    try:
        url = make_url(address)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError):
        raise SettingsError(
            f"TIPOFF_AIRFLOW_DB is no address of a database; {_LIKE}"
        ) from None  # it may hold a password
    if url.get_backend_name() != "postgresql":
        raise SettingsError(f"TIPOFF_AIRFLOW_DB is one of `{url.get_backend_name()}`; {_LIKE}")
    if url.drivername == "postgresql":
        url = url.set(drivername=_DRIVER)
    try:
        url.get_dialect().import_dbapi()
    except ImportError as error:
        raise SettingsError(f"TIPOFF_AIRFLOW_DB needs `{error.name}`; run: pip install 'tipoff[postgres]'") from None
    return url.render_as_string(hide_password=False)


def _must_be(database: str, config: Path) -> None:
    parser = ConfigParser()
    parser.read(config)
    if parser.get("database", "sql_alchemy_conn", fallback="") != database:
        raise SettingsError(
            f"`{config}` has another metadata database than TIPOFF_AIRFLOW_DB; write it into sql_alchemy_conn there, "
            "or set up another AIRFLOW_HOME"
        )


def _add_connections() -> None:
    """The store, and an empty one for each collector: a place for its host, key and limits."""
    from airflow.models import Connection
    from airflow.utils.session import create_session
    from sqlalchemy import select

    from tipoff import plugins

    wanted = {
        "tipoff_duckdb": Connection(
            conn_id="tipoff_duckdb",
            conn_type="duckdb",
            description="limits (extra: threads, memory_limit); without a host the store of TIPOFF_HOME",
        )
    }
    for collector in plugins.load().collectors:
        wanted[collector.conn_id] = Connection(
            conn_id=collector.conn_id,
            conn_type=CONN_TYPE,
            description=f"{collector.name}: address, key and limits where they differ from TIPOFF_*",
        )
    with create_session() as session:
        there = set(session.scalars(select(Connection.conn_id)))
        session.add_all(connection for name, connection in sorted(wanted.items()) if name not in there)


def _add_variables() -> None:
    from airflow.models import Variable
    from airflow.utils.session import create_session
    from sqlalchemy import select

    shipped = json.loads((resources.files("tipoff.airflow") / "config" / "variables.json").read_text())
    with create_session() as session:
        there = set(session.scalars(select(Variable.key)))
        for name, value in shipped.items():
            if name not in there:
                Variable.set(name, value, serialize_json=True, session=session)


@click.command()
@click.option("--home", type=click.Path(path_type=Path), envvar="AIRFLOW_HOME", required=True, help="AIRFLOW_HOME")
@click.option("--dags", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path("dags"))
@click.option("--port", default=8080, show_default=True, help="of the UI, on this machine only")
def main(home: Path, dags: Path, port: int) -> None:
    """Sets up an AIRFLOW_HOME; what is there already stays as it is."""
    try:
        prepare(home, dags, port=port)
    except (TipoffError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{home} is ready; use it with: export AIRFLOW_HOME={home.absolute()}")


if __name__ == "__main__":
    main()
