"""Builders that know what is not known on the morning of a game, each in its own way, and one that does not."""

from __future__ import annotations

import pyarrow as pa
from tipoff.contracts import FeatureContext

_GAME = "g.league, g.season, g.game_id, g.game_date, g.tip_utc"


def _said(context: FeatureContext, value: str, more: str = "") -> pa.Table:
    return context.sql(f"SELECT {_GAME}, ({value})::DOUBLE AS said FROM games AS g {more} WHERE g.season = $season")


def honest(context: FeatureContext) -> pa.Table:
    """The home team's points in earlier games."""
    return _said(
        context,
        "SELECT avg(e.home_score) FROM games AS e WHERE e.home_id = g.home_id AND e.game_date < g.game_date",
    )


def own_score(context: FeatureContext) -> pa.Table:
    return _said(context, "g.home_score - g.away_score")


def season_total(context: FeatureContext) -> pa.Table:
    return _said(
        context, "SELECT sum(e.home_score) FROM games AS e WHERE e.home_id = g.home_id AND e.season = g.season"
    )


def next_game(context: FeatureContext) -> pa.Table:
    """The home team's score in its next home game."""
    return _said(
        context,
        "SELECT arg_min(e.home_score, e.game_date) FROM games AS e "
        "WHERE e.home_id = g.home_id AND e.game_date > g.game_date",
    )


def same_day(context: FeatureContext) -> pa.Table:
    """What is scored in the other games of the day."""
    return _said(
        context,
        "SELECT sum(e.home_score) FROM games AS e WHERE e.game_date = g.game_date AND e.game_id <> g.game_id",
    )


def later_games(context: FeatureContext) -> pa.Table:
    """How many games of the season the home team still has: who goes far in a tournament has more."""
    return _said(context, "SELECT count(*) FROM games AS e WHERE e.home_id = g.home_id AND e.game_date > g.game_date")


def box_score(context: FeatureContext) -> pa.Table:
    return _said(
        context,
        "SELECT any_value(s.turnovers) FROM team_stats AS s WHERE s.game_id = g.game_id AND s.team_id = g.home_id",
    )


def finished_only(context: FeatureContext) -> pa.Table:
    """Rows of games that are over: those ahead have none."""
    return context.sql(
        f"SELECT {_GAME}, 1.0 AS said FROM games AS g WHERE g.season = $season AND g.home_score IS NOT NULL"
    )


def roster_in_the_end(context: FeatureContext) -> pa.Table:
    """Games that the home team's athletes have started, as its roster says when the season is over."""
    return _said(
        context,
        "SELECT sum(r.games_started) FROM rosters AS r WHERE r.team_id = g.home_id AND r.season = g.season",
    )


def fails_without_results(context: FeatureContext) -> pa.Table:
    if context.inputs["games"]["home_score"].null_count:
        raise ZeroDivisionError("a score is missing")
    return _said(context, "1.0")


def ratings(context: FeatureContext) -> pa.Table:
    """Of a table of a collector: what somebody thought of the game."""
    return _said(context, "SELECT any_value(n.rating) FROM notes AS n WHERE n.game_id = g.game_id")


def ratings_before(context: FeatureContext) -> pa.Table:
    """The same, of earlier games."""
    return _said(
        context,
        "SELECT avg(n.rating) FROM notes AS n JOIN games AS e USING (game_id) "
        "WHERE e.home_id = g.home_id AND e.game_date < g.game_date",
    )


def daily(context: FeatureContext) -> pa.Table:
    """Of a table of a collector: a team's form, as last told."""
    return _said(
        context, "SELECT arg_max(f.form, f.day) FROM forms AS f WHERE f.team_id = g.home_id AND f.season = g.season"
    )


def daily_before(context: FeatureContext) -> pa.Table:
    return _said(
        context,
        "SELECT arg_max(f.form, f.day) FROM forms AS f WHERE f.team_id = g.home_id AND f.season = g.season "
        "AND f.day < g.game_date",
    )


def above(context: FeatureContext) -> pa.Table:
    """What another builder says, and one."""
    return context.sql(
        "SELECT league, season, game_id, game_date, tip_utc, said + 1 AS said FROM said WHERE season = $season"
    )
