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


# What the law says of single requests, reckoned by hand.


def test_a_new_source_is_asked_five_times_a_second_and_has_refused_nothing() -> None:
    pace = Pace()
    assert (pace.permitted, pace.prior, pace.refusals, pace.failures, pace.trouble) == (5, 5, 0, 0, 0)
    # A probe from the first on: it drains the cushion in a second and a half.
    rate = 5 + (0.5 + 1.8 * math.sqrt(5 * 0.05)) / 1.5
    assert started(pace, 0.0) == pytest.approx((1, 1 / rate, 1 / rate, 5 / rate - 1, rate))


@pytest.mark.parametrize(("latency", "counts"), [(0.0, 0.05), (0.01, 0.05), (0.5, 0.5)])
def test_the_cushion_follows_how_many_are_under_way(latency: float, counts: float) -> None:
    assert Pace(permitted=40, latency=latency).cushion == pytest.approx(0.5 + 1.8 * math.sqrt(40 * counts))


@pytest.mark.parametrize(
    ("trouble", "latency", "factor"),
    [
        (0.0, 0.0, 1.0),
        (0.5, 0.0, 0.25),
        (0.0, 0.3, 1.0),
        (0.0, 0.6, 0.5),
        (0.5, 0.6, 0.125),
        (1.0, 0.1, 0.1),
        (0.0, 9, 0.1),
    ],
)
def test_trouble_slows_by_the_square_of_what_goes_well_and_latency_from_three_times_the_usual(
    trouble: float, latency: float, factor: float
) -> None:
    assert Pace(trouble=trouble, latency=latency, usual=0.1).health == pytest.approx(factor)


def test_an_average_takes_a_tenth_of_the_newest_and_the_long_one_a_hundredth() -> None:
    pace = Pace(latency=0.2, usual=0.2, trouble=0.5)
    pace.succeeded(1.2)
    assert (pace.latency, pace.usual, pace.trouble) == pytest.approx((0.3, 0.21, 0.45))
    pace.failed(started(pace, 0.0), 0.0, 0.0)
    assert pace.trouble == pytest.approx(0.45 + 0.1 * 0.55)


def cautious(**more: float) -> Pace:
    """A source of 20 a second; a twentieth of a second of latency makes the cushion 2.3."""
    return Pace(**{"permitted": 20.0, "prior": 20.0, "hold": 6.0, **more})


def test_a_full_cushion_is_held_and_another_is_filled_in_half_a_second() -> None:
    assert cautious(age=1, level=2.3).rate() == pytest.approx(20)
    assert cautious(age=1, level=1.3).rate() == pytest.approx(20 - 1 / 0.5)
    assert cautious(age=1, level=3.3).rate() == pytest.approx(20 + 1 / 0.5)
    assert cautious(age=1, level=-30).rate() == 10, "never less than half"


def test_a_probe_drains_the_cushion_in_a_second_and_a_half_and_then_searches() -> None:
    drain = 2.3 / 1.5
    assert cautious(age=7, level=2.3).rate() == pytest.approx(20 + drain)
    assert cautious(age=7, level=-2.3).rate() == pytest.approx(20 + drain)
    assert cautious(age=7, level=-4.3).rate() == pytest.approx(20 + drain + 3 * 2)
    slow = Pace(permitted=2.0, age=7, level=-5)
    cushion = 0.5 + 1.8 * math.sqrt(2 * 0.05)
    assert slow.rate() == pytest.approx(2 + cushion / (5 / 2) + 2 * (5 - cushion)), "a slow one slower"
    late = cautious(age=7, latency=0.5)
    assert late.rate() == pytest.approx(20 + late.cushion / (8 * 0.5)), "answers have to be back in time to tell"


def test_each_start_takes_a_token_and_time_gives_them() -> None:
    pace = cautious(age=1, level=2.3)
    ticket = started(pace, 10.0)
    assert ticket == pytest.approx((1, 1 / 20, 1 + 1 / 20, 2.3, 20))
    assert pace.next == pytest.approx(10 + 1 / 20)
    assert pace.start(10.0, 10.0, math.inf) == pytest.approx(1 / 20)


def test_a_bucket_saves_up_a_second_of_quiet_at_most() -> None:
    pace = cautious(age=1, level=-30.0, next=10.0, quiet_until=10.4)
    ticket = started(pace, 10.4)
    assert ticket.elapsed == pytest.approx(1 / 10 + 0.4)
    assert ticket.level == pytest.approx(-30 + 20 * (1 / 10 + 0.4) - 1)
    longer = started(cautious(age=1, level=-30.0, next=10.0, quiet_until=30.0), 30.0)
    assert longer.elapsed == pytest.approx(1 / 10 + 1)
    full = started(cautious(age=1, level=20.0, next=10.0, quiet_until=30.0), 30.0)
    assert full.level == pytest.approx(20 + 2 * 2.3), "what it holds"


def refused(
    pace: Pace, *, number: float, elapsed: float, age: float, level: float, rate: float = 20.0, wait: float = 0.0
) -> Pace:
    """The pace after the refusal of a ticket."""
    pace.issued = number
    pace.refuse(Ticket(number, elapsed, age, level, rate), 0.0, 0.0, wait)
    return pace


