from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tipoff import Bad, Parsed, Payload, Request, Row
from tipoff_espn import endpoints
from tipoff_espn.parse.stats import parse

Json = dict[str, Any]
Answer = Callable[..., Payload]
Make = Callable[..., Json]

PRE = {"status": "STATUS_SCHEDULED", "state": "pre", "completed": False, "score": (None, None)}


def book(**markets: object) -> Json:
    return {"provider": {"id": "100", "name": "Draft Kings"}, **markets}


def market(side: str, opened: str, closed: str, field: str = "line") -> Json:
    return {side: {"open": {"odds": "-110"} | {field: opened}, "close": {"odds": "-110"} | {field: closed}}}


def odds(parsed: Iterable[Parsed]) -> list[Mapping[str, Any]]:
    return [item.values for item in parsed if isinstance(item, Row) and item.table == "odds"]


def test_open_and_close_of_each_market(answer: Answer, summary: Make) -> None:
    said = book(
        spread=-6.5,
        overUnder=141.5,
        pointSpread=market("home", "+3.5", "-6.5"),
        total=market("over", "o144.5", "o141.5"),
        moneyline=market("home", "+145", "-280", "odds") | market("away", "-175", "EVEN", "odds"),
    )
    (row,) = odds(parse(answer(summary(**PRE, pickcenter=[said]))))
    assert row == {
        "season": 2026,
        "game_id": "401",
        "provider": "Draft Kings",
        "home_spread_open": 3.5,
        "home_spread_close": -6.5,
        "total_open": 144.5,
        "total_close": 141.5,
        "home_moneyline": -280.0,
        "away_moneyline": 100.0,
    }


@pytest.mark.parametrize(("text", "value"), [("EVEN", 0.0), ("PK", 0.0), ("OFF", None), ("", None), ("-0.5", -0.5)])
def test_words_for_lines(answer: Answer, summary: Make, text: str, value: float | None) -> None:
    said = book(overUnder=141.5, pointSpread=market("home", text, text))
    (row,) = odds(parse(answer(summary(**PRE, pickcenter=[said]))))
    assert (row.get("home_spread_open"), row.get("home_spread_close")) == (value, value)


def test_the_older_form_has_no_open(answer: Answer, summary: Make) -> None:
    said = book(spread=-5.5, homeTeamOdds={"moneyLine": -275}, awayTeamOdds={"moneyLine": 250})
    (row,) = odds(parse(answer(summary(pickcenter=[said], teams=[], players=[]))))
    assert row == {
        "season": 2026,
        "game_id": "401",
        "provider": "Draft Kings",
        "home_spread_close": -5.5,
        "home_moneyline": -275.0,
        "away_moneyline": 250.0,
    }


def test_during_the_game_only_what_was_before_it_counts(answer: Answer, summary: Make) -> None:
    live = {"status": "STATUS_IN_PROGRESS", "state": "in", "completed": False}
    assert odds(parse(answer(summary(**live, pickcenter=[book(spread=-20.5)])))) == []
    said = book(spread=-20.5, pointSpread=market("home", "-2.5", "-3.5"))
    (row,) = odds(parse(answer(summary(**live, pickcenter=[said]))))
    assert row["home_spread_close"] == -3.5


def test_other_peoples_models_and_live_odds_are_no_benchmark(answer: Answer, summary: Make) -> None:
    providers = [("1003", "numberfire"), ("59", "ESPN Bet - Live Odds"), ("200", "DraftKings - Live Odds"), ("1", "A")]
    said = [{"provider": {"id": number, "name": name}, "spread": -1.0} for number, name in providers]
    assert [row["provider"] for row in odds(parse(answer(summary(**PRE, pickcenter=said))))] == ["A"]


def test_odds_that_say_nothing_are_no_row(answer: Answer, summary: Make) -> None:
    assert odds(parse(answer(summary(**PRE, pickcenter=[book()])))) == []


