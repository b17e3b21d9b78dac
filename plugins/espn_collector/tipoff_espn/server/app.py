"""The HTTP side: routes and parameters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

from tipoff_espn.server import quirks
from tipoff_espn.server.answers import Refusal, refusals, respond
from tipoff_espn.server.chaos import Chaos
from tipoff_espn.server.faults import Troubled
from tipoff_espn.server.limit import Limit
from tipoff_espn.server.lookup import Lookup, parse_dates, team_of, whole
from tipoff_espn.server.model import Fixture
from tipoff_espn.server.protocol import League
from tipoff_espn.server.render import core, rankings, schedule, scoreboard, summary, teams
from tipoff_espn.server.render.scene import Scene
from tipoff_espn.server.rules import rules_of
from tipoff_espn.server.trouble import let_go_on_shutdown, limited, troubled

SITE = "/apis/site/v2/sports/basketball/{league}"
CORE = "/v2/sports/basketball/leagues/{league}"
LONGEST_RANGE = timedelta(days=750)
"""Of the core API's events."""


def make_app(
    league: League,
    now: Callable[[], datetime],
    *,
    chaos: Chaos | None = None,
    limit: Limit | None = None,
    odds_for: timedelta | None = None,
) -> web.Application:
    """The server as an aiohttp application.

    Args:
        league: where the data comes from; its own troubles come with it.
        now: the present instant, naive UTC; asked for with each request.
        chaos: what spoils some of the answers, in the place of the league's own.
        limit: how many requests are permitted, likewise.
        odds_for: how long after a game its summary still has odds; only the core API has them later. None: always.
    """
    if isinstance(league, Troubled):
        chaos, limit = chaos or league.chaos, limit or league.limit
        league = league.league
    lookup = Lookup(league, now)
    site, cores = _Site(lookup, odds_for), _Core(lookup)
    app = web.Application(middlewares=[refusals])
    if limit is not None:
        app.middlewares.append(limited(limit))
    if chaos is not None:
        app.middlewares.append(troubled(chaos, now))
        let_go_on_shutdown(app)
    app.add_routes(
        [
            web.get(f"{SITE}/scoreboard", site.scoreboard),
            web.get(f"{SITE}/summary", site.summary),
            web.get(f"{SITE}/teams", site.teams),
            web.get(f"{SITE}/teams/{{team}}", site.team),
            web.get(f"{SITE}/teams/{{team}}/roster", site.roster),
            web.get(f"{SITE}/teams/{{team}}/schedule", site.schedule),
            web.get(f"{SITE}/rankings", site.rankings),
            web.get(f"{CORE}/events", cores.events),
            web.get(f"{CORE}/events/{{event}}", cores.event),
            web.get(f"{CORE}/events/{{event}}/competitions/{{competition}}/odds", cores.odds),
            web.get("/apis/site/v2/sports/{sport}/{league}/{rest:.*}", _no_sport),
            web.get("/v2/{rest:.*}", _no_instance),
        ]
    )
    return app


async def _no_sport(request: web.Request) -> web.Response:
    raise Refusal(404, quirks.no_sport_data(request.match_info["sport"], request.match_info["league"]))


async def _no_instance(request: web.Request) -> web.Response:
    raise Refusal(404, quirks.CORE_NOT_FOUND)


