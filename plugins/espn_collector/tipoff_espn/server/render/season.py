"""A season: its name, types, weeks and days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from tipoff.clock import day_start, season_end, season_start

from tipoff_espn.server.asof import SeasonView
from tipoff_espn.server.render.common import Object, instant

TYPES = (2, 3, 4)
"""Regular season, postseason, and what is left of the year."""

_TYPES = {
    2: ("Regular Season", "reg", "regular-season"),
    3: ("Postseason", "post", "post-season"),
    4: ("Off Season", "off", "off-season"),
}


def name(year: int) -> str:
    """``2025-26``."""
    return f"{year - 1}-{year % 100:02d}"


def kind(number: int) -> Object:
    """A season type in full."""
    title, abbreviation, _ = _TYPES[number]
    return {"id": str(number), "type": number, "name": title, "abbreviation": abbreviation}


def slug_of(number: int) -> str:
    """``regular-season``, ``post-season``."""
    return _TYPES[number][2]


def span(year: int) -> tuple[str, str]:
    """First and last instant of a season's year, as written."""
    return instant(day_start(season_start(year))), instant(day_start(season_end(year)))


@lru_cache(maxsize=256)
def first_day(view: SeasonView, number: int) -> date | None:
    """The day on which a season type begins: that of its first game, or the one after the last. None: never."""
    fixtures = view.season.fixtures
    if number == 4:
        return fixtures[-1].day + timedelta(days=1) if fixtures else season_start(view.season.year)
    return next((fixture.day for fixture in fixtures if fixture.season_type == number), None)


def type_on(view: SeasonView, day: date) -> int:
    """The season type in force on a day: the one of the last games that began by then, or off-season after all."""
    off, post = first_day(view, 4), first_day(view, 3)
    if off is None or day >= off or not view.season.fixtures:
        return 4
    return 3 if post and day >= post else 2


def week(view: SeasonView, number: int, day: date) -> int:
    """The week of a season type that a day is in, counted from 1. A week begins on Monday."""
    first = first_day(view, number) or day
    return max(0, (day - first + timedelta(days=first.weekday())).days // 7) + 1


def calendar(view: SeasonView, first: date, last: date) -> Iterator[tuple[date, bool]]:
    """The days of a span, each with whether there are games."""
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        yield day, day in view.by_day


def written_day(day: date) -> str:
    """A day of a calendar: ESPN writes its 3:00 US Eastern."""
    return instant(day_start(day) + timedelta(hours=3))


def stamp(moment: datetime) -> str:
    """``2026-03-02T23:00:05Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
