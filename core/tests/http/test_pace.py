"""The control law against simulated sources, in virtual time."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable, Iterable

import pytest
from tipoff.http.pace import FIRST_RATE, Pace, Ticket

Schedule = list[tuple[float, float]]


class Bucket:
    """A token bucket with a burst of one second, whose rate changes by schedule."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.tokens, self.filled = schedule[0][1], 0.0

    def take(self, now: float) -> bool:
        rate = next(rate for since, rate in reversed(self.schedule) if since <= now)
        self.tokens = min(rate, self.tokens + (now - self.filled) * rate)
        self.filled = now
        accepted = self.tokens >= 1
        self.tokens -= accepted
        return accepted


def simulate(
    pace: Pace,
    schedule: Schedule,
    seconds: float,
    *,
    limit: float = math.inf,
    retry_after: float = 0.0,
    under_way: int = 200,
    seed: int = 0,
) -> list[tuple[float, bool]]:
    """Asks as much as the pace allows, over 20 to 200 ms of latency: when each came, and whether it was taken."""
    bucket, chance, order = Bucket(schedule), random.Random(seed), itertools.count()
    came: list[tuple[float, bool]] = []
    free, blocked = under_way, False
    events: list[tuple[float, int, Callable[[float], None]]] = []

    def at(when: float, what: Callable[[float], None]) -> None:
        heapq.heappush(events, (when, next(order), what))

    def ask(now: float) -> None:
        nonlocal free, blocked
        if free == 0:
            blocked = True
            return None
        ticket = pace.start(now, now, limit)
        if not isinstance(ticket, Ticket):
            return at(now + ticket, ask)
        free -= 1
        way = chance.uniform(0.01, 0.1)
        at(now + way, lambda arrived: arrive(arrived, ticket, way))
        return at(now, ask)

    def arrive(now: float, ticket: Ticket, way: float) -> None:
        accepted = bucket.take(now)
        came.append((now, accepted))
        at(now + way, lambda back: answer(back, ticket, accepted, 2 * way))

    def answer(now: float, ticket: Ticket, accepted: bool, latency: float) -> None:
        nonlocal free, blocked
        free += 1
        if accepted:
            pace.succeeded(latency)
        else:
            pace.refuse(ticket, now, 0.0, retry_after)
            pace.be_quiet(now, retry_after)
        if blocked:
            blocked = False
            at(now, ask)

    at(0.0, ask)
    while events and events[0][0] <= seconds:
        now, _, what = heapq.heappop(events)
        what(now)
    return came


def used(came: Iterable[tuple[float, bool]], start: float, end: float, rate: float) -> tuple[float, float]:
    """Share of the permitted rate that was used, and share of the requests that were refused."""
    counted = [accepted for now, accepted in came if start <= now < end]
    return sum(counted) / (rate * (end - start)), 1 - sum(counted) / len(counted)


@pytest.mark.parametrize("rate", [30, 50, 100, 200])
@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_ten_seconds_after_a_change_what_is_permitted_is_used_and_little_refused(rate: float, factor: float) -> None:
    came = simulate(Pace(), [(0, rate), (40, rate * factor)], 100)
    share, refused = used(came, 50, 100, rate * factor)
    assert share >= 0.95
    assert refused <= 0.01


@pytest.mark.parametrize("rate", [5, 10])
def test_a_slow_source_takes_requests_and_not_seconds_to_settle(rate: float) -> None:
    came = simulate(Pace(), [(0, rate), (200, rate / 2), (600, rate)], 1200)
    for start, end, permitted in [(60, 200, rate), (400, 600, rate / 2), (700, 1200, rate)]:
        share, refused = used(came, start, end, permitted)
        assert share >= 0.95
        assert refused <= 0.0125


def test_a_source_that_changes_by_ten_times_is_found_again() -> None:
    came = simulate(Pace(), [(0, 100), (60, 10), (120, 100)], 180)
    assert used(came, 90, 120, 10)[0] >= 0.95
    assert used(came, 145, 180, 100)[0] >= 0.95


def test_an_hour_later_it_is_as_good_as_at_first() -> None:
    came = simulate(Pace(), [(0, 20)], 3600)
    share, refused = used(came, 1800, 3600, 20)
    assert share >= 0.98
    assert refused <= 0.01


