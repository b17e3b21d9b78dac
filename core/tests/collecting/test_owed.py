"""What is owed: answers spoilt on their way, and how often they are asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from tipoff.collecting import owed
from tipoff.collecting.kinds import DOUBT
from tipoff.contracts import Request
from tipoff.errors import MalformedResponse, SourceUnavailable, SpecError

GOOD = {"season": 2026, "game_id": "good", "home": 5, "pace": 70}
BAD = {"season": 2026, "game_id": "bad", "home": "many"}
DAY = "/days/2026-01-01?page=1"


def once(collecting: Any, path: str, says: Any) -> Callable[[str], Any]:
    """What the league says to the first asking of `path` only."""
    collecting.league.says[path] = says
    asked: list[str] = []

    async def before(query: str) -> None:
        if query == path:
            if asked:
                collecting.league.says.pop(path, None)
            asked.append(query)
        await asyncio.sleep(0)

    return before


@pytest.mark.parametrize("says", [{"rows": [GOOD, BAD]}, "<html>", 503])
def test_an_answer_that_was_spoilt_on_its_way_is_mended_in_the_same_run(collecting: Any, says: Any) -> None:
    collecting.league.before = once(collecting, "/games/2026-01-01-1", says)
    report = collecting()
    assert collecting.league.asked.count("/games/2026-01-01-1") == 2
    assert (report.failed, report.quarantined) == (0, 0)
    for table in ("ops.quarantine", "ops.failed_request"):
        assert collecting.rows(f"SELECT * FROM {table}") == []
    assert len(collecting.rows("SELECT * FROM raw.scores WHERE home IS NOT NULL AND game_id LIKE '2026%'")) == 6


@pytest.mark.parametrize(
    ("says", "kind", "error"), [("<html>", "MalformedResponse", None), (503, "SourceUnavailable", SourceUnavailable)]
)
def test_a_second_look_may_be_worse_than_the_first(
    collecting: Any, says: Any, kind: str, error: type[Exception] | None
) -> None:
    path = "/games/2026-01-01-1"
    collecting.league.says[path] = {"rows": [GOOD, BAD]}

    def before(query: str) -> None:
        if collecting.league.asked.count(path) == 2:
            collecting.league.says[path] = says

    collecting.league.before = before
    with pytest.raises(error) if error else nullcontext():
        collecting()
    assert collecting.rows("SELECT kind, attempts FROM ops.failed_request") == [(kind, 1)]
    assert collecting.rows("SELECT count(*) FROM ops.quarantine") == [(1,)]
    assert collecting.rows("SELECT home FROM raw.scores WHERE game_id = 'good'") == [(5,)]

    collecting.league.before = lambda query: None
    collecting.league.says.pop(path)
    assert collecting().failed == 0
    assert collecting.league.asked == [path]
    for table in ("ops.quarantine", "ops.failed_request"):
        assert collecting.rows(f"SELECT * FROM {table}") == []


@pytest.mark.parametrize(("most", "times"), [(2, 2), (1, 1)])
def test_no_second_look_where_too_much_is_bad_to_be_an_accident(
    collecting: Any, monkeypatch: pytest.MonkeyPatch, most: int, times: int
) -> None:
    monkeypatch.setattr(owed, "DOUBTS", most)
    spoilt = ["/games/2026-01-01-1", "/games/2026-01-02-1"]
    collecting.league.says |= {path: {"rows": [GOOD, BAD]} for path in spoilt}
    collecting(1, 2)
    assert [collecting.league.asked.count(path) for path in spoilt] == [times, times]


def test_a_record_that_stays_bad_is_asked_for_again_until_its_day_has_settled(
    collecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    collecting.league.says["/games/2026-01-01-1"] = {"rows": [GOOD, BAD]}
    for day, asked in ((20, 2), (22, 1), (23, 1), (24, 0)):
        now = datetime(2026, 1, day, 12)
        monkeypatch.setenv("TIPOFF_NOW", now.isoformat())
        collecting(*((1, 3) if day == 20 else (19, 19)), now=now)
        assert collecting.league.asked.count("/games/2026-01-01-1") == asked, day
    assert collecting.rows("SELECT kind, attempts FROM ops.failed_request") == [("Quarantine", 3)]
    assert collecting.rows("SELECT path, first_seen, fetched_at, processing_version FROM ops.quarantine") == [
        ("scores.home", datetime(2026, 1, 20, 12), datetime(2026, 1, 23, 12), "1")
    ]


def test_what_has_a_bad_record_and_then_no_answer_says_that_the_source_is_down(collecting: Any) -> None:
    """Such an address has not failed before, so that it counts, unlike one that is owed for its failures."""
    spoilt = [f"/games/2026-01-{day:02}-1" for day in range(1, 8)]
    collecting.league.says |= {path: {"rows": [GOOD, BAD]} for path in spoilt}
    tolerant = collecting.settings.model_copy(update={"quarantine_limit": 1.0})
    assert collecting(1, 7, settings=tolerant).quarantined == 7
    collecting.league.says |= dict.fromkeys(spoilt, 503)
    with pytest.raises(SourceUnavailable, match="5, in a row"):
        collecting(1, 7, concurrency=1)
    assert len(collecting.league.asked) < 7


def test_records_that_are_bad_everywhere_fail_the_run_after_the_rest_is_loaded(collecting: Any) -> None:
    collecting.league.says |= {
        f"/games/2026-01-{day:02}-{game}": {"rows": [{**GOOD, "game_id": f"{day}-{game}"}, BAD]}
        for day in range(1, 7)
        for game in (1, 2)
    }
    with pytest.raises(MalformedResponse, match=r"12 of 48 records, in 12 of 24 answers.*`'many'`.*quarantine replay"):
        collecting(1, 6)
    assert len(collecting.rows("SELECT * FROM raw.scores WHERE home = 5")) == 12
    assert collecting.rows("SELECT count(*) FROM ops.quarantine") == [(12,)]


def test_the_share_that_is_tolerated_can_be_set(collecting: Any) -> None:
    collecting.league.says |= {
        f"/games/2026-01-{day:02}-{game}": {"rows": [GOOD, BAD]} for day in range(1, 7) for game in (1, 2)
    }
    tolerant = collecting.settings.model_copy(update={"quarantine_limit": 0.5})
    assert collecting(1, 6, settings=tolerant).quarantined == 12


def test_one_bad_record_in_each_of_some_large_answers_is_not_everywhere(collecting: Any) -> None:
    collecting.league.says |= {
        f"/games/2026-01-{day:02}-1": {"rows": [{**GOOD, "game_id": f"{day}-{n}"} for n in range(150)] + [BAD]}
        for day in range(1, 13)
    }
    assert collecting(1, 12).quarantined == 12


def test_a_run_of_which_nothing_is_usable_fails(collecting: Any) -> None:
    collecting.league.says[DAY] = {"rows": [BAD]}
    with pytest.raises(MalformedResponse, match="1 of 1 records, in 1 of 1 answers, were set aside"):
        collecting(1, 1)


def test_so_many_doubts_are_no_accident_and_are_asked_for_no_more_than_so_often() -> None:
    now = datetime(2026, 1, 20)
    doubts = [owed.Owed(Request(f"https://a/{n}"), now, DOUBT) for n in range(300)]
    failed = [owed.Owed(Request(f"https://b/{n}"), now, "SourceUnavailable") for n in range(300)]
    due = owed.due([*doubts, *failed], now, timedelta(days=3))
    assert len(due) == 300 + owed.DOUBTS
    assert due[300] == doubts[0].request
    assert owed.due(doubts, now + timedelta(days=4), timedelta(days=3)) == []
    assert len(owed.due(failed, now + timedelta(days=4), timedelta(days=3))) == 300


def test_what_was_asked_is_kept_by_day_and_game(collecting: Any) -> None:
    collecting(1, 1, plan="support_source:plan_with_days")
    assert collecting.rows(
        "SELECT DISTINCT day, rows, processing_version FROM ops.landed_request WHERE day IS NOT NULL"
    ) == [(datetime(2026, 1, 1).date(), 2, "1")]


def test_a_collector_with_a_constant_small_share_of_bad_records_stays_well(
    collecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is owed is asked again since it was bad; by the share of what is asked every run would fail."""
    games = [f"2026-01-{day:02}-1" for day in range(1, 8)]
    collecting.league.says |= {
        f"/games/{game}": {"rows": [{**GOOD, "game_id": f"{game}/{n}"} for n in range(5)] + 2 * [BAD]} for game in games
    }
    for day in (20, 21, 22, 23, 24):
        now = datetime(2026, 1, day, 12)
        monkeypatch.setenv("TIPOFF_NOW", now.isoformat())
        report = collecting(1, 19, now=now)
        assert report.quarantined == (14 if day < 24 else 0), day
    assert collecting.rows("SELECT count(*) FROM ops.quarantine") == [(14,)]


