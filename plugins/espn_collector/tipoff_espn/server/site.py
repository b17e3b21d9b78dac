"""The site API's endpoints."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from tipoff_espn.server import quirks
from tipoff_espn.server.answers import Refusal, respond
from tipoff_espn.server.lookup import Lookup, parse_dates, team_of, whole
from tipoff_espn.server.render import rankings, schedule, scoreboard, standings, summary, teams
from tipoff_espn.server.render.core import seasons
from tipoff_espn.server.render.scene import Scene
from tipoff_espn.server.rules import rules_of

SITE = "/apis/site/v2/sports/basketball/{league}"


class Site:
    """The site's endpoints."""

    def __init__(self, lookup: Lookup, odds_for: timedelta | None) -> None:
        self._lookup = lookup
        self._odds_for = odds_for

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [
            web.get(f"{SITE}/scoreboard", self.scoreboard),
            web.get(f"{SITE}/summary", self.summary),
            web.get(f"{SITE}/teams", self.teams),
            web.get(f"{SITE}/teams/{{team}}", self.team),
            web.get(f"{SITE}/teams/{{team}}/roster", self.roster),
            web.get(f"{SITE}/teams/{{team}}/schedule", self.schedule),
            web.get(f"{SITE}/rankings", self.rankings),
            web.get(f"{SITE}/groups", self.groups),
            web.get(f"{SITE}/calendar/{{kind}}", self.calendar),
            web.get("/apis/v2/sports/basketball/{league}/standings", self.standings),
            web.get("/apis/site/v2/sports/{sport}/{league}/{rest:.*}", _no_sport),
        ]

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
        scene = self._season(request)
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

    async def groups(self, request: web.Request) -> web.Response:
        """The conferences and who is in them."""
        return respond(request, seasons.conferences_of_site(self._season(request)))

    async def calendar(self, request: web.Request) -> web.Response:
        """The days with games, or without."""
        kind = request.match_info["kind"]
        if kind not in seasons.CALENDARS:
            raise Refusal(404, quirks.NOT_FOUND)
        return respond(request, seasons.calendar(self._season(request), kind))

    async def standings(self, request: web.Request) -> web.Response:
        """The standings: by conference, or with ``level=1`` all teams in one list."""
        return respond(request, standings.document(self._season(request), flat=whole(request, "level") == 1))

    def _season(self, request: web.Request) -> Scene:
        """The season that is asked for, or the present one."""
        slug, year = self._lookup.slug(request), whole(request, "season")
        scene = self._lookup.current(slug) if year is None else self._lookup.scene(slug, year)
        if scene is None:
            raise Refusal(404, quirks.NOT_FOUND)
        return scene


async def _no_sport(request: web.Request) -> web.Response:
    raise Refusal(404, quirks.no_sport_data(request.match_info["sport"], request.match_info["league"]))
