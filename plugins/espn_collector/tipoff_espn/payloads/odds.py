"""Odds and the projection, as a summary carries them."""

from __future__ import annotations

from msgspec import UNSET

from tipoff_espn.payloads import Part, Sparse


class Provider(Part):
    """A sportsbook or a model feed."""

    id: str
    name: str


class Price(Part):
    """A line ("-3.5", "o141.5") with its American odds ("-110", "EVEN", "OFF")."""

    line: str | None = None
    odds: str | None = None


class Prices(Part):
    """A market's side at its opening and last before the tip."""

    open: Price | None = None
    close: Price | None = None


class Sides(Part):
    """A market on the two teams."""

    home: Prices | None = None


class TwoSides(Part):
    """The moneyline: both sides matter, since they carry the bookmaker's margin."""

    home: Prices | None = None
    away: Prices | None = None


class Total(Part):
    """A market on the points of both teams; ``under`` has the same line."""

    over: Prices | None = None


class SideOdds(Part):
    """A side's odds in the older form."""

    money_line: float | None = None
    favorite: Sparse[bool] = UNSET


class Odds(Part):
    """``pickcenter[]``. ``spread`` is from the home side: negative when it is favoured."""

    provider: Provider
    spread: float | None = None
    over_under: float | None = None
    home_team_odds: SideOdds | None = None
    away_team_odds: SideOdds | None = None
    point_spread: Sides | None = None
    total: Total | None = None
    moneyline: TwoSides | None = None


class Projection(Part):
    """A side of ``predictor``: its chance to win in percent, as text."""

    id: str
    game_projection: str | None = None


class Predictor(Part):
    """ESPN's own pre-game projection; a side may be missing."""

    home_team: Projection | None = None
    away_team: Projection | None = None
