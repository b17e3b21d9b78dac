from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tipoff.errors import SourceBusy
from tipoff.http.limiter import LONGEST_WAIT, Limiter, Turn
from tipoff.http.shared import Shared

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


def after(time: Time, folder: Path, chance: float, tell: Callable[[Turn], None], rate: float = 5) -> float:
    """Seconds until the next request starts, when luck has it so."""
    limiter = Limiter(rate, 4, folder, sleep=time.sleep, clock=time, chance=lambda: chance)
    return starts(limiter, time, 2, tell)[1]


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("tell", [Turn.refused, Turn.failed])
def test_a_pause_is_never_shorter_than_asked_for_and_a_tenth_longer_at_most(
    time: Time, tmp_path: Path, chance: float, tell: Callable[[Turn, float], None]
) -> None:
    """Who comes back before ``Retry-After`` is refused again."""
    assert after(time, tmp_path, chance, lambda turn: tell(turn, 40)) == pytest.approx(40 + 4 * chance)


@pytest.mark.parametrize(("chance", "fifth"), [(0.0, 1.0), (1.0, 1.1)])
def test_the_circuit_breakers_pauses_are_prolonged_likewise(
    time: Time, tmp_path: Path, chance: float, fifth: float
) -> None:
    limiter = Limiter(5, 4, tmp_path, sleep=time.sleep, clock=time, chance=lambda: chance)
    found = starts(limiter, time, 7, Turn.failed)
    assert found[5] - found[4] == pytest.approx(fifth)
    assert found[6] - found[5] == pytest.approx(2 * fifth)


@pytest.mark.parametrize("rate", [5, math.inf])
def test_a_source_that_asks_for_a_year_is_asked_again_after_an_hour(
    limiter: Callable[..., Limiter], time: Time, rate: float
) -> None:
    """A mistaken ``Retry-After`` must not silence a source for good."""
    one = limiter(rate)
    starts(one, time, 1, lambda turn: turn.refused(365 * 86_400))
    with pytest.raises(SourceBusy, match="another 3600 s"):
        starts(one, time, 1)
    time.now += 3599
    assert starts(one, time, 1) == [3600]


def test_while_all_places_are_taken_it_looks_fifty_times_a_second(time: Time, tmp_path: Path) -> None:
    """Not in step with others that wait, and not so often that waiting is work."""
    waits: list[float] = []
    places = [Shared(tmp_path, 2).enter() for _ in range(2)]

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            os.close(places[0] or 0)

    chances = iter([0.0, 0.5, 1.0, 0.0])
    limiter = Limiter(5, 2, tmp_path, sleep=sleep, clock=time, chance=lambda: next(chances))
    assert starts(limiter, time, 1) == [0]
    assert waits == pytest.approx([0.01, 0.02, 0.03])
    os.close(places[1] or 0)


def test_a_tenth_of_a_second_of_lateness_is_made_good_and_no_more(time: Time, tmp_path: Path) -> None:
    """What was lost to a busy machine: the next request may come so much earlier."""

    def second(late: float, folder: str) -> float:
        begun = time.now

        async def sleep(seconds: float) -> None:
            time.now += seconds + late

        limiter = Limiter(2, 4, tmp_path / folder, sleep=sleep, clock=time, chance=lambda: 0.0)
        found = starts(limiter, time, 3)
        return round(found[2] - (begun - 100.0), 6)

    # The second is late; the third is due half a second after the second was due.
    assert second(0.06, "little") == pytest.approx(1.0 + 0.06)
    assert second(0.4, "much") == pytest.approx(0.9 - 0.1 + 0.5 + 0.4)


@pytest.mark.parametrize("tell", [Turn.succeeded, Turn.failed])
def test_who_asks_for_no_quiet_gets_none(
    limiter: Callable[..., Limiter], time: Time, tell: Callable[[Turn], None]
) -> None:
    assert starts(limiter(4), time, 2, tell)[1] <= 0.3
