"""Runs one dataset: plan, skip what is fresh, ask, parse, land, load, move the watermark.

Nothing here needs an orderly end. What has landed is never asked for again, a batch is loaded whole or not at
all, and a run that was killed at any instant is simply run again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from tipoff import clock
from tipoff.collecting import loading
from tipoff.collecting.asking import answers
from tipoff.collecting.boundary import given, plugin_boundary
from tipoff.collecting.failures import Failure, Failures
from tipoff.collecting.intake import Intake
from tipoff.collecting.planning import Plan, default_window, next_watermark, unanswered
from tipoff.collecting.report import CollectReport
from tipoff.contracts import Access, Client, Collector, Dataset, Payload, PlanContext, Request, Table, Window
from tipoff.errors import PluginError, SourceBusy, SourceRefused, TipoffError
from tipoff.plugins import resolve
from tipoff.settings import api_key_of
from tipoff.warehouse.landing import Landing
from tipoff.warehouse.merge import written_at
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from tipoff.plugins import Registry
    from tipoff.settings import Settings

Progress = Callable[[int, int, str], None]
"""Called with the answers dealt with, how many there will be as far as is known, and the last request's key."""


def collect(
    dataset: str,
    *,
    registry: Registry,
    settings: Settings,
    run_id: str,
    now: datetime,
    window: Window | None = None,
    access: Access | None = None,
    progress: Progress | None = None,
) -> list[CollectReport]:
    """Collects one dataset of every configured league, one league after the other.

    One league's failure keeps no other from being tried, unless the source wants to be left alone. The first error
    is raised in the end, with those of the other leagues as notes.

    Args:
        dataset: its name.
        registry: of the loaded plugins.
        settings: where the store is, which leagues, which days.
        run_id: written on every row.
        now: the run's present instant, naive UTC.
        window: the days; without it, from the watermark on (see `default_window`).
        access: how the source is reached; without it, as the settings say. Without a key in it,
            ``TIPOFF_<COLLECTOR>_API_KEY`` is the key.
        progress: called after each answer.

    Returns:
        A report for each league.

    Raises:
        SourceUnavailable: the source does not answer, or not everything; what it has answered is loaded.
        SourceRefused: likewise, and asking again would make it worse.
        MalformedResponse: many answers were unusable, or all; they are in ``ops.quarantine``, the rest is loaded.
        PluginError: the plan, the parser or the client broke its contract.
        StoreBusy: another process kept the store; what has landed is loaded by the next run.
        StoreError: the store or a landed batch cannot be used.
        SettingsError: no plugin brings the dataset.
    """
    collector, spec = registry.dataset(dataset)
    tables = _tables(spec, registry)
    Warehouse.of(settings).migrate(registry.tables().values())
    access = access or access_of(settings)
    access = replace(access, api_key=access.api_key or api_key_of(collector.name))
    reports, failures = list[CollectReport](), list[Exception]()
    for league in settings.leagues:
        try:
            run = _Run(
                collector,
                spec,
                league=league,
                run_id=run_id,
                tables=tables,
                above=_above(collector, registry),
                settings=settings,
                progress=progress,
            )
            reports.append(run.collect(now, window, access))
        except (SourceRefused, SourceBusy) as error:
            failures.append(error)
            break
        except Exception as error:  # of any kind: the next league may do better, and it is raised in the end
            failures.append(error)
    if failures:
        for further in failures[1:]:
            failures[0].add_note(f"Another league failed too: {type(further).__name__}: {further}")
        raise failures[0]
    return reports


def access_of(settings: Settings) -> Access:
    """How a source is reached where no connection says otherwise."""
    return Access(
        source=settings.source,
        user_agent=settings.user_agent,
        proxy=settings.proxy,
        max_concurrency=settings.max_concurrency,
        requests_per_second=settings.requests_per_second,
        timeout_seconds=settings.timeout_seconds,
        attempts=settings.attempts,
    )


