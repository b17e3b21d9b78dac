"""The store's shape: numbered SQL files for what core owns, specs for the tables of domain and plugins, then views.

A migration ``NNNN_name.sql`` is applied once, in the order of the numbers, and recorded with its hash in
``ops.migration``; it is never edited afterwards. Tables made from specs need none: a new column is added when
the spec gains it, and a wider type takes over what was there. The views over the domain tables
(`tipoff.views.VIEWS`) are replaced with each new shape.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, cast, get_args

import duckdb

from tipoff import clock
from tipoff.contracts import Column, ColumnType, Table
from tipoff.domain import PROVENANCE, TABLES
from tipoff.errors import StoreError
from tipoff.views import VIEWS
from tipoff.warehouse import sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FOLDER = Path(__file__).parent / "migrations"

REBUILD: Final = "tipoff reparse --rebuild"
"""The command that makes a plugin's raw table anew from the landing zone."""

_WIDER: Final = {("INTEGER", "DOUBLE"), *((each, "VARCHAR") for each in get_args(ColumnType))}
"""Types and those that hold each of their values."""

_BOOTSTRAP = """
CREATE SCHEMA IF NOT EXISTS raw;
CREATE SCHEMA IF NOT EXISTS features;
CREATE SCHEMA IF NOT EXISTS ops;
CREATE TABLE IF NOT EXISTS ops.migration (name VARCHAR PRIMARY KEY, sha256 VARCHAR, applied_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS ops.fingerprint (sha256 VARCHAR PRIMARY KEY, applied_at TIMESTAMP);
"""


class Migration(NamedTuple):
    """One numbered SQL file."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations() -> list[Migration]:
    """The numbered migrations, in order."""
    return [Migration(path.name, path.read_text()) for path in sorted(FOLDER.glob("[0-9]*.sql"))]


def fingerprint(tables: Sequence[Table]) -> str:
    """Changes whenever a migration or a table's shape does."""
    shape = [
        [m.sha256 for m in migrations()],
        [astuple(column)[:2] for column in PROVENANCE],
        sorted([t.full_name, list(t.key), [[c.name, c.type] for c in t.columns]] for t in tables),
        [[view.schema, view.name, view.select] for view in VIEWS],
    ]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()


def is_current(con: DuckDBPyConnection, mark: str) -> bool:
    """Whether the store already has the shape with this fingerprint."""
    try:
        return bool(con.execute("SELECT 1 FROM ops.fingerprint WHERE sha256 = $mark", {"mark": mark}).fetchall())
    except duckdb.CatalogException:
        return False


def obstacle(con: DuckDBPyConnection) -> str:
    """Why the numbered migrations of this tipoff do not go on from those the store has had; empty: they do."""
    try:
        applied = dict(con.execute("SELECT name, sha256 FROM ops.migration ORDER BY name").fetchall())
    except duckdb.CatalogException:
        return ""
    ours = {migration.name: migration.sha256 for migration in migrations()}
    if unknown := sorted(set(applied) - set(ours)):
        return f"it was written by a newer tipoff: this one has no migration `{unknown[0]}`"
    if edited := [name for name, sha256 in applied.items() if ours[name] != sha256]:
        return f"migration `{edited[0]}` is another one here than the one it has had"
    return ""


def apply(con: DuckDBPyConnection, tables: Iterable[Table], mark: str) -> dict[str, str]:
    """Brings the store to the shape of `mark`, inside the caller's transaction.

    Returns:
        The plugins' tables that it left as they are, by full name, with the reason; see `Warehouse.migrate`.

    Raises:
        StoreError: see `Warehouse.migrate`.
    """
    con.execute(_BOOTSTRAP).fetchall()
    _run_files(con)
    wanted = {table.full_name: table for table in tables}
    left: dict[str, str] = {}
    for name, table in sorted(wanted.items()):
        if table.schema == "raw" and (wrong := _obstacle(con, table)):
            if table in TABLES.values():
                raise StoreError(wrong)
            left[name] = wrong
        else:
            _bring_on(con, table)
    if {table.full_name for table in TABLES.values()} <= wanted.keys():
        for view in VIEWS:
            con.execute(f"CREATE OR REPLACE VIEW {sql.Identifier(view.schema, view.name)} AS {view.select}").fetchall()
    if not left:  # else it is looked at again next time: somebody may have moved the data
        con.execute("INSERT OR IGNORE INTO ops.fingerprint VALUES ($mark, $at)", {"mark": mark, "at": clock.now()})
    return left


