"""From a request to what it asks about: the league, the season, the games of a span of days, one game, one team."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from aiohttp import web
from tipoff.clock import day_of, season_of

from tipoff_espn.server import quirks
from tipoff_espn.server.answers import Refusal
from tipoff_espn.server.asof import UNRANKED, SeasonView
from tipoff_espn.server.model import GROUP_DIVISION_ONE, GROUP_NCAA_TOURNAMENT, Fixture, Team
from tipoff_espn.server.protocol import League
from tipoff_espn.server.render import scoreboard
from tipoff_espn.server.render.scene import Scene

SEASONS_BACK = 30
"""How far back the last season may lie, where the present one does not exist."""


class Lookup:
    """A league at the present instant. Season views are kept: building one costs, reading it does not."""

    def __init__(self, league: League, now: Callable[[], datetime]) -> None:
        self.league = league
        self.now = now
        self._views: dict[tuple[str, int], SeasonView] = {}

    def slug(self, request: web.Request) -> str:
        """The league that is asked for."""
        slug = request.match_info["league"]
        if slug not in self.league.slugs:
            raise Refusal(404, quirks.no_sport_data("basketball", slug))
        return slug

    def scene(self, slug: str, year: int) -> Scene | None:
        """A season, if there is one."""
        view = self._views.get((slug, year))
        if view is None:
            season = self.league.season(slug, year)
            if season is None:
                return None
            view = self._views[slug, year] = SeasonView(season)
        return Scene(slug, view, self.now())

    def has(self, slug: str, year: int) -> bool:
        """Whether there is a season."""
        return (slug, year) in self._views or self.league.season(slug, year) is not None

    def current(self, slug: str) -> Scene:
        """The present season, or the last one there is."""
        present = season_of(day_of(self.now()))
        for year in range(present, present - SEASONS_BACK, -1):
            if scene := self.scene(slug, year):
                return scene
        raise Refusal(404, quirks.NOT_FOUND)

    def scenes(self, slug: str, first: date, last: date) -> list[Scene]:
        """The seasons that a span of days touches."""
        years = range(season_of(first), season_of(last) + 1)
        return [scene for year in years if (scene := self.scene(slug, year))]

    def events(self, slug: str, first: date, last: date, groups: str | None) -> list[tuple[Scene, Fixture]]:
        """Listed games of a span of days that a group holds, in ESPN's order."""
        found = []
        for scene in self.scenes(slug, first, last):
            view = scene.view
            for offset in range((last - first).days + 1):
                fixtures = view.listed(view.by_day.get(first + timedelta(days=offset), ()), scene.now)
                found += [(scene, fixture) for fixture in fixtures if in_group(scene, fixture, groups)]
        return sorted(found, key=lambda event: scoreboard.order_key(*event))

    def event(self, slug: str, event_id: str) -> tuple[Scene, Fixture]:
        """One game.

        Raises:
            Refusal: there is none, or not yet, or no more.
        """
        year = self.league.season_of_event(slug, event_id)
        scene = self.scene(slug, year) if year is not None else None
        listed = scene.view.listed(scene.view.by_id.get(event_id, ()), scene.now) if scene else []
        if scene is None or not listed:
            raise Refusal(404, quirks.NOT_FOUND)
        return scene, listed[0]


def team_of(request: web.Request, scene: Scene) -> Team:
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


def whole(request: web.Request, name: str) -> int | None:
    """A parameter that is a whole number; None where it is none."""
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
