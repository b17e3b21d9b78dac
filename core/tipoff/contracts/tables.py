"""Tables: their columns, their keys, and what is checked of their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from tipoff.contracts import judging
from tipoff.contracts.judging import nearest

ColumnType = Literal["VARCHAR", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"]
Severity = Literal["info", "warn", "block"]
PROVENANCE_NAMES: Final = ("run_id", "source", "fetched_at", "loaded_at")
"""Columns that the warehouse adds to every table."""

_TYPES: Final = {"league": "VARCHAR", "season": "INTEGER", "game_id": "VARCHAR"}
"""Columns by which tipoff finds rows, whosoever table it is."""

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
        known_before_tip: in a table that features are computed from: what it says of a game, a day or a season is
            known before the first tip-off there (a referee, a rank, how high an arena stands), so features of the same
            day may use it. What is not said to be so is taken for known only afterwards.

    Raises:
        SpecError: it makes no sense.
    """

    name: str
    type: ColumnType
    doc: str = ""
    between: tuple[float, float] | None = None
    required: bool = False
    known_before_tip: bool = False

    def __post_init__(self) -> None:
        judging.judge(self, self._breaches)

    def _breaches(self) -> Iterator[str]:
        yield from judging.name(self.name)
        if self.between is not None and self.type not in ("INTEGER", "DOUBLE"):
            yield f"`between` limits numbers, and its type is {self.type}; leave it out, got `{self.between}`"


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

    Raises:
        SpecError: it makes no sense.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    doc: str = ""
    schema: Literal["raw", "features"] = "raw"
    history: tuple[str, ...] = ()
    contradiction: str = ""

    def __post_init__(self) -> None:
        judging.judge(self, self._breaches)

    def _breaches(self) -> Iterator[str]:
        yield from judging.name(self.name)
        names = self.column_names
        yield from judging.unique("column", names)
        for column in self.columns:
            if column.name in PROVENANCE_NAMES:
                yield f"the column `{column.name}` is added by the warehouse; leave it out"
            if (wanted := _TYPES.get(column.name, column.type)) != column.type:
                yield f"the column `{column.name}` must be {wanted}, as in every table, got `{column.type}`"
        if not self.key:
            yield "its key is empty; name the columns that identify a row"
        yield from judging.unique("key column", self.key)
        for name in self.key:
            if name not in names:
                yield f"key column `{name}` is not among its columns{nearest(name, names)}"
        if self.contradiction:
            yield from judging.dotted("contradiction", self.contradiction)
        if self.history:
            yield from self._wrong_history()

    def _wrong_history(self) -> Iterator[str]:
        wanted = "`history` names two DATE columns, the first of them in the key, like ('as_of', 'last_seen')"
        types = {column.name: column.type for column in self.columns}
        if len(self.history) != 2 or self.history[0] == self.history[1]:
            yield f"{wanted}, got `{self.history}`"
            return
        since, last = self.history
        for name in self.history:
            if name not in types:
                yield f"`history` names `{name}`, which is not among its columns{nearest(name, types)}"
            elif types[name] != "DATE":
                yield f"{wanted}, and `{name}` is {types[name]}"
        if since not in self.key or last in self.key:
            yield f"{wanted}, and the second not in it, got the key `{self.key}`"

    @property
    def full_name(self) -> str:
        """``schema.name``, as declared inputs and messages write it."""
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called `name`.

        Raises:
            KeyError: it has none.
        """
        return {column.name: column for column in self.columns}[name]


@dataclass(frozen=True)
class Check:
    """A quality check: one SELECT whose rows are the offenders; no rows, no trouble.

    Args:
        name: unique.
        table: full name of the table it judges (``raw.games``); ``raw`` runs in ``data_quality``,
            ``features`` in ``feature_quality``.
        sql: a SELECT over the store. ``$now`` is the run's instant (naive UTC), ``$today`` the league's calendar day
            then (US Eastern); in the evening ``$now`` is already of the next. Games before the day ``$settled`` have
            all that will come (TIPOFF_SETTLE_DAYS), and ``$leagues`` are the configured ones.
        severity: ``block`` fails the task and keeps predictions from being made; ``warn`` and ``info`` show.
        doc: what it means when rows appear, and what to do.

    Raises:
        SpecError: it makes no sense.
    """

    name: str
    table: str
    sql: str
    severity: Severity = "warn"
    doc: str = ""

    def __post_init__(self) -> None:
        judging.judge(self, self._breaches)

    def _breaches(self) -> Iterator[str]:
        yield from judging.name(self.name)
        yield from judging.table_name("table", self.table)
        if not self.sql.strip():
            yield "`sql` is empty; write one SELECT whose rows are the offenders"
