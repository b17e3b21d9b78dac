"""When the next request may start."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable


class Limiter:
    """Spaces requests evenly: never more than `rate` starts in a second, and none during a pause.

    For one event loop. Waiters are served in the order in which they came.

    Args:
        rate: requests a second; infinity lifts the limit.
        sleep: for tests.
        clock: seconds that never go back; for tests.
    """

    def __init__(
        self,
        rate: float,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spacing = 1.0 / rate
        self._sleep = sleep
        self._clock = clock
        self._next = -math.inf
        self._paused_until = -math.inf

    async def acquire(self) -> None:
        """Waits for this request's turn."""
        now = self._clock()
        turn = max(now, self._next)
        self._next = turn + self._spacing
        while (start := max(turn, self._paused_until)) > now:
            await self._sleep(start - now)
            now = self._clock()

    def pause(self, seconds: float) -> None:
        """Lets no further request start for `seconds`: the source has asked for quiet."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)
        self._next = max(self._next, self._paused_until)
