"""Closing lines: what people thought just before the tip. A benchmark, and never an input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tipoff import Parsed, Payload, Row

from tipoff_history.parse.records import Record, needed, number, records, season_of

PROVIDER: Final = "closing_line"
"""Whose line it is: no single bookmaker's."""

WIDEST: Final = 8.0
"""Points between the sources, above which one of them is about another game and the line is left out."""

_LINES: Final = {
    "home_spread_open": "home_spread_open",
    "total_close": "total_close",
    "home_moneyline": "home_ml",
    "away_moneyline": "away_ml",
}


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `odds`."""
    return records(payload, _line)


def _line(record: Record) -> Iterator[Row]:
    (game_id,) = needed(record, "game_id")
    apart = number(record, "source_range")
    if apart is not None and apart > WIDEST:
        return
    lines = {column: number(record, name) for column, name in _LINES.items() if name in record}
    close = number(record, "home_spread_close")
    yield Row(
        "odds",
        {"season": season_of(record), "game_id": game_id, "provider": PROVIDER, "home_spread_close": close, **lines},
    )
