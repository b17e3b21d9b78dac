from __future__ import annotations

import asyncio
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tipoff.errors import SourceBusy
from tipoff.http.limiter import LONGEST_WAIT, Limiter, Turn

TWO = """
import asyncio, sys
from pathlib import Path
from tipoff.http.limiter import Limiter

async def run():
    now = 0.0
    async def sleep(seconds):
        global slept
        slept += seconds
    # Time stands still: what one process waits for is what both have asked before it.
    limiter = Limiter(4, 4, Path(sys.argv[1]), sleep=sleep, clock=lambda: slept, chance=lambda: 0.0)
    for _ in range(10):
        print("ready", flush=True)
        sys.stdin.readline()
        async with limiter.turn() as turn:
            turn.succeeded()
        print(slept, flush=True)

slept = 0.0
asyncio.run(run())
"""


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


@pytest.fixture
def limiter(time: Time, tmp_path: Path) -> Callable[..., Limiter]:
    def make(rate: float, most: int = 4) -> Limiter:
        return Limiter(rate, most, tmp_path / "host", sleep=time.sleep, clock=time, chance=lambda: 0.0)

    return make


def succeed(turn: Turn) -> None:
    turn.succeeded()


def starts(limiter: Limiter, time: Time, count: int, tell: Callable[[Turn], None] = succeed) -> list[float]:
    async def run() -> list[float]:
        found = []
        for _ in range(count):
            async with limiter.turn() as turn:
                found.append(round(time.now - 100.0, 6))
                tell(turn)
        return found

    return asyncio.run(run())


def test_requests_are_spaced(limiter: Callable[..., Limiter], time: Time) -> None:
    assert starts(limiter(4), time, 4) == [0, 0.25, 0.5, 0.75]


def test_idle_time_saves_up_no_burst(limiter: Callable[..., Limiter], time: Time) -> None:
    starts(limiter(2), time, 1)
    time.now = 110.0
    assert starts(limiter(2), time, 3) == [10, 10.5, 11]


def test_infinity_lifts_the_limit_and_touches_no_disk(
    limiter: Callable[..., Limiter], time: Time, tmp_path: Path
) -> None:
    assert starts(limiter(math.inf), time, 3) == [0, 0, 0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rate", [2, math.inf])
def test_quiet_that_is_asked_for_holds_everyone_back(limiter: Callable[..., Limiter], time: Time, rate: float) -> None:
    first = limiter(rate)
    assert starts(first, time, 1, lambda turn: turn.refused(5)) == [0]
    assert starts(first, time, 1) == [5]


def test_quiet_is_known_to_the_next_run(limiter: Callable[..., Limiter], time: Time) -> None:
    starts(limiter(5), time, 1, lambda turn: turn.failed(30))
    assert starts(limiter(5), time, 1) == [30]


def test_longer_quiet_than_a_run_should_wait_is_an_error_at_once(
    limiter: Callable[..., Limiter], time: Time, tmp_path: Path
) -> None:
    starts(limiter(5), time, 1, lambda turn: turn.refused(1000))
    with pytest.raises(SourceBusy, match=r"another 1000 s.*remove .*host"):
        starts(limiter(5), time, 1)
    assert time.now == 100
    time.now += 1000 - LONGEST_WAIT
    assert starts(limiter(5), time, 1) == [1000]


def test_a_source_that_is_down_ends_the_run_within_minutes(limiter: Callable[..., Limiter], time: Time) -> None:
    with pytest.raises(SourceBusy, match="failed too often"):
        starts(limiter(5), time, 100, Turn.failed)
    assert 60 < time.now - 100 < 300


def test_a_cancelled_request_gives_its_place_back_and_says_nothing(limiter: Callable[..., Limiter], time: Time) -> None:
    async def run() -> None:
        one = limiter(100, most=1)
        for _ in range(3):
            with pytest.raises(asyncio.CancelledError):
                async with one.turn():
                    raise asyncio.CancelledError
        async with one.turn() as turn:
            turn.succeeded()

    asyncio.run(run())


def test_no_more_under_way_than_agreed_between_all_who_ask(tmp_path: Path) -> None:
    async def run() -> int:
        under_way = most = 0
        time = Time()

        async def sleep(seconds: float) -> None:
            time.now += seconds
            await asyncio.sleep(0)

        limiters = [Limiter(1000, 3, tmp_path, sleep=sleep, clock=time, chance=lambda: 0.0) for _ in range(2)]

        async def ask(limiter: Limiter) -> None:
            nonlocal under_way, most
            async with limiter.turn() as turn:
                under_way += 1
                most = max(most, under_way)
                for _ in range(20):
                    await asyncio.sleep(0)
                under_way -= 1
                turn.succeeded()

        await asyncio.gather(*(ask(limiters[n % 2]) for n in range(20)))
        return most

    assert asyncio.run(run()) == 3


def test_two_processes_share_one_limit(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TWO, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    clocks = []
    for _ in range(10):
        for process in processes:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.stdin.write("\n")
            process.stdin.flush()
            clocks.append(float(process.stdout.readline()))
    for process in processes:
        process.communicate()
    assert clocks == pytest.approx([0.25 * n for n in range(20)])
