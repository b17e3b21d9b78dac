"""The days of a collecting run: as somebody asks for them, or from where the run before has ended."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tipoff import clock
from tipoff.contracts import Window
from tipoff.errors import SettingsError

if TYPE_CHECKING:
    from tipoff.settings import Settings


def asked_window(
    start: date | None, end: date | None, season: int | None, now: datetime, *, prefix: str = ""
) -> Window | None:
    """The days that a person asks for; None where nobody does.

    Args:
        start: first day.
        end: last day, if it is not the day of `now`.
        season: a whole season instead, by the year it ends in; up to `now` while it is under way.
        now: the present instant, naive UTC.
        prefix: what stands before ``from``, ``to`` and ``season`` where they are asked for.

    Raises:
        SettingsError: the three do not go together, or hold no day.
    """
    today = clock.day_of(now)
    if season is not None:
        if start or end:
            both = f"`{prefix}from` or `{prefix}to`"
            raise SettingsError(f"`{prefix}season` is `{season}` and {both} is given too; give one or the other")
        if season not in clock.SEASONS:
            few, many = clock.SEASONS[0], clock.SEASONS[-1]
            raise SettingsError(f"`{prefix}season` is `{season}`; give the year it ends in, from {few} to {many}")
        start, end = clock.season_start(season), min(clock.season_end(season), today)
    elif start is None:
        if end:
            raise SettingsError(f"`{prefix}to` is `{end}` without `{prefix}from`; give both, or `{prefix}from` alone")
        return None
    last = end or today
    if last < start:
        raise SettingsError(f"`{start}` to `{last}` holds no day; `tipoff clock` shows what day it is here")
    return Window(start, last)


def default_window(watermark: date | None, now: datetime, settings: Settings) -> Window:
    """The days of a run that names none.

    From the watermark, less the days during which games are still corrected, to the horizon; on a first run
    from the start of the oldest season that is wanted. So too after a run whose clock was ahead: a watermark beyond
    today says nothing about the days before, and what has a fresh answer is not asked for again.
    """
    today = clock.day_of(now)
    end = today + timedelta(days=settings.horizon_days)
    if watermark is None or watermark > today:
        return Window(first_day(now, settings), end)
    return Window(watermark - timedelta(days=settings.settle_days), end)


def first_day(now: datetime, settings: Settings) -> date:
    """Where a first run begins: with the oldest season that is wanted."""
    return clock.season_start(clock.season_of(clock.day_of(now)) - settings.history_seasons + 1)


def next_watermark(before: date | None, window: Window, now: datetime, first: date) -> date | None:
    """The last day up to which everything is collected, once all of `window` is.

    Days to come may still change, so it never passes today. A window that leaves a gap after the watermark does not
    move it, since the days between would never be asked for. In an empty store a season of long ago, that ends before
    the day on which a first run begins (`first`), sets none: the next run would ask for all the seasons since.
    """
    reached = min(window.end, clock.day_of(now))
    if reached < window.start:
        return before
    if before is None:
        return reached if reached >= first else None
    if before > clock.day_of(now):  # of a clock that was ahead: known again once everything was looked at
        return reached if window.start <= first else before
    return max(before, reached) if window.start <= before + timedelta(days=1) else before
