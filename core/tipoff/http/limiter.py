"""When the next request to a source may start: never beyond the agreed limits, and slower where it needs to be.

The adaptive part is `tipoff.http.pace`, which only ever lowers the agreed rate. What it knows is shared by
the processes of one machine (`tipoff.http.shared`), and kept for the next run.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tipoff.errors import SourceBusy
from tipoff.http.pace import Ticket
from tipoff.http.shared import Shared

LONGEST_WAIT: Final = 120.0
"""Seconds of quiet beyond which a run should not wait; the task's own retry does."""

_LONGEST_QUIET: Final = 3600.0
"""Seconds of quiet that are kept for later runs: a source that asks for more is asked again after this."""

_CATCH_UP: Final = 0.1
"""Seconds of lateness that are made good: waking up is not exact, and a busy machine stutters."""

_POLL: Final = 0.02
"""Seconds between looks at whether another process's request is done."""

_JITTER: Final = 0.1
"""Share by which a pause is prolonged at random, so that several machines do not come back at once."""


@dataclass(slots=True)
class Turn:
    """One request's turn; the caller says what came of it. Silence (a cancelled request) says nothing."""

    outcome: str = ""
    wait: float = 0.0

    def succeeded(self) -> None:
        """The source gave an answer, be it that it has none."""
        self.outcome = "succeeded"

    def refused(self, wait: float = 0.0) -> None:
        """Too many requests; `wait` is what ``Retry-After`` asks for, in seconds."""
        self.outcome, self.wait = "refused", wait

    def failed(self, wait: float = 0.0) -> None:
        """A server error, a timeout or a broken connection."""
        self.outcome, self.wait = "failed", wait


class Limiter:
    """Turns to ask one source. For one event loop; waiters are served in the order in which they came.

    Args:
        rate: most requests a second. Infinity lifts all limits but a ``Retry-After``, and shares nothing.
        most: requests under way at once.
        folder: where the processes of this machine meet, one folder a source.
        sleep: for tests.
        clock: seconds that never go back, the same for all processes; for tests.
        chance: numbers from 0 to 1; for tests.
    """

    def __init__(
        self,
        rate: float,
        most: int,
        folder: Path,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._rate = rate
        self._folder = folder
        self._shared = None if math.isinf(rate) else Shared(folder, most)
        self._sleep = sleep
        self._clock = clock
        self._chance = chance
        self._quiet_until = -math.inf
        self._queue = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """Waits until a request may start; the request is made inside.

        Raises:
            SourceBusy: the source wants, or needs, more quiet than a run should wait for.
        """
        turn = Turn()
        if self._shared is None:
            while (wait := self._quiet_until - self._clock()) > 0:
                await self._rest(wait)
            yield turn
            if turn.wait:
                self._quiet_until = max(self._quiet_until, self._clock() + min(turn.wait, _LONGEST_QUIET))
            return
        since = self._clock()
        async with self._queue:
            while (place := self._shared.enter()) is None:
                await self._sleep(_POLL * (0.5 + self._chance()))
            try:
                ticket = await self._start(self._shared, since)
            except BaseException:
                os.close(place)
                raise
        started = self._clock()
        try:
            yield turn
        finally:
            os.close(place)
            self._finish(self._shared, turn, ticket, started)

    async def _start(self, shared: Shared, since: float) -> Ticket:
        while True:
            now = self._clock()
            with shared.pace(now) as pace:
                ticket = pace.start(now, max(since, now - _CATCH_UP), self._rate)
            if isinstance(ticket, Ticket):
                return ticket
            await self._rest(ticket)

    def _finish(self, shared: Shared, turn: Turn, ticket: Ticket, started: float) -> None:
        if not turn.outcome:
            return
        now = self._clock()
        jitter = _JITTER * self._chance()
        with shared.pace(now) as pace:
            if turn.outcome == "succeeded":
                pace.succeeded(now - started)
            elif turn.outcome == "refused":
                pace.refuse(ticket, now, jitter, turn.wait)
            else:
                pace.failed(ticket, now, jitter)
            if turn.wait:
                pace.be_quiet(now, min(turn.wait, _LONGEST_QUIET) * (1 + jitter))

    async def _rest(self, seconds: float) -> None:
        if seconds > LONGEST_WAIT:
            raise SourceBusy(
                f"`{self._folder.name}` asked for quiet, or failed too often, and is to be left alone for another "
                f"{seconds:.0f} s; run the task again after that, or remove {self._folder} to ask at once"
            )
        await self._sleep(seconds)
