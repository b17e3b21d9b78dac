"""The core API: pages of references, and a game's odds."""

from __future__ import annotations

from msgspec import Raw, field

from tipoff_espn.payloads import Part
from tipoff_espn.payloads.odds import Provider


class Reference(Part):
    """Where an event is; its id is the last part of the path."""

    ref: str = field(name="$ref")


class Page(Part):
    """A page of a collection: each item a `Reference`, or, of odds, a `CoreOdds`."""

    count: int
    page_count: int
    items: list[Raw]


class Spelled(Part):
    """A line or a price in several spellings; the American one is the one that bookmakers here use."""

    american: str | None = None
    alternate_display_value: str | None = None

    @property
    def text(self) -> str:
        """The American spelling."""
        return self.american or self.alternate_display_value or ""


class CoreLine(Part):
    """A side's line and price at one time."""

    point_spread: Spelled | None = None
    money_line: Spelled | None = None


class CoreSide(Part):
    """A side's odds; ``open`` and ``close`` from 2023-24 on."""

    money_line: float | None = None
    open: CoreLine | None = None
    close: CoreLine | None = None


class CoreTotal(Part):
    """The points of both teams at one time."""

    total: Spelled | None = None


class CoreOdds(Part):
    """One book's odds. ``spread`` is from the home side: negative when it is favoured."""

    provider: Provider
    spread: float | None = None
    over_under: float | None = None
    home_team_odds: CoreSide | None = None
    away_team_odds: CoreSide | None = None
    open: CoreTotal | None = None
    close: CoreTotal | None = None
