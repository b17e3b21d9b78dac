"""Where drift begins and ends: each bound from both sides, reckoned by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tipoff.contracts import Json
from tipoff.quality.drift.judging import FORGET, NEWS, Field, Look, _at_most, is_new, judge, learn, remembered
from tipoff.quality.drift.metrics import Metric
from tipoff.quality.drift.profile import Profile, Seen, Shape
from tipoff.quality.drift.shifts import BLOCK, WARN, Known, Shift, _judged, _scale, _Week, _Window, _window

DAY = date(2026, 1, 15)  # a Thursday


def seen(present: int, objects: int = 40, answers: int = 10, types: Mapping[str, int] | None = None) -> Seen:
    shown = {"string": present} if types is None and present else dict(types or {})
    return Seen("", "a.b", answers, min(answers, present), objects, present, shown)


def known(*shares: float, objects: int = 40, severity: Any = "block") -> Field:
    field: Field | None = None
    for number, share in enumerate(shares):
        field = learn(field, seen(round(share * objects), objects), DAY - timedelta(len(shares) - number), severity)
    assert field is not None
    return field


# ------------------------------------------------------------------------------------------ the loss of a field


@pytest.mark.parametrize(("looks", "change"), [(2, ""), (3, "missing")])
def test_three_earlier_looks_are_enough(looks: int, change: str) -> None:
    assert judge(known(*[1.0] * looks), seen(0), DAY, "block").change == change


@pytest.mark.parametrize(("objects", "change"), [(4, ""), (5, "missing")])
def test_looks_at_five_objects_stand_for_themselves_and_smaller_ones_are_taken_together(
    objects: int, change: str
) -> None:
    """Three looks of four objects are two looks: one of eight, and the rest of four added to it."""
    assert judge(known(*[1.0] * 3, objects=objects), seen(0), DAY, "block").change == change


@pytest.mark.parametrize(("present", "change"), [(320, ""), (319, "rarer"), (41, "rarer"), (40, "missing")])
def test_rarer_is_below_four_fifths_of_the_lowest_and_missing_a_tenth_of_the_usual(present: int, change: str) -> None:
    always = known(*[1.0] * 5, objects=400)
    assert judge(always, seen(present, objects=400, answers=400), DAY, "block").change == change


def test_the_lowest_share_is_what_counts_and_not_the_usual() -> None:
    field = known(1.0, 1.0, 0.5, 1.0, 1.0, objects=400)
    assert judge(field, seen(200, objects=400, answers=400), DAY, "block").change == ""
    assert judge(field, seen(160, objects=400, answers=400), DAY, "block").change == ""
    assert judge(field, seen(150, objects=400, answers=400), DAY, "block").change == "rarer"


@pytest.mark.parametrize(("usual", "change"), [(0.19, ""), (0.2, "missing")])
def test_what_nobody_uses_is_missed_if_a_fifth_had_it(usual: float, change: str) -> None:
    rare = known(*[usual] * 9, objects=1000, severity="info")
    assert judge(rare, seen(0, objects=1000, answers=1000), DAY, "info").change == change
    used = known(*[usual] * 9, objects=1000)
    assert judge(used, seen(0, objects=1000, answers=1000), DAY, "block").change == "missing"


@pytest.mark.parametrize(("days", "told"), [(FORGET.days, True), (FORGET.days + 1, False)])
def test_what_nobody_uses_is_forgotten_after_a_month_and_what_is_used_never(days: int, told: bool) -> None:
    for severity, still in (("info", told), ("warn", True), ("block", True)):
        lost = judge(known(*[1.0] * 5, severity=severity), seen(0), DAY, severity)  # type: ignore[arg-type]
        later = judge(lost, seen(0), DAY + timedelta(days), severity)  # type: ignore[arg-type]
        assert bool(later.change) is still, severity
        assert later.since == (DAY if still else None)


def test_ten_objects_of_an_answer_count_and_no_more() -> None:
    # Half of them usually: 20 without would be one in a million, ten and 19 are likelier.
    field = known(*[0.5] * 9, objects=400)
    assert judge(field, seen(0, objects=400, answers=2), DAY, "block").change == "missing"
    assert judge(field, seen(0, objects=19, answers=2), DAY, "block").change == ""
    assert judge(field, seen(0, objects=400, answers=1), DAY, "block").change == ""


@pytest.mark.parametrize(
    ("successes", "trials", "chance", "expected"),
    [(1, 2, 1.0, 0.0), (2, 2, 1.0, 1.0), (0, 20, 0.5, 0.5**20), (1, 3, 0.2, 0.896)],
)
def test_binomial(successes: int, trials: int, chance: float, expected: float) -> None:
    assert _at_most(successes, trials, chance) == pytest.approx(expected)


def test_a_quiet_week_says_no_more_than_a_quiet_day_but_the_week_before_does() -> None:
    """Games that are ahead are looked at day after day, and say the same."""

    # Each look has 12 of 12 without, where usually half have it: 12 are too few, 24 are enough.
    def after(*days: int) -> str:
        field = known(*[0.5] * 9, objects=40)
        for day in days:
            field = learn(field, seen(0, objects=12), DAY - timedelta(day), "block")
        return judge(field, seen(0, objects=12), DAY, "block").change

    assert after() == ""
    assert after(6, 5, 4, 3, 2, 1) == ""
    assert after(8, 1) == "missing"


# ------------------------------------------------------------------------------------------------------- types


def test_types_are_added_up() -> None:
    field = learn(known(1.0), seen(40, types={"string": 30, "number": 10}), DAY, "block")
    assert field.types == {"string": 70, "number": 10}
    assert learn(field, seen(5, types={"array": 5}), DAY, "block").types == {"string": 70, "number": 10, "array": 5}


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        ({"string": 19}, {"number": 19}, ""),  # too few to know what is usual
        ({"string": 20}, {"number": 20}, "retyped"),
        ({"string": 200}, {"number": 20, "string": 20}, "retyped"),
        ({"string": 200}, {"number": 19, "string": 21}, ""),
        ({"string": 200}, {"number": 2, "string": 2}, ""),
        ({"string": 200}, {"number": 3, "string": 3}, "retyped"),
        ({"string": 200}, {"number": 2}, "retyped"),
        ({"string": 199, "number": 1}, {"number": 40}, ""),  # one of two hundred
        ({"string": 400, "number": 1}, {"number": 40}, "retyped"),
    ],
)
def test_a_type_is_new_if_hardly_any_value_had_it_and_half_have_it_now(
    before: dict[str, int], now: dict[str, int], change: str
) -> None:
    looks = [Look(DAY - timedelta(day), 10, 40, 40) for day in (3, 2, 1)]
    field = Field("", "a.b", DAY, DAY, severity="block", types=before, looks=looks)
    present = sum(now.values())
    assert judge(field, seen(present, objects=present, types=now), DAY, "block").change == change


# -------------------------------------------------------------------------------------------------- a new field


def test_one_answer_of_many_thousands_is_new_if_it_is_the_first_that_could_have_it() -> None:
    def holder(answers: int) -> Field:
        looks = [Look(DAY - timedelta(day), answers, answers, answers) for day in (3, 2, 1)]
        return Field("", "a", DAY, DAY, looks=[*looks, Look(DAY, 100, 100, 100)])

    fresh = Field("", "a.b", DAY, DAY)
    one = Seen("", "a.b", 1000, 1, 1000, 1, {"string": 1})
    assert is_new(fresh, holder(400_000), one)
    assert not is_new(fresh, holder(300_000), one), "likelier than one in ten thousand"
    assert not is_new(fresh, holder(400_000), Seen("", "a.b", 1000, 0, 1000, 0)), "it is gone again"


@pytest.mark.parametrize(("days", "change"), [(NEWS.days, "new"), (NEWS.days + 1, "")])
def test_a_new_field_is_told_for_two_weeks(days: int, change: str) -> None:
    fresh = Field("", "a.b", DAY, DAY, change="new", since=DAY)
    assert judge(fresh, seen(40), DAY + timedelta(days), "info").change == change


def test_twenty_looks_are_remembered_and_forty_weeks_before() -> None:
    looks = [Look(date(2024, 1, 1) + timedelta(day), 1, 1, 1) for day in range(400)]
    kept = remembered(looks)
    assert kept[40:] == looks[-20:]
    assert len(kept) == 60
    assert all(later.day - one.day == timedelta(7) for one, later in pairwise(kept[:39]))
    assert kept[39].day == looks[379].day, "the last of its week that is older"
    assert remembered(looks[:21]) == looks[:21]


# ----------------------------------------------------------------------------------------- elements of a list


@pytest.mark.parametrize(("length", "looked_at"), [(16, 16), (17, 9), (32, 16), (33, 11)])
def test_sixteen_elements_of_a_list_are_looked_at_evenly_and_the_first_always(length: int, looked_at: int) -> None:
    profile = Profile(Shape())
    profile.add({"plays": [{"id": n, **({"first": True} if n == 0 else {})} for n in range(length)]})
    found = {each.path: each for each in profile.fields()}
    assert found["plays[].id"].present == looked_at
    assert found["plays[].first"].present == 1


@pytest.mark.parametrize(("length", "looked_at"), [(64, 64), (65, 33)])
def test_of_records_it_is_sixty_four(length: int, looked_at: int) -> None:
    profile = Profile(Shape("events[]", "state"))
    profile.add({"events": [{"id": n, "state": "on"} for n in range(length)], "rest": [{"id": n} for n in range(64)]})
    found = {(each.state, each.path): each for each in profile.fields()}
    assert found["on", "events[].id"].present == looked_at
    assert found["", "rest[].id"].present == 16


@pytest.mark.parametrize(("states", "other"), [(12, False), (13, True)])
def test_twelve_states_are_told_apart(states: int, other: bool) -> None:
    profile = Profile(Shape("events[]", "state"))
    profile.add({"events": [{"state": f"s{n}"} for n in range(states)]})
    found = {each.state for each in profile.fields()}
    assert ("other" in found) is other
    assert len(found - {"", "other"}) == 12


@pytest.mark.parametrize(("keys", "ids"), [(200, False), (201, True)])
def test_two_hundred_keys_are_names_and_the_next_is_an_id(keys: int, ids: bool) -> None:
    profile = Profile(Shape())
    profile.add({"x" * (n + 1): 1 for n in range(keys)})
    assert ("*" in {each.path for each in profile.fields()}) is ids


# ----------------------------------------------------------------------------------------------------- figures

WEEK = _Week("m", date(2026, 1, 20), 2026, {})  # a Tuesday
MEAN = Metric("points", "points")


def test_the_same_weeks_of_earlier_seasons_on_the_same_day_of_the_week() -> None:
    ends = list(_Week("m", date(2026, 1, 20), 2026, {}).ends([2024, 2025, 2026], Metric("x", "x", seasonal=True)))
    assert len(ends) == 10
    assert {end.weekday() for end in ends} == {1}
    # 203 days after 1 July: 20 January 2024 is a Saturday and of 2025 a Monday; the nearest Tuesdays are these.
    assert ends[2] == date(2024, 1, 23)
    assert ends[7] == date(2025, 1, 21)
    assert [(later - one).days for one, later in pairwise(ends[:5])] == [7] * 4


def test_this_seasons_eight_weeks_before_count_too_where_the_figure_is_not_seasonal() -> None:
    assert list(WEEK.ends([2026], MEAN)) == [date(2026, 1, 20) - timedelta(7 * week) for week in range(1, 9)]
    assert list(WEEK.ends([2026], Metric("x", "x", seasonal=True))) == []
    early = _Week("m", date(2025, 11, 20), 2026, {})
    assert all(end >= date(2025, 7, 1) for end in early.ends([2026], MEAN))


def test_windows_since_a_shift_began_and_before_it_was_accepted_are_not_what_is_usual() -> None:
    shifted = _Week("m", date(2026, 1, 20), 2026, {"points": Known(since=date(2026, 1, 6))})
    assert max(shifted.ends([2026], MEAN)) == date(2025, 12, 30)
    accepted = _Week("m", date(2026, 1, 20), 2026, {"points": Known(accepted=date(2026, 1, 6))})
    assert list(accepted.ends([2026], MEAN)) == [date(2026, 1, 13), date(2026, 1, 6)]


def days(*rows: tuple[int, float, float, float]) -> dict[str, Any]:
    """Day of January, count, sum and sum of squares."""
    day, n, s, q = zip(*rows, strict=True)
    return {
        "day": np.array([date(2026, 1, each) for each in day], "datetime64[D]"),
        "n0": np.array(n, float), "s0": np.array(s, float), "q0": np.array(q, float),
    }  # fmt: skip


def test_a_window_is_three_days() -> None:
    found = _window(
        days((16, 99, 0, 0), (17, 10, 20, 50), (18, 10, 30, 99), (19, 10, 40, 171), (20, 99, 0, 0)),
        0,
        date(2026, 1, 19),
    )
    assert found is not None
    assert (found.rows, found.mean, found.variance) == pytest.approx((30, 3.0, 320 / 30 - 9))


@pytest.mark.parametrize(("rows", "enough"), [(19, False), (20, True)])
def test_a_window_has_twenty_values(rows: int, enough: bool) -> None:
    assert (_window(days((19, rows, 40, 99)), 0, date(2026, 1, 19)) is not None) is enough


def test_a_spread_is_what_windows_differ_by_what_so_few_games_add_and_a_floor() -> None:
    now = _Window(25, 70.0, 9e9)  # its own variance would hide what is wrong with it
    past = [_Window(50, mean, variance) for mean, variance in ((68, 80), (70, 100), (72, 300), (70, 100))]
    means = np.array([each.mean for each in past])
    low, high = np.quantile(means, [0.1, 0.9])
    between = (high - low) / 2.563 * (1 + 2 / 4)
    assert _scale(MEAN, now, past, means, 70.0) == pytest.approx((between**2 + 100 / 25 + (0.03 * 70) ** 2) ** 0.5)
    assert _scale(MEAN, now, past, means, -70.0) == pytest.approx((between**2 + 100 / 25 + (0.03 * 70) ** 2) ** 0.5)
    share = Metric("wins", "w", "share")
    assert _scale(share, now, past, means, 70.0) == pytest.approx((between**2 + 100 / 25 + 0.02**2) ** 0.5)


def shift(metric: Metric, mean: float, windows: int = 8) -> Shift:
    """Of windows that were all at 100 with no variance, so that three points are one deviation."""
    return _judged(metric, _Window(50, mean, 0.0), [_Window(50, 100.0, 0.0)] * windows, WEEK)


@pytest.mark.parametrize(
    ("deviations", "severity"),
    [(WARN - 0.01, ""), (WARN, "warn"), (BLOCK - 0.01, "warn"), (BLOCK, "block"), (-WARN, "warn"), (-BLOCK, "block")],
)
def test_five_deviations_are_worth_a_warning_and_six_block(deviations: float, severity: str) -> None:
    found = shift(MEAN, 100 + 3 * deviations)
    assert found.z == pytest.approx(deviations)
    assert (found.severity, found.since) == (severity, WEEK.end if severity else None)
    assert (found.window_start, found.window_end) == (date(2026, 1, 18), date(2026, 1, 20))


def test_a_fall_of_what_may_only_rise_is_no_drift_and_some_figures_only_warn() -> None:
    assert shift(Metric("x", "x", rising=True), 0.0).severity == ""
    assert shift(Metric("x", "x", rising=True), 200.0).severity == "block"
    assert shift(Metric("x", "x", severity="warn"), 200.0).severity == "warn"


@pytest.mark.parametrize(
    ("windows", "seasonal", "judged"), [(3, False, False), (4, False, True), (7, True, False), (8, True, True)]
)
def test_four_windows_are_enough_and_eight_where_only_other_seasons_can_tell(
    windows: int, seasonal: bool, judged: bool
) -> None:
    found = shift(Metric("x", "x", seasonal=seasonal), 200.0, windows)
    assert (found.z is not None, found.windows) == (judged, windows)


def test_only_the_list_of_records_is_looked_at_so_closely() -> None:
    """And not those on the way to it, nor those inside."""
    profile = Profile(Shape("groups[].games[]", "state"))
    game: dict[str, Json] = {"id": 1, "state": "on", "plays": [{"id": n} for n in range(32)]}
    profile.add({"groups": [{"games": [game] * 32} for _ in range(32)]})
    found = {(each.state, each.path): each for each in profile.fields()}
    assert found["", "groups[].games"].present == 16
    assert found["on", "groups[].games[].id"].present == 16 * 32
    assert found["on", "groups[].games[].plays[].id"].present == 16 * 32 * 16
