"""What a raw table says only after a day has begun, whosoever table it is: which rows, and how to make them otherwise.

A row is dated by a day or instant in its key, else by its game, else by its first day or instant, else by its season.
Until it has come, nothing is known of it, except in columns that are said to be known before the tip
(`Column.known_before_tip`): of those, only rows of later days are unknown. A row that nothing dates may have been
written at any time, so all of it counts as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from tipoff.contracts import Column, Table
from tipoff.features.changes import Change, nonsense_from
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BY_HAND: Final = ("games", "rosters", "team_stats", "player_stats")
"""Tables of whose rows `nonsense_from` lets as many stay as a league needs."""


class Dating(NamedTuple):
    """How a table's rows are dated: by which column, and of what kind that is."""

    kind: Literal["day", "instant", "game", "season", "nothing"]
    column: str = ""


def dating(table: Table) -> Dating:
    """How rows of a table are dated."""
    types = {column.name: column.type for column in table.columns}
    kinds: dict[str, Literal["day", "instant"]] = {"DATE": "day", "TIMESTAMP": "instant"}
    timed = [name for name, kind in types.items() if kind in kinds and name not in table.history[1:]]
    in_key = [name for name in timed if name in table.key]
    if "game_id" in types and not in_key:
        return Dating("game", "game_id")
    if timed:
        column = (in_key or timed)[0]
        return Dating(kinds[types[column]], column)
    return Dating("season", "season") if "season" in types else Dating("nothing")


def values_of(table: Table) -> tuple[list[Column], list[Column]]:
    """The columns that say something of a row, those known before the tip and those known only afterwards."""
    used = {*table.key, *table.history, dating(table).column}
    told = [column for column in table.columns if column.name not in used]
    return [each for each in told if each.known_before_tip], [each for each in told if not each.known_before_tip]


def unknown_from(table: Table, *, early: bool) -> str:
    """The condition, on ``$day``, on rows that were not known before that day's games.

    Args:
        table: whose rows.
        early: for what is known before the tip: only rows of later days.
    """
    kind, name = dating(table)
    column, than = Identifier(name) if name else "", ">" if early else ">="
    conditions = {  # identifiers and operators only
        "game": f"{column} IN (SELECT game_id FROM raw.games WHERE game_date {than} $day)",  # noqa: S608
        "day": f"{column} {than} $day",
        "instant": f"{column} >= CAST($day + 1 AS TIMESTAMP)"
        if early
        else f"{column} >= coalesce((SELECT max(tip_utc) FROM raw.games WHERE game_date = $day), $day::TIMESTAMP)",  # noqa: S608
        "season": f"{column} {than} (SELECT max(season) FROM raw.games WHERE game_date <= $day)",  # noqa: S608
        "nothing": "$day IS NULL" if early else "$day IS NOT NULL",
    }
    return conditions[kind]


def nonsense_in(tables: Iterable[Table]) -> Change:
    """Like `nonsense_from`, and what these tables say only later is otherwise, too."""
    every = tuple(tables)

    def nonsense(con: DuckDBPyConnection, day: date) -> None:
        for table in every:
            otherwise(con, table, day)
        nonsense_from(con, day)

    return nonsense


def corrected_in(tables: Iterable[Table]) -> Change:
    """What these tables say of a day and later comes out otherwise."""
    every = tuple(tables)

    def corrected_tables(con: DuckDBPyConnection, day: date) -> None:
        for table in every:
            otherwise(con, table, day)

    return corrected_tables


def otherwise(con: DuckDBPyConnection, table: Table, day: date) -> None:
    """Changes what a table says only after `day` has begun; some of its rows go."""
    before, after = values_of(table)
    before = before if table.name not in BY_HAND else []
    for columns, early in ((after, False), (before, True)):
        if columns:
            changes = ", ".join(f"{Identifier(each.name)} = {_another(each)}" for each in columns)
            con.execute(
                f"UPDATE {Identifier.of(table)} SET {changes}, loaded_at = loaded_at + to_seconds(1) "  # noqa: S608
                f"WHERE {unknown_from(table, early=early)}",
                {"day": day},
            )
    if table.name not in BY_HAND:
        key = ", ".join(str(Identifier(name)) for name in table.key)
        con.execute(
            f"DELETE FROM {Identifier.of(table)} "  # noqa: S608 - identifiers only
            f"WHERE {unknown_from(table, early=bool(before))} AND hash({key}) % 5 = 0",
            {"day": day},
        )


def _another(column: Column) -> str:
    """Another value of a column, within its limits, for every value that it has."""
    name = Identifier(column.name)
    if column.type in ("INTEGER", "DOUBLE"):
        least, most = column.between or (-1e6, 1e6)
        if column.type == "INTEGER":
            least, most = int(max(least, -1e9)), int(min(most, 1e9))
        else:
            least, most = max(least, -1e12), min(most, 1e12)
        turned = f"({least} - {name} + {most})" if column.between else f"({name} * -3 % 1000 - 17)"
        return f"CAST(CASE WHEN {name} IS NULL OR {turned} = {name} THEN {least} ELSE {turned} END AS {column.type})"
    return {
        "VARCHAR": f"concat('not-', {name})",
        "BOOLEAN": f"NOT coalesce({name}, false)",
        "DATE": f"coalesce({name} + 40, $day)",
        "TIMESTAMP": f"coalesce({name} + to_days(40), $day::TIMESTAMP)",
    }[column.type]
