"""The journal of task attempts enters the store: ``ops.task_run``.

An attempt is a row by its names, so that a line that is read twice changes nothing. The file of a run goes once the
run has ended and what it says is committed; until then it is read again each time.
"""

from __future__ import annotations

import time
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tipoff.errors import TipoffError
from tipoff.monitoring import attempts, journal
from tipoff.monitoring.attempts import Attempt

if TYPE_CHECKING:
    import pyarrow as pa

    from tipoff.settings import Settings
    from tipoff.warehouse.store import Warehouse

FORGOTTEN: Final = 7 * 24 * 3600.0
"""Seconds after which a run that nobody ended is taken for ended: no run may take so long."""

RECALL_SECONDS: Final = 10.0
"""How long `recall` waits for the store at most: Airflow breaks a callback off that takes much longer."""

# A mapped instance has a number until its name is known.
_UNNAMED = """
    DELETE FROM ops.task_run WHERE label LIKE 'number %'
        AND (run_id, task_id, attempt) IN (SELECT (run_id, task_id, attempt) FROM tipoff_attempts)
        AND (run_id, task_id, attempt, label) NOT IN (SELECT (run_id, task_id, attempt, label) FROM tipoff_attempts)
"""

_INTO_STORE = "INSERT OR REPLACE INTO ops.task_run BY NAME SELECT * FROM tipoff_attempts"


def fold(warehouse: Warehouse, home: Path) -> int:
    """Brings the journal into the store; how many attempts it told of.

    Raises:
        StoreBusy: another process kept the store; the journal stays as it is.
        StoreError: the store cannot be opened.
    """
    found: list[Attempt] = []
    finished: dict[Path, int] = {}
    for path in journal.paths(home):
        size, forgotten = _state(path)
        told = attempts.look(path)
        found += told
        running = any(each.outcome in attempts.UNFINISHED for each in told)
        if forgotten or (attempts.run_over(journal.read(path)) and not running):
            finished[path] = size
    if found:
        with warehouse.write() as con:
            con.register("tipoff_attempts", _table(found))
            con.execute(_UNNAMED).fetchall()
            con.execute(_INTO_STORE).fetchall()
            con.unregister("tipoff_attempts")
    for path, size in finished.items():
        journal.remove(path, size)
    return len(found)


def recall(settings: Settings, run: str) -> list[Attempt]:
    """The attempts of a run, also where another process has brought them into the store since the run ended."""
    import duckdb

    from tipoff.warehouse.store import Warehouse

    store = Warehouse(settings.store, min(RECALL_SECONDS, settings.lock_wait_seconds))
    if (found := attempts.look(journal.path_of(settings.home, run))) or not store.exists:
        return found
    told = "SELECT * FROM ops.task_run WHERE run_id = $run ORDER BY began_at, attempt"
    try:
        return [Attempt(**row) for row in store.query(told, run=run).to_pylist()]
    except (TipoffError, duckdb.Error):
        return []  # in use, or of another version of tipoff


def _state(path: Path) -> tuple[int, bool]:
    """Size of a file before it is read, and whether it has been left alone for so long that its run is over."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, False
    return status.st_size, time.time() - status.st_mtime > FORGOTTEN  # the age of a file, not the league's time


def _table(found: list[Attempt]) -> pa.Table:
    import pyarrow as pa

    types = {
        "attempt": pa.int32(),
        "began_at": pa.timestamp("us"),
        "ended_at": pa.timestamp("us"),
        "seconds": pa.float64(),
        "cpu_seconds": pa.float64(),
        "peak_mb": pa.float64(),
        "rows": pa.int64(),
    }
    names = [field.name for field in fields(Attempt)]
    # Of two mapped instances that have the same name, the later one counts.
    rows = list({(each.run_id, each.task_id, each.label, each.attempt): asdict(each) for each in found}.values())
    return pa.table({name: pa.array([row[name] for row in rows], types.get(name, pa.string())) for name in names})
