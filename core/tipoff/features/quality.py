"""Quality checks that every table of features gets, whoever builds it: a broken feature is seen the day it breaks.

They compare the newest days of games with a *reference*, the same stretch of the three seasons before, since most
features change as a season goes on: the share of missing values (``<table>_missing``), mean and spread of each column
(``<table>_drift``), and single values far outside of all that was there (``<table>_outliers``). Where there is too
little to compare, nothing is said. A builder that looks ahead (`tipoff.features.lookahead`) is told of by
``<table>_lookahead``. That what a builder declared as required is there, and in its range, is checked as
for any other table (`tipoff.quality`).
"""

from __future__ import annotations

from typing import Final

from tipoff.contracts import Check, Column, Table
from tipoff.warehouse.sql import Identifier

DAYS: Final = 3
"""Length of the newest stretch, up to the day after the run's: short, so that a break shows at once."""

AROUND: Final = 10
"""Days by which the reference reaches further at both ends."""

SEASONS: Final = 3
"""Seasons of the reference."""

MIN_ROWS: Final = 60
"""Rows that the newest stretch, and each season of the reference, must have."""

MISSING: Final = 0.15
"""By how much the share of missing values may exceed the reference's."""

FEW: Final = 0.01
"""Share of the newest values that may be outliers, or two; where more are far off it is the feature that moved."""

_AS_OF: Final = ("game_date", "tip_utc")
_NUMBERS: Final = ("DOUBLE", "INTEGER", "BOOLEAN")


def feature_checks(table: Table) -> tuple[Check, ...]:
    """The checks of one table of features, none that has nothing to look at.

    Args:
        table: of a builder.
    """
    if not {"league", "season", *_AS_OF} <= set(table.column_names):
        return (_lookahead(table),)
    declared = [column for column in table.columns if column.name not in (*table.key, *_AS_OF)]
    numbers = [column for column in declared if column.type in _NUMBERS]
    measured = [column for column in numbers if column.type != "BOOLEAN"]
    found = [(_missing, declared), (_drift, numbers), (_outliers, measured)]
    return (_lookahead(table), *(make(table, columns) for make, columns in found if columns))


def _lookahead(table: Table) -> Check:
    return Check(
        name=f"{table.name}_lookahead",
        table=table.full_name,
        sql=f"""
            SELECT builder, version, columns, league, day, found FROM ops.lookahead
            WHERE table_name = '{table.full_name}' AND NOT passed
        """,  # noqa: S608 - a name of the spec, which is checked
        severity="warn",
        doc="The builder of this table knows what is not known on the morning of a game. Models that see it are not "
        "fitted until the builder is mended and its version raised; see `tipoff features list`.",
    )


def _missing(table: Table, columns: list[Column]) -> Check:
    return Check(
        name=f"{table.name}_missing",
        table=table.full_name,
        sql=f"""
            WITH {_stretches(table, columns)},
            shares AS (
                SELECT league, feature, newest,
                    count(*) AS rows, 1 - count(value) / count(*) AS missing
                FROM compared GROUP BY ALL HAVING count(*) >= {MIN_ROWS}
            )
            SELECT now.league, now.feature, now.rows, round(now.missing, 3) AS missing,
                round(before.missing, 3) AS before
            FROM shares AS now JOIN shares AS before USING (league, feature)
            WHERE now.newest AND NOT before.newest AND now.missing > before.missing + {MISSING}
            ORDER BY ALL
        """,  # noqa: S608 - identifiers and numbers of ours
        severity="warn",
        doc="In the newest games a feature lacks values that it had at this time of earlier seasons: a source "
        "no longer gives something, or the builder drops it. Models do without it, and predictions say so.",
    )


