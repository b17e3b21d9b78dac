"""``status``: where a game stands, in ESPN's numbers and words."""

from __future__ import annotations

from datetime import timezone

from tipoff.clock import LEAGUE_ZONE

from tipoff_espn.server.asof import State
from tipoff_espn.server.render.common import Object, known, ordinal

_STATUSES = {
    "scheduled": ("1", "STATUS_SCHEDULED", "pre", "Scheduled"),
    "in_progress": ("2", "STATUS_IN_PROGRESS", "in", "In Progress"),
    "halftime": ("23", "STATUS_HALFTIME", "in", "Halftime"),
    "final": ("3", "STATUS_FINAL", "post", "Final"),
    "postponed": ("6", "STATUS_POSTPONED", "post", "Postponed"),
    "forfeited": ("4", "STATUS_FORFEIT", "post", "Forfeit"),
    "canceled": ("5", "STATUS_CANCELED", "post", "Canceled"),
}


def of(state: State) -> Object:
    """A scoreboard's status."""
    clock = int(state.clock)
    return known(
        clock=state.clock,
        displayClock=f"{clock // 60}:{clock % 60:02d}",
        # A game whose overtimes are unknown counts no periods.
        period=state.period or 0,
        type=kind(state),
    )


def kind(state: State) -> Object:
    """``status.type``."""
    number, name, phase, description = _STATUSES[state.status]
    detail, short = _details(state, description)
    written: Object = {
        "id": number,
        "name": name,
        "state": phase,
        "completed": state.final,
        "description": description,
        "detail": detail,
        "shortDetail": short,
    }
    if state.final and state.overtimes:
        written["altDetail"] = overtimes(state)
    return written


def overtimes(state: State) -> str:
    """``OT``, ``2OT``; an empty text where there was none."""
    return f"{state.overtimes if state.overtimes > 1 else ''}OT" if state.overtimes else ""


def _details(state: State, description: str) -> tuple[str, str]:
    if state.status == "scheduled":
        return _when(state)
    if state.final and state.overtimes:
        return f"Final/{overtimes(state)}", f"Final/{overtimes(state)}"
    if state.status == "in_progress":
        clock = f"{int(state.clock) // 60}:{int(state.clock) % 60:02d}"
        if state.overtimes:
            return f"{clock} - {overtimes(state)}", f"{clock} - {overtimes(state)}"
        period = ordinal(state.period or 1)
        return f"{clock} - {period} {'Half' if state.regulation == 2 else 'Quarter'}", f"{clock} - {period}"
    return description, description


def _when(state: State) -> tuple[str, str]:
    """``Wed, March 4th at 5:00 PM EST`` and ``3/4 - 5:00 PM EST``."""
    if not state.time_valid:
        return "TBD", "TBD"
    local = state.tip.replace(tzinfo=timezone.utc).astimezone(LEAGUE_ZONE)
    hour = f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'} {local.tzname()}"
    return f"{local:%a, %B} {ordinal(local.day)} at {hour}", f"{local.month}/{local.day} - {hour}"
