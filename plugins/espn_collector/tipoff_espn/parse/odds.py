"""Odds and projections, the benchmarks that no feature may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Raw
from tipoff import Parsed, Quarantine, Row, values

from tipoff_espn.parse.records import Expected, named, record, records
from tipoff_espn.parse.statements import spread_trouble
from tipoff_espn.payloads import known
from tipoff_espn.payloads.odds import Odds, Predictor, Price, Prices, Provider, SideOdds

_ODDS = msgspec.json.Decoder(Odds)
_PREDICTOR = msgspec.json.Decoder(Predictor | None)

PROJECTION = "espn_projection"

_DRAFT_KINGS = "100"
"""ESPN's book since 2025-26: it comes with open and close of three markets (111 of 111 in March 2026)."""

_NOT_BOOKS = frozenset({"1001", "1002", "1003", "46", "59"})
"""Feeds of other people's models (accuscore, teamrankings, numberfire) and odds during the game."""

EVEN_LINE, EVEN_ODDS = 0.0, 100.0
_EVEN = frozenset({"EVEN", "EV", "PK", "PICK"})
_OFF = "OFF"

_NO_PRICES = Prices()


def parse(
    pickcenter: Sequence[Raw],
    predictor: Raw,
    game: Mapping[str, object],
    home_id: str,
    expected: Expected,
    *,
    live: bool,
) -> Iterator[Parsed]:
    """Rows of `odds`.

    Args:
        pickcenter: each an `Odds`.
        predictor: a `Predictor`, or JSON's null.
        game: season and game_id.
        home_id: the home team, to see whose projection is whose.
        expected: takes note of what is missing.
        live: the game is on; then figures that carry no «open» or «close» are those of the moment.
    """

    def book(odds: Odds, path: str) -> Iterator[Parsed]:
        if is_feed(odds.provider):
            return
        _missed(odds, path, expected)
        figures = _figures(odds, path, live=live)
        sides = [known(side.favorite) if side else None for side in (odds.home_team_odds, odds.away_team_odds)]
        agree(figures["home_spread_close"], None if live else odds.spread, (sides[0], sides[1]), f"{path}.spread")
        yield from book_row(game, odds.provider, figures)

    def projection(said: Predictor | None, path: str) -> Iterator[Parsed]:
        chance = None if said is None else _home_chance(said, home_id, path)
        sides = (said.home_team, said.away_team) if said else ()
        if said is not None and not any(side and side.game_projection is not None for side in sides):
            expected.always(None, f"{path}.homeTeam.gameProjection")
        if chance is not None:
            yield Row("odds", {**game, "provider": PROJECTION, "home_win_prob": chance})

    yield from records(pickcenter, _ODDS, "pickcenter", book)
    yield from record(predictor, _PREDICTOR, "predictor", projection)


def is_feed(provider: Provider) -> bool:
    """Whether it is no bookmaker's price before the tip: a model's feed, or odds during the game."""
    return provider.id in _NOT_BOOKS or "live odds" in provider.name.lower()


def is_book(found: Parsed) -> bool:
    """Whether it is a row of a bookmaker's odds."""
    return isinstance(found, Row) and found.table == "odds" and found.values["provider"] != PROJECTION


def book_row(game: Mapping[str, object], provider: Provider, figures: Mapping[str, float | None]) -> Iterator[Row]:
    """A book's odds. What is not said is left out: ESPN takes odds away, and what it said stays true."""
    said = {name: value for name, value in figures.items() if value is not None}
    if said:
        yield Row("odds", {**game, "provider": named(provider.name), **said})


def agree(spread: float | None, other: float | None, favorites: tuple[bool | None, bool | None], path: str) -> None:
    """Raises where a book contradicts itself.

    Raises:
        Quarantine: the spread is of the wrong sign, in one place or by whom the book calls the favorite.
    """
    if reason := spread_trouble(spread, other, favorites):
        raise Quarantine(f"{reason} (`{path}`)", "odds.home_spread_close")


def _missed(odds: Odds, path: str, expected: Expected) -> None:
    """Notes a market that one of ESPN's two spellings names and the other does not, and one without its opening."""
    if odds.provider.id != _DRAFT_KINGS:
        return  # older books were written in one spelling only
    spread = odds.point_spread.home if odds.point_spread else None
    total = odds.total.over if odds.total else None
    money = odds.moneyline.home if odds.moneyline else None
    for market, key, older in (
        (spread, "pointSpread.home", odds.spread),
        (total, "total.over", odds.over_under),
        (money, "moneyline.home", _money(odds.home_team_odds)),
    ):
        if market is None:
            expected.always(True if older is None else None, f"{path}.{key}")
            continue
        for name, price in (("open", market.open), ("close", market.close)):
            if expected.always(price, f"{path}.{key}.{name}") and price:
                said, spelled = (price.odds, "odds") if market is money else (price.line, "line")
                expected.always(said, f"{path}.{key}.{name}.{spelled}")
    if odds.moneyline is not None:
        expected.always(odds.moneyline.away, f"{path}.moneyline.away")
    if all(said is None for said in (spread, total, money, odds.spread, odds.over_under)):
        expected.always(None, f"{path}.spread")


def _figures(odds: Odds, path: str, *, live: bool) -> dict[str, float | None]:
    spread = (odds.point_spread and odds.point_spread.home) or _NO_PRICES
    total = (odds.total and odds.total.over) or _NO_PRICES
    home = (odds.moneyline and odds.moneyline.home) or _NO_PRICES
    away = (odds.moneyline and odds.moneyline.away) or _NO_PRICES
    figures = {
        "home_spread_open": line(spread.open, f"{path}.pointSpread.home.open"),
        "home_spread_close": line(spread.close, f"{path}.pointSpread.home.close"),
        "total_open": line(total.open, f"{path}.total.over.open"),
        "total_close": line(total.close, f"{path}.total.over.close"),
        "home_moneyline": american(home.close, f"{path}.moneyline.home.close"),
        "away_moneyline": american(away.close, f"{path}.moneyline.away.close"),
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


def line(price: Price | None, path: str) -> float | None:
    """Points of "+3.5", "o164.5" or "EVEN"."""
    return number((price and price.line) or "", EVEN_LINE, f"{path}.line")


def american(price: Price | None, path: str) -> float | None:
    """American odds of "-110" or "EVEN"."""
    return number((price and price.odds) or "", EVEN_ODDS, f"{path}.odds")


def number(text: str, even: float, path: str) -> float | None:
    """A number of "-6.5", "o141.5", "EVEN" or "OFF"."""
    spoken = text.strip().upper()
    if spoken == _OFF or values.is_missing(text):
        return None
    if spoken in _EVEN:
        return even
    try:
        return values.number(spoken.lstrip("OU"), path)
    except Quarantine:
        raise Quarantine(f"`{text}` is not a price", path) from None


def _money(side: SideOdds | None) -> float | None:
    return side.money_line if side else None


def _home_chance(said: Predictor, home_id: str, path: str) -> float | None:
    """The home team's chance to win (0 to 1), whichever side names it: ESPN leaves a side out now and then."""
    for side in (said.home_team, said.away_team):
        percent = None if side is None else number(side.game_projection or "", 50.0, f"{path}.gameProjection")
        if side is None or percent is None:
            continue
        if not 0 <= percent <= 100:
            raise Quarantine(f"`{side.game_projection}` is not a percentage", f"{path}.gameProjection")
        return round(percent if side.id == home_id else 100 - percent, 6) / 100
    return None
