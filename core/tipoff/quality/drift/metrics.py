"""Figures whose distribution is watched: those of basketball, and mean and missing share of every column.

Each figure is the mean of some value over the rows of finished games, so days add up to windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tipoff.contracts import Column, Severity, Table
from tipoff.domain import FINAL, GAMES, ODDS, PLAYER_STATS, TEAM_STATS
from tipoff.warehouse.sql import Identifier

Kind = Literal["mean", "share"]

_KEY: Final = ("league", "season", "game_id")
_BOX_SCORE: Final = ("points", "field_goals_", "three_points_", "free_throws_", "rebounds", "assists", "turnovers")
_OF_THE_SCHEDULE: Final = frozenset(
    {"season_type", "tip_known", "neutral_site", "conference_game", "tournament", "venue_id", "attendance"}
)


@dataclass(frozen=True)
class Metric:
    """One figure.

    Args:
        name: ``table.column:mean``, ``table.column:missing``, or that of a figure of basketball.
        value: SQL of a row's value, NULL where it has none.
        kind: a ``share`` lies between 0 and 1.
        severity: of a severe shift.
        seasonal: it depends on the part of the season, so that only earlier seasons can say what is usual.
        rising: only a rise is drift.
    """

    name: str
    value: str
    kind: Kind = "mean"
    severity: Severity = "block"
    seasonal: bool = False
    rising: bool = False


@dataclass(frozen=True)
class Source:
    """Rows that figures are made of.

    Args:
        name: of their table.
        rows: SQL of a SELECT of rows with league, season, day and the columns that the figures read.
        metrics: the figures.
    """

    name: str
    rows: str
    metrics: tuple[Metric, ...]


def sources(tables: Iterable[Table]) -> Iterator[Source]:
    """The figures of the tables that hold rows about games, tipoff's and the collectors' own."""
    for table in tables:
        if table.schema == "raw" and set(_KEY) < set(table.column_names) and table.name != ODDS.name:
            metrics = (*_OWN.get(table.name, ()), *_of_columns(table))
            yield Source(table.name, _GAMES_ROWS if table.name == GAMES.name else _rows(table), metrics)
    yield Source("sides", _SIDES, (Metric("teams never seen before", "first", "share", rising=True),))
    yield Source("strengths", _STRENGTHS, _OF_STRENGTHS)
    yield Source("minutes", _MINUTES, (Metric("minutes of a team's players", "minutes"),))
    yield Source("athletes", _ATHLETES, (Metric("athletes never seen before", "first", "share", rising=True),))


def daily(source: Source) -> str:
    """SELECT of a row a day: ``n<i>``, ``s<i>`` and ``q<i>`` are count, sum and sum of squares of the i-th figure.

    Parameters: ``$league``, ``$season``, ``$first`` (the first season that is looked at), ``$end`` (the last day),
    ``$place`` (days from 1 July of a season to the middle of the weeks that are compared) and ``$reach`` (days
    around it).
    """
    figures = ", ".join(
        f"count({each.value}) AS n{i}, sum(CAST({each.value} AS DOUBLE)) AS s{i}, "
        f"sum(CAST({each.value} AS DOUBLE) * CAST({each.value} AS DOUBLE)) AS q{i}"
        for i, each in enumerate(source.metrics)
    )
    return f"SELECT season, day, {figures} FROM ({source.rows}) GROUP BY season, day ORDER BY day"  # noqa: S608 - ours


def _of_columns(table: Table) -> Iterator[Metric]:
    for column in table.columns:
        if column.name in table.key:
            continue
        named = f"{table.name}.{column.name}"
        quoted = str(Identifier(column.name))
        core = _is_core(table, column)
        seasonal = column.name in _OF_THE_SCHEDULE or table.name not in _OURS
        severity: Severity = "block" if core else "warn"
        if column.type in ("INTEGER", "DOUBLE"):
            yield Metric(f"{named}:mean", quoted, "mean", severity, seasonal)
        elif column.type == "BOOLEAN":
            yield Metric(f"{named}:mean", f"CAST({quoted} AS INTEGER)", "share", severity, seasonal)
        yield Metric(f"{named}:missing", f"CAST({quoted} IS NULL AS INTEGER)", "share", severity, seasonal)


def _is_core(table: Table, column: Column) -> bool:
    """Whether predictions from a misread column would be wrong: scores, and what every box score has."""
    if table.name == GAMES.name:
        return column.name in ("home_score", "away_score", "home_id", "away_id")
    return table.name in (TEAM_STATS.name, PLAYER_STATS.name) and column.name.startswith(_BOX_SCORE)


_DAYS: Final = f"""
    league = $league AND season BETWEEN $first AND $season AND game_date <= $end AND status = '{FINAL}'
    AND (season = $season OR abs(date_diff('day', make_date(season - 1, 7, 1), game_date) - $place) <= $reach)