class _Run:
    """One dataset of one league, once."""

    def __init__(
        self,
        collector: Collector,
        dataset: Dataset,
        *,
        league: str,
        run_id: str,
        tables: dict[str, Table],
        above: tuple[str, ...],
        settings: Settings,
        progress: Progress | None,
    ) -> None:
        self._collector = collector
        self._dataset = dataset
        self._league = league
        self._settings = settings
        self._progress = progress
        self._warehouse = Warehouse.of(settings)
        self._origin = loading.Origin(collector.name, league, dataset.name, dataset.version, run_id, above)
        with self._warehouse.read() as con:
            self._before = loading.watermark(con, league, dataset.name)
            failing = loading.failing_since(con, self._origin)
        self._failures = Failures(
            f"dataset `{dataset.name}`, league `{league}`", failing, timedelta(days=settings.settle_days)
        )
        self._intake = Intake(
            dataset,
            origin=self._origin,
            tables=tables,
            landing=Landing(settings.landing, collector.name, league, dataset.name),
            warehouse=self._warehouse,
            failures=self._failures,
        )
        self._loading: asyncio.Task[None] | None = None
        self._latest: datetime | None = None
        self._seen: set[str] = set()
        self._done = self._total = self._fresh = 0

    def collect(self, now: datetime, window: Window | None, access: Access) -> CollectReport:
        """See `tipoff.collecting.engine.collect`."""
        started = time.monotonic()
        recovered = self._intake.recover()
        days = window or default_window(self._before, now, self._settings)
        failure: Exception | None = None
        try:
            wave = self._unanswered(self._plan(days, now))
            if wave:
                asyncio.run(self._ask(wave, access))
            failure = self._failures.verdict(self._fresh)
        except Exception as error:  # whatever stopped the run: what has been fetched is kept, then it is raised
            failure = error
        report = CollectReport(
            dataset=self._dataset.name,
            league=self._league,
            source=self._collector.name,
            window=days,
            requests=self._done,
            fresh=self._fresh,
            recovered=recovered,
            failed=len(self._failures.requests),
            watermark=self._watermark(days, now, failure),
        )
        try:
            report = self._finish(report, started, failure)
        except TipoffError as error:
            if failure is None:
                raise
            failure.add_note(f"What had been fetched could not be loaded either: {error}")
        if failure is not None:
            raise failure
        return report

    def _watermark(self, days: Window, now: datetime, failure: Exception | None) -> date | None:
        if failure is not None:
            return self._before
        if self._failures.hold:
            # A first run did collect, if not everything: the next one begins with the same day.
            return self._before or days.start - timedelta(days=1)
        return next_watermark(self._before, days, now)

    def _plan(self, days: Window, now: datetime) -> list[Request]:
        name, function, wanted = self._dataset.name, self._dataset.plan, "yield a Request for each question"
        plan = cast(Callable[[PlanContext], object], resolve(function))
        settle = timedelta(days=self._settings.settle_days)
        requests = []
        with plugin_boundary(function):
            for item in given(name, function, plan(Plan(self._league, days, now, settle, self._warehouse)), wanted):
                if not isinstance(item, Request):
                    raise PluginError(f"dataset `{name}`: `{function}` yielded `{item!r:.100}`; {wanted}")
                requests.append(item)
        return requests

    def _unanswered(self, requests: list[Request]) -> list[Request]:
        with self._warehouse.read() as con:
            wave, fresh = unanswered(con, self._origin.names, requests, self._seen)
        self._fresh += fresh
        return wave

    async def _ask(self, wave: list[Request], access: Access) -> None:
        open_client = cast(Callable[[Access], Client], resolve(self._collector.client))
        with plugin_boundary(self._collector.client):
            client = open_client(access)
        try:
            async with client:
                while wave:
                    self._total += len(wave)
                    follow_ups: list[Request] = []
                    async with aclosing(answers(client, wave, self._league)) as answered:
                        async for request, answer in answered:
                            follow_ups += await self._take(request, answer)
                    wave = await self._follow(follow_ups)
        finally:
            await self._loaded()

    async def _follow(self, follow_ups: list[Request]) -> list[Request]:
        new = [request for request in follow_ups if request.key not in self._seen]
        if not new:
            return []
        await self._loaded()
        return await asyncio.to_thread(self._unanswered, new)

    async def _take(self, request: Request, answer: Payload | Failure) -> list[Request]:
        self._done += 1
        # In the order of the questions instants only grow, so that of two answers that give the same row the
        # later question's stands, whichever came first over the network.
        at = answer.fetched_at if isinstance(answer, Payload) else clock.now()
        self._latest = at = max(at, self._latest or at)
        follow_ups: list[Request] = []
        if isinstance(answer, Payload):
            follow_ups = self._intake.take(answer if answer.fetched_at == at else replace(answer, fetched_at=at))
        else:
            self._intake.refuse(request, answer, at)
        if self._progress is not None:
            self._progress(self._done, self._total, request.key)
        batch = self._intake.full()
        if batch is not None:
            await self._loaded()
            # In a thread: meanwhile the next answers come in.
            self._loading = asyncio.create_task(asyncio.to_thread(self._intake.store, batch))
        return follow_ups

    async def _loaded(self) -> None:
        if self._loading is not None:
            task, self._loading = self._loading, None
            await task

    def _finish(self, report: CollectReport, started: float, failure: Exception | None) -> CollectReport:
        """Loads the last batch, and in the same transaction moves the watermark and remembers the run."""
        with self._intake.last() as con:
            changed = self._intake.changed
            report = replace(
                report,
                rows=changed.total(),
                tables={name: rows for name, rows in sorted(changed.items()) if rows},
                quarantined=self._intake.quarantined,
                seconds=round(time.monotonic() - started, 3),
            )
            error = f"{type(failure).__name__}: {failure}" if failure else str(self._failures)
            loading.save_failures(con, self._origin, self._failures.requests)
            loading.record(con, report, run_id=self._origin.run_id, error=error, now=written_at(con))
        return report


def _above(collector: Collector, registry: Registry) -> tuple[str, ...]:
    """The collectors whose word goes before this one's where they fill the same row."""
    ranks = {each.name: (-each.precedence, each.name) for each in registry.collectors}
    return tuple(sorted(name for name, rank in ranks.items() if rank < ranks[collector.name]))


def _tables(dataset: Dataset, registry: Registry) -> dict[str, Table]:
    known = registry.tables()
    missing = sorted(name for name in dataset.tables if f"raw.{name}" not in known)
    if missing:
        raise PluginError(
            f"dataset `{dataset.name}` fills the table `{missing[0]}`, which neither tipoff nor its collector has; "
            "add it to `Collector.tables`"
        )
    return {f"raw.{name}": known[f"raw.{name}"] for name in dataset.tables}
