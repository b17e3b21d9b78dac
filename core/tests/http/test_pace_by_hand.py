"""What the control law says of single requests, reckoned by hand."""

from __future__ import annotations

import math

import pytest
from tipoff.http.pace import Pace, Ticket


def started(pace: Pace, now: float) -> Ticket:
    ticket = pace.start(now, now, math.inf)
    assert isinstance(ticket, Ticket)
    return ticket


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
    assert little.permitted == pytest.approx((39 + 2.3 + 9.2) / (2.2 + 9.2 / 20))
    assert little.hold == 6.0


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
