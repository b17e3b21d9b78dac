"""Odds and projections, the benchmarks that no feature may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Raw
from tipoff import Parsed, Quarantine, Row

from tipoff_espn.parse.records import record, records
from tipoff_espn.payloads.odds import Odds, Predictor, Price, Prices, SideOdds

_ODDS = msgspec.json.Decoder(Odds)
_PREDICTOR = msgspec.json.Decoder(Predictor | None)

PROJECTION = "espn_projection"

_NOT_BOOKS = frozenset({"1001", "1002", "1003", "46", "59"})
"""Feeds of other people's models (accuscore, teamrankings, numberfire) and odds during the game."""

_EVEN_LINE, _EVEN_ODDS = 0.0, 100.0
_EVEN = frozenset({"EVEN", "EV", "PK", "PICK"})
_MISSING = frozenset({"", "-", "--", "OFF", "N/A"})

_NO_PRICES = Prices()


def parse(
    pickcenter: Sequence[Raw], predictor: Raw, game: Mapping[str, object], home_id: str, *, live: bool
) -> Iterator[Parsed]:
    """Rows of `odds`.

    Args:
        pickcenter: each an `Odds`.
        predictor: a `Predictor`, or JSON's null.
        game: season and game_id.
        home_id: the home team, to see whose projection is whose.
        live: the game is on; then figures that carry no «open» or «close» are those of the moment.
    """

    def book(odds: Odds, path: str) -> Iterator[Parsed]:
        if odds.provider.id in _NOT_BOOKS or "live odds" in odds.provider.name.lower():
            return
        # What is not said is left out: ESPN takes odds away some weeks after the game, and what it said stays true.
        figures = {name: value for name, value in _figures(odds, path, live=live).items() if value is not None}
        if figures:
            yield Row("odds", {**game, "provider": odds.provider.name, **figures})

    def projection(said: Predictor | None, path: str) -> Iterator[Parsed]:
        chance = None if said is None else _home_chance(said, home_id, path)
        if chance is not None:
            yield Row("odds", {**game, "provider": PROJECTION, "home_win_prob": chance})

    yield from records(pickcenter, _ODDS, "pickcenter", book)
    yield from record(predictor, _PREDICTOR, "predictor", projection)


def _figures(odds: Odds, path: str, *, live: bool) -> dict[str, float | None]:
    spread = (odds.point_spread and odds.point_spread.home) or _NO_PRICES
    total = (odds.total and odds.total.over) or _NO_PRICES
    home = (odds.moneyline and odds.moneyline.home) or _NO_PRICES
    away = (odds.moneyline and odds.moneyline.away) or _NO_PRICES
    figures = {
        "home_spread_open": _line(spread.open, f"{path}.pointSpread.home.open"),
        "home_spread_close": _line(spread.close, f"{path}.pointSpread.home.close"),
        "total_open": _line(total.open, f"{path}.total.over.open"),
        "total_close": _line(total.close, f"{path}.total.over.close"),
        "home_moneyline": _american(home.close, f"{path}.moneyline.home.close"),
        "away_moneyline": _american(away.close, f"{path}.moneyline.away.close"),
    }
    if not live:
        last = {
            "home_spread_close": odds.spread,
            "total_close": odds.over_under,
            "home_moneyline": _money(odds.home_team_odds),
            "away_moneyline": _money(odds.away_team_odds),
        }
        figures.update({name: value for name, value in last.items() if figures[name] is None})
    return figures


def _line(price: Price | None, path: str) -> float | None:
    """Points of "+3.5", "o164.5" or "EVEN"."""
    return _number((price and price.line) or "", _EVEN_LINE, f"{path}.line")


def _american(price: Price | None, path: str) -> float | None:
    """American odds of "-110" or "EVEN"."""
    return _number((price and price.odds) or "", _EVEN_ODDS, f"{path}.odds")


def _number(text: str, even: float, path: str) -> float | None:
    spoken = text.strip().upper()
    if spoken in _MISSING:
        return None
    if spoken in _EVEN:
        return even
    try:
        return float(spoken.lstrip("OU"))
    except ValueError:
        raise Quarantine(f"`{text}` is not a price", path) from None


def _money(side: SideOdds | None) -> float | None:
    return side.money_line if side else None


def _home_chance(said: Predictor, home_id: str, path: str) -> float | None:
    """The home team's chance to win (0 to 1), whichever side names it: ESPN leaves a side out now and then."""
    for side in (said.home_team, said.away_team):
        percent = None if side is None else _number(side.game_projection or "", 50.0, f"{path}.gameProjection")
        if side is None or percent is None:
            continue
        if not 0 <= percent <= 100:
            raise Quarantine(f"`{side.game_projection}` is not a percentage", f"{path}.gameProjection")
        return round(percent if side.id == home_id else 100 - percent, 6) / 100
    return None
