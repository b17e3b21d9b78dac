"""Whether an Airflow that runs also works: its parts give signs of life, and its tasks do not wait for ever.

Nothing here needs a scheduler, a worker or a database that answers: where they are gone, this is what says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Column, DateTime, Engine, MetaData, String, Table, create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

EVERY_SECONDS: Final = 15

PATIENCE_SECONDS: Final = 180
"""So long something may be wrong before it is: a busy machine is late, and a restart of a database takes its time."""

METADATA: Final = "metadata database"
QUEUE: Final = "queue"

_ANSWER_SECONDS: Final = 10
_PARTS: Final = {"scheduler": "scheduler", "dag_processor": "dag-processor", "triggerer": "triggerer"}
_TASKS = Table("task_instance", MetaData(), Column("state", String), Column("queued_dttm", DateTime(timezone=True)))


class Trouble(NamedTuple):
    """What has been wrong for a while.

    Args:
        why: in words.
        cure: the part of Airflow that should be started again; empty where that would not help.
    """

    why: str
    cure: str = ""


class Pulse:
    """Of one Airflow.

    Args:
        address: of its API server.
        database: of its metadata, as SQLAlchemy has it.
        clock: seconds that only go on.
    """

    def __init__(self, address: str, database: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._address, self._clock = address, clock
        patience = {"connect_timeout": _ANSWER_SECONDS} if database.startswith("postgresql") else {}
        self._engine: Engine = create_engine(database, poolclass=NullPool, connect_args=patience)
        self._since: dict[tuple[str, object], float] = {}
        self._next = clock()

    def look(self) -> dict[str, Trouble] | None:
        """What has been wrong for `PATIENCE_SECONDS`, by name; None when it is not time to look yet."""
        now = self._clock()
        if now < self._next:
            return None
        self._next = now + EVERY_SECONDS
        signs = {(name, what): trouble for name, what, trouble in self._signs()}
        self._since = {sign: self._since.get(sign, now) for sign in signs}
        return {
            name: trouble
            for (name, what), trouble in signs.items()
            if now >= self._since[name, what] + PATIENCE_SECONDS
        }

    def shows(self, name: str) -> bool:
        """Whether it was wrong at the last look, however short."""
        return any(known == name for known, _ in self._since)

    def _signs(self) -> Iterator[tuple[str, object, Trouble]]:
        """What is wrong at this moment: its name, what tells it from another of that name, and the words."""
        health = self._health()
        if health is None:
            yield "api-server", None, Trouble("it does not answer", "api-server")
        elif health.get("metadatabase") != "healthy":
            yield METADATA, None, Trouble("it does not answer Airflow")
            return  # nobody can give a sign of life without it
        for name, part in _PARTS.items():
            if health is not None and health.get(name) not in (None, "healthy"):
                yield part, None, Trouble("it gives no sign of life", part)
        try:
            oldest, queued, running = self._queue()
        except SQLAlchemyError:
            yield METADATA, None, Trouble("it does not answer")
            return
        if oldest is not None:
            # A worker that was killed while it waited for work takes the lock of the queue with it, and those after it
            # wait for that. What runs may end first.
            why = f"{queued} tasks wait for a worker, and none takes them"
            yield QUEUE, oldest, Trouble(why, "" if running else "scheduler")

    def _health(self) -> Mapping[str, str] | None:
        """What Airflow says of its parts; None where it says nothing."""
        try:
            with urllib.request.urlopen(f"{self._address}/api/v2/monitor/health", timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 - loopback, by HTTP
                return {name: said["status"] for name, said in json.load(answer).items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def _queue(self) -> tuple[datetime | None, int, int]:
        """When the oldest queued task was queued, and how many are queued and running."""
        state, queued_at = _TASKS.c.state, _TASKS.c.queued_dttm
        with self._engine.connect() as connection:
            oldest, queued = connection.execute(
                select(func.min(queued_at), func.count()).where(state == "queued")
            ).one()
            running = connection.execute(select(func.count()).where(state == "running")).scalar_one()
        return oldest, queued, running


def database(environment: Mapping[str, str]) -> str:
    """The address of Airflow's metadata database, as Airflow itself finds it: file, environment or a command.

    Args:
        environment: of Airflow's processes.
    """
    asked = [sys.executable, "-m", "airflow", "config", "get-value", "database", "sql_alchemy_conn"]
    done = subprocess.run(asked, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return done.stdout.strip().splitlines()[-1]
