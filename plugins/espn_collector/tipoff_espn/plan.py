"""What to ask ESPN for, and from when on an earlier answer is too old.

A game's day settles: until `PlanContext.settle` after its end, ESPN may still correct it. So there are two kinds
of days. One that has settled needs one look after it had settled, and never another. One that has not, or
lies ahead, is looked at again whenever the last look is more than `RECHECK` old.

Two other lists know games, too: the core API's events of a day, and each team's schedule. A day of which they know
a game that the scoreboard has not shown, or another final score, is looked at again by every run of the next
`HELPS` days, and by one at least, whatever its window; then it stays with the checks.

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

HELPS = timedelta(days=3)
"""How long after another list first contradicted the scoreboard that is looked at again."""

SCHEDULES = timedelta(days=28)
"""How old the last look at a team's schedule may get during the season. It finds what the scoreboards left out, and
corrections that came after a day had settled; two teams of each game tell of it."""

_OFF_SEASON = {"nba": range(7, 10)}
_COLLEGE_OFF_SEASON = range(5, 11)
"""Months without games, and so without questions: May to October, or July to September."""

_POSTSEASON = {"nba": 4}
_COLLEGE_POSTSEASON = 3
"""The month in which a season's postseason begins, and with it the schedules' second part."""


def teams(ctx: PlanContext) -> Iterator[Request]:
    """The list of teams, and each team seen in a game that the list has never held."""
    yield endpoints.teams(ctx.league, fresh_since=_today(ctx))
    yield from _unlisted(ctx)


def games(ctx: PlanContext) -> Iterator[Request]:
    """Scoreboards of the season's days in the window and of doubtful days; for days that are over, the core's list."""
    doubtful = {row["game_date"] for row in ctx.query(_DOUBTFUL, **_doubt(ctx))}
    for day in sorted({*ctx.window.days(), *doubtful}):
        if in_season(ctx.league, day):
            since = fresh_since(day, ctx.now, ctx.settle)
            yield from endpoints.scoreboards(ctx.league, day, fresh_since=ctx.now if day in doubtful else since)
            if day < day_of(ctx.now):
                yield from endpoints.events(ctx.league, day, fresh_since=since)


def players(ctx: PlanContext) -> Iterator[Request]:
    """Rosters of the current season's teams and the polls, where the window reaches it; schedules of its seasons.

    Teams that today's games brought up are looked up here again, so that a first run knows all their names.
    """
    yield from _unlisted(ctx)
    today = day_of(ctx.now)
    season = season_of(today)
    if in_season(ctx.league, today) and season_of(ctx.window.end) >= season:
        if endpoints.is_college(ctx.league):
            yield endpoints.rankings(ctx.league, fresh_since=_today(ctx))
        for team_id in _hosts(ctx, season):
            yield endpoints.roster(ctx.league, team_id, fresh_since=_today(ctx))
    for year in range(season_of(ctx.window.start), min(season, season_of(ctx.window.end)) + 1):
        yield from _schedules(ctx, year)


def _schedules(ctx: PlanContext, season: int) -> Iterator[Request]:
    """Both parts of a season, for each team that plays at home: now and then while it lasts, and once after it."""
    today = day_of(ctx.now)
    over = day_start(_last_day(ctx.league, season))
    since = over if ctx.now >= over else ctx.now - SCHEDULES
    begins = _POSTSEASON.get(ctx.league, _COLLEGE_POSTSEASON)
    parts = [endpoints.REGULAR, endpoints.POSTSEASON] if today >= date(season, begins, 15) else [endpoints.REGULAR]
    for team_id in _hosts(ctx, season):
        for part in parts:
            yield endpoints.schedule(ctx.league, team_id, season, part, fresh_since=since)


def _hosts(ctx: PlanContext, season: int) -> list[str]:
    """The scoreboards hold small colleges too, as guests. Who plays at home belongs to the league."""
    hosts = """
        SELECT DISTINCT home_id AS team_id FROM raw.games
        WHERE league = $league AND season = $season AND NOT neutral_site AND home_id IS NOT NULL ORDER BY team_id
    """
    return [row["team_id"] for row in ctx.query(hosts, league=ctx.league, season=season)]


def stats(ctx: PlanContext) -> Iterator[Request]:
    """Summaries of the window's finished games, of those that start within `UPCOMING`, and of corrected ones.

    Likewise of finished games that came late: onto a day that an earlier run had been over, when a scoreboard that
    had failed was answered, or what had been set aside was replayed.
    """
    wanted = """
        WITH box AS (
            SELECT season, game_id, max(points) FILTER (is_home) AS home, max(points) FILTER (NOT is_home) AS away
            FROM raw.team_stats WHERE league = $league AND season BETWEEN $first AND $last GROUP BY ALL
        )
        SELECT g.game_id, g.game_date, g.fetched_at,
               g.status = 'final' AND b.game_id IS NULL AS lacks_box,
               coalesce(b.home <> g.home_score OR b.away <> g.away_score, false) AS corrected
        FROM raw.games g LEFT JOIN box b USING (season, game_id)
        WHERE g.league = $league AND g.season BETWEEN $first AND $last
          AND ((g.game_date BETWEEN $start AND $end
                AND (g.status = 'final'
                     OR (g.status = 'scheduled' AND g.home_id IS NOT NULL AND g.away_id IS NOT NULL
                         AND g.tip_utc BETWEEN $now AND $soon)))
               OR (g.status = 'final' AND g.fetched_at >= $news AND corrected))
        ORDER BY g.game_date, g.game_id
    """
    start, end = ctx.window.start, ctx.window.end
    asked = {"league": ctx.league, "first": season_of(start), "last": season_of(end), "start": start, "end": end}
    found = ctx.query(wanted, now=ctx.now, soon=ctx.now + UPCOMING, news=ctx.now - HELPS, **asked)
    for game in found:
        since = fresh_since(game["game_date"], ctx.now, ctx.settle)
        if game["lacks_box"] and not _settled(game["game_date"], ctx.now, ctx.settle):
            # A summary from before the final whistle is no answer, however young it is.
            since = ctx.now
        elif game["corrected"]:
            since = max(since, game["fetched_at"])
        yield endpoints.summary(ctx.league, game["game_id"], fresh_since=since)
    for game in ctx.query(_LATE, league=ctx.league, start=start, end=end):
        yield endpoints.summary(ctx.league, game["game_id"], fresh_since=ctx.now)


_LATE = """
    SELECT g.game_id FROM raw.games g
    WHERE g.league = $league AND g.status = 'final' AND g.game_date NOT BETWEEN $start AND $end
      AND EXISTS (
          FROM ops.collect_run r
          WHERE r.league = g.league AND r.source = 'espn' AND r.dataset = 'stats' AND r.reached_end
            AND g.game_date BETWEEN r.window_start AND r.window_end)
      AND NOT EXISTS (
          FROM ops.landed_request l
          WHERE l.league = g.league AND l.source = 'espn' AND l.dataset = 'stats' AND l.game_id = g.game_id)
      AND NOT EXISTS (
          FROM ops.failed_request f
          WHERE f.league = g.league AND f.source = 'espn' AND f.dataset = 'stats' AND f.game_id = g.game_id)
    ORDER BY g.game_date, g.game_id
