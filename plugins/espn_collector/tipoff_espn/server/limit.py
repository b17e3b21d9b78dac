"""How many requests a second the server permits: a token bucket."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from tipoff.errors import SettingsError


class Limit:
    """A token bucket: each request takes a token, and finds it or is refused with 429.

    Args:
        requests_per_second: tokens that come each second. May be set while the server runs.
        burst: tokens that the bucket holds, and begins with; a second's worth, at least 1, unless given.
        retry_after: whether a refusal says when to come again, in whole seconds.
        latency: seconds that an answer takes at least and at most, drawn evenly.
        seed: of the latency.
        clock: seconds that pass.

    Raises:
        SettingsError: a rate, burst or latency that is no limit.
    """

    def __init__(
        self,
        requests_per_second: float,
        *,
        burst: float | None = None,
        retry_after: bool = True,
        latency: tuple[float, float] = (0.0, 0.0),
        seed: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if requests_per_second <= 0 or (burst is not None and burst < 1) or not 0 <= latency[0] <= latency[1]:
            raise SettingsError(
                "a limit is more than 0 requests a second, a burst of at least 1 and a latency from 0 up, got "
                f"`{requests_per_second}`, `{burst}` and `{latency}`; try 20 requests a second"
            )
        self.retry_after = retry_after
        self.served = 0
        """Requests permitted so far."""
        self.refused = 0
        """Requests refused so far."""
        self._rate, self._burst, self._latency = requests_per_second, burst, latency
        self._rng, self._clock = random.Random(seed), clock
        self._tokens, self._at = self._most, clock()

    @property
    def requests_per_second(self) -> float:
        """Tokens that come each second."""
        return self._rate

    @requests_per_second.setter
    def requests_per_second(self, value: float) -> None:
        self._fill()
        self._rate = value
        self._tokens = min(self._tokens, self._most)

    def take(self) -> float:
        """Takes a token. Seconds until there will be one, when there is none; else 0."""
        self._fill()
        # Adding up fractions leaves a token a hair short of one.
        if self._tokens >= 1 - 1e-9:
            self._tokens -= 1
            self.served += 1
            return 0.0
        self.refused += 1
        return (1 - self._tokens) / self._rate

    def latency(self) -> float:
        """Seconds that the next answer takes."""
        return self._rng.uniform(*self._latency)

    @property
    def _most(self) -> float:
        return max(1.0, self._rate) if self._burst is None else self._burst

    def _fill(self) -> None:
        present = self._clock()
        self._tokens = min(self._most, self._tokens + (present - self._at) * self._rate)
        self._at = present
