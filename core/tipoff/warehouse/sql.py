"""SQL made from table specs: composed of quoted identifiers, whole numbers and fixed text, nothing else.

Values never come in here. They are parameters (``$name``) or columns of a registered Arrow table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tipoff.contracts import Column, Table
from tipoff.domain import PROVENANCE
from tipoff.errors import PluginError

STAGING: Final = "tipoff_staging"
"""Name under which the rows to merge or insert are registered."""

REMOVED: Final = "tipoff_removed"
"""Name under which the rows that say what to delete are registered."""

ARRIVAL: Final = "tipoff_arrival"
"""Position of a staged row; of two rows fetched at the same instant, the later one counts."""

_PROVENANCE: Final = tuple(column.name for column in PROVENANCE)


class Identifier:
    """A quoted name, in parts: ``Identifier("raw", "games")`` reads ``"raw"."games"`` in a statement."""

    __slots__ = ("_quoted",)

    def __init__(self, *parts: str) -> None:
        if not parts or not all(parts) or any("\0" in part for part in parts):
            raise PluginError(f"`{'.'.join(parts)}` cannot be a name in the store; use letters, digits and _")
        self._quoted = ".".join('"' + part.replace('"', '""') + '"' for part in parts)

    @classmethod
    def of(cls, table: Table) -> Identifier:
        """The table's name with its schema."""
        return cls(table.schema, table.name)

    def __str__(self) -> str:
        return self._quoted


def create_table(table: Table) -> str:
    """CREATE TABLE with the spec's columns, the provenance columns and the key as PRIMARY KEY."""
    columns = ", ".join(_definition(column) for column in (*table.columns, *PROVENANCE))
    return f"CREATE TABLE {Identifier.of(table)} ({columns}, PRIMARY KEY ({_names(table.key)}))"


def drop_table(table: Table) -> str:
    """DROP TABLE."""
    return f"DROP TABLE {Identifier.of(table)}"


def add_column(table: Table, column: Column) -> str:
    """ALTER TABLE that adds one column; rows that are there get NULL."""
    return f"ALTER TABLE {Identifier.of(table)} ADD COLUMN {_definition(column)}"


def copy(table: Table, to: Table) -> str:
    """INSERT of all rows of a table into another that has all its columns."""
    return f"INSERT INTO {Identifier.of(to)} BY NAME SELECT * FROM {Identifier.of(table)}"  # noqa: S608 - identifiers


def rename_table(table: Table, name: str) -> str:
    """ALTER TABLE that gives it another name in its schema."""
    return f"ALTER TABLE {Identifier.of(table)} RENAME TO {Identifier(name)}"


def merge(table: Table, columns: Sequence[str], seasons: Iterable[int] = ()) -> str:
    """MERGE of the staged rows; parameters ``$run_id``, ``$source``, ``$now`` (of this write), ``$present`` and, unless
    there are only keys, ``$above``: the sources that go before, each between two ``+``.

    Its count includes the rows of which only ``fetched_at`` moved; `written` gives that of the others.

    Args:
        table: the target.
        columns: the columns that the staged rows bring (key included); the others are not touched.
        seasons: the seasons among the staged rows, where the key has a season; as a literal list they let
            DuckDB skip the other seasons' row groups (87 ms against 14 ms at 28.8M rows).
    """
    values = [name for name in columns if name not in table.key]
    on = [f"{_of('target', name)} = {_of('incoming', name)}" for name in table.key]
    listed = ", ".join(str(int(season)) for season in seasons)
    if listed:
        on.append(f"{_of('target', 'season')} IN ({listed})")
    update = ""
    if values:
        changed = " OR ".join(f"{_wins(name)} IS DISTINCT FROM {_of('target', name)}" for name in values)
        assigned = ", ".join(f"{Identifier(name)} = {_wins(name)}" for name in values)
        update = f"""
        WHEN MATCHED AND {_IN_TIME} AND (target.loaded_at > $now OR {changed})
        THEN UPDATE SET {assigned},
            run_id = $run_id, source = {_TOLD_BY}, fetched_at = {_FETCHED_AT}, loaded_at = $now"""
    return f"""
        MERGE INTO {Identifier.of(table)} AS target
        USING (
            SELECT {_names(columns)}, fetched_at FROM ({_since(table, columns)})
            QUALIFY row_number() OVER (
                PARTITION BY {_names(table.key)} ORDER BY fetched_at DESC, {Identifier(ARRIVAL)} DESC
            ) = 1
        ) AS incoming
        ON {" AND ".join(on)}{update}
        WHEN MATCHED AND {_OWNER} = $source
            AND (incoming.fetched_at > target.fetched_at OR target.fetched_at > $present)
        THEN UPDATE SET fetched_at = incoming.fetched_at
        WHEN NOT MATCHED THEN INSERT ({_names(columns)}, {_names(_PROVENANCE)})
            VALUES ({", ".join(_of("incoming", name) for name in columns)},
                    $run_id, $source, incoming.fetched_at, $now)"""  # noqa: S608 - identifiers and fixed text only


