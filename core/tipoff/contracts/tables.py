"""Tables: their columns, their keys, and what is checked of their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

ColumnType = Literal["VARCHAR", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"]
Severity = Literal["info", "warn", "block"]
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True)
class Column:
    """One column: a name, a DuckDB type, and what it holds, with its unit.

    A column outside the table's key may be NULL: a value the source does not give stays missing.

    Args:
        name: unique in its table.
        type: of its values.
        doc: what it holds, with its unit.
        between: least and greatest value that makes sense; the check ``<table>_ranges`` finds what lies outside.
        required: the check ``<table>_nulls`` finds rows without a value.
    """

    name: str
    type: ColumnType
    doc: str = ""
    between: tuple[float, float] | None = None
    required: bool = False


class Contradiction(NamedTuple):
    """Two statements of a row that cannot both be true."""

    column: str
    """One that is in doubt; it becomes the path in quarantine."""
    reason: str
    """What contradicts what, with the values."""
    missing: tuple[str, ...] = ()
    """The columns that may be wrong: they are left missing, and the rest of the row stands. Empty: the row does not."""


@dataclass(frozen=True)
class Table:
    """A table's shape. DDL, MERGE, checks and tests are all made from it.

    Args:
        name: bare name, unique in its schema (``games``).
        key: columns that identify a row; none of them is ever NULL.
        columns: every column, key included, in order; provenance is added by the warehouse.
        doc: what a row is.
        schema: ``raw`` for what collectors bring, ``features`` for what builders compute.
        history: for a table of what changes now and then, two DATE columns: the day since which a row holds, in
            the key, and the last day on which it was seen to hold. A row that says the same as the one before it
            is not added: the one before then holds until the new one's last day.
        contradiction: dotted path to ``(Mapping[str, Any]) -> Contradiction | None``: what a row says that cannot be
            true at once. It is called for every row that fits otherwise, so it must be quick, and again after columns
            were left missing. Empty: nothing is held against each other.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    doc: str = ""
    schema: Literal["raw", "features"] = "raw"
    history: tuple[str, ...] = ()
    contradiction: str = ""

    @property
    def full_name(self) -> str:
        """``schema.name``, as declared inputs and messages write it."""
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Check:
    """A quality check: one SELECT whose rows are the offenders; no rows, no trouble.

    Args:
        name: unique.
        table: full name of the table it judges (``raw.games``); ``raw`` runs in ``data_quality``,
            ``features`` in ``feature_quality``.
        sql: a SELECT over the store. ``$now`` is the run's instant (naive UTC), ``$today`` the league's calendar day
            then (US Eastern); in the evening ``$now`` is already of the next.
        severity: ``block`` fails the task and keeps predictions from being made; ``warn`` and ``info`` show.
        doc: what it means when rows appear, and what to do.
    """

    name: str
    table: str
    sql: str
    severity: Severity = "warn"
    doc: str = ""
