"""The scoreboard: a day's, month's or year's events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tipoff.clock import day_of

from tipoff_espn.server.asof import UNRANKED
from tipoff_espn.server.model import Fixture, Odds, Team
from tipoff_espn.server.render import common, identity, leaders, links, odds, season, statistics, status
from tipoff_espn.server.render.common import Json, Object, instant, known
from tipoff_espn.server.render.scene import TBD, Game, Scene, Side

ODDS_AHEAD = timedelta(hours=48)
"""How long before the tip the scoreboard shows prices."""

_RECORDS = (
    ("overall", "Season", "total"),
    ("Home", "Home", "home"),
    ("Road", "AWAY", "road"),
    ("vs. Conf.", "VS CONF", "vsconf"),
)


def render(scenes: Sequence[Scene], groups: str | None, events: Sequence[tuple[Scene, Fixture]], slug: str) -> Object:
    """A scoreboard payload.

    Args:
        scenes: the seasons it spans; the first one's calendar heads it. None: a league out of all seasons.
        groups: the group that was asked for, if any.
        events: games with their seasons, in order.
        slug: the league.
    """
    written: Object = {"leagues": [_league(scenes[0]) if scenes else common.league_of(slug)]}
    if groups is not None:
        written["groups"] = [groups]
    written["events"] = [event(scene, fixture) for scene, fixture in events]
    if any(_prices(scene, scene.game(fixture)) for scene, fixture in events):
        written["provider"] = odds.SCOREBOARD_PROVIDER
    if events:
        scene, first = events[0]
        written["eventsDate"] = {"date": instant(scene.game(first).state.tip), "seasonType": first.season_type}
    return written


def _league(scene: Scene) -> Object:
    year = scene.view.season.year
    start, end = season.span(year)
    return {
        **common.league_of(scene.slug),
        "season": {
            "year": year,
            "startDate": start,
            "endDate": end,
            "displayName": season.name(year),
            "type": season.kind(season.type_on(scene.view, day_of(scene.now))),
        },
        "logos": common.LEAGUE_LOGOS,
        "calendarType": "day",
        "calendarIsWhitelist": True,
        "calendarStartDate": start,
        "calendarEndDate": end,
        "calendar": [season.written_day(day) for day in scene.view.by_day],
    }


def event(scene: Scene, fixture: Fixture) -> Object:
    """One event."""
    game = scene.game(fixture)
    state = game.state
    stands = status.of(state)
    competition = known(
        id=fixture.id,
        uid=common.uid(scene.slug, e=fixture.id, c=fixture.id),
        date=instant(state.tip),
        attendance=_attendance(game),
        type={"id": "6", "abbreviation": "TRNMNT"} if fixture.tournament_game else {"id": "1", "abbreviation": "STD"},
        timeValid=state.time_valid,
        neutralSite=fixture.neutral_site,
        conferenceCompetition=game.in_conference,
        playByPlayAvailable=False,
        recent=timedelta(0) <= scene.now - fixture.tip < timedelta(days=1),
        venue=common.venue(fixture.venue, indoor=True) or {"fullName": "", "indoor": True},
        competitors=[_competitor(scene, game, side) for side in game.sides],
        notes=[{"type": "event", "headline": fixture.tournament}] if fixture.tournament else [],
        status=stands,
        # No league knows who shows a game, or who wrote and filmed what about it.
        broadcasts=[],
        broadcast="",
        geoBroadcasts=[],
        highlights=[],
        headlines=[],
        groups=common.conference(game.conference) if game.conference else None,
        tournamentId=fixture.tournament_id,
        format={"regulation": {"periods": fixture.rules.periods}},
        startDate=instant(state.tip),
        odds=_odds(scene, game),
    )
    return {
        "id": fixture.id,
        "uid": common.uid(scene.slug, e=fixture.id),
        "date": instant(state.tip),
        **common.titles(game),
        "season": {
            "year": fixture.season,
            "type": fixture.season_type,
            "slug": season.slug_of(fixture.season_type),
        },
        "competitions": [competition],
        "links": links.of_game(scene.slug, game, links.FULL),
        "status": stands,
    }


def _attendance(game: Game) -> int:
    """0 before the end, as at ESPN, and where nobody has told it."""
    if not game.state.final or game.fixture.result is None:
        return 0
    return game.fixture.result.attendance or 0


def _prices(scene: Scene, game: Game) -> Odds | None:
    """Prices, only before the tip and not long before it."""
    if game.state.status != "scheduled" or not game.teams or game.fixture.tip - scene.now > ODDS_AHEAD:
        return None
    return scene.view.season.odds(game.fixture)


def _odds(scene: Scene, game: Game) -> list[Json] | None:
    prices, teams = _prices(scene, game), game.teams
    return [odds.scoreboard(scene.slug, game.fixture.id, prices, teams)] if prices and teams else None


def _competitor(scene: Scene, game: Game, side: Side) -> Object:
    written = known(
        id=side.id,
        uid=common.uid(scene.slug, t=side.id),
        type="team",
        order=side.order,
        homeAway=side.name,
        winner=side.winner,
        team=_team(scene.slug, side.team),
        score=str(side.points),
        linescores=[
            {"value": float(value), "displayValue": str(value), "period": place}
            for place, value in enumerate(side.periods, start=1)
        ]
        if side.periods
        else None,
        curatedRank=common.rank_or_unranked(scene.rank(side, game.fixture)),
        statistics=statistics.of_side(scene, game, side),
        leaders=leaders.in_scoreboard(scene.slug, leaders.of_side(scene, game, side), side),
    )
    if side.team:
        summaries = common.wins_losses(scene.record(side.team, game))
        written["records"] = [
            {"name": name, "abbreviation": short, "type": kind, "summary": summaries[kind]}
            for name, short, kind in _RECORDS
        ]
    return written


def _team(slug: str, of: Team | None) -> Object:
    if of is None:
        return {
            "id": TBD,
            "uid": common.uid(slug, t=TBD),
            "location": "TBD",
            "name": "TBD",
            "abbreviation": "TBD",
            "displayName": "TBD",
            "shortDisplayName": "TBD",
            "isActive": False,
            "links": [],
        }
    return known(
        id=of.id,
        uid=common.uid(slug, t=of.id),
        location=of.location,
        name=of.name,
        abbreviation=of.abbreviation,
        displayName=of.display_name,
        shortDisplayName=of.short_name,
        color=of.color,
        alternateColor=of.alternate_color,
        isActive=True,
        venue={"id": of.venue.id} if of.venue else None,
        links=links.of_team(slug, of, ("rel", "href", "text", "isExternal", "isPremium")),
        logo=identity.logo(of),
        conferenceId=of.conference.id if of.conference else None,
    )


def order_key(scene: Scene, fixture: Fixture) -> tuple[date, int, datetime, str]:
    """ESPN's order within a day: ranked teams' games first, by rank, then by tip."""
    best = min(scene.rank(side, fixture) or UNRANKED for side in scene.game(fixture).sides)
    return fixture.day, best, fixture.tip, fixture.id
