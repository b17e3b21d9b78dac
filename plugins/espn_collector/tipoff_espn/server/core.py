"""The core API's endpoints: many small documents, and pages of references to them. Its errors are its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from aiohttp import web

from tipoff_espn.server import quirks
from tipoff_espn.server.answers import Refusal, respond
from tipoff_espn.server.lookup import Lookup, parse_dates, team_of, whole
from tipoff_espn.server.model import Fixture, Team
from tipoff_espn.server.render import bets, rankings, season
from tipoff_espn.server.render.common import Json, Object
from tipoff_espn.server.render.core import events, seasons, teams
from tipoff_espn.server.render.references import page, reference
from tipoff_espn.server.render.scene import Game, Scene, Side

SPORT = "/v2/sports/basketball"
CORE = f"{SPORT}/leagues/{{league}}"
LONGEST_RANGE = timedelta(days=750)
"""Of the core API's events."""

T = TypeVar("T")

_SEASON = "/seasons/{season}"
_TYPE = f"{_SEASON}/types/{{type}}"
_GROUP = f"{_TYPE}/groups/{{group}}"
_GAME = "/events/{event}/competitions/{competition}"
_SIDE = f"{_GAME}/competitors/{{competitor}}"

NOBODY_KNOWS = (
    f"{_SEASON}/awards",
    f"{_SEASON}/futures",
    f"{_SEASON}/powerindex",
    f"{_SEASON}/powerindex/leaders",
    f"{_TYPE}/leaders",
    f"{_GAME}/broadcasts",
    f"{_GAME}/officials",
    f"{_GAME}/plays",
    f"{_GAME}/probabilities",
)
"""What no league has: an empty page, as at ESPN where it has none."""


class Asked:
    """A request, and what it is about.

    Every property raises a Refusal with the core API's body where there is no such thing.
    """

    def __init__(self, request: web.Request, lookup: Lookup) -> None:
        self.request = request
        self.find = lookup
        self.slug = lookup.slug(request)

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    @property
    def scene(self) -> Scene:
        """The season of the path, or the present one."""
        year = self.request.match_info.get("season")
        if year is None:
            return self.find.current(self.slug)
        return known(self.find.scene(self.slug, int(year)) if year.isdecimal() and len(year) == 4 else None)

    @property
    def type(self) -> int:
        """The season type of the path."""
        return known({str(number): number for number in season.TYPES}.get(self.part("type")))

    @property
    def team(self) -> Team:
        """The team of the path."""
        try:
            return team_of(self.request, self.scene)
        except Refusal:
            raise Refusal(404, quirks.CORE_NOT_FOUND) from None

    @property
    def event(self) -> tuple[Scene, Fixture]:
        """The event of the path."""
        try:
            return self.find.event(self.slug, self.part("event"))
        except Refusal:
            raise Refusal(404, quirks.core_no_event(self.part("event"))) from None

    @property
    def game(self) -> tuple[Scene, Game]:
        """The competition of the path, which has its event's id."""
        scene, fixture = self.event
        if self.part("competition") != fixture.id:
            raise Refusal(404, quirks.CORE_NOT_FOUND)
        return scene, scene.game(fixture)

    @property
    def side(self) -> tuple[Scene, Game, Side]:
        """One of its sides."""
        scene, game = self.game
        return scene, game, known(next((side for side in game.sides if side.id == self.part("competitor")), None))

    def page(self, items: Sequence[Json]) -> Object:
        """The page that is asked for."""
        limit = max(1, whole(self.request, "limit") or quirks.CORE_PAGE)
        return page(items, limit, max(1, whole(self.request, "page") or 1))


def known(value: T | None) -> T:
    """`value`, or the refusal of what there is not."""
    if value is None:
        raise Refusal(404, quirks.CORE_NOT_FOUND)
    return value


Render = Callable[[Asked], Object]


def _events(asked: Asked) -> Object:
    """References to events. Unlike the site's scoreboard this one still takes ranges."""
    find, dates = asked.find, asked.request.query.get("dates", "")
    start, _, end = dates.partition("-")
    try:
        first, last, _ = parse_dates(start, find.now())
        last = parse_dates(end, find.now())[1] if end else last
    except ValueError:
        raise Refusal(500, quirks.CORE_FAILED) from None
    if last - first > LONGEST_RANGE:
        raise Refusal(500, quirks.CORE_FAILED)
    found = find.events(asked.slug, first, last, asked.request.query.get("groups"))
    written = asked.page([reference(asked.slug, "events", fixture.id) for _, fixture in found])
    return {"$meta": {"parameters": {"dates": [dates]}}, **written} if found else written


def _calendar(asked: Asked) -> Object:
    kind, number = asked.part("kind"), asked.type if "type" in asked.request.match_info else None
    if kind not in seasons.CALENDARS:
        raise Refusal(404, quirks.CORE_NOT_FOUND)
    return seasons.calendar(asked.scene, kind, number)


def _seasons(asked: Asked) -> Object:
    newest = asked.scene.view.season.year
    years = [year for year in range(newest, newest - 30, -1) if asked.find.has(asked.slug, year)]
    return asked.page([reference(asked.slug, "seasons", year) for year in years])


def _ranking(asked: Asked) -> Object:
    return known(rankings.of_week(asked.scene, asked.type, asked.part("week"), asked.part("ranking")))


