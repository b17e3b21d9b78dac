"""What to ask ESPN for, and from when on an earlier answer is too old.

A game's day settles: until `PlanContext.settle` after its end, ESPN may still correct it. So there are two kinds
of days. One that has settled needs one look after it had settled, and never another. One that has not, or
lies ahead, is looked at again whenever the last look is more than `RECHECK` old.

What is true of the present only (rosters, polls, the list of teams) is asked for once each calendar day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from tipoff import PlanContext, Request
from tipoff.clock import day_end, day_of, day_start, season_of

from tipoff_espn import endpoints

RECHECK = timedelta(hours=6)
"""How old the last look at an unsettled day may get."""

NIGHT = timedelta(hours=6)
"""A day's last games end after midnight: no day settles earlier than this after its end."""

UPCOMING = timedelta(days=2)
"""How long before the tip a game's odds and projection are collected: ESPN takes odds away some weeks later."""

_OFF_SEASON = range(5, 11)
"""May to October: no games, and so no question."""


def teams(ctx: PlanContext) -> Iterator[Request]:
    """The list of teams, and each team seen in a game that the list has never held."""
    yield endpoints.teams(ctx.league, fresh_since=_today(ctx))
    yield from _unlisted(ctx)


def games(ctx: PlanContext) -> Iterator[Request]:
    """The scoreboards of each day of the window from November to April."""
    for day in ctx.window.days():
        if _in_season(day):
            yield from endpoints.scoreboards(ctx.league, day, fresh_since=fresh_since(day, ctx.now, ctx.settle))


def players(ctx: PlanContext) -> Iterator[Request]:
    """Rosters of the current season's teams and the polls, where the window reaches the current season.

    Teams that today's games brought up are looked up here again, so that a first run knows all their names.
    """
    yield from _unlisted(ctx)
    today = day_of(ctx.now)
    season = season_of(today)
    if not _in_season(today) or season_of(ctx.window.end) < season:
        return
    yield endpoints.rankings(ctx.league, fresh_since=_today(ctx))
    # The scoreboards hold small colleges too, as guests. Who plays at home belongs to the league.
    hosts = """
        SELECT DISTINCT home_id AS team_id FROM raw.games
        WHERE league = $league AND season = $season AND NOT neutral_site AND home_id IS NOT NULL ORDER BY team_id
    """
    for host in ctx.query(hosts, league=ctx.league, season=season):
        yield endpoints.roster(ctx.league, host["team_id"], fresh_since=_today(ctx))


def stats(ctx: PlanContext) -> Iterator[Request]:
    """Summaries of the window's finished games, and of those that start within `UPCOMING`."""
    wanted = """
        SELECT game_id, game_date,
               status = 'final' AND NOT EXISTS (
                   FROM raw.team_stats t
                   WHERE t.league = g.league AND t.season = g.season AND t.game_id = g.game_id) AS lacks_box
        FROM raw.games g
        WHERE league = $league AND game_date BETWEEN $start AND $end
          AND (status = 'final'
               OR (status = 'scheduled' AND home_id IS NOT NULL AND away_id IS NOT NULL
                   AND tip_utc BETWEEN $now AND $soon))
        ORDER BY game_date, game_id
    """
    start, end = ctx.window.start, ctx.window.end
    found = ctx.query(wanted, league=ctx.league, start=start, end=end, now=ctx.now, soon=ctx.now + UPCOMING)
    for game in found:
        since = fresh_since(game["game_date"], ctx.now, ctx.settle)
        if game["lacks_box"] and not _settled(game["game_date"], ctx.now, ctx.settle):
            # A summary from before the final whistle is no answer, however young it is.
            since = ctx.now
        yield endpoints.summary(ctx.league, game["game_id"], fresh_since=since)


def fresh_since(day: date, now: datetime, settle: timedelta) -> datetime:
    """From when on (naive UTC) a look at a day's games still counts."""
    if _settled(day, now, settle):
        return _settles_at(day, settle)
    return now - RECHECK


def _settled(day: date, now: datetime, settle: timedelta) -> bool:
    return now >= _settles_at(day, settle)


def _settles_at(day: date, settle: timedelta) -> datetime:
    return day_end(day) + max(settle, NIGHT)


def _in_season(day: date) -> bool:
    return day.month not in _OFF_SEASON


def _today(ctx: PlanContext) -> datetime:
    """The start of the present calendar day."""
    return day_start(day_of(ctx.now))


def _unlisted(ctx: PlanContext) -> Iterator[Request]:
    unlisted = """
        SELECT DISTINCT team_id FROM (
            SELECT home_id AS team_id FROM raw.games WHERE league = $league
            UNION ALL SELECT away_id FROM raw.games WHERE league = $league
        ) ANTI JOIN (SELECT team_id FROM raw.teams WHERE league = $league) USING (team_id)
        WHERE team_id IS NOT NULL ORDER BY team_id
    """
    for team in ctx.query(unlisted, league=ctx.league):
        yield endpoints.team(ctx.league, team["team_id"])
