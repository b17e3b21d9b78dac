from __future__ import annotations

from typing import Any

import pytest
from tipoff.quality.drift.answers import kind_of
from tipoff.quality.drift.profile import Profile, Seen, Shape, canonical

GAMES = Shape("events[]", "status.name")
NONE = Shape()


def seen(*answers: Any, shape: Shape = NONE) -> dict[tuple[str, str], Seen]:
    profile = Profile(shape)
    for answer in answers:
        profile.add(answer)
    return {(each.state, each.path): each for each in profile.fields()}


def test_shares_are_of_the_objects_that_could_hold_a_field() -> None:
    found = seen({"teams": [{"id": "a", "rank": 3}, {"id": "b", "rank": None}, {"id": "c"}]}, {"teams": []})
    assert found["", "teams[].rank"] == Seen("", "teams[].rank", 1, 1, 3, 1, {"number": 1}), "null is none"
    assert found["", "teams[].id"].present == 3
    assert (found["", "teams[]"].objects, found["", "teams[]"].present) == (2, 1), "one of two lists is empty"
    assert found["", "teams[]"].types == {"object": 3}
    assert found["", ""].answers == 2


def test_types_are_those_of_json() -> None:
    found = seen({"a": 1, "b": 1.5, "c": True, "d": "x", "e": [], "f": {}})
    types = {path: next(iter(each.types)) for (_, path), each in found.items() if path in "abcdef" and path}
    assert types == {"a": "number", "b": "number", "c": "boolean", "d": "string", "e": "array", "f": "object"}


def test_keys_that_are_ids_are_one_field() -> None:
    found = seen({"odds": {"150": {"line": 1}, "2305": {}}})
    assert set(found) == {("", ""), ("", "odds"), ("", "odds.*"), ("", "odds.*.line")}
    assert (found["", "odds.*"].objects, found["", "odds.*"].present) == (1, 1)
    assert found["", "odds.*.line"].objects == 2


def test_many_keys_are_ids_however_they_read() -> None:
    found = seen({"by_name": {"".join(["x" * n, "y"]): 1 for n in range(400)}})
    assert len(found) < 210
    assert ("", "by_name.*") in found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("401", "*"), ("2026-01-15", "*"), ("0a1b2c3d4e", "*"), ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "*"),
        ("v2", "v2"), ("teams", "teams"), ("deadbeef", "deadbeef"), ("3pt", "3pt"),
    ],
)  # fmt: skip
def test_ids(name: str, expected: str) -> None:
    assert canonical(name) == expected


def test_the_kind_of_a_request_has_no_ids_and_no_values() -> None:
    assert kind_of("https://x.org/v2/teams/150/roster", '{"season": "2026", "page": "1"}') == (
        "https://x.org/v2/teams/*/roster?page&season"
    )


def test_records_are_counted_by_their_state() -> None:
    before = {"id": "1", "status": {"name": "SCHEDULED"}, "odds": {"line": -3}}
    after = {"id": "2", "status": {"name": "FINAL"}, "crowd": 900}
    found = seen({"events": [before, after, after]}, shape=GAMES)
    assert found["FINAL", "events[].crowd"].objects == 2
    assert found["SCHEDULED", "events[].odds.line"].present == 1
    assert ("SCHEDULED", "events[].crowd") not in found
    assert ("FINAL", "events[].odds") not in found
    told = found["", "events[].status.name"]
    assert (told.objects, told.present) == (3, 3)


def test_a_state_that_cannot_be_read_shows_on_its_own_path() -> None:
    found = seen({"events": [{"id": "1", "state": {"name": "FINAL"}}]}, shape=GAMES)
    told = found["", "events[].status.name"]
    assert (told.objects, told.present) == (1, 0)


def test_an_answer_may_be_the_record_and_its_state_in_a_list() -> None:
    answer = {"header": {"games": [{"status": "FINAL"}]}, "box": {"points": 3}}
    found = seen(answer, shape=Shape("", "header.games[].status"))
    assert found["FINAL", "box.points"].present == 1
    assert found["", "header.games[].status"].present == 1


def test_of_a_long_list_elements_from_all_over_it_are_looked_at() -> None:
    plays = [{"id": n, "late": True} if n > 900 else {"id": n} for n in range(1000)]
    found = seen({"plays": plays})
    assert found["", "plays[].id"].present <= 16
    assert found["", "plays[].late"].present >= 1
