"""A past game's odds from the core API, which keeps them when the summary has lost them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from tipoff import Parsed, Payload

from tipoff_espn.parse.odds import EVEN_LINE, EVEN_ODDS, book_row, is_feed, number
from tipoff_espn.parse.records import Expected, answer, records
from tipoff_espn.payloads.core import CoreLine, CoreOdds, CoreSide, CoreTotal, Page

_PAGE = msgspec.json.Decoder(Page)
_ODDS = msgspec.json.Decoder(CoreOdds)

_OPENED_SINCE = 2024
"""The season since which the books' opening and closing lines are told."""

_CONSENSUS = "1004"
"""An average of the books, which are here themselves. A summary from before 2024 has nothing else, and keeps it."""


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `odds`, a book each; a game may have none."""
    page = answer(payload, _PAGE)
    if page is None:
        return
    season = int(payload.request.context["season"])
    game, expected = {"season": season, "game_id": payload.request.game_id}, Expected()

    def book(odds: CoreOdds, path: str) -> Iterator[Parsed]:
        if is_feed(odds.provider) or odds.provider.id == _CONSENSUS:
            return
        home = expected.always(odds.home_team_odds, f"{path}.homeTeamOdds") or CoreSide()
        away = expected.always(odds.away_team_odds, f"{path}.awayTeamOdds") or CoreSide()
        expected.mostly(odds.spread, f"{path}.spread")
        expected.mostly(odds.over_under, f"{path}.overUnder")
        if season >= _OPENED_SINCE:
            _opened(odds, home, path, expected)
        figures = {
            "home_spread_open": _spread(home.open, f"{path}.homeTeamOdds.open"),
            "home_spread_close": _spread(home.close, f"{path}.homeTeamOdds.close"),
            "total_open": _total(odds.open, f"{path}.open"),
            "total_close": _total(odds.close, f"{path}.close"),
            "home_moneyline": _money(home.close, f"{path}.homeTeamOdds.close"),
            "away_moneyline": _money(away.close, f"{path}.awayTeamOdds.close"),
        }
        last = {
            "home_spread_close": odds.spread,
            "total_close": odds.over_under,
            "home_moneyline": home.money_line,
            "away_moneyline": away.money_line,
        }
        figures.update({name: value for name, value in last.items() if figures[name] is None})
        yield from book_row(game, odds.provider, figures)

    yield from records(page.items, _ODDS, "items", book)
    yield from expected.bads()


def _opened(odds: CoreOdds, home: CoreSide, path: str, expected: Expected) -> None:
    """Notes where no book says any more with what it opened and closed."""
    for name, line, total in (("open", home.open, odds.open), ("close", home.close, odds.close)):
        if expected.mostly(line, f"{path}.homeTeamOdds.{name}") and line:
            spread = expected.mostly(line.point_spread, f"{path}.homeTeamOdds.{name}.pointSpread")
            money = expected.mostly(line.money_line, f"{path}.homeTeamOdds.{name}.moneyLine")
            for said, key in ((spread, "pointSpread"), (money, "moneyLine")):
                if said is not None:
                    expected.mostly(said.text or None, f"{path}.homeTeamOdds.{name}.{key}.american")
        if expected.mostly(total, f"{path}.{name}") and total:
            points = expected.mostly(total.total, f"{path}.{name}.total")
            expected.mostly(points.text or None if points else None, f"{path}.{name}.total.american")


def _spread(line: CoreLine | None, path: str) -> float | None:
    said = line.point_spread.text if line and line.point_spread else ""
    return number(said, EVEN_LINE, f"{path}.pointSpread")


def _money(line: CoreLine | None, path: str) -> float | None:
    said = line.money_line.text if line and line.money_line else ""
    return number(said, EVEN_ODDS, f"{path}.moneyLine")


def _total(total: CoreTotal | None, path: str) -> float | None:
    said = total.total.text if total and total.total else ""
    return number(said, EVEN_LINE, f"{path}.total")
