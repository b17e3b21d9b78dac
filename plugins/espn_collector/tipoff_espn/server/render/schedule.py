"""A team's schedule: its games of one season type."""

from __future__ import annotations

from collections.abc import Sequence

from tipoff_espn.server.model import Fixture, Team
from tipoff_espn.server.render import common
from tipoff_espn.server.render.common import Object, instant, known
from tipoff_espn.server.render.scene import TBD, Scene


def render(scene: Scene, team: Team, season_type: int, fixtures: Sequence[Fixture]) -> Object:
    """``/teams/{id}/schedule``: the games of one season type."""
    year = scene.view.season.year
    name = common.season_name(year)
    group: Object = {"seasonSummary": name}
    if team.conference:
        group["groups"] = {"id": team.conference.id, "parent": {"id": "50"}, "isConference": True}
    return {
        **common.envelope(scene),
        "team": common.subject(scene, team) | group,
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
