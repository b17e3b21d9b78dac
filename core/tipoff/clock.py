"""The one source of «now», and the one place where instants become days and seasons.

Inside tipoff every instant is a naive `datetime` in UTC, as DuckDB's ``TIMESTAMP`` stores it. A *day* is
the calendar day in US Eastern time, by which ESPN files its games, and a *season* carries the
year in which it ends.

«Now» comes from, in this order:

1. ``TIPOFF_NOW`` (ISO 8601): frozen there, for a test or one command;
2. ``$TIPOFF_HOME/clock.json``, written by `set_now`: how an embedded or recorded league lives in its own
   time, frozen or ticking along with the wall clock;
3. the wall clock.

Nothing else in tipoff asks the machine for the date. Durations use `time.monotonic`.
"""

from __future__ import annotations

import json
import os
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from tipoff.disk import write_whole
from tipoff.errors import SettingsError

LEAGUE_ZONE = ZoneInfo("America/New_York")
"""Time zone of the league's calendar day. Every ESPN scoreboard day is a day in this zone."""

SEASON_STARTS_IN_MONTH = 7
"""ESPN's season runs from 1 July to 30 June (scoreboard ``leagues[0].season``)."""


def now() -> datetime:
    """The present instant, naive UTC, to the microsecond.

    Raises:
        SettingsError: ``TIPOFF_NOW`` or the clock file is not an ISO 8601 instant.
    """
    frozen = os.environ.get("TIPOFF_NOW")
    if frozen:
        return parse(frozen, where="TIPOFF_NOW")
    saved = _read(clock_file())
    if saved is None:
        return _wall()
    set_to = parse(saved["now"], where=str(clock_file()))
    if not saved["ticking"]:
        return set_to
    return set_to + (_wall() - parse(saved["set_at"], where=str(clock_file())))


def set_now(instant: datetime, *, ticking: bool = False) -> None:
    """Makes `now` start at `instant` for every process that shares this ``TIPOFF_HOME``.

    Args:
        instant: naive UTC (or aware, and then converted).
        ticking: go on from there with the wall clock, instead of standing still.
    """
    saved = {"now": utc(instant).isoformat(), "set_at": _wall().isoformat(), "ticking": ticking}
    write_whole(clock_file(), lambda beside: beside.write_text(json.dumps(saved) + "\n"))


def clear() -> None:
    """Goes back to the wall clock."""
    clock_file().unlink(missing_ok=True)


def is_set() -> bool:
    """Whether «now» was set by a person, a test or a source, and is not simply the wall clock."""
    return bool(os.environ.get("TIPOFF_NOW")) or clock_file().exists()


def is_ticking() -> bool:
    """Whether «now» moves: true of the wall clock, and of a set clock that was told to go on."""
    if os.environ.get("TIPOFF_NOW"):
        return False
    saved = _read(clock_file())
    return saved is None or bool(saved["ticking"])


def clock_file() -> Path:
    """Where a set clock is kept. Read from the environment itself: settings would import too much here."""
    return Path(os.environ.get("TIPOFF_HOME", "~/.tipoff")).expanduser() / "clock.json"


def utc(instant: datetime) -> datetime:
    """Naive UTC of `instant`; a naive one is taken as UTC already."""
    if instant.tzinfo is None:
        return instant
    return instant.astimezone(timezone.utc).replace(tzinfo=None)


def parse(text: str, *, where: str = "instant") -> datetime:
    """Naive UTC from ISO 8601 text (``2026-01-15``, ``2026-01-15T13:00Z``, ``2026-01-15T08:00-05:00``).

    Raises:
        SettingsError: `text` is not ISO 8601; `where` names its origin in the message.
    """
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError:
        raise SettingsError(f"{where}: `{text}` is not an ISO 8601 instant; write it like 2026-01-15T13:00Z") from None


def day_of(instant: datetime) -> date:
    """The league's calendar day (US Eastern) of a naive UTC instant."""
    return utc(instant).replace(tzinfo=timezone.utc).astimezone(LEAGUE_ZONE).date()


def day_start(day: date) -> datetime:
    """The naive UTC instant at which the league's calendar day begins."""
    return utc(datetime(day.year, day.month, day.day, tzinfo=LEAGUE_ZONE))


def day_end(day: date) -> datetime:
    """The naive UTC instant at which the league's calendar day is over."""
    return day_start(day + timedelta(days=1))


SEASONS: Final = range(1900, 2101)
"""Those that anybody may ask for."""


def season_of(day: date) -> int:
    """The season a day belongs to, named by the year it ends in: 2025-11-04 is season 2026."""
    return day.year + (day.month >= SEASON_STARTS_IN_MONTH)


def season_start(season: int) -> date:
    """First day of a season's year (1 July), as ESPN counts it."""
    return date(season - 1, SEASON_STARTS_IN_MONTH, 1)


def season_end(season: int) -> date:
    """Last day of a season's year (30 June)."""
    return date(season, SEASON_STARTS_IN_MONTH, 1) - timedelta(days=1)


def _wall() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        saved = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise SettingsError(f"{path} is not JSON; remove it to go back to the wall clock") from None
    kinds = {"now": str, "set_at": str, "ticking": bool}
    if not isinstance(saved, dict) or not all(isinstance(saved.get(name), kind) for name, kind in kinds.items()):
        raise SettingsError(
            f"{path} must hold `now` and `set_at` (instants) and `ticking` (true or false); "
            "remove it to go back to the wall clock"
        )
    return saved
