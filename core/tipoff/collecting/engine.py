"""Runs one dataset: plan, skip what is fresh, ask, parse, land, load, move the watermark.

Nothing here needs an orderly end. What has landed is never asked for again, a batch is loaded whole or not at
all, and a run that was killed at any instant is simply run again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from tipoff import clock
from tipoff.collecting import loading, owed
from tipoff.collecting.asking import answers
from tipoff.collecting.boundary import given, plugin_boundary
from tipoff.collecting.doubts import Doubts
from tipoff.collecting.failures import Failure, Failures
from tipoff.collecting.intake import Intake
from tipoff.collecting.planning import Plan, default_window, first_day, next_watermark, unanswered
from tipoff.collecting.precedence import above
from tipoff.collecting.recovering import recover
from tipoff.collecting.reparse import reparse_outdated
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

_log = logging.getLogger(__name__)

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
    again: bool = False,
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
        again: ask for all of it, also where a fresh answer has landed.
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
    told = reparse_outdated(registry=registry, settings=settings, run_id=run_id)
    if told is not None:
        _log.log(logging.WARNING if told.missing else logging.INFO, "a parser has a new version: %s", told)
    recovered = recover(dataset, registry=registry, settings=settings, run_id=run_id)
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
                above=above(collector, registry),
                settings=settings,
                again=again,
                progress=progress,
            )
            reports.append(replace(run.collect(now, window, access), recovered=recovered[league]))
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
        again: bool,
        progress: Progress | None,
    ) -> None:
        self._collector = collector
        self._dataset = dataset
        self._league = league
        self._settings = settings
        self._again = again
        self._progress = progress
        self._warehouse = Warehouse.of(settings)
        self._origin = loading.Origin(collector.name, league, dataset.name, dataset.version, run_id, above)
        self._settle = timedelta(days=settings.settle_days)
        with self._warehouse.read() as con:
            self._before = loading.watermark(con, league, dataset.name)
            self._owed = owed.of(con, self._origin.names)
        failing = {each.request.key: each.since for each in self._owed if each.kind != owed.DOUBT}
        what = f"dataset `{dataset.name}`, league `{league}`"
        self._failures = Failures(what, failing, self._settle)
        self._doubts = Doubts(what, settings.quarantine_limit)
        self._intake = Intake(
            dataset,
            origin=self._origin,
            tables=tables,
            landing=Landing(settings.landing, collector.name, league, dataset.name),
            warehouse=self._warehouse,
            failures=self._failures,
            doubts=self._doubts,
        )
        self._loading: asyncio.Task[None] | None = None
        self._latest: datetime | None = None
        self._seen: set[str] = set()
        self._done = self._total = self._fresh = 0

    def collect(self, now: datetime, window: Window | None, access: Access) -> CollectReport:
        """See `tipoff.collecting.engine.collect`."""
        started = time.monotonic()
        days = window or default_window(self._before, now, self._settings)
        failure: Exception | None = None
        reached_end = False
        try:
            wave = self._unanswered(self._plan(days, now), owed.due(self._owed, now, self._settle))
            if wave:
                asyncio.run(self._ask(wave, access))
            reached_end = True
            failure = self._failures.verdict(self._fresh) or self._doubts.verdict()
        except Exception as error:  # whatever stopped the run: what has been fetched is kept, then it is raised
            failure = error
        report = CollectReport(
            dataset=self._dataset.name,
            league=self._league,
            source=self._collector.name,
            window=days,
            requests=self._done,
            fresh=self._fresh,
            failed=len(self._failures.requests),
            quarantined=self._doubts.records + self._failures.unusable,
            # What did not come is owed, and asked for whatever the days: the watermark need not wait for it.
            watermark=self._reached(days, now) if reached_end else self._before,
            reached_end=reached_end,
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

    def _reached(self, days: Window, now: datetime) -> date | None:
        return next_watermark(self._before, days, now, first_day(now, self._settings))

    def _plan(self, days: Window, now: datetime) -> list[Request]:
        name, function, wanted = self._dataset.name, self._dataset.plan, "yield a Request for each question"
        plan = cast(Callable[[PlanContext], object], resolve(function))
        requests = []
        with plugin_boundary(function):
            for item in given(
                name, function, plan(Plan(self._league, days, now, self._settle, self._warehouse)), wanted
            ):
                if not isinstance(item, Request):
                    raise PluginError(f"dataset `{name}`: `{function}` yielded `{item!r:.100}`; {wanted}")
                requests.append(item)
        return requests

    def _unanswered(self, requests: list[Request], due: Sequence[Request] = ()) -> list[Request]:
        """What of `requests` is to be sent, and then what of `due`, which is sent in any case."""
        keys = {request.key for request in ((*requests, *due) if self._again else due)}
        with self._warehouse.read() as con:
            wave, fresh = unanswered(con, self._origin.names, [*requests, *due], self._seen, keys)
        self._fresh += fresh
        return wave

    async def _ask(self, wave: list[Request], access: Access) -> None:
        open_client = cast(Callable[[Access], Client], resolve(self._collector.client))
        with plugin_boundary(self._collector.client):
            client = open_client(access)
        try:
            async with client:
                await self._exhaust(client, wave)
                await self._exhaust(client, await self._second_look())
        finally:
            await self._loaded()

    async def _exhaust(self, client: Client, wave: list[Request]) -> None:
        """Asks, then asks the questions to which the answers lead, until there are none."""
        while wave:
            self._total += len(wave)
            follow_ups: list[Request] = []
            async with aclosing(answers(client, wave, self._league)) as answered:
                async for request, answer in answered:
                    follow_ups += await self._take(request, answer)
            wave = await self._follow(follow_ups)

    async def _second_look(self) -> list[Request]:
        """What this run asked and got no whole, usable answer to: an answer may have been spoilt on its way."""
        known = {each.request.key for each in self._owed}
        now = [each.request for each in self._failures.requests] + [each.request for each in self._doubts.requests]
        again = [request for request in now if request.key not in known]
        if not self._failures.any_usable or len(again) > owed.DOUBTS:
            return []
        batch = self._intake.cut()  # two answers to one question are never in one batch
        await self._loaded()
        if batch is not None:
            await asyncio.to_thread(self._intake.store, batch)
        return again

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
                seconds=round(time.monotonic() - started, 3),
            )
            error = f"{type(failure).__name__}: {failure}" if failure else str(self._failures)
            owed.save(con, self._origin.names, self._troubles(), self._origin.run_id)
            loading.record(con, report, run_id=self._origin.run_id, error=error, now=written_at(con))
        return report

    def _troubles(self) -> Iterator[owed.Trouble]:
        failures = {failed.request.key: failed for failed in self._failures.requests}
        for failed in failures.values():
            yield owed.Trouble(failed.request, failed.at, type(failed.error).__name__, str(failed.error))
        for doubt in self._doubts.requests:
            if doubt.request.key not in failures:  # else its second look failed, which is the longer owed
                yield owed.Trouble(doubt.request, doubt.at, owed.DOUBT, doubt.reason)


def _tables(dataset: Dataset, registry: Registry) -> dict[str, Table]:
    known = registry.tables()
    missing = sorted(name for name in dataset.tables if f"raw.{name}" not in known)
    if missing:
        raise PluginError(
            f"dataset `{dataset.name}` fills the table `{missing[0]}`, which neither tipoff nor its collector has; "
            "add it to `Collector.tables`"
        )
    return {f"raw.{name}": known[f"raw.{name}"] for name in dataset.tables}
