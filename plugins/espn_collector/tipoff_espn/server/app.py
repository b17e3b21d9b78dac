"""The HTTP side: routes, parameters and answers."""

from __future__ import annotations

import gzip
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta

import msgspec
from aiohttp import web
from tipoff.clock import day_of, season_of

from tipoff_espn.server import quirks
from tipoff_espn.server.asof import UNRANKED, SeasonView, state_of
from tipoff_espn.server.model import GROUP_DIVISION_ONE, GROUP_NCAA_TOURNAMENT, Fixture, League, Team
from tipoff_espn.server.render import core, rankings, scoreboard, summary, teams

SITE = "/apis/site/v2/sports/basketball/{league}"
CORE = "/v2/sports/basketball/leagues/{league}"
COMPRESS_FROM = 1_000
"""Bytes from which an answer is compressed for who accepts it."""

_encode = msgspec.json.Encoder().encode
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Answer(Exception):
    """An answer other than 200, from wherever it is known."""

    def __init__(self, status: int, body: dict[str, object]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def make_app(league: League, now: Callable[[], datetime]) -> web.Application:
    """The server as an aiohttp application.

    Args:
        league: where the data comes from.
        now: the present instant, naive UTC; asked for with each request.
    """
    pages = _Pages(league, now)
    app = web.Application(middlewares=[_answers])
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


@web.middleware
async def _answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The edge's refusal, and errors in ESPN's words."""
    if quirks.is_refused(request.headers.get("User-Agent", "")):
        return web.Response(status=403, text=quirks.ACCESS_DENIED, content_type="text/html")
    try:
        return await handler(request)
    except Answer as answer:
        return _respond(request, answer.body, answer.status)
    except web.HTTPNotFound:
        return _respond(request, quirks.NOT_FOUND, 404)


def _respond(request: web.Request, body: object, status: int = 200) -> web.Response:
    data = _encode(body)
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    if len(data) >= COMPRESS_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
        # The lowest level: on the same machine time matters and size does not. No time stamp: same bytes.
        data = gzip.compress(data, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return web.Response(status=status, body=data, headers=headers)


async def _no_sport(request: web.Request) -> web.Response:
    raise Answer(404, quirks.no_sport_data(request.match_info["sport"], request.match_info["league"]))


async def _no_instance(request: web.Request) -> web.Response:
    raise Answer(404, quirks.CORE_NOT_FOUND)


class _Pages:
    """A handler for each endpoint. Season views are kept: building one costs, reading it does not."""

    def __init__(self, league: League, now: Callable[[], datetime]) -> None:
        self._league = league
        self._now = now
        self._views: dict[tuple[str, int], SeasonView] = {}

    def _slug(self, request: web.Request) -> str:
        slug = request.match_info["league"]
        if slug not in self._league.slugs:
            raise Answer(404, quirks.no_sport_data("basketball", slug))
        return slug

    def _view(self, slug: str, year: int) -> SeasonView | None:
        view = self._views.get((slug, year))
        if view is None and (season := self._league.season(slug, year)):
            view = self._views[slug, year] = SeasonView(season)
        return view

    def _current(self, slug: str) -> SeasonView:
        view = self._view(slug, season_of(day_of(self._now())))
        if view is None:
            raise Answer(404, quirks.NOT_FOUND)
        return view

    async def scoreboard(self, request: web.Request) -> web.Response:
        """Events of a day, month or year."""
        slug, now = self._slug(request), self._now()
        try:
            first, last, span = parse_dates(request.query.get("dates", ""), now)
        except ValueError:
            raise Answer(400, quirks.BAD_DATES) from None
        groups = request.query.get("groups")
        views = [v for year in range(season_of(first), season_of(last) + 1) if (v := self._view(slug, year))]
        events = _events(views, first, last, groups, now)
        events.sort(key=lambda event: (event[1].day, *scoreboard.rank_key(event[0], event[1], now)))
        shown = events[: quirks.cut(len(events), _whole(request, "limit"), span=span)]
        return _respond(request, scoreboard.render(slug, groups, views, shown, now))

    async def summary(self, request: web.Request) -> web.Response:
        """One game."""
        slug, event_id, now = self._slug(request), request.query.get("event", ""), self._now()
        view, fixture = self._find(slug, event_id, now)
        return _respond(request, summary.render(slug, view, fixture, now))

    def _find(self, slug: str, event_id: str, now: datetime) -> tuple[SeasonView, Fixture]:
        year = self._league.season_of_event(slug, event_id)
        view = self._view(slug, year) if year is not None else None
        fixture = view.by_id.get(event_id) if view else None
        if view is None or fixture is None or not view.listed([fixture], now):
            raise Answer(404, quirks.NOT_FOUND)
        return view, fixture

    async def teams(self, request: web.Request) -> web.Response:
        """A page of the list of teams."""
        slug = self._slug(request)
        view = self._current(slug)
        listed = sorted((t for t in view.season.teams.values() if t.listed), key=lambda t: t.display_name)
        limit = max(1, _whole(request, "limit") or quirks.TEAMS_PAGE)
        start = (max(1, _whole(request, "page") or 1) - 1) * limit
        return _respond(request, teams.team_list(slug, view.season.year, listed[start : start + limit]))

    async def team(self, request: web.Request) -> web.Response:
        """One team."""
        slug = self._slug(request)
        return _respond(request, teams.one_team(slug, self._team(request, slug, self._current(slug))))

    async def roster(self, request: web.Request) -> web.Response:
        """A team's present roster."""
        slug = self._slug(request)
        view = self._current(slug)
        return _respond(request, teams.roster(slug, view, self._team(request, slug, view), self._now()))

    async def schedule(self, request: web.Request) -> web.Response:
        """A team's season; only its regular part unless asked otherwise."""
        slug, now = self._slug(request), self._now()
        year = _whole(request, "season")
        view = self._current(slug) if year is None else self._view(slug, year)
        if view is None:
            raise Answer(404, quirks.NOT_FOUND)
        team = self._team(request, slug, view)
        season_type = 3 if _whole(request, "seasontype") == 3 else 2
        fixtures = [
            fixture
            for fixture in view.listed(view.by_team.get(team.id, ()), now)
            if fixture.season_type == season_type and team.id in _known_sides(fixture, now)
        ]
        return _respond(request, teams.schedule(slug, view, team, season_type, fixtures, now))

    def _team(self, request: web.Request, slug: str, view: SeasonView) -> Team:
        """A team by id or abbreviation; an unlisted one is found as well."""
        asked = request.match_info["team"]
        team = view.season.teams.get(asked)
        if team is None and not asked.isdigit():
            team = next((t for t in view.season.teams.values() if t.abbreviation == asked.upper()), None)
            if team is None:
                raise Answer(400, quirks.bad_team(slug, asked))
        if team is None:
            raise Answer(404, quirks.NOT_FOUND)
        return team

    async def rankings(self, request: web.Request) -> web.Response:
        """The polls in force."""
        slug = self._slug(request)
        return _respond(request, rankings.render(slug, self._current(slug), self._now()))

    async def core_events(self, request: web.Request) -> web.Response:
        """References to events, in pages. Unlike the site's scoreboard this one still takes ranges."""
        slug, now, dates = self._slug(request), self._now(), request.query.get("dates", "")
        try:
            start, _, end = dates.partition("-")
            first, last, _ = parse_dates(start, now)
            last = parse_dates(end, now)[1] if end else last
        except ValueError:
            raise Answer(500, quirks.CORE_FAILED) from None
        if (last - first).days > 750:
            raise Answer(500, quirks.CORE_FAILED)
        views = [v for year in range(season_of(first), season_of(last) + 1) if (v := self._view(slug, year))]
        events = _events(views, first, last, request.query.get("groups"), now)
        ids = [fixture.id for _, fixture in events]
        limit = max(1, _whole(request, "limit") or quirks.CORE_PAGE)
        return _respond(request, core.events(slug, dates, ids, limit, max(1, _whole(request, "page") or 1)))

    async def core_event(self, request: web.Request) -> web.Response:
        """One event of the core API: where a reference leads."""
        slug, event_id = self._slug(request), request.match_info["event"]
        try:
            view, fixture = self._find(slug, event_id, self._now())
        except Answer:
            raise Answer(404, quirks.core_no_event(event_id)) from None
        return _respond(request, core.event(slug, view, fixture, self._now()))


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


def _events(
    views: Sequence[SeasonView], first: date, last: date, groups: str | None, now: datetime
) -> list[tuple[SeasonView, Fixture]]:
    """Listed games of a span of days that a group holds."""
    found = []
    for view in views:
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            fixtures = view.listed(view.by_day.get(day, ()), now)
            found += [(view, f) for f in fixtures if _in_group(view, f, groups, now)]
    return found


def _in_group(view: SeasonView, fixture: Fixture, groups: str | None, now: datetime) -> bool:
    if groups in (GROUP_DIVISION_ONE, GROUP_NCAA_TOURNAMENT):
        return groups in fixture.groups
    sides = [view.season.teams[team_id] for team_id in _known_sides(fixture, now)]
    if groups is None:
        moment = min(now, fixture.tip)
        return any(
            (view.rank(team.id, moment) or UNRANKED) < UNRANKED or bool(team.conference and team.conference.prominent)
            for team in sides
        )
    return any(team.conference is not None and team.conference.id == groups for team in sides)


def _known_sides(fixture: Fixture, now: datetime) -> list[str]:
    state = state_of(fixture, now)
    return [team_id for team_id in (state.home_id, state.away_id) if team_id]
