"""What a table would be if it were built again, and making it so.

The table as it was rebuilt is in another store, attached as `OTHER`. Only rows that differ are touched, so what did
not change keeps its ``run_id`` and ``loaded_at``. A row that a source outside of ``$sources`` told, alone or with
others, was not rebuilt, and stays as it is.

Where not everything was there to rebuild from (`is_whole` is false), what may rest on the rest stays, too: rows that
are no more, rows of which the other store knows only an older answer, and values that it does not know.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from tipoff import clock
from tipoff.contracts import Table
from tipoff.domain import PROVENANCE
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OTHER: Final = "tipoff_rebuilt"
"""Name under which the other store is attached."""


class Difference(NamedTuple):
    """Rows of a table that are new, different and no more."""

    table: str
    added: int
    changed: int
    removed: int

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.added or self.changed or self.removed)


def difference(con: DuckDBPyConnection, table: Table, sources: list[str], *, is_whole: bool) -> Difference:
    """Counts what `apply` would do."""
    mine, other = _names(table)
    keys = _keys(table)
    mine_has, other_has = (f"{side}.{Identifier(table.key[0])} IS NOT NULL" for side in ("mine", "other"))
    sql = f"""
        SELECT
            count(*) FILTER (NOT {mine_has}),
            count(*) FILTER ({mine_has} AND {other_has} AND {_OURS} AND ({_differs(table, is_whole)})),
            count(*) FILTER (NOT {other_has} AND {_OURS} AND $is_whole)
        FROM {mine} AS mine FULL JOIN {other} AS other ON {keys}
    """  # noqa: S608 - identifiers and fixed text only
    given = {"sources": sources, "is_whole": is_whole, "present": clock.now()}
    ((added, changed, removed),) = con.execute(sql, given).fetchall()
    return Difference(table.full_name, added, changed, removed)


def apply(
    con: DuckDBPyConnection, table: Table, sources: list[str], *, run_id: str, now: datetime, is_whole: bool
) -> None:
    """Makes the table what it was rebuilt as.

    Args:
        con: a connection from `Warehouse.write`, with the other store attached.
        table: of both stores.
        sources: the collectors whose answers were parsed again.
        run_id: written on the rows that are new or change.
        now: their ``loaded_at``.
        is_whole: whether the other store was built from everything that this one was.
    """
    mine, other = _names(table)
    keys = _keys(table)
    names = [column.name for column in (*table.columns, *PROVENANCE)]
    if is_whole:
        gone = f"DELETE FROM {mine} AS mine WHERE {_OURS} AND NOT EXISTS (SELECT 1 FROM {other} AS other WHERE {keys})"  # noqa: S608 - likewise
        con.execute(gone, {"sources": sources}).fetchall()
    stamp = {"run_id": run_id, "now": now}
    values = {"run_id": "$run_id", "loaded_at": "$now"}
    told = {name: values.get(name, _told(name, is_whole)) for name in names if name not in table.key}
    assigned = ", ".join(f"{Identifier(name)} = {value}" for name, value in told.items())
    changed = f"""
        UPDATE {mine} AS mine SET {assigned} FROM {other} AS other
        WHERE {keys} AND {_OURS} AND ({_differs(table, is_whole)})
    """  # noqa: S608 - likewise
    con.execute(changed, {**stamp, "sources": sources, "present": clock.now()}).fetchall()
    given = ", ".join(values.get(name, f"other.{Identifier(name)}") for name in names)
    added = f"""
        INSERT INTO {mine} ({", ".join(str(Identifier(name)) for name in names)})
        SELECT {given} FROM {other} AS other WHERE NOT EXISTS (SELECT 1 FROM {mine} AS mine WHERE {keys})
    """  # noqa: S608 - likewise
    con.execute(added, stamp).fetchall()


_OURS: Final = "list_has_all($sources, string_split(mine.source, '+'))"


_AHEAD: Final = "mine.fetched_at > $present"
"""A clock that was ahead stamped it, which is not believed."""


def _names(table: Table) -> tuple[Identifier, Identifier]:
    return Identifier.of(table), Identifier(OTHER, table.schema, table.name)


def _keys(table: Table) -> str:
    return " AND ".join(f"mine.{Identifier(name)} = other.{Identifier(name)}" for name in table.key)


def _told(name: str, is_whole: bool) -> str:
    mine, other = f"mine.{Identifier(name)}", f"other.{Identifier(name)}"
    if is_whole:
        return other
    return mine if name == "source" else f"coalesce({other}, {mine})"


def _differs(table: Table, is_whole: bool) -> str:
    compared = [name for name in (*table.column_names, "source") if name not in table.key]
    differs = " OR ".join(f"mine.{Identifier(name)} IS DISTINCT FROM {_told(name, is_whole)}" for name in compared)
    differs = f"{differs} OR {_AHEAD}"
    return differs if is_whole else f"(mine.fetched_at <= other.fetched_at OR {_AHEAD}) AND ({differs})"
