from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tipoff import Parsed, Payload, Row
from tipoff_history.parse.odds import parse

LINE = {"game_id": 10, "season": 2019, "home_spread_close": -6.5, "source_range": 8.0, "home_ml": -250.0}


def lines(parsed: list[Parsed]) -> list[dict[str, Any]]:
    return [dict(each.values) for each in parsed if isinstance(each, Row) and each.table == "odds"]


def test_a_closing_line(slice_of: Callable[..., Payload]) -> None:
    assert lines(list(parse(slice_of("odds_close_by_game", LINE)))) == [
        {
            "season": 2019,
            "game_id": "10",
            "provider": "closing_line",
            "home_spread_close": -6.5,
            "home_moneyline": -250.0,
        }
    ]


def test_where_sources_are_too_far_apart_there_is_none(slice_of: Callable[..., Payload]) -> None:
    assert lines(list(parse(slice_of("odds_close_by_game", {**LINE, "source_range": 8.5})))) == []
