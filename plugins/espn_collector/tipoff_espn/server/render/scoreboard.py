"""The scoreboard: a day's, month's or year's events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tipoff.clock import day_start

from tipoff_espn.server.asof import BOX_FIELDS, UNRANKED, Averages, SeasonView, State, state_of
from tipoff_espn.server.model import Fixture, Team
from tipoff_espn.server.render import common, odds
from tipoff_espn.server.render.common import Object, instant, known

ODDS_AHEAD = timedelta(hours=48)
"""How long before the tip the scoreboard shows prices."""

_RECORDS = (
    ("overall", "Season", "total"),
    ("Home", "Home", "home"),
    ("Road", "AWAY", "road"),
    ("vs. Conf.", "VS CONF", "vsconf"),
)


def render(
    slug: str,
    groups: str | None,
    views: Sequence[SeasonView],
    events: Sequence[tuple[SeasonView, Fixture]],
    now: datetime,
) -> Object:
    """A scoreboard payload.

    Args:
        slug: the league.
        groups: the group that was asked for, if any.
        views: the season whose calendar heads the payload, first.
        events: games with their seasons, in order.
        now: the present.
    """
    written: Object = {"leagues": [_league(slug, views[0], now)] if views else [common.league_of(slug)]}
    if groups is not None:
        written["groups"] = [groups]
    written["events"] = [event(slug, view, fixture, now) for view, fixture in events]
    if events:
        view, fixture = events[0]
        written["eventsDate"] = {
            "date": instant(state_of(fixture, now).tip),
            "seasonType": fixture.season_type,
        }
    return written


def _league(slug: str, view: SeasonView, now: datetime) -> Object:
    year = view.season.year
    start, end = common.season_span(year)
    number = common.type_on(view, now.date())
    return {
        **common.league_of(slug),
        "season": {
            "year": year,
            "startDate": start,
            "endDate": end,
            "displayName": common.season_name(year),
            "type": common.season_type(number),
        },
        "calendarType": "day",
        "calendarIsWhitelist": True,
        "calendarStartDate": start,
        "calendarEndDate": end,
        # ESPN writes each day's 3:00 US Eastern.
        "calendar": [instant(day_start(day) + timedelta(hours=3)) for day in view.by_day],
    }


def event(slug: str, view: SeasonView, fixture: Fixture, now: datetime) -> Object:
    """One event."""
    state = state_of(fixture, now)
    teams = view.season.teams
    home = teams[state.home_id] if state.home_id else None
    away = teams[state.away_id] if state.away_id else None
    status = common.status(fixture, state)
    group = common.game_conference(fixture, home, away)
    competition = known(
        id=fixture.id,
        uid=common.uid(slug, e=fixture.id, c=fixture.id),
        date=instant(state.tip),
        attendance=_attendance(fixture, state),
        type={"id": "6", "abbreviation": "TRNMNT"} if fixture.tournament_game else {"id": "1", "abbreviation": "STD"},
        timeValid=state.time_valid,
        neutralSite=fixture.neutral_site,
        conferenceCompetition=fixture.conference_game and home is not None and away is not None,
        playByPlayAvailable=False,
        recent=timedelta(0) <= now - fixture.tip < timedelta(days=1),
        venue=common.venue(fixture.venue, indoor=True),
        competitors=[
            _competitor(slug, view, fixture, state, "home", home, now),
            _competitor(slug, view, fixture, state, "away", away, now),
        ],
        notes=[{"type": "event", "headline": fixture.tournament}] if fixture.tournament else [],
        status=status,
        groups=common.conference(group) if group else None,
        tournamentId=fixture.tournament_id,
        format={"regulation": {"periods": 2}},
        startDate=instant(state.tip),
        odds=_odds(slug, view, fixture, state, home, away, now),
    )
    return {
        "id": fixture.id,
        "uid": common.uid(slug, e=fixture.id),
        "date": instant(state.tip),
        **common.titles(fixture, home, away),
        "season": {
            "year": fixture.season,
            "type": fixture.season_type,
            "slug": common.season_slug(fixture.season_type),
        },
        "competitions": [competition],
        "status": status,
    }


def _attendance(fixture: Fixture, state: State) -> int | None:
    """0 before the end, as at ESPN; absent where the league never knows it."""
    if not state.final or fixture.result is None:
        return 0
    return fixture.result.attendance


def _odds(
    slug: str, view: SeasonView, fixture: Fixture, state: State, home: Team | None, away: Team | None, now: datetime
) -> list[common.Json] | None:
    if state.status != "scheduled" or home is None or away is None or fixture.tip - now > ODDS_AHEAD:
        return None
    prices = view.season.odds(fixture)
    return [odds.scoreboard(slug, prices, home, away)] if prices else None


def _competitor(
    slug: str, view: SeasonView, fixture: Fixture, state: State, side: str, team: Team | None, now: datetime
) -> Object:
    number = team.id if team else common.TBD
    points, periods = (state.home, state.home_periods) if side == "home" else (state.away, state.away_periods)
    moment = min(now, fixture.ends) if state.final else now
    written = known(
        id=number,
        uid=common.uid(slug, t=number),
        type="team",
        order=0 if side == "home" else 1,
        homeAway=side,
        winner=(state.home > state.away) == (side == "home") if state.final else None,
        team=_team(slug, team),
        score=str(points),
        linescores=[
            {"value": float(value), "displayValue": str(value), "period": place}
            for place, value in enumerate(periods, start=1)
        ]
        if periods
        else None,
        curatedRank=common.rank_or_unranked(view.rank(number if team else None, min(now, fixture.tip))),
        statistics=_statistics(view, fixture, state, side, team, moment),
    )
    if team:
        summaries = common.wins_losses(view.record(team.id, moment))
        written["records"] = [
            {"name": name, "abbreviation": short, "type": kind, "summary": summaries[kind]}
            for name, short, kind in _RECORDS
        ]
    return written


def _team(slug: str, team: Team | None) -> Object:
    if team is None:
        return {
            "id": common.TBD,
            "uid": common.uid(slug, t=common.TBD),
            "location": "TBD",
            "name": "TBD",
            "abbreviation": "TBD",
            "displayName": "TBD",
            "shortDisplayName": "TBD",
            "isActive": False,
        }
    return known(
        id=team.id,
        uid=common.uid(slug, t=team.id),
        location=team.location,
        name=team.name,
        abbreviation=team.abbreviation,
        displayName=team.display_name,
        shortDisplayName=team.short_name,
        color=team.color,
        alternateColor=team.alternate_color,
        isActive=True,
        venue={"id": team.venue.id} if team.venue else None,
        conferenceId=team.conference.id if team.conference else None,
    )


def _statistics(
    view: SeasonView, fixture: Fixture, state: State, side: str, team: Team | None, moment: datetime
) -> list[common.Json]:
    """The game's figures once it is over, and season totals and averages before."""
    if team is None:
        return []
    if state.final:
        boxes = view.season.box(fixture)
        if boxes is None:
            return []
        box = boxes[0] if side == "home" else boxes[1]
        averages = Averages(1, [getattr(box, name) for name in BOX_FIELDS])
    else:
        averages = view.averages(team.id, moment)
    return [
        {"name": name, "abbreviation": short, "displayValue": value}
        for name, short, value in _figures(averages)
        if value is not None
    ]


