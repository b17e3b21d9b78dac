"""One look at a dataset's answers against all before it: what holds what, who is hurt, and what took its place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tipoff.contracts import Json, Uses
from tipoff.quality.drift.answers import Answers
from tipoff.quality.drift.fields import Key, _came_after, _severities, _successor, holder_of, look
from tipoff.quality.drift.judging import NEWS, Field

DAY = date(2026, 1, 15)
REQUEST = "https://feed.org/scoreboard"


@pytest.mark.parametrize(
    ("path", "holder"),
    [("a.b[]", "a.b"), ("a.b", "a"), ("a", ""), ("a[].b.c", "a[].b"), ("a[].b", "a[]"), ("a[]", "a")],
)
def test_what_holds_a_field(path: str, holder: str) -> None:
    assert holder_of(path) == holder


def test_a_path_is_as_important_as_the_most_important_use_of_what_is_below_it() -> None:
    uses = [
        Uses("/x", ("games[].odds.line", "games[].id"), severity="warn", record="games[]", state="status.name"),
        Uses("/x", ("games[].score",), severity="block"),
        Uses("/x", ("games[].odds.book",), severity="info"),
    ]
    assert _severities(uses) == {
        "games": "block",
        "games[]": "block",
        "games[].score": "block",
        "games[].id": "warn",
        "games[].odds": "warn",
        "games[].odds.line": "warn",
        "games[].status": "warn",
        "games[].status.name": "warn",
    }


@pytest.mark.parametrize(
    ("seen", "change", "holder_seen", "came"),
    [
        (DAY, "", DAY - timedelta(1), True),
        (DAY, "", DAY, False),  # the whole object is new
        (DAY, "missing", DAY - timedelta(1), False),
        (DAY - NEWS, "", DAY - timedelta(90), True),
        (DAY - NEWS - timedelta(1), "", DAY - timedelta(90), False),
        (DAY - timedelta(3), "", DAY - timedelta(1), True),
    ],
)
def test_a_field_came_if_what_holds_it_was_there_before(seen: date, change: Any, holder_seen: date, came: bool) -> None:
    field, holder = Field("", "a.b", seen, DAY, change=change), Field("", "a", holder_seen, DAY)
    assert _came_after(field, holder, DAY) is came


def named(path: str, share: float, kind: str = "number", first_seen: date = DAY, **more: Any) -> Field:
    return Field("", path, first_seen, DAY, share_now=share, now_types={kind: 1.0}, **more)


LOST = Field(
    "", "g[].points", DAY, DAY, change="missing", since=DAY, share_before=0.9, types={"number": 90, "string": 10}
)


@pytest.mark.parametrize(
    ("others", "perhaps"),
    [
        ([named("g[].score", 0.9)], "score"),
        ([named("g[].score", 0.66), named("g[].pts", 0.85)], "pts"),  # the nearer
        ([named("g[].score", 0.65)], "score"),  # a quarter less
        ([named("g[].score", 0.64)], ""),
        ([named("g[].score", 0.9, "string")], ""),  # most were numbers
        ([named("g[].score", 0.9, first_seen=DAY - timedelta(1))], ""),  # it was there before
        ([named("g[].score", 0.9, change="new")], "score"),
        ([named("g[].score", 0.9, change="rarer")], ""),
        ([named("g[].more.score", 0.9)], ""),  # elsewhere
        ([named("g[].score[]", 0.9)], ""),
        ([Field("on", "g[].score", DAY, DAY, share_now=0.9, now_types={"number": 1.0})], ""),  # of another state
    ],
)
def test_a_lost_field_may_be_called_like_a_new_one_beside_it(others: list[Field], perhaps: str) -> None:
    found: dict[Key, Field] = {(REQUEST, each.state, each.path): each for each in [LOST, *others]}
    assert _successor(LOST, found, REQUEST) == perhaps


def test_a_look_takes_in_what_is_there_what_is_not_and_leaves_what_could_not_be() -> None:
    uses = [Uses("/scoreboard", ("games[].id",), severity="block")]
    known: dict[Key, Field] = {}
    for day in range(4):
        bodies: list[Json] = [{"games": [{"id": str(n), "odds": {"line": 1}} for n in range(10)]} for _ in range(8)]
        known = look(known, [Answers(REQUEST, tuple(bodies))], uses, DAY + timedelta(day))
    assert {key[2] for key in known} == {"", "games", "games[]", "games[].id", "games[].odds", "games[].odds.line"}
    assert known[REQUEST, "", "games[].id"].severity == "block"
    bodies = [{"games": [{"number": n} for n in range(10)]} for _ in range(8)]
    found = look(
        known, [Answers(REQUEST, tuple(bodies)), Answers("https://feed.org/other", ())], uses, DAY + timedelta(4)
    )
    changed = {key[2]: field.change for key, field in found.items() if field.change}
    assert changed == {"games[].id": "missing", "games[].odds": "missing", "games[].number": "new"}
    assert found[REQUEST, "", "games[].odds.line"] == known[REQUEST, "", "games[].odds.line"], "nothing could hold it"
    assert found[REQUEST, "", "games[].id"].perhaps == "", "it was a text"


@pytest.mark.parametrize(("answers", "looks"), [(7, 1), (15, 1), (16, 2), (24, 3), (32, 4), (400, 4)])
def test_a_first_look_at_many_answers_counts_as_several(answers: int, looks: int) -> None:
    """Eight answers each, and four at most, so that it shows how a share varies."""
    found = look({}, [Answers(REQUEST, tuple({"id": n} for n in range(answers)))], [], DAY)
    assert len(found[REQUEST, "", "id"].looks) == looks
    assert sum(each.objects for each in found[REQUEST, "", "id"].looks) == answers
