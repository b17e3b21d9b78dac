"""How a long collection tells where it is, to whoever reads lines: a log, or a pipe."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

EVERY: Final = 30.0
"""Seconds between two lines."""


class Teller:
    """Says a line now and then: ``stats: 1,200 of 6,000 answers, 4.9 a second, 0:16:20 left``.

    It is a `tipoff.collecting.running.Progress`. How many answers there will be grows while the source leads to further
    questions; the rate is that since the line before.

    Args:
        what: begins each line.
        say: takes a line.
        clock: seconds, for tests.
    """

    def __init__(self, what: str, say: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._say = say
        self._clock = clock
        self._at = clock()
        self._done = 0

    def __call__(self, done: int, total: int, key: str) -> None:
        """Takes note of an answer; `done` begins anew with each league."""
        now = self._clock()
        self._done = min(self._done, done)
        passed = now - self._at
        if passed < EVERY:
            return
        rate = (done - self._done) / passed
        self._at, self._done = now, done
        line = f"{self._what}: {done:,} of {total:,} answers, {rate:.1f} a second"
        self._say(f"{line}, {timedelta(seconds=round((total - done) / rate))} left" if rate else line)
