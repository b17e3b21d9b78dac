"""How rows enter a table: `merge` for what sources say, `replace` for what builders compute.

Both work inside the caller's transaction (`Warehouse.write`), from Arrow, in one or two statements.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tipoff import clock
from tipoff.contracts import Table
from tipoff.errors import StoreError
from tipoff.warehouse import sql
from tipoff.warehouse.arrow import conform

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_STANDING: Final = timedelta(minutes=1)
"""By how much the write clock may run ahead of the present: by a microsecond a write, where the clock stands still."""


def written_at(con: DuckDBPyConnection) -> datetime:
    """The instant for ``loaded_at`` of what this transaction writes: now, but later than any given before.

    So no two writes share one, also when the clock stands still, as it may in an embedded or recorded league. One that
    was given by a clock that was ahead is no reason to go on from there: writes then begin anew at the present.
    """
    instant = clock.now()
    before = con.execute("SELECT max(last) FROM ops.write_clock").fetchall()[0][0]
    if before is not None and instant <= before < instant + _STANDING:
        instant = before + timedelta(microseconds=1)
    con.execute("DELETE FROM ops.write_clock").fetchall()
    con.execute("INSERT INTO ops.write_clock VALUES ($instant)", {"instant": instant}).fetchall()
    return instant


def merge(
    con: DuckDBPyConnection,
    table: Table,
    rows: pa.Table,
    *,
    run_id: str,
    source: str,
    above: Collection[str] = (),
) -> int:
    """Inserts or updates rows by the table's key.

    - Columns that `rows` does not have are not touched (NULL in a new row).
    - A source's older answer (``fetched_at``) never overwrites its newer one; of equals, the later loaded wins.
      A stamp later than the present comes of a clock that was ahead, and counts as older than any other.
    - From the one source that told the stored row, the newer row wins whole, missing values included: so a
      corrected or withdrawn value goes.
    - Where two sources tell a row, the one that goes before wins, whenever it speaks; the other fills in what is
      missing, and a missing value overwrites nothing. ``source`` then names both: ``espn+archive``.
    - A row that would not change keeps its ``run_id`` and ``loaded_at``, which so mark real changes; only its
      ``fetched_at`` moves, to the last time its source said so. ``loaded_at`` comes from `written_at` and from nowhere
      else, so no two writes share it, not even of one run.
    - Rows of a history (`Table.history`) that say the same as the row before them extend it. A row that is dated by a
      clock that was ahead makes way for what its source says now.

    Args:
        con: a connection from `Warehouse.write`.
        table: the target.
        rows: key columns, any of the others, and ``fetched_at`` (when the source said it). Several rows with
            the same key are fine: the newest counts, then the last.
        run_id: the run that writes.
        source: the collector that says it.
        above: the collectors that go before it (`tipoff.collecting.engine` makes them from their precedence).

    Returns:
        How many rows were inserted or changed.

    Raises:
        StoreError: a column is unknown or of the wrong type, ``fetched_at`` is missing, or a key is NULL.
    """
    if rows.num_rows == 0:
        return 0
    unknown = sorted(set(rows.column_names) - set(table.column_names) - {"fetched_at"})
    if unknown:
        raise StoreError(f"rows for `{table.full_name}` have the unknown column `{unknown[0]}`")
    if "fetched_at" not in rows.column_names or rows["fetched_at"].null_count:
        raise StoreError(f"rows for `{table.full_name}` must all carry `fetched_at`")
    columns = [name for name in table.column_names if name in rows.column_names or name in table.key]
    staged = conform(table, rows, columns)
    for name in table.key:
        if staged[name].null_count:
            raise StoreError(f"rows for `{table.full_name}` have no value in the key column `{name}`")
    seasons = sorted(pc.unique(staged["season"]).to_pylist()) if "season" in table.key else []
    staged = staged.append_column("fetched_at", rows["fetched_at"].cast(pa.timestamp("us")))
    staged = staged.append_column(sql.ARRIVAL, pa.array(np.arange(staged.num_rows)))
    con.register(sql.STAGING, staged)
    try:
        now = written_at(con)
        # Not `now`: that is of writes, which may run ahead of a clock that stands still.
        values: dict[str, object] = {"run_id": run_id, "source": source, "now": now, "present": clock.now()}
        spoken = {"source": source, "present": values["present"], "today": clock.day_of(clock.now())}
        undated, ended = sql.taken_back(table) if table.history else ("", "")
        if undated:
            con.execute(undated, spoken).fetchall()
        if len(columns) > len(table.key):
            values["above"] = f"+{'+'.join(above)}+"
        ((touched,),) = con.execute(sql.merge(table, columns, seasons), values).fetchall()
        if ended:
            con.execute(ended, {**spoken, "now": now}).fetchall()
    finally:
        con.unregister(sql.STAGING)
    if not touched:
        return 0
    ((changed,),) = con.execute(sql.written(table, seasons), {"now": now}).fetchall()
    return int(changed)


def replace(
    con: DuckDBPyConnection,
    table: Table,
    rows: pa.Table,
    where: pa.Table,
    *,
    run_id: str,
    source: str,
) -> int:
    """Deletes the table's rows that match a row of `where` on all of its columns, then inserts `rows`.

    Args:
        con: a connection from `Warehouse.write`.
        table: the target, of computed rows.
        rows: every column of the table; ``fetched_at`` stays NULL.
        where: what to delete, by one or more of the table's columns (``season``; or ``season, game_id``).
        run_id: the run that writes.
        source: the builder that computed them.

    Returns:
        How many rows were inserted.

    Raises:
        StoreError: a column is missing, unknown or of the wrong type.
    """
    unknown = sorted((set(rows.column_names) | set(where.column_names)) - set(table.column_names))
    if unknown:
        raise StoreError(f"rows for `{table.full_name}` have the unknown column `{unknown[0]}`")
    if not where.column_names:
        raise StoreError(f"say by which columns rows of `{table.full_name}` are to be replaced")
    staged = conform(table, rows, table.column_names)
    con.register(sql.REMOVED, conform(table, where, where.column_names))
    con.register(sql.STAGING, staged)
    try:
        con.execute(sql.delete(table, where.column_names)).fetchall()
        con.execute(sql.insert(table), {"run_id": run_id, "source": source, "now": written_at(con)}).fetchall()
    finally:
        con.unregister(sql.STAGING)
        con.unregister(sql.REMOVED)
    return int(staged.num_rows)
