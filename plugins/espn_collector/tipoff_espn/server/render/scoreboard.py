"""The scoreboard: a day's, month's or year's events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tipoff.clock import day_of, day_start

from tipoff_espn.server.asof import BOX_FIELDS, UNRANKED, Averages
from tipoff_espn.server.model import Fixture, Team
from tipoff_espn.server.render import common, odds
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
    if events:
        scene, first = events[0]
        written["eventsDate"] = {"date": instant(scene.game(first).state.tip), "seasonType": first.season_type}
    return written


def _league(scene: Scene) -> Object:
    year = scene.view.season.year
    start, end = common.season_span(year)
    return {
        **common.league_of(scene.slug),
        "season": {
            "year": year,
            "startDate": start,
            "endDate": end,
            "displayName": common.season_name(year),
            "type": common.season_type(common.type_on(scene.view, day_of(scene.now))),
        },
        "calendarType": "day",
        "calendarIsWhitelist": True,
        "calendarStartDate": start,
        "calendarEndDate": end,
        # ESPN writes each day's 3:00 US Eastern.
        "calendar": [instant(day_start(day) + timedelta(hours=3)) for day in scene.view.by_day],
    }


def event(scene: Scene, fixture: Fixture) -> Object:
    """One event."""
    game = scene.game(fixture)
    state = game.state
    status = common.status(state)
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
        status=status,
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
            "slug": common.season_slug(fixture.season_type),
        },
        "competitions": [competition],
        "status": status,
    }


def _attendance(game: Game) -> int:
    """0 before the end, as at ESPN, and where nobody has told it."""
    if not game.state.final or game.fixture.result is None:
        return 0
    return game.fixture.result.attendance or 0


def _odds(scene: Scene, game: Game) -> list[Json] | None:
    """Prices, only before the tip and not long before it."""
    teams = game.teams
    if game.state.status != "scheduled" or not teams or game.fixture.tip - scene.now > ODDS_AHEAD:
        return None
    prices = scene.view.season.odds(game.fixture)
    return [odds.scoreboard(scene.slug, prices, *teams)] if prices else None


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
        statistics=_statistics(scene, game, side),
    )
    if side.team:
        summaries = common.wins_losses(scene.record(side.team, game))
        written["records"] = [
            {"name": name, "abbreviation": short, "type": kind, "summary": summaries[kind]}
            for name, short, kind in _RECORDS
        ]
    return written


def _team(slug: str, team: Team | None) -> Object:
    if team is None:
        return {
            "id": TBD,
            "uid": common.uid(slug, t=TBD),
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


def _statistics(scene: Scene, game: Game, side: Side) -> list[Json]:
    """The game's figures once it is over, and season totals and averages before."""
    if side.team is None:
        return []
    if game.state.final:
        box = scene.view.season.box(game.fixture)[side.order]
        if box is None:
            return []
        averages = Averages(1, [getattr(box, name) for name in BOX_FIELDS])
    else:
        averages = scene.view.averages(side.team.id, scene.now)
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


def order_key(scene: Scene, fixture: Fixture) -> tuple[date, int, datetime, str]:
    """ESPN's order within a day: ranked teams' games first, by rank, then by tip."""
    best = min(scene.rank(side, fixture) or UNRANKED for side in scene.game(fixture).sides)
    return fixture.day, best, fixture.tip, fixture.id