class _Site:
    """The site's endpoints."""

    def __init__(self, lookup: Lookup, odds_for: timedelta | None) -> None:
        self._lookup = lookup
        self._odds_for = odds_for

    async def scoreboard(self, request: web.Request) -> web.Response:
        """Events of a day, month or year."""
        find = self._lookup
        slug, groups = find.slug(request), request.query.get("groups")
        try:
            first, last, span = parse_dates(request.query.get("dates", ""), find.now())
        except ValueError:
            raise Refusal(400, quirks.BAD_DATES) from None
        events = find.events(slug, first, last, groups)
        shown = events[: quirks.cut(len(events), whole(request, "limit"), span=span)]
        return respond(request, scoreboard.render(find.scenes(slug, first, last), groups, shown, slug))

    async def summary(self, request: web.Request) -> web.Response:
        """One game; some weeks after it without its odds, where the server is told so."""
        scene, fixture = self._lookup.event(self._lookup.slug(request), request.query.get("event", ""))
        gone = self._odds_for is not None and scene.now >= fixture.ends + self._odds_for
        return respond(request, summary.render(scene, fixture, priced=not gone))

    async def teams(self, request: web.Request) -> web.Response:
        """A page of the list of teams."""
        scene = self._lookup.current(self._lookup.slug(request))
        season = scene.view.season
        listed = sorted((team for team in season.teams.values() if team.listed), key=lambda team: team.display_name)
        limit = max(1, whole(request, "limit") or quirks.TEAMS_PAGE)
        start = (max(1, whole(request, "page") or 1) - 1) * limit
        return respond(request, teams.team_list(scene.slug, season.year, listed[start : start + limit]))

    async def team(self, request: web.Request) -> web.Response:
        """One team."""
        scene = self._lookup.current(self._lookup.slug(request))
        # Teams of earlier seasons are still found here, and nowhere else.
        former = self._lookup.league.team(scene.slug, request.match_info["team"])
        return respond(request, teams.one_team(scene.slug, former or team_of(request, scene)))

    async def roster(self, request: web.Request) -> web.Response:
        """A team's present roster."""
        scene = self._lookup.current(self._lookup.slug(request))
        return respond(request, teams.roster(scene, team_of(request, scene)))

    async def schedule(self, request: web.Request) -> web.Response:
        """A team's season; only its regular part unless asked otherwise."""
        slug, year = self._lookup.slug(request), whole(request, "season")
        scene = self._lookup.current(slug) if year is None else self._lookup.scene(slug, year)
        if scene is None:
            raise Refusal(404, quirks.NOT_FOUND)
        team = team_of(request, scene)
        season_type = 3 if whole(request, "seasontype") == 3 else 2
        fixtures = [
            fixture
            for fixture in scene.view.listed(scene.view.by_team.get(team.id, ()), scene.now)
            if fixture.season_type == season_type and team in (side.team for side in scene.game(fixture).sides)
        ]
        return respond(request, schedule.render(scene, team, season_type, fixtures))

    async def rankings(self, request: web.Request) -> web.Response:
        """The polls in force."""
        slug = self._lookup.slug(request)
        if not rules_of(slug).college:
            raise Refusal(404, quirks.NOT_FOUND)
        return respond(request, rankings.render(self._lookup.current(slug)))


class _Core:
    """The core API's endpoints, with errors of their own."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    async def events(self, request: web.Request) -> web.Response:
        """References to events, in pages. Unlike the site's scoreboard this one still takes ranges."""
        find, dates = self._lookup, request.query.get("dates", "")
        slug = find.slug(request)
        start, _, end = dates.partition("-")
        try:
            first, last, _ = parse_dates(start, find.now())
            last = parse_dates(end, find.now())[1] if end else last
        except ValueError:
            raise Refusal(500, quirks.CORE_FAILED) from None
        if last - first > LONGEST_RANGE:
            raise Refusal(500, quirks.CORE_FAILED)
        ids = [fixture.id for _, fixture in find.events(slug, first, last, request.query.get("groups"))]
        limit = max(1, whole(request, "limit") or quirks.CORE_PAGE)
        return respond(request, core.events(slug, dates, ids, limit, max(1, whole(request, "page") or 1)))

    async def event(self, request: web.Request) -> web.Response:
        """One event: where a reference leads."""
        return respond(request, core.event(*self._find(request)))

    async def odds(self, request: web.Request) -> web.Response:
        """A game's odds, also long after it."""
        return respond(request, core.odds(*self._find(request)))

    def _find(self, request: web.Request) -> tuple[Scene, Fixture]:
        event_id = request.match_info["event"]
        try:
            return self._lookup.event(self._lookup.slug(request), event_id)
        except Refusal:
            raise Refusal(404, quirks.core_no_event(event_id)) from None