def test_quiet_that_is_asked_for_is_kept_and_made_up_for() -> None:
    came = simulate(Pace(), [(0, 100)], 120, retry_after=1.0)
    first = next(now for now, accepted in came if not accepted)
    assert not [now for now, _ in came if first + 0.3 < now < first + 0.9]
    assert used(came, 30, 120, 100)[0] >= 0.95


def test_long_quiet_makes_probes_rare() -> None:
    came = simulate(Pace(), [(0, 100)], 600, retry_after=10.0)
    refusals = [now for now, accepted in came if now > 300 and not accepted]
    assert len({round(now / 20) for now in refusals}) <= 4


def test_the_agreed_limit_is_never_exceeded() -> None:
    pace = Pace()
    came = simulate(pace, [(0, 100)], 600, limit=7.0)
    assert all(accepted for _, accepted in came)
    assert len(came) == pytest.approx(7 * 600, abs=8)
    assert pace.rate() >= 7


def test_a_source_that_permits_less_than_agreed_gets_less() -> None:
    came = simulate(Pace(), [(0, 3)], 600, limit=5.0)
    share, refused = used(came, 120, 600, 3)
    assert share >= 0.9
    assert refused <= 0.02


def test_few_requests_do_not_make_it_bolder() -> None:
    pace, now = Pace(permitted=50, prior=50, hold=3), 0.0
    for _ in range(100):
        now += 60
        assert isinstance(pace.start(now, now, math.inf), Ticket)
        pace.succeeded(0.1)
    assert pace.rate() < 55


def started(pace: Pace, now: float) -> Ticket:
    ticket = pace.start(now, now, math.inf)
    assert isinstance(ticket, Ticket)
    return ticket


def test_errors_slow_it_down_and_leave_the_measured_rate_alone() -> None:
    pace, now = Pace(), 0.0
    for outcome in ["failed", "good"] * 20:
        ticket = started(pace, now)
        if outcome == "good":
            pace.succeeded(0.1)
        else:
            pace.failed(ticket, now, 0.0)
        now += 10
    assert pace.health < 0.5
    assert pace.permitted == FIRST_RATE
    for _ in range(50):
        pace.succeeded(0.1)
    assert pace.health > 0.95


def test_rising_latency_slows_it_down_until_it_is_usual() -> None:
    pace = Pace()
    for _ in range(100):
        pace.succeeded(0.1)
    assert pace.health == 1.0
    for _ in range(15):
        pace.succeeded(2.0)
    assert pace.health < 0.8
    for _ in range(300):
        pace.succeeded(2.0)
    assert pace.health == 1.0


def test_latency_below_notice_is_not_noticed() -> None:
    pace = Pace()
    for latency in [0.001] * 50 + [0.04] * 50:
        pace.succeeded(latency)
    assert pace.health == 1.0


def test_the_circuit_breaker_lets_single_requests_through_until_one_succeeds() -> None:
    pace, now = Pace(), 0.0
    for _ in range(5):
        pace.failed(started(pace, now), now, 0.0)
        now += 1
    for distance in [1, 2, 4, 8]:
        now += distance
        ticket = started(pace, now)
        assert pace.start(now, now, math.inf) == distance
        pace.failed(ticket, now, 0.0)
    now += 16
    started(pace, now)
    pace.succeeded(0.1)
    started(pace, now)
    wait = pace.start(now, now, math.inf)
    assert not isinstance(wait, Ticket)
    assert wait < 1


def test_failures_that_were_under_way_together_count_once() -> None:
    pace = Pace()
    tickets = [started(pace, float(now)) for now in range(20)]
    for ticket in tickets:
        pace.failed(ticket, 20.0, 0.0)
    assert pace.failures == 1
    pace.refuse(tickets[-1], 20.0, 0.0)
    assert pace.permitted == FIRST_RATE


def test_it_counts_what_was_asked_and_what_was_refused() -> None:
    pace = Pace()
    came = simulate(pace, [(0.0, 50.0)], 60.0)
    refused = sum(not taken for _, taken in came)
    assert refused > 10
    assert pace.refusals == pytest.approx(refused, abs=1), "the last answer may still be under way"
    assert pace.issued == pytest.approx(len(came), abs=1)