def _group_standings(asked: Asked) -> Object:
    here = ("seasons", asked.scene.view.season.year, "types", asked.type, "groups", asked.part("group"))
    return asked.page([reference(asked.slug, *here, "standings", 0)])


ROUTES: Mapping[str, Render] = {
    "": lambda asked: seasons.league(asked.scene),
    "/season": lambda asked: seasons.of_year(asked.scene),
    "/seasons": _seasons,
    "/calendar": lambda asked: asked.page(seasons.calendars(asked.slug)),
    "/calendar/{kind}": _calendar,
    "/teams": lambda asked: asked.page(teams.references(asked.scene)),
    "/teams/{team}": lambda asked: teams.team(asked.scene, asked.team),
    "/athletes/{athlete}": lambda asked: known(teams.athlete(asked.scene, asked.part("athlete"))),
    "/positions": lambda asked: asked.page(teams.positions(asked.slug)),
    "/positions/{position}": lambda asked: known(teams.position(asked.slug, asked.part("position"))),
    "/providers/{provider}": lambda asked: known(bets.provider(asked.slug, asked.part("provider"))),
    _SEASON: lambda asked: seasons.of_year(asked.scene),
    f"{_SEASON}/types": lambda asked: asked.page(seasons.types(asked.scene)),
    f"{_SEASON}/teams": lambda asked: asked.page(teams.references(asked.scene)),
    f"{_SEASON}/teams/{{team}}": lambda asked: teams.team(asked.scene, asked.team),
    f"{_SEASON}/teams/{{team}}/athletes": lambda asked: asked.page(teams.athlete_references(asked.scene, asked.team)),
    f"{_SEASON}/athletes": lambda asked: asked.page(teams.athlete_references(asked.scene)),
    f"{_SEASON}/athletes/{{athlete}}": lambda asked: known(teams.athlete(asked.scene, asked.part("athlete"))),
    _TYPE: lambda asked: seasons.of_type(asked.scene, asked.type),
    f"{_TYPE}/calendar": lambda asked: asked.page(
        seasons.calendars(asked.slug, "seasons", asked.scene.view.season.year, "types", asked.type)
    ),
    f"{_TYPE}/calendar/{{kind}}": _calendar,
    f"{_TYPE}/groups": lambda asked: asked.page(seasons.groups(asked.scene, asked.type)),
    f"{_TYPE}/teams/{{team}}/record": lambda asked: asked.page(teams.record(asked.scene, asked.team)),
    f"{_TYPE}/weeks/{{week}}/rankings/{{ranking}}": _ranking,
    _GROUP: lambda asked: known(seasons.group(asked.scene, asked.type, asked.part("group"))),
    f"{_GROUP}/children": lambda asked: asked.page(seasons.conference_references(asked.scene, asked.type)),
    f"{_GROUP}/teams": lambda asked: asked.page(seasons.members(asked.scene, asked.part("group"))),
    f"{_GROUP}/standings": _group_standings,
    f"{_GROUP}/standings/0": lambda asked: seasons.group_standings(asked.scene, asked.type, asked.part("group")),
    "/events": _events,
    "/events/{event}": lambda asked: events.event(*asked.event),
    _GAME: lambda asked: events.competition(asked.game[0], asked.game[1].fixture),
    f"{_GAME}/status": lambda asked: events.stands(*asked.game),
    f"{_GAME}/odds": lambda asked: page(events.prices(*asked.game), quirks.CORE_PAGE),
    f"{_GAME}/odds/{{provider}}": lambda asked: known(events.price(*asked.game, asked.part("provider"))),
    f"{_GAME}/predictor": lambda asked: known(events.predictor(*asked.game)),
    f"{_GAME}/competitors": lambda asked: asked.page(events.competitors(*asked.game)),
    _SIDE: lambda asked: events.competitor(*asked.side),
    f"{_SIDE}/score": lambda asked: events.score(*asked.side),
    f"{_SIDE}/linescores": lambda asked: asked.page(events.linescores(*asked.side)),
    f"{_SIDE}/records": lambda asked: asked.page(events.records(*asked.side)),
    f"{_SIDE}/record": lambda asked: asked.page(events.records(*asked.side)),
    f"{_SIDE}/statistics": lambda asked: known(events.statistics(*asked.side)),
    f"{_SIDE}/roster": lambda asked: known(events.roster(*asked.side)),
    f"{_SIDE}/roster/{{athlete}}/statistics/0": lambda asked: known(
        events.player_statistics(*asked.side, asked.part("athlete"))
    ),
    **{path: lambda asked: asked.page([]) for path in NOBODY_KNOWS},
}
"""What stands at each address."""


class Core:
    """The core API's endpoints."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [
            web.get(SPORT, self._sport),
            *(web.get(CORE + path, self._answer(render)) for path, render in ROUTES.items()),
            web.get("/v2/{rest:.*}", self._nothing),
        ]

    def _answer(self, render: Render) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            return respond(request, render(Asked(request, self._lookup)))

        return answer

    async def _sport(self, request: web.Request) -> web.Response:
        return respond(request, seasons.of_sport())

    async def _nothing(self, request: web.Request) -> web.Response:
        raise Refusal(404, quirks.CORE_NOT_FOUND)
