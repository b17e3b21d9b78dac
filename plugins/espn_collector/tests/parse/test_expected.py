"""What one answer lacks of what ESPN always sends is named, and what it never sent there is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from tipoff import Bad, Parsed, Payload, Quarantine, Request, Row
from tipoff_espn import endpoints
from tipoff_espn.parse import games, listings, stats
from tipoff_espn.parse.records import split, whole

Json = dict[str, Any]
Answer = Callable[..., Payload]
Make = Callable[..., Json]

LEAGUE = "mens-college-basketball"
PRE = {"status": "STATUS_SCHEDULED", "state": "pre", "completed": False, "score": (None, None)}


def lacking(parsed: Iterable[Parsed]) -> list[str]:
    return [item.reason.path for item in parsed if isinstance(item, Bad)]


def values(parsed: Iterable[Parsed], table: str) -> list[Json]:
    return [dict(item.values) for item in parsed if isinstance(item, Row) and item.table == table]


@pytest.mark.parametrize(
    ("league", "missed"), [(LEAGUE, ["events[0].competitions[0].competitors[1].curatedRank"]), ("nba", [])]
)
def test_only_colleges_have_polls(answer: Answer, event: Make, league: str, missed: list[str]) -> None:
    said = event()
    del said["competitions"][0]["competitors"][1]["curatedRank"]
    parsed = list(games.parse(replace(answer({"events": [said]}), league=league)))
    assert [path for path in lacking(parsed) if "curatedRank" in path] == missed
    assert values(parsed, "games")[0]["home_rank"] is None


@pytest.mark.parametrize(("said", "rank"), [(1, 1), (25, 25), (98, 98), (99, None), (100, None), (0, None)])
def test_a_rank_beyond_all_polls_is_none(answer: Answer, event: Make, said: int, rank: int | None) -> None:
    assert values(games.parse(answer({"events": [event(ranks=(said, 99))]})), "games")[0]["home_rank"] == rank


@pytest.mark.parametrize("text", ["12x", "1.5", "one"])
def test_a_count_that_is_no_whole_number_costs_its_record_and_says_so(text: str) -> None:
    with pytest.raises(Quarantine, match=f"`{text}` is not a whole number"):
        whole(text, "a.b")
    with pytest.raises(Quarantine, match=f"`{text}` is not a whole number"):
        split(f"7-{text}", "a.b")


@pytest.mark.parametrize("text", [None, "", "-", "--", " -- "])
def test_dashes_and_nothing_are_no_count(text: str | None) -> None:
    assert whole(text, "a.b") is None


def scheduled(event_id: str, *, final: bool, scores: tuple[float | None, float | None]) -> Json:
    sides = [
        {"homeAway": where, **({} if points is None else {"score": {"value": points, "displayValue": "?"}})}
        for where, points in zip(("away", "home"), scores, strict=True)
    ]
    name, state = ("STATUS_FINAL", "post") if final else ("STATUS_SCHEDULED", "pre")
    status = {"type": {"name": name, "state": state, "completed": final}}
    return {"id": event_id, "date": "2026-01-16T00:30Z", "competitions": [{"competitors": sides, "status": status}]}


def test_a_schedule_lists_games_with_the_scores_of_those_that_are_over(answer: Answer) -> None:
    body = {"events": [scheduled("401", final=True, scores=(64.0, 71.0)), scheduled("402", final=False, scores=(0, 0))]}
    parsed = list(listings.parse_schedule(answer(body, fetched_at=datetime(2026, 1, 16, 9))))
    assert lacking(parsed) == []
    assert [
        (row["game_id"], row["game_date"], row["home_score"], row["away_score"], row["as_of"])
        for row in values(parsed, "espn_listed")
    ] == [
        ("401", date(2026, 1, 15), 71, 64, date(2026, 1, 16)),
        ("402", date(2026, 1, 15), None, None, date(2026, 1, 16)),
    ]


def test_a_schedule_that_is_not_there_lists_nothing_and_lacks_nothing(answer: Answer) -> None:
    assert list(listings.parse_schedule(answer(b"", status=404))) == []


def test_a_final_without_a_score_and_a_game_without_a_competition_are_told(answer: Answer) -> None:
    empty = {**scheduled("403", final=True, scores=(1, 2)), "competitions": []}
    parsed = list(listings.parse_schedule(answer({"events": [empty, scheduled("401", final=True, scores=(64, None))]})))
    assert lacking(parsed) == ["events[0].competitions", "events[1].competitions[0].competitors[1].score"]
    assert [row["away_score"] for row in values(parsed, "espn_listed")] == [64]


@pytest.mark.parametrize(
    ("season", "missed"), [(2010, []), (2023, []), (2024, ["open"]), (2025, ["open"]), (2027, ["open"])]
)
def test_books_tell_how_a_line_opened_since_2024(answer: Answer, season: int, missed: list[str]) -> None:
    """An older season's odds have no opening, which is no fault of the answer."""
    side = {"moneyLine": -140, "close": {"pointSpread": {"american": "-2.5"}, "moneyLine": {"american": "-140"}}}
    item = {
        "provider": {"id": "45", "name": "Caesars"},
        "spread": -2.5,
        "overUnder": 141.5,
        "homeTeamOdds": side,
        "awayTeamOdds": {**side, "moneyLine": 120},
        "close": {"total": {"american": "141.5"}},
    }
    page = {"count": 1, "pageIndex": 1, "pageSize": 25, "pageCount": 1, "items": [item]}
    parsed = list(stats.parse(replace(answer(page), request=endpoints.odds(LEAGUE, "401", season))))
    assert [path for path in lacking(parsed) if path == "items[0].open"] == [f"items[0].{each}" for each in missed]
    assert [row["home_spread_close"] for row in values(parsed, "odds")] == [-2.5]