@pytest.mark.parametrize(
    ("predictor", "chance"),
    [
        ({"homeTeam": {"id": "1", "gameProjection": "38.1"}}, 0.381),
        ({"awayTeam": {"id": "2", "gameProjection": "61.9"}}, 0.381),
        ({"homeTeam": {"id": "2", "gameProjection": "61.9"}}, 0.381),
        ({"homeTeam": {"id": "1"}, "awayTeam": {"id": "2", "gameProjection": "61.9"}}, 0.381),
    ],
)
def test_espns_projection_is_the_home_teams_chance(
    answer: Answer, summary: Make, predictor: Json | None, chance: float
) -> None:
    (row,) = odds(parse(answer(summary(**PRE, predictor=predictor))))
    assert row == {"season": 2026, "game_id": "401", "provider": "espn_projection", "home_win_prob": chance}


@pytest.mark.parametrize("predictor", [None, {"homeTeam": {"id": "1", "gameProjection": "--"}}])
def test_no_projection_is_no_row(answer: Answer, summary: Make, predictor: Json | None) -> None:
    assert list(parse(answer(summary(**PRE, predictor=predictor)))) == []


@pytest.mark.parametrize("predictor", [{}, {"homeTeam": {"id": "1"}}])
def test_a_projection_of_neither_side_is_missed(answer: Answer, summary: Make, predictor: Json) -> None:
    (bad,) = parse(answer(summary(**PRE, predictor=predictor)))
    assert isinstance(bad, Bad)
    assert bad.reason.path == "predictor.homeTeam.gameProjection"


def test_members_of_division_one_are_projected_before_the_game(answer: Answer, summary: Make) -> None:
    said = summary(**PRE)
    assert list(parse(answer(said))) == []
    for side in said["header"]["competitions"][0]["competitors"]:
        side["team"] = {"id": side["id"], "groups": {"id": "2", "parent": {"id": "50"}}}
    (bad,) = parse(answer(said))
    assert isinstance(bad, Bad)
    assert bad.reason.path == "predictor"


def test_a_final_without_a_book_is_looked_up_at_the_core_api(answer: Answer, summary: Make) -> None:
    asked = [each for each in parse(answer(summary())) if isinstance(each, Request)]
    assert asked == [endpoints.odds("mens-college-basketball", "401", 2026)]
    assert asked[0].game_id == "401"
    known = summary(pickcenter=[book(spread=-5.5)])
    assert not [each for each in parse(answer(known)) if isinstance(each, Request)]
    forfeited = summary(score=("2", "0"))
    assert not [each for each in parse(answer(forfeited)) if isinstance(each, Request)]


def test_the_core_apis_average_of_the_books_is_no_book(answer: Answer) -> None:
    request = endpoints.odds("mens-college-basketball", "401", 2023)
    items = [{"provider": {"id": "1004", "name": "consensus"}, "spread": -4.5, "overUnder": 140.5}]
    items += [{"provider": {"id": "45", "name": "Caesars"}, "spread": -5.5, "overUnder": 141.5}]
    page = {"count": 2, "pageIndex": 1, "pageSize": 25, "pageCount": 1, "items": items}
    (row,) = odds(parse(replace(answer(page), request=request)))
    assert (row["provider"], row["home_spread_close"]) == ("Caesars", -5.5)


def test_bad_odds_cost_only_themselves(answer: Answer, summary: Make) -> None:
    said = [book(pointSpread=market("home", "a lot", "-1.5")), book(overUnder=141.5)]
    parsed = list(
        parse(answer(summary(**PRE, pickcenter=said, predictor={"homeTeam": {"id": "1", "gameProjection": "138"}})))
    )
    assert [(item.reason.path, item.reason.reason) for item in parsed if isinstance(item, Bad)] == [
        ("pickcenter[0].pointSpread.home.open.line", "`a lot` is not a price"),
        ("predictor.gameProjection", "`138` is not a percentage"),
        ("pickcenter[1].total.over", "missing in 1 place, where ESPN always sends it"),
    ]
    assert [row["total_close"] for row in odds(parsed)] == [141.5]
