"""How long a plugin may take to load."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType
from typing import Final, TypeVar

_T = TypeVar("_T")

LIMIT_SECONDS: Final = 5.0
"""Wall time for a plugin's import and its hooks, after which it is refused.

Airflow gives a DAG file 30 seconds to be read. One plugin that waits for a network, say, would take all DAGs with it.
"""

LATE: Final = "had not ended after"
"""What is said of one that took longer."""

_left: Final[dict[str, threading.Thread]] = {}
"""Work that did not end and could not be stopped, by name."""


class TookTooLong(BaseException):
    """What was given a limit, in seconds, took longer. No `Exception`, so that what is stopped does not catch it."""


def within(seconds: float, name: str, work: Callable[[], _T]) -> _T:
    """What `work` returns, if that takes at most `seconds` of wall time.

    In the main thread a signal stops it. Elsewhere, as in a server that answers requests, nothing can: it is left alone
    in a thread of its own, and work of that name is refused for as long as it goes on.

    Raises:
        TookTooLong: it did not end; or whatever it raises.
    """
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with limited(seconds):
            return work()
    future: Future[_T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    if name in _left and _left[name].is_alive():
        raise TookTooLong(f"`{name}` has not ended since it was tried before; restart this process once it is mended")
    thread = threading.Thread(target=run, name=f"within {seconds:g} s: {name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if not future.done():
        _left[name] = thread
        raise TookTooLong(f"`{name}` {LATE} {seconds:g} s")
    return future.result()


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Stops the block after `seconds` of wall time.

    For the main thread. A timer that is set already, such as Airflow's for reading a DAG file, stays in force.

    Raises:
        TookTooLong: in the block, wherever it is.
    """
    began, (left, interval) = time.monotonic(), signal.getitimer(signal.ITIMER_REAL)
    if 0 < left <= seconds:
        yield  # the other one comes first
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(seconds)

    handler = signal.signal(signal.SIGALRM, stop) or signal.SIG_DFL
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
