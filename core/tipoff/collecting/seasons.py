"""A game is of one season, that of its day, and so is all that is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from tipoff.contracts import Table
from tipoff.domain import GAMES
from tipoff.warehouse.merge import written_at
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.staging import registered

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_KEY: Final = {"league": "VARCHAR", "season": "INTEGER", "game_id": "VARCHAR"}

_MISPLACED: Final = """
    SELECT given.position, any_value(games.season) AS season
    FROM (
        SELECT position, league, game_id FROM tipoff_given
        ANTI JOIN raw.games USING (league, season, game_id)
    ) AS given
    JOIN raw.games AS games USING (league, game_id)
    GROUP BY given.position HAVING count(DISTINCT games.season) = 1
"""

# Wrong is a season that is not that of the day; and the game that was not played in the one season, and is in the next.
_MOVED: Final = """
    CREATE OR REPLACE TEMP TABLE tipoff_moved AS
    WITH dated AS (
        SELECT league, season, game_id, status, fetched_at,
            CAST(year(game_date) + CAST(month(game_date) >= 7 AS INTEGER) AS INTEGER) AS by_day
        FROM raw.games
    )
    SELECT old.league, old.season, old.game_id, coalesce(max(new.season), any_value(old.by_day)) AS new_season
    FROM dated AS old
    LEFT JOIN dated AS new
        ON old.league = new.league AND old.game_id = new.game_id
        AND old.season <> new.season AND new.season = new.by_day
    WHERE old.season <> old.by_day
        OR (new.season IS NOT NULL AND old.status <> 'final' AND new.fetched_at > old.fetched_at)
    GROUP BY ALL
"""

_ABOUT_GAMES: Final = """
    SELECT tables.table_name, constraints.constraint_column_names
    FROM duckdb_tables() AS tables
    JOIN duckdb_constraints() AS constraints USING (database_name, schema_name, table_name)
    WHERE database_name = current_database() AND schema_name = 'raw' AND constraint_type = 'PRIMARY KEY'
        AND list_has_all(constraint_column_names, ['league', 'season', 'game_id'])
    ORDER BY table_name
"""


def placed(con: DuckDBPyConnection, table: Table, rows: pa.Table) -> pa.Table:
    """Rows about games, each in the season of its game where that is known under one other season only.

    Args:
        con: a connection from `Warehouse.write`.
        table: whose rows they are; of one that is not about games they are returned as they are, and so games.
        rows: as they come from a source.
    """
    types = {column.name: column.type for column in table.columns}
    if table.full_name == GAMES.full_name or any(types.get(name) != kind for name, kind in _KEY.items()):
        return rows
    if not {*_KEY} <= {*rows.column_names}:
        return rows
    given = rows.select([*_KEY]).append_column("position", pa.array(range(rows.num_rows), pa.int64()))
    with registered(con, {"tipoff_given": given}):
        wrong = dict(con.execute(_MISPLACED).fetchall())
    if not wrong:
        return rows
    seasons = [wrong.get(position, season) for position, season in enumerate(rows["season"].to_pylist())]
    index = rows.column_names.index("season")
    return rows.set_column(index, "season", pa.array(seasons, rows["season"].type))


def settle(con: DuckDBPyConnection, run_id: str) -> None:
    """Moves games that stand in another season than their day's, with all that is told of them; called after a load.

    What stands there in the right season already stays, and what stands in the wrong one beside it goes. Two finals of
    one id on days of two seasons both stay: a source that counts its games anew each season is not to lose any
    (check ``games_in_two_seasons``).
    """
    con.execute(_MOVED).fetchall()
    if not con.execute("SELECT 1 FROM tipoff_moved LIMIT 1").fetchall():
        return
    written = {"run_id": run_id, "now": written_at(con)}
    for name, key in con.execute(_ABOUT_GAMES).fetchall():
        table = Identifier("raw", name)
        rest = [f"there.{Identifier(column)} = old.{Identifier(column)}" for column in key if column != "season"]
        same = "old.league = moved.league AND old.season = moved.season AND old.game_id = moved.game_id"
        con.execute(
            f"DELETE FROM {table} AS old USING tipoff_moved AS moved WHERE {same} AND EXISTS ("  # noqa: S608 - identifiers only
            f"FROM {table} AS there WHERE there.season = moved.new_season AND {' AND '.join(rest)})"
        ).fetchall()
        con.execute(
            f"UPDATE {table} AS old SET season = moved.new_season, run_id = $run_id, loaded_at = $now "  # noqa: S608 - as above
            f"FROM tipoff_moved AS moved WHERE {same}",
            written,
        ).fetchall()
