"""Days, instants and tips."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from typing import Final, NamedTuple

from tipoff.clock import SEASONS, day_of, day_start, utc
from tipoff.errors import Quarantine
from tipoff.values.words import is_missing

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")

_PLACEHOLDERS: Final = frozenset({0, 4, 5})
"""Hours of UTC at which a day without a time of day is written: midnight there, or in the East with or without DST."""


def stamp(value: object) -> datetime | date | None:
    """A day, or an instant with the zone that it names; None for what is neither, or of no century of basketball."""
    found: datetime | date | None = None
    if isinstance(value, date):
        found = value
    elif isinstance(value, str) or type(value) is int:
        said = str(value).strip()
        try:
            if _DAY.fullmatch(said):
                found = date.fromisoformat(said)
            elif isinstance(value, str) and len(said) > len("2024-01-15"):
                found = datetime.fromisoformat(f"{said[:-4]}Z" if said.endswith(" UTC") else said)
        except ValueError:
            return None
    return found if found is not None and found.year in SEASONS else None


def day(value: object, path: str = "") -> date | None:
    """A calendar day of the league (US Eastern). An instant with a zone is of the day that it has there."""
    if is_missing(value):
        return None
    found = stamp(value)
    if isinstance(found, datetime):
        if found.tzinfo is not None and (found.hour or found.minute):
            return day_of(found)
        return found.date()
    if found is None:
        raise Quarantine(f"`{value!s:.100}` is not a day; write it like 2024-01-15", path)
    return found


def instant(value: object, path: str = "", zone: tzinfo | None = None) -> datetime | None:
    """An instant as naive UTC, with a time of day.

    Args:
        value: a `datetime`, or ISO 8601 as text.
        path: where it stands.
        zone: of a value that carries none; UTC unless said otherwise.
    """
    if is_missing(value):
        return None
    found = stamp(value)
    if not isinstance(found, datetime):
        raise Quarantine(f"`{value!s:.100}` is not an instant; write it like 2024-01-15T00:30Z", path)
    return utc(found if found.tzinfo or zone is None else found.replace(tzinfo=zone))


class Tip(NamedTuple):
    """When a game begins, by the columns of ``raw.games``: ``Row("games", {..., **tip._asdict()})``."""

    tip_utc: datetime
    """Naive UTC; the beginning of the day where the time of day is not known."""
    game_date: date
    """The calendar day, US Eastern."""
    tip_known: bool | None
    """Whether the time of day is known; None where the source does not say."""


def tip(value: object, path: str = "", known: bool | None = None, zone: tzinfo | None = None) -> Tip | None:
    """When a game begins.

    A plain day is that day, with the time of day unknown. So is an instant of which the source says that its time is
    not known; where such a placeholder is midnight, of UTC or of the East with or without DST, its day is the one that
    is written, though 04:00 UTC is 23:00 of the day before in winter.

    Args:
        value: a day or an instant, see `day` and `instant`.
        path: where it stands.
        known: whether the source says that the time of day is known.
        zone: of an instant that carries none; UTC unless said otherwise.
    """
    if is_missing(value):
        return None
    found = stamp(value)
    if found is not None and not isinstance(found, datetime):
        return _on(found)
    at = instant(value, path, zone)
    if at is None:
        return None
    if known is False:
        return _on(at.date() if at.hour in _PLACEHOLDERS and not at.minute else day_of(at))
    return Tip(at, day_of(at), known)


def _on(found: date) -> Tip:
    return Tip(day_start(found), found, tip_known=False)
