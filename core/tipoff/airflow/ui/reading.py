"""Reads parts of the report for the page, and keeps them for as long as the published copy stays the same."""

from __future__ import annotations

import dataclasses
import time
from contextlib import suppress
from datetime import datetime
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from tipoff import clock, plugins
from tipoff import settings as all_settings
from tipoff.errors import TipoffError
from tipoff.report.bundle import Bundle
from tipoff.report.page import render
from tipoff.report.read import NEED_PLUGINS, PARTS, read, read_run

if TYPE_CHECKING:
    from tipoff.settings import Settings

LOOK_SECONDS: Final = 5.0
"""How often a server that has been asked for the page looks for a new copy."""

LOCK_WAIT: Final = 5.0
"""Seconds that a request waits for another reader of the copy."""

NEVER: Final = datetime(1, 1, 1)
"""The instant of a bundle of nothing: the clock may be what cannot be read."""


class Reader:
    """Gives the parts of the report. A part is computed once for each published copy, and then kept.

    What is installed may change at any time, so plugins are looked up anew; and whatever cannot be read becomes
    `Bundle.trouble`, which the page shows.

    Args:
        ahead: from the first request on, read each new copy in the background, before someone asks for it.
    """

    def __init__(self, *, ahead: bool = True) -> None:
        self._ahead = ahead
        self._kept: dict[str, tuple[object, Bundle]] = {}
        self._pages: dict[str, tuple[object, str]] = {}
        self._locks = {part: Lock() for part in PARTS}
        self._asked = Lock()

    def part(self, part: str, base: str) -> str:
        """One of `tipoff.report.read.PARTS` as of now, as a page below the path `base`."""
        if self._ahead and self._asked.acquire(blocking=False):  # once; it is never released
            Thread(target=self._read_ahead, daemon=True, name="tipoff-page").start()
        try:
            key, bundle = self._part(_settings(), part)
        except TipoffError as error:
            return render(trouble(error), (part,), base=base)
        # The page says the time to the minute; what else it shows is the same while the bundle is.
        state = (key, bundle.now.replace(second=0, microsecond=0), base)
        kept = self._pages.get(part)
        if kept is None or kept[0] != state:
            kept = state, render(bundle, (part,), base=base)
            self._pages[part] = kept
        return kept[1]

    def run(self, run_id: str, task_id: str, base: str) -> str:
        """What one run did, and one task of it if one is named, as a page; it is not kept."""
        try:
            bundle = read_run(_settings(), run_id, task_id)
        except TipoffError as error:
            bundle = trouble(error)
        return render(bundle, ("run",), base=base)

    def _part(self, settings: Settings, part: str) -> tuple[object, Bundle]:
        now = clock.now()
        registry = plugins.load(settings) if part in NEED_PLUGINS else None
        stamp = _stamp(settings)
        key = (stamp, clock.day_of(now), settings, registry.plugins if registry else ())
        with self._locks[part]:
            kept = self._kept.get(part)
            if kept is None or kept[0] != key:
                kept = key, read(settings, (part,), registry)
                self._kept[part] = kept
        return key, dataclasses.replace(kept[1], now=now)

    def _read_ahead(self) -> None:
        seen: object = None
        while True:
            seen = self.read_new(seen)
            time.sleep(LOOK_SECONDS)

    def read_new(self, seen: object) -> object:
        """Reads every part of a copy that was not seen yet; what it has seen. An error is for whoever asks."""
        found = seen
        with suppress(Exception):  # whatever it is, a later copy may be without it
            settings = _settings()
            found = _stamp(settings)
            for part in PARTS if found != seen else ():
                self._part(settings, part)
        return found


def trouble(error: TipoffError | None = None) -> Bundle:
    """A bundle of nothing; `error` is why."""
    return Bundle(NEVER, NEVER.date(), "", published=False, trouble=str(error or ""))


def _settings() -> Settings:
    found = all_settings.load()
    return found.model_copy(update={"lock_wait_seconds": min(LOCK_WAIT, found.lock_wait_seconds)})


def _stamp(settings: Settings) -> tuple[int, int, int] | None:
    """Tells one published copy from the next; None where there is none."""
    try:
        status = settings.published.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
