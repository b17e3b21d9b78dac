"""The list of teams, one team, its roster and its schedule."""

from __future__ import annotations

from collections.abc import Sequence

from tipoff.clock import day_of

from tipoff_espn.server.model import Athlete, Fixture, Team
from tipoff_espn.server.render import common
from tipoff_espn.server.render.common import Object, instant, known
from tipoff_espn.server.render.scene import TBD, Scene

_POSITIONS = {"G": ("3", "Guard"), "F": ("2", "Forward"), "C": ("1", "Center")}
_CLASSES = {
    "FR": (1, "Freshman"),
    "SO": (2, "Sophomore"),
    "JR": (3, "Junior"),
    "SR": (4, "Senior"),
    "GR": (5, "Graduate"),
}


def team_list(slug: str, year: int, teams: Sequence[Team]) -> Object:
    """``/teams``."""
    league = common.league_of(slug)
    return {
        "sports": [
            {
                **common.SPORT,
                "leagues": [
                    {
                        **{name: league[name] for name in ("id", "uid", "name", "abbreviation", "slug")},
                        "shortName": league["abbreviation"],
                        "teams": [{"team": _team(slug, team)} for team in teams],
                        "year": year,
                        "season": {"year": year, "displayName": common.season_name(year)},
                    }
                ],
            }
        ]
    }


def _team(slug: str, team: Team) -> Object:
    return known(
        id=team.id,
        uid=common.uid(slug, t=team.id),
        slug=team.slug,
        abbreviation=team.abbreviation,
        displayName=team.display_name,
        shortDisplayName=team.short_name,
        name=team.name,
        nickname=team.short_name,
        location=team.location,
        color=team.color,
        alternateColor=team.alternate_color,
        isActive=True,
        isAllStar=False,
    )


def one_team(slug: str, team: Team) -> Object:
    """``/teams/{id}``."""
    written = _team(slug, team)
    if team.conference:
        written["groups"] = {"id": team.conference.id, "parent": {"id": "50"}, "isConference": True}
    return {"team": written}


def roster(scene: Scene, team: Team) -> Object:
    """``/teams/{id}/roster``: the present season's."""
    return {
        **_envelope(scene),
        "athletes": [_athlete(scene.slug, athlete) for athlete in scene.view.season.roster(team.id)],
        "coach": [],
        "team": _subject(scene, team),
    }


def _envelope(scene: Scene) -> Object:
    """When it was asked, and the season it is about."""
    number = common.type_on(scene.view, day_of(scene.now))
    return {
        "timestamp": f"{scene.now:%Y-%m-%dT%H:%M:%SZ}",
        "status": "success",
        "season": {
            "year": scene.view.season.year,
            "displayName": common.season_name(scene.view.season.year),
            "type": number,
            "name": common.season_type(number)["name"],
        },
    }


def _subject(scene: Scene, team: Team) -> Object:
    """The team that a roster or a schedule is of."""
    return known(
        id=team.id,
        abbreviation=team.abbreviation,
        location=team.location,
        name=team.name,
        displayName=team.display_name,
        color=team.color,
        recordSummary=common.wins_losses(scene.view.record(team.id, scene.now))["total"],
    )


def _athlete(slug: str, athlete: Athlete) -> Object:
    position = _POSITIONS.get(athlete.position or "")
    years = _CLASSES.get(athlete.class_year or "")
    height, weight = athlete.height, athlete.weight
    return known(
        id=athlete.id,
        uid=common.uid(slug, a=athlete.id),
        firstName=athlete.first_name,
        lastName=athlete.last_name,
        fullName=athlete.name,
        displayName=athlete.name,
        shortName=f"{athlete.first_name[0]}. {athlete.last_name}" if athlete.first_name else None,
        weight=None if weight is None else float(weight),
        displayWeight=None if weight is None else f"{weight} lbs",
        height=None if height is None else float(height),
        displayHeight=None if height is None else f"{height // 12}' {height % 12}\"",
        birthPlace=known(city=athlete.city, state=athlete.state, country="USA") if athlete.city else None,
        jersey=athlete.jersey,
        position={
            "id": position[0],
            "name": position[1],
            "displayName": position[1],
            "abbreviation": athlete.position,
            "leaf": True,
        }
        if position
        else None,
        injuries=[],
        experience={"years": years[0], "displayValue": years[1], "abbreviation": athlete.class_year} if years else None,
        status={"id": "1", "name": "Active", "type": "active", "abbreviation": "Active"},
    )


def schedule(scene: Scene, team: Team, season_type: int, fixtures: Sequence[Fixture]) -> Object:
    """``/teams/{id}/schedule``: the games of one season type."""
    year = scene.view.season.year
    name = common.season_name(year)
    group: Object = {"seasonSummary": name}
    if team.conference:
        group["groups"] = {"id": team.conference.id, "parent": {"id": "50"}, "isConference": True}
    return {
        **_envelope(scene),
        "team": _subject(scene, team) | group,
        "events": [_event(scene, fixture) for fixture in fixtures],
        "requestedSeason": {
            "year": year,
            "type": season_type,
            "name": common.season_type(season_type)["name"],
            "displayName": name,
        },
    }


def _event(scene: Scene, fixture: Fixture) -> Object:
    game = scene.game(fixture)
    state = game.state
    kind = ("tournament", "6", "TRNMNT") if fixture.tournament_game else ("standard", "1", "STD")
    competition = known(
        boxscoreAvailable=state.final and any(scene.view.season.box(fixture)),
        id=fixture.id,
        date=instant(state.tip),
        type={"slug": kind[0], "type": kind[0], "id": kind[1], "text": kind[0].title(), "abbreviation": kind[2]},
        timeValid=state.time_valid,
        neutralSite=fixture.neutral_site,
        venue=_venue(fixture),
        competitors=[
            known(
                id=side.id,
                type="team",
                order=side.order,
                homeAway=side.name,
                winner=side.winner,
                team=_opponent(side.team),
                # An object here, where the scoreboard writes text; absent before the end.
                score={"value": float(side.points), "displayValue": str(side.points)} if state.final else None,
                curatedRank=common.rank_or_unranked(scene.rank(side, fixture)),
            )
            for side in game.sides
        ],
        notes=[{"type": "event", "headline": fixture.tournament}] if fixture.tournament else [],
        status=common.status(state),
    )
    return {
        "id": fixture.id,
        "date": instant(state.tip),
        **common.titles(game),
        "season": {"year": fixture.season, "displayName": common.season_name(fixture.season)},
        "seasonType": common.season_type(fixture.season_type),
        "timeValid": state.time_valid,
        "competitions": [competition],
    }


def _venue(fixture: Fixture) -> Object | None:
    written = common.venue(fixture.venue, indoor=False)
    if written:
        written.pop("id")
    return written


def _opponent(team: Team | None) -> Object:
    if team is None:
        return {"id": TBD, "displayName": "TBD", "abbreviation": "TBD"}
    return known(
        id=team.id,
        location=team.location,
        nickname=team.short_name,
        abbreviation=team.abbreviation,
        displayName=team.display_name,
        shortDisplayName=team.short_name,
    )
