"""How long a plugin may take to load."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LIMIT_SECONDS = 5.0
"""Wall time for a plugin's import and its hooks, after which it is stopped and refused.

Airflow gives a DAG file 30 seconds to be read. One plugin that waits for a network, say, would take all DAGs with it.
"""


class TookTooLong(BaseException):
    """Raised inside of what took too long. No `Exception`, so that what is stopped does not catch it by chance."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Stops the block after `seconds` of wall time.

    It needs signals: in another than the main thread, and where there are none, the block takes as long as it takes.
    A timer that is set already, such as Airflow's for reading a DAG file, stays in force.

    Raises:
        TookTooLong: in the block, wherever it is.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    began, (left, interval) = time.monotonic(), signal.getitimer(signal.ITIMER_REAL)
    if 0 < left <= seconds:
        yield  # the other one comes first
        return
    handler = signal.signal(signal.SIGALRM, _stop) or signal.SIG_DFL
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again each second, should the block catch everything
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            signal.signal(signal.SIGALRM, handler)
            if left:
                signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - began)), interval)


def _stop(number: int, frame: FrameType | None) -> None:
    raise TookTooLong
