"""Stamps later than now, wherever something is stamped: a clock that was ahead wrote them. They are not believed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from tipoff import clock
from tipoff.contracts import Collector, Table
from tipoff.quality.generated import Generated, Value
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry

ALLOWED: Final = "INTERVAL 1 MINUTE"
"""By how much a stamp may be later: writes run ahead of a clock that stands still, by a microsecond each."""

MEND: Final = "tipoff clock mend"

BOOKS: Final[Mapping[str, tuple[str, ...]]] = {
    "ops.loaded_file": ("loaded_at",),
    "ops.quarantine": ("quarantined_at",),
    "ops.watermark": ("updated_at",),
    "ops.collect_run": ("ended_at",),
    "ops.check_result": ("checked_at",),
    "ops.drift_look": ("looked_at",),
    "ops.field": ("looked_at",),
    "ops.shift": ("looked_at",),
    "ops.shift_accepted": ("accepted_at",),
    "ops.feature_state": ("computed_at",),
    "ops.feature_run": ("built_at",),
    "ops.task_run": ("began_at", "ended_at"),
    "models.version": ("created_at",),
    "models.evaluation": ("evaluated_at",),
    "models.event": ("decided_at",),
    "models.decay": ("checked_at",),
    "predictions.grade": ("graded_at",),
}
"""When tipoff did something; `mend` stamps it anew."""

_ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "ops.landed_request": ("fetched_at",),
    "ops.failed_request": ("first_seen", "last_seen"),
    "ops.quarantine": ("fetched_at",),
}
"""When a source was asked; the next run asks again."""

_ASK: Final = "tipoff collect"
_LEDGER: Final = f"{MEND}: its rows are never changed, and until then games that close before this cannot be predicted"
_UNNOTED: Final = "AND seq > (SELECT coalesce(max(after_seq), 0) FROM predictions.incident WHERE kind = 'clock')"


class _Stamp(NamedTuple):
    table: Identifier
    shown: str
    column: str
    mend: str
    also: str = ""
    """What else must be true of such a row: a part of a WHERE."""


def stamps_check(tables: Mapping[str, Table], collectors: Iterable[Collector]) -> Generated:
    """The check of every stamp: of raw and feature tables, and of tipoff's own.

    Args:
        tables: by full name, the domain's and the plugins'.
        collectors: that fill them.
    """
    params: dict[str, Value] = {}
    parts = []
    for number, stamp in enumerate(_stamps(tables, collectors)):
        named = {f"table_{number}": stamp.shown, f"column_{number}": stamp.column, f"mend_{number}": stamp.mend}
        params |= named
        column = Identifier(stamp.column)
        parts.append(
            f"SELECT $table_{number} AS table_name, $column_{number} AS column_name, count(*) AS rows, "  # noqa: S608 - identifiers and names of parameters only
            f"max({column}) AS latest, $mend_{number} AS next FROM {stamp.table} "
            f"WHERE {column} > CAST($present AS TIMESTAMP) + {ALLOWED} {stamp.also} HAVING count(*) > 0"
        )
    parts.append(_WATERMARK)
    return Generated(
        name="stamps_later_than_now",
        table="raw.games",
        sql=" UNION ALL ".join(parts) + " ORDER BY ALL",
        doc="A clock was ahead when these were written, or is behind now (`tipoff clock`). They are not believed: what "
        "is fetched now goes before them, and is asked for by the next run. `next` is the command that mends each.",
        params=params,
    )


# A watermark is a day; beyond today nothing can have been collected whole.
_WATERMARK: Final = f"""
    SELECT 'ops.watermark', 'day', count(*), CAST(max(day) AS TIMESTAMP), '{_ASK}' FROM ops.watermark
    WHERE day > CAST(timezone('America/New_York', timezone('UTC', CAST($present AS TIMESTAMP))) AS DATE)
    HAVING count(*) > 0
"""  # noqa: S608 - constants of ours


def _stamps(tables: Mapping[str, Table], collectors: Iterable[Collector]) -> list[_Stamp]:
    filled: dict[str, list[str]] = {}
    for collector in collectors:
        for dataset in collector.datasets:
            for name in dataset.tables:
                filled.setdefault(f"raw.{name}", []).append(dataset.name)
    found = []
    for name, table in sorted(tables.items()):
        if table.schema == "raw":
            ask = f"{_ASK} {' '.join(filled[name])}; what the source no longer tells: " if name in filled else ""
            found.append(_Stamp(Identifier.of(table), name, "fetched_at", f"{ask}tipoff reparse"))
    found += [_Stamp(table, shown, column, MEND) for table, shown, column in _books(tables)]
    found += [_Stamp(_named(name), name, column, _ASK) for name, columns in _ASKED.items() for column in columns]
    ledger = "predictions.ledger"
    return [*found, _Stamp(_named(ledger), ledger, "predicted_at", _LEDGER, _UNNOTED)]


def later_than_now(con: DuckDBPyConnection, registry: Registry) -> list[tuple[str, str, int, datetime, str]]:
    """The check's rows: table, column, how many rows, the latest stamp, and what mends it.

    Args:
        con: a connection to the store.
        registry: of the loaded plugins; tables that the store does not have yet are left out.
    """
    there = {f"{schema}.{name}" for schema, name in con.execute(_THERE).fetchall()}
    tables = {name: table for name, table in registry.tables().items() if name in there}
    check = stamps_check(tables, registry.collectors)
    given = {**check.params, "present": clock.now()}
    return con.execute(check.sql, given).fetchall()


_THERE: Final = "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal"


def _books(tables: Mapping[str, Table]) -> Iterator[tuple[Identifier, str, str]]:
    """What `mend` stamps anew: each table, as it is shown, and the column."""
    for name, table in sorted(tables.items()):
        yield Identifier.of(table), name, "loaded_at"
    for name, columns in BOOKS.items():
        for column in columns:
            yield _named(name), name, column


def _named(name: str) -> Identifier:
    return Identifier(*name.split("."))


def mend(con: DuckDBPyConnection, tables: Mapping[str, Table]) -> dict[str, int]:
    """Stamps with the present what tipoff did at a later instant, as it said, and keeps its order; not the ledger.

    Args:
        con: a connection from `Warehouse.write`.
        tables: by full name, those that are in the store.

    Returns:
        How many rows, by table and column.
    """
    from tipoff.warehouse.merge import written_at  # heavy, and the checks' names are asked for early

    now = {"present": clock.now()}
    con.execute(f"DELETE FROM ops.write_clock WHERE last > $present + {ALLOWED}", now).fetchall()  # noqa: S608 - a constant
    stamped = {"present": written_at(con)}
    done: dict[str, int] = {}
    for table, shown, column in _books(tables):
        of = Identifier(column)
        ((rows,),) = con.execute(_ANEW.format(table=table, of=of), stamped).fetchall()
        if rows:
            done[f"{shown}.{column}"] = int(rows)
    return done


# What was stamped later stays later, by a microsecond each: of two grades the later one counts.
_ANEW: Final = f"""
    UPDATE {{table}} SET {{of}} = $present + to_microseconds(place)
    FROM (
        SELECT was, row_number() OVER (ORDER BY was) AS place
        FROM (SELECT DISTINCT {{of}} AS was FROM {{table}} WHERE {{of}} > $present + {ALLOWED})
    )
    WHERE {{of}} = was
"""  # noqa: S608 - a constant, and identifiers
