"""The HTTP side: routes and parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from aiohttp import web
from tipoff.clock import day_of, season_of

from tipoff_espn.server import quirks
from tipoff_espn.server.answers import Refusal, refusals, respond
from tipoff_espn.server.asof import UNRANKED, SeasonView
from tipoff_espn.server.chaos import Chaos
from tipoff_espn.server.faults import Troubled
from tipoff_espn.server.limit import Limit
from tipoff_espn.server.model import GROUP_DIVISION_ONE, GROUP_NCAA_TOURNAMENT, Fixture, Team
from tipoff_espn.server.protocol import League
from tipoff_espn.server.render import core, rankings, scoreboard, summary, teams
from tipoff_espn.server.render.scene import Scene
from tipoff_espn.server.rules import rules_of
from tipoff_espn.server.trouble import let_go_on_shutdown, limited, troubled

SITE = "/apis/site/v2/sports/basketball/{league}"
CORE = "/v2/sports/basketball/leagues/{league}"
SEASONS_BACK = 30
"""How far back the last season may lie, where the present one does not exist."""
LONGEST_RANGE = timedelta(days=750)
"""Of the core API's events."""


def make_app(
    league: League, now: Callable[[], datetime], *, chaos: Chaos | None = None, limit: Limit | None = None
) -> web.Application:
    """The server as an aiohttp application.

    Args:
        league: where the data comes from; its own troubles come with it.
        now: the present instant, naive UTC; asked for with each request.
        chaos: what spoils some of the answers, in the place of the league's own.
        limit: how many requests are permitted, likewise.
    """
    if isinstance(league, Troubled):
        chaos, limit = chaos or league.chaos, limit or league.limit
        league = league.league
    pages = _Pages(league, now)
    app = web.Application(middlewares=[refusals])
    if limit is not None:
        app.middlewares.append(limited(limit))
    if chaos is not None:
        app.middlewares.append(troubled(chaos, now))
        let_go_on_shutdown(app)
    app.add_routes(
        [
            web.get(f"{SITE}/scoreboard", pages.scoreboard),
            web.get(f"{SITE}/summary", pages.summary),
            web.get(f"{SITE}/teams", pages.teams),
            web.get(f"{SITE}/teams/{{team}}", pages.team),
            web.get(f"{SITE}/teams/{{team}}/roster", pages.roster),
            web.get(f"{SITE}/teams/{{team}}/schedule", pages.schedule),
            web.get(f"{SITE}/rankings", pages.rankings),
            web.get(f"{CORE}/events", pages.core_events),
            web.get(f"{CORE}/events/{{event}}", pages.core_event),
            web.get("/apis/site/v2/sports/{sport}/{league}/{rest:.*}", _no_sport),
            web.get("/v2/{rest:.*}", _no_instance),
        ]
    )
    return app


async def _no_sport(request: web.Request) -> web.Response:
    raise Refusal(404, quirks.no_sport_data(request.match_info["sport"], request.match_info["league"]))


async def _no_instance(request: web.Request) -> web.Response:
    raise Refusal(404, quirks.CORE_NOT_FOUND)


