"""A source that says of many things that it does not have them, and then has them again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tipoff.collecting.outages import Outages
from tipoff.errors import SourceUnavailable

NIGHT = datetime(2026, 1, 20, 12)
GAMES = [f"/games/2026-01-{day:02}-{game}" for day in range(1, 9) for game in (1, 2)]


@pytest.fixture
def at(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(days_later: float, *days: int, **options: Any) -> Any:
        now = NIGHT + timedelta(days=days_later)
        monkeypatch.setenv("TIPOFF_NOW", now.isoformat())
        return collecting(*days, now=now, **options)

    return run


def owed(collecting: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = collecting.rows(
        "SELECT kind, count(*) FROM ops.failed_request GROUP BY ALL ORDER BY ALL"
    )
    return found


@pytest.mark.parametrize("answer", [404, {"rows": []}])
def test_an_outage_fails_runs_is_owed_and_ends(collecting: Any, at: Any, answer: Any) -> None:
    at(0, 1, 8)  # every question has had an answer
    collecting.league.says |= dict.fromkeys(GAMES, answer)
    with pytest.raises(SourceUnavailable, match=r"16 questions have an answer that is not believed.*16 of 16 alike"):
        at(1, 1, 8, again=True)
    assert owed(collecting) == [("Nothing", 16)]
    assert collecting.rows("SELECT error <> '' FROM ops.collect_run ORDER BY rowid") == [(False,), (True,)]
    with pytest.raises(SourceUnavailable):
        at(1.1, 19, 19)  # a retry; other days
    assert [path for path in collecting.league.asked if path in GAMES] == sorted(GAMES)
    collecting.league.says.clear()
    report = at(2, 19, 19)
    assert {*GAMES} < {*collecting.league.asked}
    assert report.failed == 0
    assert owed(collecting) == []
    assert at(3, 1, 8).requests == 0


def test_a_first_run_into_an_outage(collecting: Any, at: Any) -> None:
    collecting.league.says |= dict.fromkeys(GAMES, 404)
    with pytest.raises(SourceUnavailable, match="16 of 16"):
        at(0, 1, 8)
    collecting.league.says.clear()
    at(1, 19, 19)
    assert collecting.rows("SELECT count(*) FROM raw.scores WHERE home IS NOT NULL AND day < '2026-01-09'") == [(16,)]


def test_one_404_is_an_answer(collecting: Any, at: Any) -> None:
    collecting.league.says[GAMES[0]] = 404
    at(0, 1, 8)
    assert owed(collecting) == []
    at(1, 1, 8)
    assert collecting.league.asked == []


def test_what_never_comes_is_believed_when_the_source_is_well(collecting: Any, at: Any) -> None:
    collecting.league.says |= dict.fromkeys(GAMES, 404)
    with pytest.raises(SourceUnavailable):
        at(0, 1, 8)
    at(1, 15, 17)  # six other games are answered
    assert owed(collecting) == []
    assert at(2, 1, 8).requests == 0


def test_an_outage_that_lasts_is_known_after_a_while(collecting: Any, at: Any) -> None:
    collecting.league.says |= dict.fromkeys(GAMES, 404)
    for later in (0, 1, 3):
        with pytest.raises(SourceUnavailable):
            at(later, 1, 8)
    report = at(5, 1, 8)
    assert (report.requests, report.failed) == (16, 0)
    assert owed(collecting) == [("Nothing", 16)]
    assert at(20, 1, 8).requests == 16, "a plan that asks for it is not told that it has a fresh answer"


def test_what_an_earlier_version_took_for_an_answer_is_asked_again(collecting: Any, at: Any) -> None:
    collecting.league.says |= dict.fromkeys(GAMES, 404)
    with pytest.raises(SourceUnavailable):
        at(0, 1, 8)
    with collecting.store.write() as con:
        con.execute("DELETE FROM ops.failed_request").fetchall()
        con.execute("UPDATE ops.landed_request SET had_rows = NULL").fetchall()
    with pytest.raises(SourceUnavailable):
        at(1, 19, 19)
    assert owed(collecting) == [("Nothing", 16)]
    collecting.league.says.clear()
    at(2, 19, 19)
    assert owed(collecting) == []


def test_parsing_again_forgets_no_outage(collecting: Any, at: Any) -> None:
    collecting.league.says |= dict.fromkeys(GAMES, 404)
    with pytest.raises(SourceUnavailable):
        at(0, 1, 8)
    with pytest.raises(SourceUnavailable):
        at(0.1, 1, 8, version="2")
    assert owed(collecting) == [("Nothing", 16)]


def test_without_an_answer_of_nothing_the_rows_are_not_even_looked_at(
    collecting: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Outages, "_questions", None)
    at(0, 1, 8)


def listing(collecting: Any, day: date, *games: str) -> None:
    base = {"table": "games", "season": 2026, "game_date": f"{day}", "status": "final"}
    collecting.league.says[f"/days/{day}?page=1"] = {"rows": [{**base, "game_id": game} for game in games]}


def test_days_whose_lists_are_empty_though_their_games_are_known(collecting: Any, at: Any) -> None:
    listed = {"tables": ("games",), "plan": "support_source:plan_with_days", "parse": "support_source:parse_listed"}
    week = [date(2026, 1, day) for day in range(14, 21)]
    for day in week:
        listing(collecting, day, f"{day}-1", f"{day}-2")
    at(0, 14, 20, **listed)
    for day in week[:3]:
        listing(collecting, day)
    with pytest.raises(SourceUnavailable, match=r"3 questions.*3 of 7 days"):
        at(0.5, 14, 20, again=True, **listed)
    assert owed(collecting) == [("Nothing", 3)]
    for day in week:
        listing(collecting, day, f"{day}-1", f"{day}-2")
    at(1, 25, 26, **listed)
    assert owed(collecting) == []
