from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tipoff.quality.drift.judging import FORGET, Field, Look, _at_most, is_new, judge, learn, remembered
from tipoff.quality.drift.profile import Seen

DAY = date(2026, 1, 15)


def seen(present: int, objects: int = 40, answers: int = 10, kind: str = "string") -> Seen:
    return Seen("", "a.b", answers, min(answers, present), objects, present, {kind: present} if present else {})


def known(*shares: float, objects: int = 40, severity: Any = "block", day: date = DAY) -> Field:
    field: Field | None = None
    for number, share in enumerate(shares):
        field = learn(field, seen(round(share * objects), objects), day - timedelta(len(shares) - number), severity)
    assert field is not None
    return field


def test_a_field_that_is_always_there_and_goes_is_missing_at_once_and_since_then() -> None:
    before = known(*[1.0] * 5)
    after = judge(before, seen(0), DAY, "block")
    assert (after.change, after.since, after.share_before, after.share_now) == ("missing", DAY, 1.0, 0.0)
    later = judge(after, seen(0), DAY + timedelta(9), "block")
    assert (later.change, later.since) == ("missing", DAY), "what is missing does not become usual"
    mended = judge(later, seen(40), DAY + timedelta(10), "block")
    assert (mended.change, mended.since, mended.share_before) == ("", None, None)


@pytest.mark.parametrize("share", [0.9, 0.96, 1.0])
def test_a_field_as_frequent_as_ever_is_not_told(share: float) -> None:
    assert judge(known(1.0, 0.95, 0.93, 1.0), seen(round(40 * share)), DAY, "block").change == ""


def test_a_field_that_falls_by_half_is_rarer() -> None:
    assert judge(known(*[0.9] * 6), seen(14), DAY, "block").change == "rarer"


def test_a_field_that_comes_and_goes_may_go() -> None:
    assert judge(known(0.4, 0.0, 0.6, 0.2, 0.0), seen(0), DAY, "block").change == ""


def test_too_few_looks_or_objects_say_nothing() -> None:
    assert judge(known(1.0, 1.0), seen(0), DAY, "block").change == ""
    assert judge(known(*[1.0] * 5), seen(0, objects=1, answers=1), DAY, "block").change == ""
    assert judge(known(*[0.5] * 9), seen(0, objects=12, answers=3), DAY, "block").change == ""


def test_one_answer_a_day_is_judged_over_days() -> None:
    field = known(*[1.0] * 30, objects=1)
    changes = []
    for day in range(6):
        field = judge(field, seen(0, objects=1, answers=1), DAY + timedelta(day), "block")
        changes.append(field.change)
    assert changes[0] == ""
    assert changes[-1] == "missing"


def test_games_ahead_that_are_looked_at_day_after_day_are_not_independent() -> None:
    """Holiday tournaments end, and the next days' games, asked for eight days in a row, have no headlines."""
    field = known(*[0.11] * 14, objects=26)
    for day in range(16):
        field = judge(field, seen(0, objects=26, answers=8), DAY + timedelta(day), "block")
        assert field.change == "", day


def test_the_objects_of_one_answer_are_not_independent() -> None:
    field = known(*[0.5] * 9, objects=400)
    assert judge(field, seen(0, objects=400, answers=1), DAY, "block").change == ""
    assert judge(field, seen(0, objects=400, answers=10), DAY, "block").change == "missing"


def test_another_type_is_told_but_not_that_of_a_few_values() -> None:
    field = known(*[1.0] * 4)
    assert judge(field, seen(40, kind="number"), DAY, "block").change == "retyped"
    few = Seen("", "a.b", 10, 10, 40, 40, {"string": 38, "number": 2})
    assert judge(field, few, DAY, "block").change == ""


def test_a_type_that_was_seen_before_is_none_that_is_new() -> None:
    mixed = known(*[1.0] * 4)
    mixed = learn(mixed, Seen("", "a.b", 10, 10, 40, 40, {"string": 20, "number": 20}), DAY, "block")
    assert judge(mixed, seen(40, kind="number"), DAY, "block").change == ""


def test_what_nobody_reads_is_told_for_a_month_and_only_if_it_was_common() -> None:
    lost = judge(known(*[1.0] * 5, severity="info"), seen(0), DAY, "info")
    assert lost.change == "missing"
    forgotten = judge(lost, seen(0), DAY + FORGET + timedelta(1), "info")
    assert (forgotten.change, len(forgotten.looks)) == ("", 1)
    assert judge(known(*[0.15] * 9, objects=400, severity="info"), seen(0, 400, 40), DAY, "info").change == ""


def test_a_new_field_is_one_that_could_have_been_there_and_was_not() -> None:
    holder = known(*[1.0] * 20, day=DAY)
    holder = learn(holder, seen(40), DAY, "info")
    fresh = Field("", "a.b", DAY, DAY)
    assert is_new(fresh, holder, seen(40))
    rare = Seen("", "a.b", 10, 1, 40, 1, {"string": 1})
    assert not is_new(fresh, holder, rare), "one of ten answers may always have had it"
    assert not is_new(fresh, learn(known(1.0, 1.0), seen(40), DAY, "info"), seen(40)), "too few earlier looks"


def test_all_late_looks_are_remembered_and_one_a_week_before() -> None:
    looks = [Look(DAY + timedelta(n), 1, 1, 1) for n in range(600)]
    kept = remembered(looks)
    assert kept[-20:] == looks[-20:]
    assert len(kept) == 60
    assert kept == sorted(kept)


def test_binomial() -> None:
    assert _at_most(0, 3, 0.5) == pytest.approx(0.125)
    assert _at_most(2, 4, 0.5) == pytest.approx(11 / 16)
    assert _at_most(4, 4, 0.5) == pytest.approx(1)
