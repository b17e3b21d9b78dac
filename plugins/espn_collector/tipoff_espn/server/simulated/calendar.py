"""The days of a season: when it opens, when the brackets are played, and at what hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from tipoff_espn.server.dates import eastern, selection_sunday

NON_CONFERENCE_WEEKS = 8

_WEEKDAY_TIPS = (
    (12.0, 1),
    (16.0, 1),
    (18.0, 3),
    (18.5, 3),
    (19.0, 10),
    (19.5, 3),
    (20.0, 5),
    (20.5, 2),
    (21.0, 4),
    (22.0, 1),
    (22.5, 1),
)
_WEEKEND_TIPS = tuple((hour / 2, 3 if hour % 2 == 0 else 1) for hour in range(24, 45))


def opening(season: int) -> date:
    """First day of play: the first Monday of November."""
    first = date(season - 1, 11, 1)
    return first + timedelta(days=-first.weekday() % 7)


def regular_end(season: int) -> date:
    """The Sunday before the week of the conference tournaments."""
    return selection_sunday(season) - timedelta(days=7)


def last_day(season: int) -> date:
    """The Monday of the last game."""
    return selection_sunday(season) + timedelta(days=22)


def postseason(season: int) -> date:
    """First day of ESPN's season type 3: the Tuesday after Selection Sunday."""
    return selection_sunday(season) + timedelta(days=2)


def length(season: int) -> int:
    """Days from the opening to the last game."""
    return (last_day(season) - opening(season)).days + 1


def half_weeks(season: int) -> list[list[date]]:
    """Monday to Wednesday and Thursday to Sunday, in turn, up to the end of the regular season."""
    halves = []
    monday = opening(season)
    while monday <= regular_end(season):
        halves.append([monday + timedelta(days=n) for n in range(3)])
        halves.append([monday + timedelta(days=n) for n in range(3, 7)])
        monday += timedelta(days=7)
    return halves


class TipTimes:
    """Draws tip-off hours: evenings on working days, from noon on at the week's end."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._hours = []
        for table in (_WEEKDAY_TIPS, _WEEKEND_TIPS):
            weights = np.array([weight for _, weight in table], dtype=np.float64)
            self._hours.append(([hour for hour, _ in table], np.cumsum(weights / weights.sum())))

    def draw(self, day: date) -> datetime:
        """A tip-off on `day`, naive UTC."""
        hours, steps = self._hours[day.weekday() >= 5]
        return eastern(day, hours[min(int(np.searchsorted(steps, self._rng.random())), len(hours) - 1)])
