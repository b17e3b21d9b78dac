"""What tipoff works with: Airflow and its database, and the sources."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from tipoff.collecting.boundary import plugin_boundary
from tipoff.collecting.probe import ask
from tipoff.errors import ClockWrong, TipoffError
from tipoff.health.finding import Finding, Needs
from tipoff.plugins import resolve

if TYPE_CHECKING:
    from tipoff.contracts import Collector

_PREPARE: Final = "python -m tipoff.airflow.home"


def airflow(needs: Needs) -> Iterator[Finding]:
    """Whether ``AIRFLOW_HOME`` is set up, and its metadata database answers."""
    place = os.environ.get("AIRFLOW_HOME", "")
    if not place:
        yield Finding("airflow", "warning", "AIRFLOW_HOME is not set", "export AIRFLOW_HOME=$PWD/.airflow, or: make up")
        return
    home = Path(place).expanduser().absolute()
    if not (home / "airflow.cfg").exists():
        yield Finding("airflow", "warning", f"`{home}` is not set up", _PREPARE)
    elif not os.access(home, os.W_OK | os.X_OK):
        yield Finding("airflow", "failed", f"`{home}` may not be written to", f"chown -R $USER {home}")
    else:
        yield _metadata(home)


def _metadata(home: Path) -> Finding:
    """Whether Airflow's database answers and has its tables."""
    import sqlalchemy

    config = ConfigParser()
    try:
        config.read(home / "airflow.cfg")
        address = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN") or config.get("database", "sql_alchemy_conn")
        url = sqlalchemy.make_url(address)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
            return Finding("airflow", "failed", f"its database `{url.database}` is not there", _PREPARE)
        engine = sqlalchemy.create_engine(url)
        try:
            with engine.connect() as con:
                con.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).one()
        finally:
            engine.dispose()
    except ConfigError as error:
        return Finding("airflow", "failed", f"`{home / 'airflow.cfg'}`: {error}", "mend it there")
    except ModuleNotFoundError as error:
        return Finding("airflow", "failed", f"its database needs `{error.name}`", "pip install 'tipoff[postgres]'")
    except sqlalchemy.exc.SQLAlchemyError as error:
        said = str(error).partition("\n")[0]
        # A server that is down is told like a table that SQLite does not have.
        down = isinstance(error, sqlalchemy.exc.OperationalError) and url.get_backend_name() != "sqlite"
        mend = f"start its server, or mend sql_alchemy_conn in {home / 'airflow.cfg'}" if down else _PREPARE
        return Finding("airflow", "failed", f"its database does not answer as it should: {said}", mend)
    return Finding("airflow", "ok", f"`{home}`, with the database {url.render_as_string(hide_password=True)}")


def source(needs: Needs) -> Iterator[Finding]:
    """Whether each source answers one question."""
    for collector in needs.registry.collectors:
        try:
            yield _answered(needs, collector)
        except ClockWrong as error:
            yield Finding("source", "failed", f"`{collector.name}`: {error}", "timedatectl set-ntp true")
        except TipoffError as error:
            mend = "look at TIPOFF_SOURCE, at the connection, and whether this machine reaches it"
            yield Finding("source", "failed", f"`{collector.name}`: {error}", mend)


def _answered(needs: Needs, collector: Collector) -> Finding:
    access = needs.reach(collector)
    simulated = not access.host and _lives_in_its_own_time(collector)
    started = time.monotonic()
    request = ask(collector, access, needs.registry, needs.settings)
    if request is None:
        return Finding("source", "ok", f"`{collector.name}` has nothing to ask")
    took = f"in {time.monotonic() - started:.1f} s"
    if simulated:
        return Finding("source", "ok", f"`{collector.name}` is a league on this machine, which answered {took}")
    return Finding("source", "ok", f"`{collector.name}` answered {request.key} {took}")


def _lives_in_its_own_time(collector: Collector) -> bool:
    if not collector.clock:
        return False
    present = cast("Callable[[], object]", resolve(collector.clock))
    with plugin_boundary(collector.clock):
        return present() is not None