"""
"""Finished games outside of the window, on days that were collected, about which nobody has asked."""


def in_season(league: str, day: date) -> bool:
    """Whether the league plays in that month."""
    return day.month not in _OFF_SEASON.get(league, _COLLEGE_OFF_SEASON)


def _last_day(league: str, season: int) -> date:
    """The first day of a season's year without games."""
    return date(season, _OFF_SEASON.get(league, _COLLEGE_OFF_SEASON).start, 1)


_DOUBTFUL = """
    WITH looked AS (
        SELECT league, game_date, max(last_seen) AS looked FROM raw.espn_days
        WHERE league = $league AND starts_with(list, 'scoreboard') GROUP BY ALL
    )
    SELECT DISTINCT l.game_date
    FROM raw.espn_listed l JOIN looked d USING (league, game_date) LEFT JOIN raw.games g USING (league, game_id)
    WHERE ((l.as_of >= $lately AND l.last_seen >= $lately) OR d.looked <= l.as_of)
      AND (g.game_id IS NULL
           OR (g.status = 'final' AND g.fetched_at < $now
               AND (l.home_score <> g.home_score OR l.away_score <> g.away_score)))
    ORDER BY ALL
"""
"""Days that were looked at, and of which another list tells what their scoreboard did not: lately begun to tell, or so
that nobody has looked at the scoreboard since."""


def _doubt(ctx: PlanContext) -> dict[str, object]:
    return {"league": ctx.league, "lately": day_of(ctx.now - HELPS), "now": ctx.now}


def fresh_since(day: date, now: datetime, settle: timedelta) -> datetime:
    """From when on (naive UTC) a look at a day's games still counts."""
    if _settled(day, now, settle):
        return _settles_at(day, settle)
    return now - RECHECK


def _settled(day: date, now: datetime, settle: timedelta) -> bool:
    return now >= _settles_at(day, settle)


def _settles_at(day: date, settle: timedelta) -> datetime:
    return day_end(day) + max(settle, NIGHT)


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
