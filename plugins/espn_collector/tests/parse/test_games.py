from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

import pytest
from tipoff import Bad, MalformedResponse, Parsed, Payload, Quarantine, Row
from tipoff_espn.parse import games

Json = dict[str, Any]
Answer = Callable[..., Payload]
Make = Callable[..., Json]


def parse(payload: Payload) -> list[Any]:
    return list(games.parse(payload))


def only(parsed: Iterable[Parsed], table: str = "games") -> dict[str, Any]:
    (row,) = [item for item in parsed if isinstance(item, Row) and item.table == table]
    return dict(row.values)


def bad(parsed: Iterable[Parsed]) -> Quarantine:
    (item,) = [item for item in parsed if isinstance(item, Bad)]
    return item.reason


def test_a_final_has_its_points_day_and_places(answer: Answer, event: Make) -> None:
    game = only(parse(answer({"events": [event()]})))
    assert game == {
        "season": 2026,
        "game_id": "401",
        "tip_utc": datetime(2026, 1, 16, 0, 30),
        "tip_known": True,
        "game_date": date(2026, 1, 15),
        "season_type": 2,
        "exhibition": False,
        "status": "final",
        "home_id": "1",
        "away_id": "2",
        "home_score": 71,
        "away_score": 64,
        "overtimes": 0,
        "neutral_site": False,
        "conference_game": True,
        "tournament": None,
        "venue_id": "77",
        "attendance": 4321,
        "home_rank": 7,
        "away_rank": None,
    }


@pytest.mark.parametrize(
    ("name", "state", "completed", "status"),
    [
        ("STATUS_SCHEDULED", "pre", False, "scheduled"),
        ("STATUS_IN_PROGRESS", "in", False, "in_progress"),
        ("STATUS_HALFTIME", "in", False, "in_progress"),
        ("STATUS_POSTPONED", "post", False, "postponed"),
        ("STATUS_CANCELED", "post", False, "canceled"),
        ("STATUS_FORFEIT", "post", True, "forfeited"),
    ],
)
def test_only_a_final_has_points(
    answer: Answer, event: Make, name: str, state: str, completed: bool, status: str
) -> None:
    said = event(status=name, state=state, completed=completed, score=("0", "0"), halves=())
    game = only(parse(answer({"events": [said]})))
    assert game["status"] == status
    assert (game["home_score"], game["away_score"], game["overtimes"]) == (None, None, None)


def test_an_administrative_forfeit_is_no_result(answer: Answer, event: Make) -> None:
    game = only(parse(answer({"events": [event(score=("2", "0"), halves=())]})))
    assert (game["status"], game["home_score"], game["away_score"]) == ("forfeited", None, None)


@pytest.mark.parametrize(("halves", "overtimes"), [((30, 41), 0), ((30, 30, 11), 1), ((20,) * 8, 6), ((), None)])
def test_overtimes_are_the_periods_beyond_regulation(
    answer: Answer, event: Make, halves: tuple[int, ...], overtimes: int | None
) -> None:
    assert only(parse(answer({"events": [event(halves=halves)]})))["overtimes"] == overtimes


def test_regulation_is_as_long_as_the_league_plays(answer: Answer, event: Make) -> None:
    quarters = event(halves=(20, 20, 20, 11), format={"regulation": {"periods": 4}})
    assert only(parse(answer({"events": [quarters]})))["overtimes"] == 0


def test_an_opponent_to_be_determined_is_missing(answer: Answer, event: Make) -> None:
    said = event(status="STATUS_SCHEDULED", state="pre", completed=False, score=("0", "0"), halves=(), away="-2")
    parsed = parse(answer({"events": [said]}))
    assert only(parsed)["away_id"] is None
    assert only(parsed, "team_seasons")["team_id"] == "1"


def test_a_time_to_be_announced_keeps_its_day(answer: Answer, event: Make) -> None:
    said = event(status="STATUS_SCHEDULED", state="pre", completed=False, halves=(), timeValid=False)
    said["date"] = "2026-03-06T04:59Z"
    game = only(parse(answer({"events": [said]})))
    assert (game["tip_known"], game["game_date"]) == (False, date(2026, 3, 5))


def test_a_tournament_and_no_attendance(answer: Answer, event: Make) -> None:
    said = event(notes=[{"type": "event", "headline": "ASUN Championship - 1st Round"}], attendance=0)
    game = only(parse(answer({"events": [said]})))
    assert (game["tournament"], game["attendance"]) == ("ASUN Championship - 1st Round", None)


