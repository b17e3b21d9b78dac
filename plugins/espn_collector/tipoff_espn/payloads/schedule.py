"""A team's schedule: the same games as on the scoreboard, written a little differently."""

from __future__ import annotations

from typing import Literal

from msgspec import Raw

from tipoff_espn.payloads import Part
from tipoff_espn.payloads.scoreboard import StatusType


class Points(Part):
    """A score, which is an object here."""

    value: float


class ScheduleSide(Part):
    """A side; ``score`` is missing before the end."""

    home_away: Literal["home", "away"]
    score: Points | None = None


class ScheduleStatus(Part):
    """A game's status."""

    type: StatusType


class ScheduleCompetition(Part):
    """The game proper."""

    competitors: list[ScheduleSide]
    status: ScheduleStatus
    time_valid: bool | None = None


class ScheduleEvent(Part):
    """A game."""

    id: str
    date: str
    competitions: list[ScheduleCompetition]


class Schedule(Part):
    """``teams/{id}/schedule``: each event a `ScheduleEvent`."""

    events: list[Raw]