def written(table: Table, seasons: Iterable[int] = ()) -> str:
    """SELECT of how many rows were inserted or changed at ``$now``: RETURNING would make the MERGE 20 times slower."""
    listed = ", ".join(str(int(season)) for season in seasons)
    where = f" AND {Identifier('season')} IN ({listed})" if listed else ""
    return f"SELECT count(*) FROM {Identifier.of(table)} WHERE loaded_at = $now{where}"  # noqa: S608 - as above


def delete(table: Table, columns: Sequence[str]) -> str:
    """DELETE of the target's rows that match a row to remove on all `columns`."""
    on = " AND ".join(f"{_of('target', name)} = {_of('removed', name)}" for name in columns)
    return (
        f"DELETE FROM {Identifier.of(table)} AS target WHERE EXISTS "  # noqa: S608 - identifiers and fixed text only
        f"(SELECT 1 FROM {Identifier(REMOVED)} AS removed WHERE {on})"
    )


def insert(table: Table) -> str:
    """INSERT of the staged rows with every column; parameters ``$run_id``, ``$source`` and ``$now``."""
    columns = table.column_names
    return (
        f"INSERT INTO {Identifier.of(table)} ({_names(columns)}, {_names(_PROVENANCE)}) "  # noqa: S608 - as above
        f"SELECT {_names(columns)}, $run_id, $source, NULL, $now FROM {Identifier(STAGING)}"
    )


def taken_back(table: Table) -> tuple[str, str]:
    """What takes back days that a clock that was ahead wrote into a history, of what the staged rows tell; the second
    has ``$now``, too.

    Before the merge a row goes that begins on a day after ``$today``: the staged row says what is so now. After it, one
    that another follows ends ``$today`` at the latest. Only what is stamped later than ``$present`` by ``$source`` is
    touched: others may well know of days to come.
    """
    since, until = table.history
    who = " AND ".join(f"{_of('stored', name)} = {_of('staged', name)}" for name in table.key if name != since)
    stored = f"""split_part(stored.source, '+', 1) = $source AND stored.fetched_at > $present
        AND EXISTS (SELECT 1 FROM {Identifier(STAGING)} AS staged WHERE {who})"""  # noqa: S608 - as above
    of, begins, ends = Identifier.of(table), _of("stored", since), _of("stored", until)
    ended = f"{Identifier(until)} = least({ends}, $today), fetched_at = $present, loaded_at = $now"
    return (
        f"DELETE FROM {of} AS stored WHERE {begins} > $today AND {stored}",  # noqa: S608 - as above
        f"UPDATE {of} AS stored SET {ended} WHERE {begins} <= $today AND {stored}",  # noqa: S608 - as above
    )


def _definition(column: Column) -> str:
    return f"{Identifier(column.name)} {column.type}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(str(Identifier(name)) for name in names)


def _of(alias: str, name: str) -> str:
    return f"{alias}.{Identifier(name)}"


def _since(table: Table, columns: Sequence[str]) -> str:
    """The staged rows; of a history, those that say what the stored row before them does get its first day."""
    staging = str(Identifier(STAGING))
    if not table.history:
        return f"FROM {staging}"
    since, until = table.history
    who = [f"{_of('stored', name)} = {_of('staged', name)}" for name in table.key if name != since]
    values = [name for name in columns if name not in table.key and name != until]
    same = [f"{_of('stored', name)} IS NOT DISTINCT FROM {_of('staged', name)}" for name in values]
    return f"""
        SELECT staged.* REPLACE (
            CASE WHEN {" AND ".join(["stored.loaded_at IS NOT NULL", *same])}
                THEN {_of("stored", since)} ELSE {_of("staged", since)} END AS {Identifier(since)}
        )
        FROM {staging} AS staged ASOF LEFT JOIN {Identifier.of(table)} AS stored
            ON {" AND ".join([*who, f"{_of('staged', since)} >= {_of('stored', since)}"])}"""  # noqa: S608 - as above


_OWNER: Final = "split_part(target.source, '+', 1)"
_BELOW: Final = f"contains($above, '+' || {_OWNER} || '+')"
"""Whether the source that told the stored row goes before the one that speaks now."""

_IN_TIME: Final = f"""({_OWNER} <> $source OR target.fetched_at IS NULL OR target.fetched_at > $present
            OR incoming.fetched_at >= target.fetched_at)"""
_FETCHED_AT: Final = f"CASE WHEN {_BELOW} THEN target.fetched_at ELSE incoming.fetched_at END"
_TOLD_BY: Final = f"""CASE
    WHEN {_OWNER} = $source THEN target.source
    WHEN NOT {_BELOW}
        THEN $source || rtrim(replace('+' || target.source || '+', '+' || $source || '+', '+'), '+')
    WHEN contains('+' || target.source || '+', '+' || $source || '+') THEN target.source
    ELSE target.source || '+' || $source END"""


def _wins(name: str) -> str:
    """The value that stands after a merge.

    A source that alone told the row overwrites it whole. Of two, the one that goes before wins, and a missing
    value of either overwrites nothing.
    """
    new, old = _of("incoming", name), _of("target", name)
    return (
        f"CASE WHEN target.source = $source THEN {new} "
        f"WHEN {_BELOW} THEN coalesce({old}, {new}) ELSE coalesce({new}, {old}) END"
    )
