"""A past game's odds from the core API, which keeps them when the summary has lost them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from tipoff import Parsed, Payload

from tipoff_espn.parse.odds import EVEN_LINE, EVEN_ODDS, agree, book_row, is_feed, number
from tipoff_espn.parse.records import Expected, answer, records
from tipoff_espn.payloads import Sparse, known
from tipoff_espn.payloads.core import CoreLine, CoreOdds, CoreSide, CoreTotal, Page, Spelled

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
    lines = expected if season >= _OPENED_SINCE else Expected()

    def book(odds: CoreOdds, path: str) -> Iterator[Parsed]:
        if is_feed(odds.provider) or odds.provider.id == _CONSENSUS:
            return
        home = expected.mostly(odds.home_team_odds, f"{path}.homeTeamOdds") or CoreSide()
        away = expected.mostly(odds.away_team_odds, f"{path}.awayTeamOdds") or CoreSide()
        figures = {
            "home_spread_open": _spread(home.open, f"{path}.homeTeamOdds.open", lines),
            "home_spread_close": _spread(home.close, f"{path}.homeTeamOdds.close", lines),
            "total_open": _total(odds.open, f"{path}.open", lines),
            "total_close": _total(odds.close, f"{path}.close", lines),
            "home_moneyline": _money(home.close, f"{path}.homeTeamOdds.close", lines),
            "away_moneyline": _money(away.close, f"{path}.awayTeamOdds.close", lines),
        }
        last = {
            "home_spread_close": expected.mostly(odds.spread, f"{path}.spread"),
            "total_close": expected.mostly(odds.over_under, f"{path}.overUnder"),
            "home_moneyline": expected.mostly(home.money_line, f"{path}.homeTeamOdds.moneyLine"),
            "away_moneyline": expected.mostly(away.money_line, f"{path}.awayTeamOdds.moneyLine"),
        }
        figures.update({name: value for name, value in last.items() if figures[name] is None})
        favorites = known(home.favorite), known(away.favorite)
        agree(figures["home_spread_close"], last["home_spread_close"], favorites, f"{path}.spread")
        yield from book_row(game, odds.provider, figures)

    yield from records(page.items, _ODDS, "items", book)
    yield from expected.bads()


def _spread(line: Sparse[CoreLine], path: str, expected: Expected) -> float | None:
    found = expected.mostly(line, path)
    spelled = expected.mostly(found.point_spread, f"{path}.pointSpread") if found else None
    return _number(spelled, EVEN_LINE, f"{path}.pointSpread", expected)


def _money(line: Sparse[CoreLine], path: str, expected: Expected) -> float | None:
    found = expected.mostly(line, path)
    spelled = expected.mostly(found.money_line, f"{path}.moneyLine") if found else None
    return _number(spelled, EVEN_ODDS, f"{path}.moneyLine", expected)


def _total(total: Sparse[CoreTotal], path: str, expected: Expected) -> float | None:
    found = expected.mostly(total, path)
    spelled = expected.mostly(found.total, f"{path}.total") if found else None
    return _number(spelled, EVEN_LINE, f"{path}.total", expected)


def _number(spelled: Spelled | None, even: float, path: str, expected: Expected) -> float | None:
    if spelled is None:
        return None
    text = expected.mostly(spelled.american, f"{path}.american")
    return number(text or known(spelled.alternate_display_value) or "", even, path)
