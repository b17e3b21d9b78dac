"""What commands may be given."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from tipoff import clock


class Day(click.ParamType[date]):
    """A day such as ``2026-01-15``."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or an error that says how one is written."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"`{value}` is not a day; write it like 2026-01-15", param, ctx)


DAY = Day()
SEASON = click.IntRange(clock.SEASONS[0], clock.SEASONS[-1])
"""A season, by the year it ends in."""
