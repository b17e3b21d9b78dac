from __future__ import annotations

import asyncio
import math

import pytest
from tipoff.http.limiter import Limiter


class Time:
    """A clock that moves only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def starts(limiter: Limiter, time: Time, count: int) -> list[float]:
    async def run() -> list[float]:
        found = []
        for _ in range(count):
            await limiter.acquire()
            found.append(time.now - 100.0)
        return found

    return asyncio.run(run())


def test_requests_are_spaced(time: Time) -> None:
    assert starts(Limiter(4, sleep=time.sleep, clock=time), time, 4) == [0, 0.25, 0.5, 0.75]


def test_idle_time_saves_up_no_burst(time: Time) -> None:
    limiter = Limiter(2, sleep=time.sleep, clock=time)
    starts(limiter, time, 1)
    time.now = 110.0
    assert starts(limiter, time, 3) == [10, 10.5, 11]


def test_infinity_lifts_the_limit(time: Time) -> None:
    assert starts(Limiter(math.inf, sleep=time.sleep, clock=time), time, 3) == [0, 0, 0]


def test_a_pause_holds_everyone_back_and_spacing_goes_on_after_it(time: Time) -> None:
    limiter = Limiter(2, sleep=time.sleep, clock=time)
    assert starts(limiter, time, 1) == [0]
    limiter.pause(5)
    limiter.pause(1)
    assert starts(limiter, time, 2) == [5, 5.5]


def test_a_pause_also_holds_those_already_waiting(time: Time) -> None:
    async def run() -> float:
        async def sleep(seconds: float) -> None:
            if time.now == 100.0:
                limiter.pause(3)
            time.now += seconds

        limiter = Limiter(1, sleep=sleep, clock=time)
        await limiter.acquire()
        await limiter.acquire()
        return time.now

    assert asyncio.run(run()) == 103.0
