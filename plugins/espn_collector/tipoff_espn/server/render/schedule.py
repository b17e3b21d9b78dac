"""A team's schedule: its games of one season type."""

from __future__ import annotations

from collections.abc import Sequence

from tipoff_espn.server.model import Fixture, Team
from tipoff_espn.server.render import common, identity, leaders, links, listing, season, status
from tipoff_espn.server.render.common import Json, Object, instant, known
from tipoff_espn.server.render.scene import TBD, Game, Scene, Side


def render(scene: Scene, team: Team, season_type: int, fixtures: Sequence[Fixture]) -> Object:
    """``/teams/{id}/schedule``: the games of one season type."""
    year = scene.view.season.year
    name = season.name(year)
    # ESPN leaves the lists empty here, and has one address and one logo of the team instead.
    lists: Object = {"logos": [], "links": [], "nextEvent": []}
    return {
        **listing.head(scene),
        "team": listing.subject(scene, team) | {"seasonSummary": name} | known(groups=identity.groups(team)) | lists,
        "events": [_event(scene, fixture, team) for fixture in fixtures],
        "requestedSeason": {
            "year": year,
            "type": season_type,
            "name": season.kind(season_type)["name"],
            "displayName": name,
        },
    }


def _event(scene: Scene, fixture: Fixture, of: Team) -> Object:
    game = scene.game(fixture)
    state = game.state
    kind = ("tournament", "6", "TRNMNT") if fixture.tournament_game else ("standard", "1", "STD")
    week = season.week(scene.view, fixture.season_type, fixture.day)
    competition = known(
        boxscoreAvailable=state.final and any(scene.view.season.box(fixture)),
        ticketsAvailable=False,
        id=fixture.id,
        date=instant(state.tip),
        attendance=fixture.result.attendance if state.final and fixture.result else None,
        type={"slug": kind[0], "type": kind[0], "id": kind[1], "text": kind[0].title(), "abbreviation": kind[2]},
        timeValid=state.time_valid,
        neutralSite=fixture.neutral_site,
        venue=_venue(fixture),
        competitors=[_competitor(scene, game, side, of) for side in game.sides],
        notes=[{"type": "event", "headline": fixture.tournament}] if fixture.tournament else [],
        # No league knows who shows a game, or who wrote and filmed what about it.
        broadcasts=[],
        geoBroadcasts=[],
        headlines=[],
        highlights=[],
        leaders=[],
        status=status.of(state),
    )
    return {
        "id": fixture.id,
        "date": instant(state.tip),
        **common.titles(game),
        "season": {"year": fixture.season, "displayName": season.name(fixture.season)},
        "seasonType": season.kind(fixture.season_type),
        "week": {"number": week, "text": f"Week {week}"},
        "timeValid": state.time_valid,
        "competitions": [competition],
        "links": links.of_game(scene.slug, game, links.FULL, "Summary"),
    }


def _venue(fixture: Fixture) -> Object | None:
    written = common.venue(fixture.venue, images=[])
    if written:
        written.pop("id")
    return written


def _competitor(scene: Scene, game: Game, side: Side, of: Team) -> Object:
    final = game.state.final
    return known(
        id=side.id,
        type="team",
        order=side.order,
        homeAway=side.name,
        winner=side.winner,
        team=_team(scene.slug, side.team),
        # An object here, where the scoreboard writes text; absent before the end.
        score={"value": float(side.points), "displayValue": str(side.points)} if final else None,
        curatedRank=common.rank_or_unranked(scene.rank(side, game.fixture)),
        record=_records(scene, game, side.team) if final and side.team else None,
        # Of the schedule's own team only.
        leaders=leaders.in_schedule(scene.slug, leaders.of_side(scene, game, side))
        if final and side.team == of
        else None,
        linescores=[],
        statistics=[],
        records=[],
    )


_RECORDS: tuple[tuple[str, Object], ...] = (
    (
        "total",
        {
            "id": "1",
            "abbreviation": "Game",
            "displayName": "Record Year To Date",
            "shortDisplayName": "YTD",
            "description": "Overall Record",
        },
    ),
    (
        "vsconf",
        {"id": "9009", "displayName": "CONF", "shortDisplayName": "CONF", "description": "Conference Record"},
    ),
)


def _records(scene: Scene, game: Game, of: Team) -> list[Json]:
    """A team's records after a game."""
    summaries = common.wins_losses(scene.record(of, game))
    return [{**named, "type": kind, "displayValue": summaries[kind]} for kind, named in _RECORDS]


def _team(slug: str, of: Team | None) -> Object:
    if of is None:
        return {"id": TBD, "displayName": "TBD", "abbreviation": "TBD", "logos": [], "links": []}
    return known(
        id=of.id,
        location=of.location,
        nickname=of.short_name,
        abbreviation=of.abbreviation,
        displayName=of.display_name,
        shortDisplayName=of.short_name,
        logos=identity.logos(of),
        links=links.of_team(slug, of, links.NAMED, ("clubhouse",)),
    )
