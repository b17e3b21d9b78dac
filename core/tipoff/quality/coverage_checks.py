"""Checks of coverage, freshness, and of columns that have died, for each dataset and the tables it fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tipoff.contracts import Check, Collector, Column, Dataset, Table
from tipoff.quality.generated import Generated, Value
from tipoff.quality.rules import GAME_KEY
from tipoff.quality.statements import DAYS, VANISHED, games, lists_games, params_of
from tipoff.warehouse.sql import Identifier

NUMBERS: Final = ("INTEGER", "DOUBLE")

_SETTLED: Final = "$settled"


def coverage_checks(collector: Collector, dataset: Dataset, tables: Mapping[str, Table]) -> Iterator[Check]:
    """The checks of one dataset.

    Args:
        collector: that brings it.
        dataset: it.
        tables: by full name.
    """
    params = params_of(collector, dataset)
    filled = [tables[f"raw.{name}"] for name in dataset.tables if f"raw.{name}" in tables]
    if filled:
        yield _fresh(dataset, filled[0], params)
    if lists_games(dataset):
        yield from _listed(dataset, params)
    for table in per_game_tables(dataset, tables):
        yield from _covered(dataset, table, params)


def column_checks(table: Table) -> Iterator[Check]:
    """Columns of a table with rows of every game in which nothing but zeros and NULLs come any more."""
    columns = [column for column in table.columns if column.type in NUMBERS and column.name not in table.key]
    if columns:
        yield _died(table, columns, "columns_died", "warn", rows=60, before=0.2)
        yield _died(table, columns, "columns_lost", "block", rows=30, before=0.9)


def per_game_tables(dataset: Dataset, tables: Mapping[str, Table]) -> Iterator[Table]:
    """Those of the dataset's tables that hold rows of every finished game."""
    for name in dataset.per_game:
        table = tables.get(f"raw.{name}")
        if table is not None and set(GAME_KEY) <= set(table.column_names):
            yield table


def _fresh(dataset: Dataset, table: Table, params: Mapping[str, Value]) -> Check:
    return Generated(
        name=f"freshness_{dataset.name}",
        table=table.full_name,
        sql="""
            SELECT league, dataset, day AS collected_up_to FROM ops.watermark AS mark
            WHERE dataset = $dataset AND list_contains($leagues, league) AND day < $today - 2
                AND EXISTS (
                    FROM raw.games WHERE games.league = mark.league AND status <> 'canceled'
                        AND game_date BETWEEN $today - 7 AND $today + 7
                )
            ORDER BY ALL
        """,
        doc=f"Games are played, and `{dataset.name}` is collected no further than this day. Run `tipoff collect "
        f"{dataset.name}`, and see `tipoff coverage {dataset.name}`.",
        params={"dataset": params["dataset"]},
    )


def _listed(dataset: Dataset, params: Mapping[str, Value]) -> Iterator[Check]:
    yield Generated(
        name=f"coverage_{dataset.name}_days",
        table="raw.games",
        sql=f"""
            SELECT league, season, day, state, reason, asked_at FROM ({DAYS})
            WHERE state IN ('failed', 'expected') AND day < $today - 1 ORDER BY ALL
        """,  # noqa: S608 - fixed text only
        doc="Days of a season of which the list of games is missing or only partly understood. `tipoff coverage "
        f"{dataset.name}` has the command that asks again.",
        params=params,
    )
    yield Generated(
        name=f"coverage_{dataset.name}_vanished",
        table="raw.games",
        sql=f"SELECT * FROM ({VANISHED}) ORDER BY ALL",  # noqa: S608 - fixed text only
        doc="Games that their day's list held once and no longer does: the source has dropped or renamed them, or "
        "answered with a part. Look at the list itself before you trust either.",
        params=params,
    )


def _covered(dataset: Dataset, table: Table, params: Mapping[str, Value]) -> Iterator[Check]:
    name, one = f"coverage_{dataset.name}_{table.name}", games(table)
    columns = "league, season, game_id, game_date, state, reason, asked_at"
    yield Generated(
        name=f"{name}_missing",
        table=table.full_name,
        sql=f"""
            SELECT {columns} FROM ({one})
            WHERE state IN ('failed', 'expected') AND game_date < {_SETTLED} ORDER BY ALL
        """,  # noqa: S608 - fixed text and an identifier only
        doc=f"Finished games of which rows should be here. `tipoff coverage {dataset.name}` has the command that asks "
        "again.",
        params=params,
    )
    yield Generated(
        name=f"{name}_empty",
        table=table.full_name,
        severity="info",
        sql=f"SELECT {columns} FROM ({one}) WHERE state = 'empty' AND game_date < {_SETTLED} ORDER BY ALL",  # noqa: S608 - as above
        doc="Finished games of which the source has nothing; there is nothing to do.",
        params=params,
    )
    yield Generated(
        name=f"{name}_broken",
        table=table.full_name,
        severity="block",
        sql=_BROKEN.format(games=one, settled=_SETTLED),
        doc="Of the last week's games more than a quarter have no rows here, and that was not so before: the source or "
        f"the parser has changed, or collecting has stopped. See `tipoff coverage {dataset.name}`.",
        params=params,
    )


