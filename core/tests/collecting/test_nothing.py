"""Which answers of nothing are an outage, and when they are believed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tipoff.collecting.nothing import LONE, ONCE, Answer, days, questions

TODAY = datetime(2026, 1, 20, 12)
NEVER = datetime(2020, 1, 1)


def told(count: int, kind: str = "https://a/games/*", *, ago: float = 0, **values: Any) -> list[Answer]:
    """Answers of one kind, so many days ago: with something, unless said otherwise."""
    at = TODAY - timedelta(days=ago)
    given = {
        "nothing": False,
        "plain": False,
        "due": False,
        "said_since": None,
        "owed_since": None,
        "reason": "",
        **values,
    }
    return [Answer(((f"{kind} {ago} {values} {n}", "b"),), kind, at, **given) for n in range(count)]


def none(count: int, *, since: float = 0, ago: float = 0, **values: Any) -> list[Answer]:
    """Answers that there is nothing, as was said since so many days before."""
    said = TODAY - timedelta(days=ago + since)
    return told(count, ago=ago, **{"nothing": True, "plain": True, "said_since": said, **values})


def doubted(*groups: list[Answer]) -> list[Answer]:
    return [answer for answer, _ in questions([answer for group in groups for answer in group])]


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ((none(1), told(39)), 0),
        ((none(4), told(2)), 0),
        ((none(12), told(28), told(300, ago=1)), 12),  # a partial storm
        ((none(4), told(36), told(300, ago=1)), 0),
        ((none(3), none(3, ago=1), told(100, ago=8)), 6),  # few questions a run
        ((none(3), none(3, ago=9), told(100, ago=12)), 0),
        ((none(12), told(28)), 0),  # nothing is known of earlier answers to such questions
        ((none(21), told(20)), 21),
        ((none(12), told(28), told(60, ago=3), none(40, ago=3, since=2)), 0),  # it is so as ever
        ((none(40, since=2), told(2)), 0),  # said before, a day ago and more
        ((none(40, plain=False), told(400, ago=3)), 0),  # an empty list may be all there is
    ],
)
def test_questions_that_a_source_has_nothing_to(groups: Any, found: int) -> None:
    assert len(doubted(*groups)) == found


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ((none(12, due=True), told(28, due=False)), 12),  # every finished game should have rows
        ((none(12, due=True, plain=False), told(28)), 0),
        ((none(12, due=True, plain=False), told(28), told(300, ago=3)), 12),
    ],
)
def test_finished_games_that_a_source_has_nothing_of(groups: Any, found: int) -> None:
    all_of_them = list(questions([answer for group in groups for answer in group]))
    assert sum(reason != ONCE for _, reason in all_of_them) == found
    assert len(all_of_them) == 12, "what is no outage is asked about once more"


def test_single_games_are_asked_about_once_more_and_no_more_than_so_many_at_once() -> None:
    assert [reason for _, reason in questions([*none(1, due=True), *told(30)])] == [ONCE]
    assert doubted(none(1, due=True, since=1), told(30)) == []
    old = none(3000, due=True, ago=400)
    assert len(doubted(old, told(30000, ago=400))) == LONE


@pytest.mark.parametrize(
    ("others", "owed_for", "believed"),
    [
        (told(3), 1.0, True),
        (told(3), 0.5, False),  # a retry says nothing new
        (told(2), 1.0, False),
        ([], 1.0, False),
        (none(6) + told(6), 1.0, False),  # the outage goes on
        (told(40, ago=9), 1.0, False),  # it answered others long ago
    ],
)
def test_what_is_owed_is_believed_when_it_is_said_again_while_others_are_answered(
    others: list[Answer], owed_for: float, believed: bool
) -> None:
    owed = none(200, since=owed_for, owed_since=TODAY - timedelta(days=owed_for), reason="an outage")
    kept = [answer for answer in doubted(owed, others) if answer in owed]
    assert kept == ([] if believed else owed)


def test_kinds_with_few_questions_are_judged_together() -> None:
    named = [
        answer
        for n in range(12)
        for answer in told(1, f"https://a/{'abcdefghijkl'[n]}/roster", nothing=True, plain=True, said_since=TODAY)
    ]
    assert len(doubted(named)) == 12
    assert doubted(named[:4]) == []


def listed(count: int, **values: Any) -> list[Answer]:
    return [
        Answer((("k", "b"),), f"2026-01-{number + 1:02}", TODAY, **{
            "nothing": False, "plain": True, "due": True, "said_since": None, "owed_since": None, "reason": "", **values
        })
        for number in range(count)
    ]  # fmt: skip


def test_days_whose_games_are_gone_from_the_list() -> None:
    settle = timedelta(days=3)
    gone = listed(3, nothing=True)
    assert len(list(days([*gone, *listed(8)], TODAY, settle))) == 3
    assert [reason for _, reason in days([*gone[:1], *listed(8)], TODAY, settle)] == [ONCE]
    assert list(days([*gone[:1], *listed(8)], TODAY + timedelta(hours=1), settle)) == [], "it was not asked in this run"
    assert [r for _, r in days([*gone, *listed(20)], TODAY, settle)] == [ONCE] * 3
    owed = listed(3, nothing=True, owed_since=TODAY - timedelta(days=1), reason="as before")
    assert list(days([*owed, *listed(8)], TODAY, settle)) == []
    assert [reason for _, reason in days(owed, TODAY, settle)] == ["as before"] * 3


def test_a_list_that_stands_alone_and_had_rows() -> None:
    teams = "https://a/teams"
    gone = none(1, had_rows=362)[0]._replace(kind=teams)
    assert [reason for _, reason in questions([gone])] == ["the source has nothing, where it had 362 rows: an outage"]
    assert doubted([gone._replace(had_rows=19)]) == []
    assert doubted([gone, *told(200, teams)]) == [], "of many such lists one may be empty"
    owed = gone._replace(owed_since=TODAY - timedelta(hours=2), reason="as before")
    assert [reason for _, reason in questions([owed])] == ["as before"]
    assert doubted([owed._replace(owed_since=TODAY - timedelta(days=1))]) == []
