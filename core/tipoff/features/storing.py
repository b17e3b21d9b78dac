"""Writes a computed partition: the rows that are new or different, and nothing else.

A row that came out as it was keeps its ``loaded_at`` and ``run_id``, so that what is computed from it is left
alone in turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from tipoff.contracts import Table
from tipoff.features.partitions import Partition
from tipoff.warehouse.merge import replace
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COMPUTED = "tipoff_computed"


class Written(NamedTuple):
    """Rows inserted or changed, and rows that are no more."""

    changed: int
    removed: int


def write_partition(
    con: DuckDBPyConnection,
    table: Table,
    partition: Partition,
    rows: pa.Table,
    *,
    run_id: str,
    source: str,
) -> Written:
    """Makes the partition equal to `rows` (every column of the table), inside the caller's transaction."""
    columns, key = _names(table.column_names), _names(table.key)
    stored = f"{Identifier.of(table)} WHERE league = $league AND season = $season"
    values: dict[str, object] = {"league": partition.league, "season": partition.season}
    if not con.execute(f"SELECT 1 FROM {stored} LIMIT 1", values).fetchall():  # noqa: S608 - identifiers only
        if rows.num_rows:
            replace(con, table, rows, rows.select(list(table.key)).slice(0, 0), run_id=run_id, source=source)
        return Written(rows.num_rows, 0)
    con.register(_COMPUTED, rows)
    try:
        # EXCEPT takes two NULLs for equal, as wanted here.
        changed = con.sql(
            f"(SELECT {columns} FROM {_COMPUTED} EXCEPT SELECT {columns} FROM {stored}) "  # noqa: S608 - identifiers only
            f"ORDER BY {key}",
            params=values,
        ).to_arrow_table()
        removed = con.sql(
            f"(SELECT {key} FROM {stored} EXCEPT SELECT {key} FROM {_COMPUTED}) ORDER BY {key}",  # noqa: S608 - as above
            params=values,
        ).to_arrow_table()
    finally:
        con.unregister(_COMPUTED)
    if changed.num_rows or removed.num_rows:
        gone = pa.concat_tables([changed.select(list(table.key)), removed])
        replace(con, table, changed, gone, run_id=run_id, source=source)
    return Written(changed.num_rows, removed.num_rows)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(str(Identifier(name)) for name in names)