def _run_files(con: DuckDBPyConnection) -> None:
    applied = dict(con.execute("SELECT name, sha256 FROM ops.migration").fetchall())
    for migration in migrations():
        before = applied.get(migration.name)
        if before == migration.sha256:
            continue
        if before is not None:
            raise StoreError(
                f"migration `{migration.name}` was changed after it had been applied to this store; "
                "put it back as it was, and write what is new into a file with the next number"
            )
        try:
            con.execute(migration.text).fetchall()
        except duckdb.Error as error:
            raise StoreError(f"migration `{migration.name}` failed: {error}; nothing was changed") from error
        con.execute(
            "INSERT INTO ops.migration VALUES ($name, $sha256, $at)",
            {"name": migration.name, "sha256": migration.sha256, "at": clock.now()},
        ).fetchall()


def obstacles(con: DuckDBPyConnection, tables: Iterable[Table]) -> dict[str, str]:
    """The raw tables that cannot become what their specs say without losing data, by full name, with the reason."""
    found = {table.full_name: _obstacle(con, table) for table in tables if table.schema == "raw"}
    return {name: reason for name, reason in sorted(found.items()) if reason}


def renew(con: DuckDBPyConnection, table: Table) -> None:
    """Makes a table anew, and empty, as its spec says."""
    con.execute(sql.drop_table(table)).fetchall()
    con.execute(sql.create_table(table)).fetchall()


def _obstacle(con: DuckDBPyConnection, table: Table) -> str:
    stored = _columns(con, table)
    wrong = _difference(table, stored, _key(con, table)) if stored else ""
    if not wrong or not con.execute(f"SELECT 1 FROM {sql.Identifier.of(table)} LIMIT 1").fetchall():  # noqa: S608 - quoted
        return ""
    if table in TABLES.values():
        return f"table `{table.full_name}`: {wrong}, and it holds data; install the tipoff that wrote it"
    return (
        f"table `{table.full_name}`: {wrong}, and it holds data; `{REBUILD} {table.full_name}` makes it anew from what "
        "has landed, and asks no source"
    )


def _bring_on(con: DuckDBPyConnection, table: Table) -> None:
    """Makes a table what its spec says, where there is no obstacle to it."""
    stored = _columns(con, table)
    if not stored:
        con.execute(sql.create_table(table)).fetchall()
    elif _difference(table, stored, _key(con, table)):
        renew(con, table)
    elif any(stored.get(column.name, column.type) != column.type for column in table.columns):
        _widen(con, table, stored)
    else:
        for column in table.columns:
            if column.name not in stored:
                con.execute(sql.add_column(table, column)).fetchall()


def _widen(con: DuckDBPyConnection, table: Table, stored: Mapping[str, str]) -> None:
    """Copies a table into wider columns. A column of the key cannot be changed where it is."""
    wider = replace(table, name=f"tipoff_wider_{table.name}")
    con.execute(sql.create_table(wider)).fetchall()
    known = {*table.column_names, *(column.name for column in PROVENANCE)}
    for name in [name for name in stored if name not in known]:  # of an earlier spec, or of a later one
        con.execute(sql.add_column(wider, Column(name, cast(ColumnType, stored[name])))).fetchall()
    con.execute(sql.copy(table, wider)).fetchall()
    con.execute(sql.drop_table(table)).fetchall()
    con.execute(sql.rename_table(wider, table.name)).fetchall()


def _difference(table: Table, stored: Mapping[str, str], key: tuple[str, ...]) -> str:
    """What neither ADD COLUMN nor a wider type can mend, in words; empty when there is nothing."""
    if set(key) != set(table.key):
        return f"its key is now `{table.key}`, the store has `{key}`"
    for column in table.columns:
        before = stored.get(column.name, column.type)
        is_kept = table.schema == "raw" and (before, column.type) in _WIDER  # what is computed is computed again
        if before != column.type and not is_kept:
            return f"column `{column.name}` is now `{column.type}`, the store has `{before}`"
    return ""


def _columns(con: DuckDBPyConnection, table: Table) -> dict[str, str]:
    return dict(
        con.execute(
            "SELECT column_name, data_type FROM duckdb_columns() "
            "WHERE database_name = current_database() AND schema_name = $schema AND table_name = $name",
            {"schema": table.schema, "name": table.name},
        ).fetchall()
    )


def _key(con: DuckDBPyConnection, table: Table) -> tuple[str, ...]:
    rows = con.execute(
        "SELECT constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY' "
        "AND database_name = current_database() AND schema_name = $schema AND table_name = $name",
        {"schema": table.schema, "name": table.name},
    ).fetchall()
    return tuple(rows[0][0]) if rows else ()