"""

_GAMES_ROWS: Final = f"SELECT *, game_date AS day FROM raw.games WHERE {_DAYS}"  # noqa: S608 - constants of ours

_DATED: Final = f"SELECT league, season, game_id, game_date AS day FROM raw.games WHERE {_DAYS}"  # noqa: S608 - as above


def _rows(table: Table) -> str:
    return (
        f"SELECT t.*, dated.day FROM {Identifier.of(table)} AS t "  # noqa: S608 - identifiers and constants of ours
        f"JOIN ({_DATED}) AS dated USING (league, season, game_id) WHERE t.season BETWEEN $first AND $season"
    )


_SIDES: Final = f"""
    SELECT season, day, CAST(day = min(day) OVER (PARTITION BY team) AS INTEGER) AS first FROM (
        SELECT season, game_date AS day, unnest([home_id, away_id]) AS team, {_DAYS} AS wanted FROM raw.games
        WHERE league = $league AND season <= $season AND game_date <= $end AND status = '{FINAL}'
    ) QUALIFY wanted
"""  # noqa: S608 - constants of ours

_STRENGTHS: Final = f"""
    WITH sides AS (
        SELECT season, game_id, game_date AS day, neutral_site IS NOT TRUE AS at_home,
            unnest([home_id, away_id]) AS team, unnest([1, -1]) AS side,
            unnest([home_score - away_score, away_score - home_score]) AS margin
        FROM raw.games
        WHERE league = $league AND season BETWEEN $first AND $season AND game_date <= $end AND status = '{FINAL}'
    ),
    known AS (
        SELECT *, avg(margin) OVER before AS strength, count(*) OVER before AS played
        FROM sides WINDOW before AS (
            PARTITION BY season, team ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    )
    SELECT season, day, at_home, sum(side * margin) / 2 AS margin, sum(side * strength) AS difference
    FROM known
    WHERE season = $season OR abs(date_diff('day', make_date(season - 1, 7, 1), day) - $place) <= $reach
    GROUP BY season, game_id, day, at_home HAVING min(played) >= 4
"""  # noqa: S608 - a constant of ours

_OF_STRENGTHS: Final = (
    Metric(
        "clear favourites by the margins so far that win",
        "CASE WHEN abs(difference) >= 8 THEN CAST(margin * difference > 0 AS INTEGER) END",
        "share",
    ),
    Metric("home advantage beside the margins so far", "CASE WHEN at_home THEN margin - 0.8 * difference END"),
)
"""Who is better is known from the games before: so the schedule, which differs from week to week, counts for little."""

_MINUTES: Final = f"""
    SELECT season, day, sum(minutes) AS minutes
    FROM raw.player_stats AS p JOIN ({_DATED}) AS dated USING (league, season, game_id)
    WHERE p.season BETWEEN $first AND $season
    GROUP BY season, day, game_id, team_id
"""  # noqa: S608 - as above

_ATHLETES: Final = f"""
    WITH appearances AS (
        SELECT p.season, p.athlete_id, g.game_date AS day, {_DAYS} AS wanted
        FROM raw.player_stats AS p JOIN raw.games AS g USING (league, season, game_id)
        WHERE p.league = $league AND p.season BETWEEN $first AND $season AND g.game_date <= $end
    ),
    firsts AS (SELECT athlete_id, min(day) AS first_day FROM appearances GROUP BY athlete_id)
    SELECT season, day, CAST(day = first_day AS INTEGER) AS first
    FROM appearances JOIN firsts USING (athlete_id) WHERE wanted
"""  # noqa: S608 - as above

_OURS: Final = frozenset({GAMES.name, TEAM_STATS.name, PLAYER_STATS.name})

_AT_HOME: Final = "neutral_site IS NOT TRUE AND home_score <> away_score"

_OWN: Final[dict[str, tuple[Metric, ...]]] = {
    GAMES.name: (
        Metric(
            "home teams that win", f"CASE WHEN {_AT_HOME} THEN CAST(home_score > away_score AS INTEGER) END", "share"
        ),
        Metric("margin of home teams", f"CASE WHEN {_AT_HOME} THEN home_score - away_score END"),
        Metric("games with overtime", "CAST(overtimes > 0 AS INTEGER)", "share", severity="warn"),
    ),
    TEAM_STATS.name: (
        # Possessions as Oliver estimates them (Basketball on Paper, 2004), with the colleges' 0.475.
        Metric(
            "possessions of a team",
            "field_goals_attempted - offensive_rebounds + turnovers + 0.475 * free_throws_attempted",
        ),
        Metric("threes among shots", "three_points_attempted / nullif(field_goals_attempted, 0)", "share"),
        Metric("free throws a shot", "free_throws_attempted / nullif(field_goals_attempted, 0)"),
        Metric("threes that go in", "three_points_made / nullif(three_points_attempted, 0)", "share"),
        Metric("shots that go in", "field_goals_made / nullif(field_goals_attempted, 0)", "share"),
        Metric("free throws that go in", "free_throws_made / nullif(free_throws_attempted, 0)", "share"),
    ),
}