def _figures(averages: Averages) -> list[tuple[str, str, str | None]]:
    boards = ("offensive_rebounds", "defensive_rebounds")
    own, other = (averages.total(name) for name in boards)
    rebounds = None if own is None or other is None else own + other
    return [
        ("rebounds", "REB", _whole(rebounds)),
        ("avgRebounds", "REB", _tenth(averages.mean(*boards))),
        ("assists", "AST", _whole(averages.total("assists"))),
        ("fieldGoalsAttempted", "FGA", _whole(averages.total("field_goals_attempted"))),
        ("fieldGoalsMade", "FGM", _whole(averages.total("field_goals_made"))),
        ("fieldGoalPct", "FG%", _tenth(averages.share("field_goals_made", "field_goals_attempted"))),
        ("freeThrowPct", "FT%", _tenth(averages.share("free_throws_made", "free_throws_attempted"))),
        ("freeThrowsAttempted", "FTA", _whole(averages.total("free_throws_attempted"))),
        ("freeThrowsMade", "FTM", _whole(averages.total("free_throws_made"))),
        ("points", "PTS", _whole(averages.total("points"))),
        ("threePointFieldGoalsAttempted", "3PA", _whole(averages.total("three_points_attempted"))),
        ("threePointFieldGoalsMade", "3PM", _whole(averages.total("three_points_made"))),
        ("avgPoints", "PTS", _tenth(averages.mean("points"))),
        ("avgAssists", "AST", _tenth(averages.mean("assists"))),
        ("threePointFieldGoalPct", "3P%", _tenth(averages.share("three_points_made", "three_points_attempted"))),
    ]


def _whole(value: int | None) -> str | None:
    return None if value is None else str(value)


def _tenth(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"


def rank_key(view: SeasonView, fixture: Fixture, now: datetime) -> tuple[int, datetime, str]:
    """ESPN's order: ranked teams' games first, by rank, then by tip."""
    state = state_of(fixture, now)
    moment = min(now, fixture.tip)
    best = min(view.rank(team_id, moment) or UNRANKED for team_id in (state.home_id, state.away_id))
    return best, fixture.tip, fixture.id
