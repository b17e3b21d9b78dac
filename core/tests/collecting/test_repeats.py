"""Rows of one answer that say different things of one key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from tipoff import Column, Dataset, MalformedResponse, Parsed, Payload, Request, Row, Table
from tipoff.collecting.batch import Batch
from tipoff.collecting.repeats import Keyed, set_apart
from tipoff.collecting.validate import Validator

THINGS = Table(
    "things",
    key=("league", "id"),
    columns=(
        Column("league", "VARCHAR"),
        Column("id", "VARCHAR"),
        Column("name", "VARCHAR"),
        Column("size", "INTEGER"),
    ),
)
DATASET = Dataset("things", ("things",), "some.module:plan", "some.module:parse")


def row(key: str, **values: Any) -> Keyed:
    return Keyed("things", (key,), {"id": key, **values})


def test_repeats_and_additions_are_no_contradiction() -> None:
    rows = [
        row("1", name="a", size=None),
        row("1", size=3),
        row("1", name="a"),
        row("1", name=None),
        row("2", name="b"),
    ]
    assert set_apart("answer", rows) == (rows, [])


def test_what_two_rows_say_differently_is_set_aside_with_both() -> None:
    good = [row(str(number), name="x") for number in range(3)]
    kept, apart = set_apart("answer", [row("9", name="a", size=1), *good, row("9", name="b", size=1)])
    assert kept == good
    (torn,) = apart
    assert torn.path == "things[9].name"
    assert torn.reason == "2 rows with the key `9` differ: `a` and `b`"
    assert [each["name"] for each in torn.rows] == ["a", "b"]


def test_a_later_addition_may_contradict_too() -> None:
    kept, apart = set_apart("answer", [row("1", name="a"), row("1", size=3), row("1", size=4)])
    assert kept == []
    assert [each.path for each in apart] == ["things[1].size"]


@pytest.mark.parametrize(("torn", "good", "is_refused"), [(4, 0, False), (5, 0, True), (5, 45, False), (5, 44, True)])
def test_many_contradictions_refuse_the_answer(torn: int, good: int, is_refused: bool) -> None:
    rows = [row("4.02e8", name=str(n)) for n in range(torn)] + [row(str(n), name="x") for n in range(good)]
    if not is_refused:
        assert len(set_apart("answer", rows)[1]) == 1
        return
    wanted = rf"`answer`: {torn} of {torn + good} rows for `things` .* `4\.02e8`, whose `name` is `0` and `1`"
    with pytest.raises(MalformedResponse, match=wanted):
        set_apart("answer", rows)


def parsed(payload: Payload) -> Iterator[Parsed]:
    return (Row("things", each) for each in payload.json())


def take(batch: Batch, key: str, records: list[dict[str, Any]]) -> Any:
    payload = Payload(Request(key), json.dumps(records).encode(), datetime(2026, 1, 1), "league")
    return batch.add(payload, parsed(payload))


@pytest.fixture
def batch() -> Batch:
    return Batch(DATASET, {"things": Validator(THINGS)})


def test_any_collector_s_answer_is_looked_at(batch: Batch) -> None:
    others = [{"id": str(number), "name": "x"} for number in range(9)]
    taken = take(batch, "one", [{"id": "a", "name": "1"}, *others, {"id": "a", "name": "2"}])
    assert (taken.rows, taken.bad, taken.reason) == (
        9,
        1,
        "things[league, a].name: 2 rows with the key `league, a` differ: `1` and `2`",
    )
    content = batch.content()
    (record,) = content.quarantine.to_pylist()
    assert [each["name"] for each in json.loads(record["record"])] == ["1", "2"]
    assert sum(part.num_rows for part in content.rows["raw.things"]) == 9


def test_of_two_answers_the_later_one_still_counts(batch: Batch) -> None:
    for key, name in (("one", "before"), ("two", "after")):
        assert not take(batch, key, [{"id": "a", "name": name}]).bad
    (table,) = batch.content().rows["raw.things"]
    assert table["name"].to_pylist() == ["after"]


def test_a_refused_answer_leaves_nothing_behind(batch: Batch) -> None:
    with pytest.raises(MalformedResponse):
        take(batch, "one", [{"id": "a", "name": str(number)} for number in range(12)])
    assert batch.is_empty
    assert not batch.content().rows