def test_a_window_that_is_bad_fails_again_and_again(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    collecting.league.says |= {
        f"/games/2026-01-{day:02}-{game}": {"rows": [GOOD, BAD]} for day in range(1, 7) for game in (1, 2)
    }
    for day in (20, 21):
        monkeypatch.setenv("TIPOFF_NOW", f"2026-01-{day}T12:00")
        with pytest.raises(MalformedResponse, match="12 of"):
            collecting(1, 6, now=datetime(2026, 1, day, 12))
    assert collecting(15, 19, now=datetime(2026, 1, 21, 12)).quarantined == 12, "the days of this run are well"


def test_a_dataset_may_have_its_own_limit(collecting: Any) -> None:
    collecting.league.says |= {
        f"/games/2026-01-{day:02}-{game}": {"rows": [GOOD, BAD]} for day in range(1, 7) for game in (1, 2)
    }
    assert collecting(1, 6, quarantine_limit=0.6).quarantined == 12
    with pytest.raises(SpecError, match=r"`scores`: `quarantine_limit` is a share from 0 to 1, or None, got `1.5`"):
        collecting.source.registry(quarantine_limit=1.5)


@pytest.mark.parametrize(("second", "owed_after"), [(BAD, 0), ({**BAD, "home": "more"}, 1)])
def test_a_day_that_has_settled_is_not_asked_again_for_a_record_that_stays_as_it_is(
    collecting: Any, second: dict[str, Any], owed_after: int
) -> None:
    listed, asked = {"plan": "support_source:plan_with_days"}, list[str]()
    address = "/days/2026-01-05?page=1"
    collecting.league.says[address] = {"rows": [GOOD, BAD]}

    async def before(path: str) -> None:
        asked.append(path)
        if asked.count(address) == 2:
            collecting.league.says[address] = {"rows": [GOOD, second]}

    collecting.league.before = before
    collecting(5, 5, **listed)
    assert asked.count(address) == 2
    assert len(collecting.rows("FROM ops.failed_request")) == owed_after
    assert len(collecting.rows("FROM ops.quarantine")) == 1
    collecting(19, 19, **listed)
    assert asked.count(address) == 2 + owed_after
    assert collecting.rows("FROM ops.failed_request") == [], "and a day later it is not owed either"