def test_a_conference_is_named_only_by_its_own_games(answer: Answer, event: Make) -> None:
    inside = event(conferences=("46", "46"))
    outside = event(game_id="402", home="3", away="4", conferences=("46", "2"))
    del outside["competitions"][0]["groups"]
    seasons = [row.values for row in parse(answer({"events": [inside, outside]})) if row.table == "team_seasons"]
    assert {row["team_id"]: row.get("conference") for row in seasons} == {
        "1": "ASUN Conference",
        "2": "ASUN Conference",
        "3": "ASUN Conference",
        "4": None,
    }
    # To say NULL would take back what another day's games have said.
    assert [row["team_id"] for row in seasons if "conference" not in row] == ["4"]


@pytest.mark.parametrize(
    ("spoil", "path", "reason"),
    [
        (lambda e: e.update(date=20260116), "events[1].date", "Expected `str`, got `int`"),
        (
            lambda e: e.update(date="soon"),
            "events[1].date",
            "`soon` is not an instant; write it like 2024-01-15T00:30Z",
        ),
        (lambda e: e.pop("season"), "events[1]", "Object missing required field `season`"),
        (
            lambda e: e["competitions"][0]["competitors"][0].update(score={"value": 64.0}),
            "events[1].competitions[0].competitors[0].score",
            "Expected `str`, got `object`",
        ),
        (
            lambda e: e["competitions"][0]["competitors"][0].update(score="71"),
            "events[1].competitions[0].competitors.score",
            "a final cannot end `71`–`71`",
        ),
        (
            lambda e: e["competitions"][0]["competitors"].pop(),
            "events[1].competitions[0].competitors",
            "a game has one home and one away side, got `away`",
        ),
        (
            lambda e: e["status"]["type"].update(completed=False),
            "events[1].status.type",
            "over, but neither final nor called off: `STATUS_FINAL`, completed `False`",
        ),
    ],
)
def test_a_malformed_event_costs_only_itself(
    answer: Answer, event: Make, spoil: Callable[[Json], object], path: str, reason: str
) -> None:
    spoiled = event(game_id="402")
    spoil(spoiled)
    parsed = parse(answer({"events": [event(), spoiled, event(game_id="403")]}))
    assert (bad(parsed).path, bad(parsed).reason) == (path, reason)
    assert [row.values["game_id"] for row in parsed if isinstance(row, Row) and row.table == "games"] == ["401", "403"]
    assert next(item for item in parsed if isinstance(item, Bad)).record == spoiled


def test_text_that_is_no_text_is_one_bad_event(answer: Answer, event: Make) -> None:
    body = b'{"events": [{"id": "\xff"}]}'
    (item,) = parse(answer(body))
    assert "can't decode byte 0xff" in item.reason.reason
    assert isinstance(item.record, str)


@pytest.mark.parametrize(
    "body", [{"code": 400, "message": "Failed to get events endpoint."}, {"events": None}, b"<html>"]
)
def test_what_is_no_scoreboard_is_refused_with_what_it_said(answer: Answer, body: object) -> None:
    said = answer(body)
    with pytest.raises(MalformedResponse) as refused:
        parse(said)
    assert said.body[:30].decode() in str(refused.value)
    assert "/scoreboard" in str(refused.value)


def test_a_day_without_games_is_an_answer(answer: Answer) -> None:
    assert parse(answer({"events": []})) == []


def test_a_scoreboard_of_long_ago_does_not_say_what_teams_are_called_now(answer: Answer, event: Make) -> None:
    """The event is of 15 January."""
    for at, names in ((datetime(2026, 1, 29, 12), {"1", "2"}), (datetime(2026, 1, 30, 12), set())):
        parsed = parse(answer({"events": [event()]}, fetched_at=at))
        assert {row.values["team_id"] for row in parsed if row.table == "espn_team_names"} == names


def test_the_core_apis_list_goes_on_to_its_last_page_and_is_counted_once(answer: Answer) -> None:
    url = "https://sports.core.api.espn.com/v2/sports/basketball/leagues/mens-college-basketball/events"

    def page(number: int) -> list[Any]:
        items = [{"$ref": f"http://sports.core.api.espn.pvt/v2/x/events/40{number}?lang=en"}]
        body = {"count": 2, "pageIndex": number, "pageSize": 1, "pageCount": 2, "items": items}
        return parse(answer(body, url, {"dates": "20260115", "groups": "50", "page": str(number)}))

    listed, counted, following = page(1)
    assert (listed.table, listed.values["game_id"], listed.values["list"]) == ("espn_listed", "401", "core")
    assert (counted.table, counted.values["list"], counted.values["events"]) == ("espn_days", "core/50", 2)
    assert dict(following.params) == {"dates": "20260115", "groups": "50", "page": "2"}
    (last,) = page(2)
    assert (last.table, last.values["game_id"]) == ("espn_listed", "402")