class _Pages:
    """A handler for each endpoint. Season views are kept: building one costs, reading it does not."""

    def __init__(self, league: League, now: Callable[[], datetime]) -> None:
        self._league = league
        self._now = now
        self._views: dict[tuple[str, int], SeasonView] = {}

    def _slug(self, request: web.Request) -> str:
        slug = request.match_info["league"]
        if slug not in self._league.slugs:
            raise Refusal(404, quirks.no_sport_data("basketball", slug))
        return slug

    def _scene(self, slug: str, year: int) -> Scene | None:
        view = self._views.get((slug, year))
        if view is None:
            season = self._league.season(slug, year)
            if season is None:
                return None
            view = self._views[slug, year] = SeasonView(season)
        return Scene(slug, view, self._now())

    def _current(self, slug: str) -> Scene:
        """The present season, or the last one there is."""
        present = season_of(day_of(self._now()))
        for year in range(present, present - SEASONS_BACK, -1):
            if scene := self._scene(slug, year):
                return scene
        raise Refusal(404, quirks.NOT_FOUND)

    def _scenes(self, slug: str, first: date, last: date) -> list[Scene]:
        years = range(season_of(first), season_of(last) + 1)
        return [scene for year in years if (scene := self._scene(slug, year))]

    def _events(self, slug: str, first: date, last: date, groups: str | None) -> list[tuple[Scene, Fixture]]:
        """Listed games of a span of days that a group holds, in ESPN's order."""
        found = []
        for scene in self._scenes(slug, first, last):
            view = scene.view
            for offset in range((last - first).days + 1):
                fixtures = view.listed(view.by_day.get(first + timedelta(days=offset), ()), scene.now)
                found += [(scene, fixture) for fixture in fixtures if in_group(scene, fixture, groups)]
        return sorted(found, key=lambda event: scoreboard.order_key(*event))

    async def scoreboard(self, request: web.Request) -> web.Response:
        """Events of a day, month or year."""
        slug, groups = self._slug(request), request.query.get("groups")
        try:
            first, last, span = parse_dates(request.query.get("dates", ""), self._now())
        except ValueError:
            raise Refusal(400, quirks.BAD_DATES) from None
        events = self._events(slug, first, last, groups)
        shown = events[: quirks.cut(len(events), _whole(request, "limit"), span=span)]
        return respond(request, scoreboard.render(self._scenes(slug, first, last), groups, shown, slug))

    async def summary(self, request: web.Request) -> web.Response:
        """One game."""
        scene, fixture = self._find(self._slug(request), request.query.get("event", ""))
        return respond(request, summary.render(scene, fixture))

    def _find(self, slug: str, event_id: str) -> tuple[Scene, Fixture]:
        year = self._league.season_of_event(slug, event_id)
        scene = self._scene(slug, year) if year is not None else None
        fixture = scene.view.by_id.get(event_id) if scene else None
        if scene is None or fixture is None or not scene.view.listed([fixture], scene.now):
            raise Refusal(404, quirks.NOT_FOUND)
        return scene, fixture

    async def teams(self, request: web.Request) -> web.Response:
        """A page of the list of teams."""
        scene = self._current(self._slug(request))
        season = scene.view.season
        listed = sorted((team for team in season.teams.values() if team.listed), key=lambda team: team.display_name)
        limit = max(1, _whole(request, "limit") or quirks.TEAMS_PAGE)
        start = (max(1, _whole(request, "page") or 1) - 1) * limit
        return respond(request, teams.team_list(scene.slug, season.year, listed[start : start + limit]))

    async def team(self, request: web.Request) -> web.Response:
        """One team."""
        scene = self._current(self._slug(request))
        # Teams of earlier seasons are still found here, and nowhere else.
        former = self._league.team(scene.slug, request.match_info["team"])
        return respond(request, teams.one_team(scene.slug, former or _team(request, scene)))

    async def roster(self, request: web.Request) -> web.Response:
        """A team's present roster."""
        scene = self._current(self._slug(request))
        return respond(request, teams.roster(scene, _team(request, scene)))

    async def schedule(self, request: web.Request) -> web.Response:
        """A team's season; only its regular part unless asked otherwise."""
        slug, year = self._slug(request), _whole(request, "season")
        scene = self._current(slug) if year is None else self._scene(slug, year)
        if scene is None:
            raise Refusal(404, quirks.NOT_FOUND)
        team = _team(request, scene)
        season_type = 3 if _whole(request, "seasontype") == 3 else 2
        fixtures = [
            fixture
            for fixture in scene.view.listed(scene.view.by_team.get(team.id, ()), scene.now)
            if fixture.season_type == season_type and team in (side.team for side in scene.game(fixture).sides)
        ]
        return respond(request, teams.schedule(scene, team, season_type, fixtures))

    async def rankings(self, request: web.Request) -> web.Response:
        """The polls in force."""
        slug = self._slug(request)
        if not rules_of(slug).college:
            raise Refusal(404, quirks.NOT_FOUND)
        return respond(request, rankings.render(self._current(slug)))

    async def core_events(self, request: web.Request) -> web.Response:
        """References to events, in pages. Unlike the site's scoreboard this one still takes ranges."""
        slug, now, dates = self._slug(request), self._now(), request.query.get("dates", "")
        start, _, end = dates.partition("-")
        try:
            first, last, _ = parse_dates(start, now)
            last = parse_dates(end, now)[1] if end else last
        except ValueError:
            raise Refusal(500, quirks.CORE_FAILED) from None
        if last - first > LONGEST_RANGE:
            raise Refusal(500, quirks.CORE_FAILED)
        ids = [fixture.id for _, fixture in self._events(slug, first, last, request.query.get("groups"))]
        limit = max(1, _whole(request, "limit") or quirks.CORE_PAGE)
        return respond(request, core.events(slug, dates, ids, limit, max(1, _whole(request, "page") or 1)))

    async def core_event(self, request: web.Request) -> web.Response:
        """One event of the core API: where a reference leads."""
        event_id = request.match_info["event"]
        try:
            scene, fixture = self._find(self._slug(request), event_id)
        except Refusal:
            raise Refusal(404, quirks.core_no_event(event_id)) from None
        return respond(request, core.event(scene, fixture))


def _team(request: web.Request, scene: Scene) -> Team:
    """The team that a path names by id or abbreviation, also one that the list lacks."""
    asked = request.match_info["team"]
    known = scene.view.season.teams
    if asked.isdigit():
        if asked in known:
            return known[asked]
        raise Refusal(404, quirks.NOT_FOUND)
    team = next((team for team in known.values() if team.abbreviation == asked.upper()), None)
    if team is None:
        raise Refusal(400, quirks.bad_team(scene.slug, asked))
    return team


def parse_dates(text: str, now: datetime) -> tuple[date, date, str]:
    """First day, last day and span of ``YYYYMMDD``, ``YYYYMM``, ``YYYY`` or nothing (the present day).

    Raises:
        ValueError: anything else, a range of days among it.
    """
    if not text:
        return day_of(now), day_of(now), "day"
    if not re.fullmatch(r"[12]\d{3}(\d\d){0,2}", text):
        raise ValueError(text)
    year, month, day = int(text[:4]), int(text[4:6] or 1), int(text[6:8] or 1)
    first = date(year, month, day)
    if len(text) == 8:
        return first, first, "day"
    if len(text) == 6:
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1), "month"
    return first, date(year, 12, 31), "year"


def _whole(request: web.Request, name: str) -> int | None:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def in_group(scene: Scene, fixture: Fixture, groups: str | None) -> bool:
    """Whether a scoreboard's group holds a game; without a group a college's shows featured games only."""
    if groups in (GROUP_DIVISION_ONE, GROUP_NCAA_TOURNAMENT):
        return groups in fixture.groups
    sides = scene.game(fixture).sides
    conferences = [side.team.conference for side in sides if side.team and side.team.conference]
    if groups is None:
        if not fixture.rules.college:
            return True
        ranked = any((scene.rank(side, fixture) or UNRANKED) < UNRANKED for side in sides)
        return ranked or any(conference.prominent for conference in conferences)
    return any(conference.id == groups for conference in conferences)