def test_a_probes_refusal_measures_the_rate_with_the_last_one_as_its_prior() -> None:
    # 199 of 200 were taken in 9 seconds, and the prior of 20 counts as four cushions' worth.
    pace = refused(cautious(), number=200, elapsed=9.0, age=7.0, level=-3.0)
    weight = 4 * 2.3
    assert pace.permitted == pytest.approx((199 + weight) / (9 + weight / 20))
    assert pace.hold == pytest.approx(min(2 * 6.0, 120 / pace.permitted)), "twice as long, up to 120 requests"
    assert (pace.first, pace.refused, pace.prior) == (200, 0, pace.permitted), "enough for a new measurement"
    assert (pace.elapsed, pace.age, pace.level) == pytest.approx((-9, -7, -0.0 + 1 + 3 - 1))
    assert (pace.failures, pace.refusals, pace.emptied) == (1, 1, 200)


def test_few_requests_go_on_with_the_measurement() -> None:
    pace = refused(cautious(), number=20, elapsed=0.9, age=7.0, level=-3.0)
    assert pace.permitted == pytest.approx((19 + 9.2) / (0.9 + 9.2 / 20))
    assert (pace.first, pace.refused, pace.prior, pace.elapsed) == (0, 1, 20, 0)


def test_an_early_refusal_is_no_evidence_for_more() -> None:
    # 39 taken, a cushion of them by jitter: at most what was permitted.
    assert refused(cautious(), number=40, elapsed=1.0, age=1.0, level=1.0).permitted == 20
    slower = refused(cautious(), number=40, elapsed=4.0, age=1.0, level=1.0)
    assert slower.permitted == pytest.approx((39 + 2.3 + 9.2) / (4 + 9.2 / 20))
    assert slower.hold == 1.0, "less than four fifths: the source has changed, so it is probed again soon"
    little = refused(cautious(), number=40, elapsed=2.2, age=1.0, level=1.0)
    assert (little.permitted, little.hold) == (pytest.approx((39 + 2.3 + 9.2) / (2.2 + 9.2 / 20)), 6.0)


def test_twice_the_cushion_gone_without_a_refusal_is_a_risen_rate() -> None:
    # 400 in 16 seconds came to 25 a second, asked at 36 in the end: between both lies what is permitted.
    pace = refused(cautious(), number=401, elapsed=16.0, age=7.0, level=-11.0, rate=36.0)
    assert pace.permitted == pytest.approx(math.sqrt(25 * 36))
    assert (pace.hold, pace.prior, pace.first) == (1.0, pace.permitted, 401)
    wild = refused(cautious(), number=401, elapsed=16.0, age=7.0, level=-11.0, rate=4000.0)
    assert wild.permitted == pytest.approx(math.sqrt(25 * 100)), "four times what was accepted at most"
    calm = refused(cautious(), number=401, elapsed=16.0, age=7.0, level=-9.0, rate=36.0)
    assert calm.permitted == pytest.approx((400 + 9.2) / (16 + 9.2 / 20))


def test_a_rate_at_most_halves_at_once_and_never_ends() -> None:
    assert refused(cautious(), number=2, elapsed=60.0, age=1.0, level=1.0).permitted == 10
    assert refused(cautious(permitted=0.012, prior=0.012), number=2, elapsed=9e3, age=9e3, level=0).permitted == 0.01


@pytest.mark.parametrize(("wait", "hold"), [(0.0, 6.0), (1.25, 6.0), (1.5, 10.0), (1.6, 12.0), (30.0, 12.0)])
def test_where_a_refusal_costs_quiet_it_is_probed_so_much_less(wait: float, hold: float) -> None:
    """Twenty times what is lost beyond what a bucket saves up, and never more than twice as long as before."""
    pace = refused(cautious(), number=200, elapsed=9.95, age=7.0, level=-3.0, wait=wait)
    assert pace.hold == pytest.approx(hold, rel=0.01)


def test_the_breakers_distance_doubles_to_an_hour_and_a_success_ends_it() -> None:
    pace = Pace(failures=4)
    distances = []
    for _ in range(15):
        pace.failed(started(pace, 1e6), 1e6, 0.0)
        distances.append(pace.quiet_until - 1e6)
        pace.next = pace.quiet_until = -math.inf
    assert distances == [min(2.0**n, 4096) for n in range(15)]
    pace.succeeded(0.1)
    assert (pace.failures, pace.next, pace.quiet_until) == (0, -math.inf, -math.inf)


def test_a_success_of_a_well_source_ends_no_quiet() -> None:
    pace = Pace(failures=3, next=7.0, quiet_until=9.0)
    pace.succeeded(0.1)
    assert (pace.failures, pace.next, pace.quiet_until) == (0, 7.0, 9.0)


def test_quiet_is_the_longest_that_was_asked_for() -> None:
    pace = Pace()
    for seconds in (3.0, 30.0, 5.0):
        pace.be_quiet(100.0, seconds)
    assert pace.quiet_until == 130.0
