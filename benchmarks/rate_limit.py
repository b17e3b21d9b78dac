"""How much of what a source permits is used, and how much is refused, by tipoff's limiter and by two others.

Run it with ``python benchmarks/rate_limit.py`` (3 minutes). Local servers permit R requests a second by token bucket
(burst one second) and answer after 20 to 200 ms; R is unknown to the client, and is halved and doubled meanwhile.
AIMD is the textbook's: 2 requests a second more each second, half at a refusal. The fixed rate is the first R.

A phase counts once it is settled: 10 s after the change, or 200 requests permitted at the lower of the rates before
and after it, whichever is longer. The second matters below 20 requests a second, and is a limit of what can be known,
not of the method: a doubled rate shows only by a refusal that does not come, so noticing it within 10 s takes a refusal
in fewer than 10 s, which is more than 1 % there. Rows marked * show 10 s alone, and are held to nothing.

Exit code 1 when tipoff's limiter uses less than 95 % of a rate, or more than 1 % of its requests, rounded up to a
whole one, are refused.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from tipoff.contracts import Access, Request
from tipoff.errors import SourceUnavailable
from tipoff.http.client import HttpClient
from tipoff.http.limiter import Limiter, Turn

USED, REFUSED = 0.95, 0.01
UNDER_WAY = 100
Schedule = tuple[tuple[float, float], ...]
OURS: tuple[Schedule, ...] = (
    ((0, 5), (60, 10)),
    ((0, 20), (37, 10), (74, 20)),
    ((0, 80), (28, 40), (55, 80), (82, 160)),
    ((0, 200), (28, 100), (55, 200), (82, 100)),
)
OTHERS: tuple[Schedule, ...] = (
    ((0, 40), (22, 20), (44, 40)),
    ((0, 80), (22, 40), (44, 80)),
)
OURS_SECONDS, OTHERS_SECONDS = 110, 66


@dataclass
class Bucket:
    """What a server permits, and when it accepted or refused (seconds from its start)."""

    schedule: Schedule
    began: float = field(default_factory=time.monotonic)
    filled: float = 0.0
    asked: list[tuple[float, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = self.schedule[0][1]

    def take(self) -> bool:
        """Whether one more request is permitted now."""
        now = time.monotonic() - self.began
        rate = next(rate for since, rate in reversed(self.schedule) if since <= now)
        self.tokens = min(rate, self.tokens + (now - self.filled) * rate)
        self.filled = now
        accepted = self.tokens >= 1
        self.tokens -= accepted
        self.asked.append((now, accepted))
        return accepted

    def rows(self, until: float, least: float) -> Iterator[tuple[float, float, int, int]]:
        """Each phase's rate, settled seconds, and how many requests were accepted and refused in them.

        Args:
            until: when the last phase ends.
            least: permitted requests after which a phase is settled.
        """
        before = self.schedule[0][1]
        for (since, rate), (end, _) in zip(self.schedule, (*self.schedule[1:], (until, 0.0)), strict=True):
            start = since + max(10, least / min(rate, before))
            before = rate
            counted = [accepted for now, accepted in self.asked if start <= now < end]
            if start < end:
                yield rate, end - start, sum(counted), len(counted) - sum(counted)


class Fixed(Limiter):
    """Asks at one rate."""

    def __init__(self, rate: float) -> None:
        super().__init__(math.inf, UNDER_WAY, Path())
        self.rate = rate
        self.next = 0.0
        self.waiting = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """Spaces evenly."""
        async with self.waiting:
            await asyncio.sleep(self.next - time.monotonic())
            self.next = max(time.monotonic() - 0.1, self.next) + 1 / self.rate
        began, turn = time.monotonic(), Turn()
        yield turn
        self.learn(began, turn.outcome == "refused")

    def learn(self, began: float, refused: bool) -> None:
        """Takes in an answer to what was asked at `began`."""


class Aimd(Fixed):
    """Additive increase, multiplicative decrease: once for all that was under way."""

    def __init__(self) -> None:
        super().__init__(5.0)
        self.reacted = 0.0

    def learn(self, began: float, refused: bool) -> None:
        """Up a little, or down by half."""
        if not refused:
            self.rate += 2 / self.rate
        elif began > self.reacted:
            self.rate, self.reacted = max(1.0, self.rate / 2), time.monotonic()


async def ask(schedule: Schedule, seconds: float, limiter: Limiter | None) -> Bucket:
    """Asks a server of this schedule as much as the limiter lets through."""
    bucket, chance = Bucket(schedule), random.Random(7)

    async def answer(_: web.Request) -> web.Response:
        latency = chance.uniform(0.01, 0.1)
        await asyncio.sleep(latency)
        accepted = bucket.take()
        await asyncio.sleep(latency)
        return web.Response(status=200 if accepted else 429)

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    access = Access(
        host=f"http://127.0.0.1:{runner.addresses[0][1]}", max_concurrency=UNDER_WAY, requests_per_second=5000
    )

    async def work(client: HttpClient) -> None:
        while time.monotonic() - bucket.began < seconds:
            try:
                await client.fetch(Request("http://source/"), "league")
            except SourceUnavailable:
                continue

    async with HttpClient(access, limiter=limiter) as client:
        workers = [asyncio.create_task(work(client)) for _ in range(UNDER_WAY)]
        await asyncio.sleep(seconds)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    await runner.cleanup()
    return bucket


def show(name: str, bucket: Bucket, seconds: float, least: float = 200) -> bool:
    """Prints a line a server; whether it is within the bounds."""
    rows = list(bucket.rows(seconds, least))
    permitted = sum(rate * length for rate, length, _, _ in rows)
    accepted, refused = sum(row[2] for row in rows), sum(row[3] for row in rows)
    used, share = accepted / permitted, refused / max(1, accepted + refused)
    rates = " → ".join(f"{rate:g}" for _, rate in bucket.schedule)
    each = " ".join(f"{count / rate / length:.1%}" for rate, length, count, _ in rows)
    print(f"{name:10} {rates:22} {permitted:9.0f} {accepted:9} {used:8.1%} {share:8.2%}   {each}")
    return used >= USED and refused <= math.ceil(REFUSED * (accepted + refused))


async def measure() -> bool:
    """Runs everything; whether tipoff's limiter keeps the bounds."""
    cpu = time.process_time()
    ours = await asyncio.gather(*(ask(schedule, OURS_SECONDS, None) for schedule in OURS))
    cpu = time.process_time() - cpu
    aimd = [ask(schedule, OTHERS_SECONDS, Aimd()) for schedule in OTHERS]
    fixed = [ask(schedule, OTHERS_SECONDS, Fixed(schedule[0][1])) for schedule in OTHERS]
    others = await asyncio.gather(*aimd, *fixed)
    print(f"{'':10} {'permitted a second':22} {'permitted':>9} {'accepted':>9} {'used':>8} {'refused':>8}   by phase")
    good = [show("tipoff", bucket, OURS_SECONDS) for bucket in ours]
    for bucket in ours[:2]:
        show("tipoff *", bucket, OURS_SECONDS, least=0)
    for name, bucket in zip(["AIMD", "AIMD", "fixed", "fixed"], others, strict=True):
        show(name, bucket, OTHERS_SECONDS)
    asked = sum(len(bucket.asked) for bucket in ours)
    print(f"{cpu / asked * 1000:.2f} ms of processor time a request, client and server together")
    return all(good)


def main() -> int:
    """1 when a bound is missed."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["TIPOFF_HOME"] = home
        return 0 if asyncio.run(measure()) else 1


if __name__ == "__main__":
    sys.exit(main())