def _drift(table: Table, columns: list[Column]) -> Check:
    return Check(
        name=f"{table.name}_drift",
        table=table.full_name,
        # Usual is half of the spread within a season and four times that between the seasons' means; beside these a
        # twentieth of the mean, for what hardly varies within a season (the league's pace), and of the range, for what
        # is rare (a game at a neutral site).
        sql=f"""
            WITH {_stretches(table, columns)},
            seasons AS (
                SELECT league, feature, newest, season, count(value) AS rows, avg(value) AS mean,
                    stddev_samp(value) AS spread, min(value) AS low, max(value) AS high, count(DISTINCT value) AS kinds
                FROM compared GROUP BY ALL HAVING count(value) >= {MIN_ROWS}
            ),
            reference AS (
                SELECT league, feature, avg(mean) AS mean, avg(spread) AS spread, max(kinds) AS kinds,
                    0.5 * avg(spread) + 4 * coalesce(stddev_samp(mean), 0)
                        + 0.05 * (abs(avg(mean)) + max(high) - min(low)) AS usual
                FROM seasons WHERE NOT newest GROUP BY ALL
            )
            SELECT now.league, now.feature, now.rows, round(now.mean, 4) AS mean, round(before.mean, 4) AS mean_before,
                round(now.spread, 4) AS spread, round(before.spread, 4) AS spread_before
            FROM seasons AS now JOIN reference AS before USING (league, feature)
            WHERE now.newest AND (
                abs(now.mean - before.mean) > usual OR abs(now.spread - before.spread) > usual
                OR (now.spread = 0 AND before.kinds > 2)
            )
            ORDER BY ALL
        """,  # noqa: S608 - identifiers and numbers of ours
        severity="warn",
        doc="Mean or spread of a feature in the newest games is not what it was at this time of earlier seasons: its "
        "source or its builder has changed, or the game has. `tipoff features explain` shows what a game's are made "
        "from.",
    )


def _outliers(table: Table, columns: list[Column]) -> Check:
    key = ", ".join(str(Identifier(name)) for name in table.key)
    return Check(
        name=f"{table.name}_outliers",
        table=table.full_name,
        sql=f"""
            WITH {_stretches(table, columns, key)},
            reference AS (
                SELECT league, feature, min(value) AS low, max(value) AS high
                FROM compared WHERE NOT newest GROUP BY ALL HAVING count(value) >= {MIN_ROWS}
            )
            SELECT {key}, feature, value, low, high FROM (
                SELECT *, value NOT BETWEEN low - 0.5 * (high - low) AND high + 0.5 * (high - low) AS far
                FROM compared JOIN reference USING (league, feature) WHERE newest
                QUALIFY count(*) FILTER (WHERE far) OVER (PARTITION BY league, feature)
                    <= greatest(2, {FEW} * count(value) OVER (PARTITION BY league, feature))
            )
            WHERE far ORDER BY ALL
        """,  # noqa: S608 - identifiers and numbers of ours
        severity="info",
        doc="A value of the newest games lies far outside of all there were at this time of earlier seasons. One or "
        "two may be true; `tipoff features explain` shows what they are made from.",
    )


def _stretches(table: Table, columns: list[Column], kept: str = "league, season") -> str:
    """``compared``: each feature of the newest stretch and of its reference, a line a value.

    Columns: those of `kept`, ``newest`` (or of the reference), ``feature`` and ``value`` (DOUBLE; text counts as 0).
    """
    values = ", ".join(
        f"CAST({Identifier(each.name)} AS DOUBLE) AS {Identifier(each.name)}"
        if each.type in _NUMBERS
        else f"CASE WHEN {Identifier(each.name)} IS NOT NULL THEN 0.0 END AS {Identifier(each.name)}"
        for each in columns
    )
    names = ", ".join(str(Identifier(each.name)) for each in columns)
    place = "game_date - make_date(season - 1, 7, 1)"  # days into the season's year
    of = Identifier.of(table)
    return f"""
        newest AS (
            SELECT league, max(game_date) AS until, arg_max(season, game_date) AS of_season,
                arg_max({place}, game_date) AS place
            FROM {of} WHERE game_date <= $today + 1 GROUP BY league
        ),
        chosen AS (
            SELECT {kept}, season = of_season AS newest, {values}
            FROM {of} JOIN newest USING (league)
            WHERE (season = of_season AND game_date > until - {DAYS} AND game_date <= until)
                OR (season >= of_season - {SEASONS} AND season < of_season
                    AND {place} BETWEEN place - {DAYS + AROUND} AND place + {AROUND})
        ),
        compared AS (FROM chosen UNPIVOT INCLUDE NULLS (value FOR feature IN ({names})))
    """  # noqa: S608 - identifiers and numbers of ours
