"""A plugin that does not end is stopped; timers of others stay as they are."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from tipoff.plugins import patience
from tipoff.plugins.patience import TookTooLong, limited, within


class Other(Exception):
    """What somebody else's timer raises."""


def _raise(*_: object) -> None:
    raise Other


@pytest.fixture
def other() -> Iterator[None]:
    """Somebody else's alarm."""
    before = signal.signal(signal.SIGALRM, _raise)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def wait() -> None:
    """For a signal, as long as it takes."""
    threading.Event().wait()


def test_what_does_not_end_is_stopped_and_nothing_is_left_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TookTooLong), limited(0.01):
        wait()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) == before


def test_it_is_stopped_though_it_catches_everything() -> None:
    with pytest.raises(TookTooLong), limited(0.01):
        for _ in range(2):
            with suppress(Exception):
                wait()


def test_a_timer_that_would_come_first_comes_first(other: None) -> None:
    with pytest.raises(Other):
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        with limited(60):
            wait()


def test_a_later_timer_goes_on(other: None) -> None:
    signal.setitimer(signal.ITIMER_REAL, 60, 7)
    with pytest.raises(TookTooLong), limited(0.01):
        wait()
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    assert 0 < left < 60
    assert interval == 7
    assert signal.getsignal(signal.SIGALRM) is _raise


def elsewhere(work: Callable[[], object]) -> object:
    """What `work` gives in another thread, as a server's requests have."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def test_in_another_thread_it_is_left_alone_and_not_tried_again() -> None:
    end = threading.Event()
    with pytest.raises(TookTooLong, match=r"`it` had not ended after 0.01 s"):
        elsewhere(lambda: within(0.01, "it", end.wait))
    with pytest.raises(TookTooLong, match="`it` has not ended since it was tried before"):
        elsewhere(lambda: within(60, "it", lambda: "tried again"))
    assert elsewhere(lambda: within(60, "another", lambda: "works")) == "works"
    end.set()
    patience._left["it"].join()
    assert elsewhere(lambda: within(60, "it", lambda: "works again")) == "works again"


def test_what_is_raised_in_another_thread_is_raised() -> None:
    with pytest.raises(TimeoutError, match="of its own"):
        elsewhere(lambda: within(60, "it", _raise_timeout))


def _raise_timeout() -> None:
    raise TimeoutError("of its own")


def test_a_server_says_so_and_goes_on(install_plugin: Any, states: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipoff.plugins.loading.LIMIT_SECONDS", 0.5)
    end = threading.Event()
    monkeypatch.setattr(threading, "end_for_test", end, raising=False)
    install_plugin("good")
    install_plugin("hangs", "import threading\nthreading.end_for_test.wait()\n")
    found = elsewhere(states)
    assert isinstance(found, dict)
    assert (found["good"].state, found["hangs"].state) == ("ok", "failed")
    assert found["hangs"].reason == "`hangs_for_test` had not ended after 0.5 s"
    end.set()
    patience._left["hangs_for_test"].join()


@pytest.mark.parametrize(
    "source",
    [
        "import threading\nthreading.Event().wait()\n",
        "@hookimpl\ndef models():\n    import threading\n    threading.Event().wait()\n",
    ],
)
def test_a_plugin_that_hangs_is_refused_and_the_others_work(
    install_plugin: Any, states: Any, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("loading", "trying"):
        monkeypatch.setattr(f"tipoff.plugins.{module}.LIMIT_SECONDS", 0.5)
    install_plugin("good")
    install_plugin("hangs", source)
    found = states()
    assert found["good"].state == "ok"
    assert found["hangs"].state == "failed"
    assert "had not ended after 0.5 s and was stopped (" in found["hangs"].reason
    assert patience.LIMIT_SECONDS == 5
