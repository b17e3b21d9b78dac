"""``header`` of a summary: the game, its teams and where it stands."""

from __future__ import annotations

from datetime import timedelta

from tipoff.clock import day_of, season_of

from tipoff_espn.server.asof import UNRANKED
from tipoff_espn.server.model import Team, hyphened
from tipoff_espn.server.render import common, identity, links, season, status
from tipoff_espn.server.render.common import Json, Object, instant, known
from tipoff_espn.server.render.scene import Game, Scene, Side

_DIVISION_ONE: Object = {"id": "50", "name": "NCAA Division I", "slug": "ncaa-division-i"}
_EVENT_LINK = ("rel", "href", "text", "shortText", "isExternal", "isPremium")


def render(scene: Scene, game: Game, *, boxed: str) -> Object:
    """A header. `boxed` is how much of a box score there is: ``full``, ``basic`` or ``none``."""
    fixture, state, slug = game.fixture, game.state, scene.slug
    group = game.conference
    competition = known(
        id=fixture.id,
        uid=common.uid(slug, e=fixture.id, c=fixture.id),
        date=instant(state.tip),
        neutralSite=fixture.neutral_site,
        conferenceCompetition=game.in_conference,
        boxscoreAvailable=boxed != "none",
        commentaryAvailable=False,
        liveAvailable=state.live,
        shotChartAvailable=False,
        timeoutsAvailable=False,
        possessionArrowAvailable=False,
        onWatchESPN=False,
        recent=timedelta(0) <= scene.now - fixture.tip < timedelta(days=1),
        wallclockAvailable=False,
        boxscoreSource=boxed,
        playByPlaySource="none",
        boxscoreMinutes=boxed == "full",
        competitors=[_competitor(scene, game, side) for side in game.sides],
        status=_status(game),
        broadcasts=[],
        tournamentId=fixture.tournament_id,
        groups=known(
            id=group.id,
            name=group.name,
            abbreviation=group.abbreviation,
            shortName=group.short_name,
            midsizeName=group.short_name,
        )
        if group
        else None,
    )
    return known(
        id=fixture.id,
        uid=common.uid(slug, e=fixture.id),
        season={
            "year": fixture.season,
            "current": fixture.season == season_of(day_of(scene.now)),
            "type": fixture.season_type,
        },
        timeValid=state.time_valid,
        competitions=[competition],
        links=links.of_game(slug, game, _EVENT_LINK, "Summary"),
        week=season.week(scene.view, fixture.season_type, fixture.day),
        league={
            **common.league_of(slug),
            "isTournament": False,
            "links": links.of_league(slug, links.NAMED),
            "logos": common.BARE_LOGOS,
        },
        gameNote=fixture.tournament,
    )


def _status(game: Game) -> Object:
    """Clock and period stand here only while the game is on."""
    state = game.state
    written: Object = {"type": status.kind(state)}
    if state.live:
        period = state.period or 0
        regulation = f"{common.ordinal(period)} {game.fixture.rules.period}"
        clock = status.of(state)["displayClock"]
        written |= {"displayClock": clock, "period": period, "displayPeriod": status.overtimes(state) or regulation}
    return written


def _competitor(scene: Scene, game: Game, side: Side) -> Object:
    begun = game.state.final or game.state.live
    rank = scene.rank(side, game.fixture)
    return known(
        id=side.id,
        uid=common.uid(scene.slug, t=side.id),
        order=side.order,
        homeAway=side.name,
        winner=side.winner,
        team=_team(scene.slug, side.team),
        # Absent before the game, where the scoreboard writes "0"; no rank where it writes 99.
        score=str(side.points) if begun else None,
        linescores=[{"displayValue": str(value)} for value in side.periods] if side.periods and begun else None,
        record=_record(scene, game, side),
        possession=False,
        rank=rank if rank is not None and rank < UNRANKED else None,
    )


def _record(scene: Scene, game: Game, side: Side) -> list[Json]:
    if side.team is None:
        return []
    summaries = common.wins_losses(scene.record(side.team, game))
    kinds = ("total", "home" if side.name == "home" else "road", "vsconf")
    return [{"type": kind, "summary": summaries[kind], "displayValue": summaries[kind]} for kind in kinds]


def _team(slug: str, of: Team | None) -> Object:
    if of is None:
        return identity.brief(slug, None) | {"location": "TBD", "name": "TBD", "links": [], "logos": []}
    group: Object | None = None
    if of.conference:
        group = {
            "id": of.conference.id,
            "parent": _DIVISION_ONE,
            "isConference": True,
            "slug": hyphened(of.conference.name),
        }
    return known(
        id=of.id,
        uid=common.uid(slug, t=of.id),
        # ESPN writes these of every team: an empty text is all that a league can say that does not know them.
        location=of.location or "",
        name=of.name or "",
        nickname=of.short_name,
        abbreviation=of.abbreviation or "",
        displayName=of.display_name,
        color=of.color,
        alternateColor=of.alternate_color,
        logos=identity.logos(of),
        groups=group,
        links=links.of_team(slug, of, links.NAMED, ("clubhouse",)),
    )
