"""Dates that every season of college basketball has, and Eastern hours as instants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone

from tipoff.clock import LEAGUE_ZONE, utc

from tipoff_espn.server.model import Fixture

_EVENING = 17
_MORNING = 8


def eastern(day: date, hour: float) -> datetime:
    """Naive UTC of an hour of a day in US Eastern time."""
    local = datetime(day.year, day.month, day.day, int(hour), round(hour % 1 * 60), tzinfo=LEAGUE_ZONE)
    return utc(local)


def selection_sunday(season: int) -> date:
    """The Sunday from 12 to 18 March on which the fields of the postseason are named."""
    twelfth = date(season, 3, 12)
    return twelfth + timedelta(days=(6 - twelfth.weekday()) % 7)


def busy_morning(fixtures: Iterable[Fixture], first: date, last: date) -> datetime:
    """8:00 US Eastern on the day with the most evening games, the first of such days; of `first` if there is none."""
    games = dict.fromkeys((first,), 0)
    for fixture in fixtures:
        if first <= fixture.day <= last and _hour(fixture.tip) >= _EVENING:
            games[fixture.day] = games.get(fixture.day, 0) + 1
    return eastern(max(games, key=lambda day: (games[day], -day.toordinal())), _MORNING)


def _hour(tip: datetime) -> int:
    return tip.replace(tzinfo=timezone.utc).astimezone(LEAGUE_ZONE).hour