# What a source never had (a recorded league has no lines of players) is no break, nor is a dataset that never ran.
_BROKEN: Final = """
    WITH judged AS (
        SELECT *, max(game_date) OVER (PARTITION BY league) AS latest, state IN ('failed', 'expected') AS lacks
        FROM ({games}) WHERE game_date < {settled} AND game_date > {settled} - 300
    ),
    counted AS (
        SELECT league, latest,
            count(*) FILTER (game_date > latest - 7) AS games,
            count(*) FILTER (game_date > latest - 7 AND lacks AND NOT says_nothing) AS missing,
            count(*) FILTER (game_date > latest - 7 AND (state = 'empty' OR (lacks AND says_nothing))) AS empty,
            count(*) FILTER (game_date <= latest - 7) AS games_before,
            count(*) FILTER (game_date <= latest - 7 AND state <> 'collected') AS lacking_before
        FROM judged GROUP BY league, latest
    )
    SELECT league, latest AS last_day, games, missing, empty, games_before, lacking_before FROM counted
    WHERE games >= 10 AND latest >= {settled} - 21
        AND EXISTS (FROM ops.watermark AS mark WHERE mark.league = counted.league AND mark.dataset = $dataset)
        AND missing + CASE WHEN games_before >= 10 AND lacking_before <= 0.25 * games_before THEN empty ELSE 0 END
            > 0.25 * games
    ORDER BY ALL
"""


def _died(table: Table, columns: list[Column], suffix: str, severity: str, *, rows: int, before: float) -> Check:
    """Columns of one source that had values in a share `before` of the rows, and in the newest `rows` or more none."""
    named = {f"name_{column.name}": column.name for column in columns}
    counts = ", ".join(
        f"count(*) FILTER (recent AND {Identifier(each.name)} <> 0) AS {Identifier(f'now_{each.name}')}, "
        f"count(*) FILTER (NOT recent AND {Identifier(each.name)} <> 0) AS {Identifier(f'was_{each.name}')}"
        for each in columns
    )
    values = ", ".join(str(Identifier("stats", each.name)) for each in columns)
    each_column = ", ".join(f"$name_{each.name}" for each in columns)
    now = ", ".join(str(Identifier(f"now_{each.name}")) for each in columns)
    was = ", ".join(str(Identifier(f"was_{each.name}")) for each in columns)
    return Generated(
        name=f"{table.name}_{suffix}",
        table=table.full_name,
        severity="block" if severity == "block" else "warn",
        sql=f"""
            WITH newest AS (
                SELECT games.league, split_part(stats.source, '+', 1) AS told_by, game_date, {values},
                    max(game_date) OVER (PARTITION BY games.league, told_by) AS latest
                FROM {Identifier.of(table)} AS stats JOIN raw.games AS games USING (league, season, game_id)
                WHERE games.status = 'final' AND game_date > $today - 365
            ),
            counted AS (
                SELECT league, told_by, max(latest) AS last_day, count(*) FILTER (recent) AS rows,
                    count(*) FILTER (NOT recent) AS rows_before, {counts}
                FROM (SELECT *, game_date > latest - 3 AS recent FROM newest) GROUP BY league, told_by
            )
            SELECT league, told_by, last_day, column_name, rows, rows_before, with_value_before
            FROM (
                SELECT league, told_by, last_day, rows, rows_before, unnest([{each_column}]) AS column_name,
                    unnest([{now}]) AS with_value, unnest([{was}]) AS with_value_before
                FROM counted
            )
            WHERE rows >= $least AND with_value = 0 AND rows_before >= $least
                AND with_value_before >= $share * rows_before
            ORDER BY ALL
        """,  # noqa: S608 - identifiers and names of parameters only
        doc="Columns that hold nothing but zeros and NULLs in the last three days' games, and did not before: the "
        "source no longer fills them, or renamed what the parser reads.",
        params={**named, "least": rows, "share": before},
    )