@pytest.mark.parametrize(("book", "missed"), [("100", ["pickcenter[0].pointSpread.home"]), ("45", [])])
def test_only_the_present_book_writes_each_market_twice(
    answer: Answer, summary: Make, book: str, missed: list[str]
) -> None:
    said = {"provider": {"id": book, "name": "A Book"}, "spread": -2.5}
    parsed = list(stats.parse(answer(summary(**PRE, pickcenter=[said]))))
    assert lacking(parsed) == missed
    assert [row["home_spread_close"] for row in values(parsed, "odds")] == [-2.5]


@pytest.mark.parametrize(("percent", "chance"), [("0", 0.0), ("0.4", 0.004), ("50", 0.5), ("100", 1.0)])
def test_a_projection_may_be_as_sure_as_can_be(answer: Answer, summary: Make, percent: str, chance: float) -> None:
    said = {"homeTeam": {"id": "1", "gameProjection": percent}}
    parsed = list(stats.parse(answer(summary(**PRE, predictor=said))))
    assert [row["home_win_prob"] for row in values(parsed, "odds")] == [pytest.approx(chance)]


@pytest.mark.parametrize("percent", ["-0.1", "100.1"])
def test_what_is_no_percentage_is_no_projection(answer: Answer, summary: Make, percent: str) -> None:
    said = {"homeTeam": {"id": "1", "gameProjection": percent}}
    assert lacking(stats.parse(answer(summary(**PRE, predictor=said)))) == ["predictor.gameProjection"]


@pytest.mark.parametrize(
    ("page", "pages", "following"), [(1, 0, []), (1, 1, []), (1, 2, ["2"]), (2, 3, ["3"]), (3, 3, []), (4, 3, [])]
)
def test_a_list_is_read_to_its_last_page_and_no_further(
    answer: Answer, page: int, pages: int, following: list[str]
) -> None:
    """A day without games has no page at all."""
    items = [{"$ref": f"http://sports.core.api.espn.com/v2/events/40{page}?lang=en"}] if pages else []
    body = {"count": 25 * pages, "pageIndex": page, "pageSize": 25, "pageCount": pages, "items": items}
    url = "https://sports.core.api.espn.com/v2/sports/basketball/leagues/mens-college-basketball/events"
    parsed = list(listings.parse_events(answer(body, url=url, params={"dates": "20260115", "page": str(page)})))
    asked = [each.params for each in parsed if isinstance(each, Request)]
    assert asked == [{"dates": "20260115", "page": number} for number in following]
    assert [(row["game_id"], row["game_date"]) for row in values(parsed, "espn_listed")] == [
        (f"40{page}", date(2026, 1, 15)) for _ in items
    ]
    assert [(row["list"], row["events"]) for row in values(parsed, "espn_days")] == [("core", 25 * pages)] * (page == 1)
