from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from aiohttp.test_utils import TestClient, TestServer
from tipoff.errors import SettingsError
from tipoff_espn.server import League, Limit, make_app

TEAMS = "/apis/site/v2/sports/basketball/mens-college-basketball/teams?limit=1"
NOW = datetime(2026, 1, 24, 14)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def taken(limit: Limit, times: int) -> int:
    return sum(limit.take() == 0 for _ in range(times))


def test_a_burst_then_as_much_as_comes() -> None:
    clock = Clock()
    limit = Limit(10, burst=4, clock=clock)
    assert taken(limit, 6) == 4
    clock.seconds += 0.1
    assert taken(limit, 3) == 1
    clock.seconds += 60
    assert taken(limit, 9) == 4
    assert (limit.served, limit.refused) == (9, 9)


def test_evenly_spaced_requests_at_the_rate_all_pass() -> None:
    clock = Clock()
    limit = Limit(7, burst=1, clock=clock)
    for _ in range(1000):
        assert limit.take() == 0
        clock.seconds += 1 / 7


def test_a_second_is_the_usual_burst_and_the_wait_is_told() -> None:
    clock = Clock()
    limit = Limit(5, clock=clock)
    assert taken(limit, 5) == 5
    assert limit.take() == pytest.approx(0.2)
    clock.seconds += 0.1
    assert limit.take() == pytest.approx(0.1)


def test_the_rate_may_change_while_it_runs() -> None:
    clock = Clock()
    limit = Limit(20, clock=clock)
    limit.requests_per_second = 5
    assert taken(limit, 20) == 5
    clock.seconds += 1
    limit.requests_per_second = 40
    clock.seconds += 0.5
    assert taken(limit, 100) == 25
    assert limit.requests_per_second == 40


def test_latency_is_drawn_between_its_bounds() -> None:
    limit = Limit(5, latency=(0.02, 0.2), seed=3)
    drawn = [limit.latency() for _ in range(200)]
    assert 0.02 <= min(drawn) < 0.03
    assert 0.19 < max(drawn) <= 0.2
    again = Limit(5, latency=(0.02, 0.2), seed=3)
    assert [again.latency() for _ in range(200)] == drawn


@pytest.mark.parametrize("retry_after", [True, False])
def test_over_a_server(simulated: League, retry_after: bool) -> None:
    # One token in 100 seconds: whatever the machine's pace, two pass and none comes after them.
    limit = Limit(0.01, burst=2, retry_after=retry_after)

    async def ask() -> list[tuple[int, str | None]]:
        async with TestClient(TestServer(make_app(simulated, lambda: NOW, limit=limit))) as client:
            answers = [await client.get(TEAMS, headers={"User-Agent": "curl/8"}) for _ in range(4)]
            return [(answer.status, answer.headers.get("Retry-After")) for answer in answers]

    answers = asyncio.run(ask())
    assert [status for status, _ in answers[:2]] == [200, 200]
    assert [status for status, _ in answers[2:]] == [429, 429]
    assert {wait for _, wait in answers[:2]} == {None}
    for _, wait in answers[2:]:
        assert (wait is not None and 90 <= int(wait) <= 100) if retry_after else wait is None
    assert (limit.served, limit.refused) == (2, 2)


@pytest.mark.parametrize("options", [{"burst": 0.5}, {"latency": (0.2, 0.1)}, {"latency": (-1, 0)}])
def test_what_is_no_limit_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="a limit is more than 0"):
        Limit(5, **options)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(SettingsError, match="a limit is more than 0"):
        Limit(0)
