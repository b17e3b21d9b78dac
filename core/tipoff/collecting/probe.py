"""One question to a source: whether it answers, and whether its clock agrees with this machine's."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from tipoff import clock
from tipoff.collecting.boundary import hidden, key_named, plugin_boundary
from tipoff.collecting.planning import Plan, reading
from tipoff.contracts import Window
from tipoff.errors import ClockWrong, TipoffError
from tipoff.plugins import resolve

if TYPE_CHECKING:
    from tipoff.contracts import Access, Client, Collector, PlanContext, Request
    from tipoff.plugins import Registry
    from tipoff.run import Run
    from tipoff.settings import Settings

log = logging.getLogger(__name__)

_ANSWER_SECONDS: Final = 10.0
"""How long a source may take: who asks wants an answer."""


def ask(collector: Collector, access: Access, registry: Registry, settings: Settings) -> Request | None:
    """Asks the first question of a first run, once, by the collector's own client.

    Returns:
        What was asked; None where the collector has nothing to ask.

    Raises:
        ClockWrong: the source's clock and this machine's are far apart.
        TipoffError: it did not answer as it should.
    """
    request = _first_question(collector, registry, settings)
    if request is not None:
        timeout = min(_ANSWER_SECONDS, access.timeout_seconds)
        once = replace(access, attempts=1, timeout_seconds=timeout)
        asyncio.run(_fetch(collector, once, request, settings.leagues[0]))
    return request


def compare_clocks(run: Run) -> None:
    """Holds this machine's clock against every source's, for who is about to stamp what cannot be stamped anew.

    A source that does not answer only leaves a warning. A clock that was set (`tipoff.clock`) is compared with nobody.

    Raises:
        ClockWrong: a source's clock and this machine's are far apart.
    """
    if clock.is_set():
        return
    for collector in run.registry.collectors:
        try:
            ask(collector, run.access(collector), run.registry, run.settings)
        except ClockWrong:
            raise
        except TipoffError as error:
            log.warning("this machine's clock could not be compared with that of `%s`: %s", collector.name, error)


async def _fetch(collector: Collector, access: Access, request: Request, league: str) -> None:
    open_client = cast("Callable[[Access], Client]", resolve(collector.client))
    with hidden(access), key_named(collector, access), plugin_boundary(collector.client):
        async with open_client(access) as client:
            await client.fetch(request, league)


def _first_question(collector: Collector, registry: Registry, settings: Settings) -> Request | None:
    """What the first of its datasets with a plan would ask first on an empty store; None: nothing."""
    from tipoff.warehouse.store import Warehouse

    now = clock.now()
    today = clock.day_of(now)
    with tempfile.TemporaryDirectory() as folder:
        empty = Warehouse(Path(folder) / "empty.duckdb")
        empty.migrate(registry.tables().values())
        settle = timedelta(days=settings.settle_days)
        context = Plan(settings.leagues[0], Window(today, today), now, settle, reading(empty))
        for dataset in collector.datasets:
            plan = cast("Callable[[PlanContext], Iterable[Request]]", resolve(dataset.plan))
            with plugin_boundary(dataset.plan, field="plan"):
                for request in plan(context):
                    return request
    return None
