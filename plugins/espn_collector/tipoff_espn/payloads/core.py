"""The core API: pages of references, and a game's odds."""

from __future__ import annotations

from msgspec import UNSET, Raw, field

from tipoff_espn.payloads import Part, Sparse
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

    american: Sparse[str] = UNSET
    alternate_display_value: Sparse[str] = UNSET


class CoreLine(Part):
    """A side's line and price at one time."""

    point_spread: Sparse[Spelled] = UNSET
    money_line: Sparse[Spelled] = UNSET


class CoreSide(Part):
    """A side's odds; ``open`` and ``close`` from 2023-24 on."""

    money_line: Sparse[float] = UNSET
    open: Sparse[CoreLine] = UNSET
    close: Sparse[CoreLine] = UNSET
    favorite: Sparse[bool] = UNSET


class CoreTotal(Part):
    """The points of both teams at one time."""

    total: Sparse[Spelled] = UNSET


class CoreOdds(Part):
    """One book's odds. ``spread`` is from the home side: negative when it is favoured."""

    provider: Provider
    spread: Sparse[float] = UNSET
    over_under: Sparse[float] = UNSET
    home_team_odds: Sparse[CoreSide] = UNSET
    away_team_odds: Sparse[CoreSide] = UNSET
    open: Sparse[CoreTotal] = UNSET
    close: Sparse[CoreTotal] = UNSET
