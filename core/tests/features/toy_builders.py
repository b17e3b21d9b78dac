"""Builders for the engine's tests: two honest ones, and some that break the contract each in its own way."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
from tipoff.contracts import FeatureContext

_COUNTER = itertools.count()

SIDES = """
    sides AS (
        SELECT league, season, game_id, game_date, tip_utc, home_id AS team_id, home_score > away_score AS won
        FROM games WHERE status <> 'canceled'
        UNION ALL
        SELECT league, season, game_id, game_date, tip_utc, away_id AS team_id, away_score > home_score AS won
        FROM games WHERE status <> 'canceled'
    )
"""


def wins(context: FeatureContext) -> pa.Table:
    """Wins before each game's day, in the season and those it looks back on."""
    return context.sql(f"""
        WITH {SIDES}
        SELECT
            s.* EXCLUDE (won),
            (SELECT count(*) FROM sides AS e
             WHERE e.league = s.league AND e.team_id = s.team_id AND e.game_date < s.game_date AND e.won) AS wins
        FROM sides AS s WHERE s.season = $season
    """)


def wins_difference(context: FeatureContext) -> pa.Table:
    return context.sql("""
        SELECT league, season, game_id, any_value(game_date) AS game_date, any_value(tip_utc) AS tip_utc,
               max(wins) - min(wins) AS apart
        FROM toy_wins WHERE season = $season GROUP BY ALL
    """)


def peeking(context: FeatureContext) -> pa.Table:
    """Counts wins of the whole season, also later ones."""
    return context.sql(f"""
        WITH {SIDES}
        SELECT * EXCLUDE (won), count(*) FILTER (WHERE won) OVER (PARTITION BY league, season, team_id) AS wins
        FROM sides WHERE season = $season
    """)


def forgetful(context: FeatureContext) -> pa.Table:
    """Gives something else each time."""
    honest = wins(context)
    return honest.set_column(
        honest.column_names.index("wins"), "wins", pc.add(honest["wins"].cast(pa.int64()), next(_COUNTER))
    )


def fails_in_2024(context: FeatureContext) -> pa.Table:
    if context.season == 2024:
        raise ZeroDivisionError("no wins in 2024")
    return wins(context)


def not_a_table(context: FeatureContext) -> object:
    return context.inputs["games"].to_pylist()


def without_wins(context: FeatureContext) -> pa.Table:
    return wins(context).drop_columns(["wins"])


def with_extra(context: FeatureContext) -> pa.Table:
    return wins(context).append_column("extra", wins(context)["wins"])


def words(context: FeatureContext) -> pa.Table:
    return _wins_become(context, lambda count: pa.array(["many"] * count))


def fractions(context: FeatureContext) -> pa.Table:
    return _wins_become(context, lambda count: pa.array([1.5] * count))


def twice(context: FeatureContext) -> pa.Table:
    return pa.concat_tables([wins(context), wins(context)])


def no_team(context: FeatureContext) -> pa.Table:
    honest = wins(context)
    return honest.set_column(honest.column_names.index("team_id"), "team_id", pa.nulls(honest.num_rows, pa.string()))


def other_season(context: FeatureContext) -> pa.Table:
    honest = wins(context)
    return honest.set_column(
        honest.column_names.index("season"), "season", pc.subtract(honest["season"], pa.scalar(1, pa.int32()))
    )


def two_statements(context: FeatureContext) -> pa.Table:
    return context.sql("SELECT 1; SELECT 2")


def no_select(context: FeatureContext) -> pa.Table:
    return context.sql("CREATE TABLE kept AS SELECT 1 AS one")


def a_file(context: FeatureContext) -> pa.Table:
    return context.sql("SELECT * FROM read_text('/etc/hostname')")


def a_variable(context: FeatureContext) -> pa.Table:
    hidden = pa.table({"one": [1]})
    assert hidden.num_rows
    return context.sql("SELECT * FROM hidden")


def _wins_become(context: FeatureContext, values: Callable[[int], pa.Array]) -> pa.Table:
    honest = wins(context)
    return honest.set_column(honest.column_names.index("wins"), "wins", values(honest.num_rows))
