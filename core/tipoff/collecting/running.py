"""One dataset of one league, once: plan, skip what is fresh, ask, parse, land, load, move the watermark."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias, cast

from tipoff import clock
from tipoff.collecting import loading, owed, planning
from tipoff.collecting.asking import answers
from tipoff.collecting.boundary import given, hidden, key_named, plugin_boundary
from tipoff.collecting.doubts import Doubts
from tipoff.collecting.failures import Failure, Failures
from tipoff.collecting.intake import Intake
from tipoff.collecting.kinds import DOUBT
from tipoff.collecting.outages import Outages
from tipoff.collecting.planning import Plan, reading, unanswered
from tipoff.collecting.questions import unbelieved
from tipoff.collecting.report import CollectReport
from tipoff.collecting.window import default_window, first_day, next_watermark
from tipoff.contracts import Access, Client, Collector, Dataset, Payload, PlanContext, Request, Table, Window
from tipoff.errors import ClockWrong, PluginError, TipoffError
from tipoff.http.secrets import secrets_of
from tipoff.plugins import resolve
from tipoff.settings import Settings
from tipoff.warehouse.landing import Landing
from tipoff.warehouse.merge import written_at
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with the answers dealt with, how many there will be as far as is known, and the last request's key."""


class DatasetRun:
    """One dataset of one league, once.

    Args:
        collector: that brings the dataset.
        dataset: it.
        league: which.
        run_id: written on every row.
        tables: the tables that the dataset may fill, by full name.
        above: the collectors whose word goes before this one's.
        settings: where the store is, which days.
        progress: called after each answer.
    """

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
        landing = Landing(settings.landing, collector.name, league, dataset.name)
        with self._warehouse.read() as con:
            self._before = loading.watermark(con, league, dataset.name)
            self._owed = owed.of(con, self._origin.names)
            self._unbelieved = unbelieved(con, self._origin.names, landing)
        failing = {each.request.key: each.since for each in self._owed if each.kind != DOUBT}
        what = f"dataset `{dataset.name}`, league `{league}`"
        self._failures = Failures(what, failing, self._settle)
        limit = settings.quarantine_limit if dataset.quarantine_limit is None else dataset.quarantine_limit
        doubted = {each.request.key: each.reason for each in self._owed if each.kind == DOUBT}
        self._doubts = Doubts(what, limit, doubted)
        self._outages = Outages(dataset, self._origin.names, tables=tables, landing=landing, settle=self._settle)
        self._intake = Intake(
            dataset,
            origin=self._origin,
            tables=tables,
            landing=landing,
            warehouse=self._warehouse,
            failures=self._failures,
            doubts=self._doubts,
        )
        self._secrets: tuple[str, ...] = ()
        self._loading: asyncio.Task[None] | None = None
        self._latest: datetime | None = None
        self._seen: set[str] = set()
        self._done = self._total = self._fresh = 0

    def collect(self, now: datetime, window: Window | None, access: Access) -> CollectReport:
        """See `tipoff.collecting.engine.collect`."""
        started = time.monotonic()
        self._secrets = secrets_of(access)
        days = window or default_window(self._before, now, self._settings)
        failure: Exception | None = None
        reached_end = False
        try:
            due = owed.due(self._owed, now, self._settle) + self._unbelieved
            wave = self._unanswered(self._plan(days, now), due)
            if wave:
                asyncio.run(self._ask(wave, access))
            reached_end = True
            failure = self._failures.verdict(self._fresh) or self._doubts.verdict()
        except ClockWrong:
            raise  # and nothing is stored: the last batch, the run and the watermark would be stamped wrongly
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
            report, failure = self._finish(report, started, now, failure)
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
        with plugin_boundary(function, field="plan"):
            for item in given(
                name,
                "plan",
                function,
                plan(Plan(self._league, days, now, self._settle, reading(self._warehouse))),
                wanted,
            ):
                if not isinstance(item, Request):
                    raise PluginError(f"dataset `{name}`: `{function}` yielded `{item!r:.100}`; {wanted}")
                requests.append(item)
        return requests

    def _unanswered(self, requests: list[Request], due: Sequence[Request] = ()) -> list[Request]:
        """What of `requests` is to be sent, and then what of `due`, which is sent in any case."""
        if any(secret in request.key for request in requests for secret in self._secrets):
            raise PluginError(
                f"dataset `{self._dataset.name}` writes a key or a login into a request's address or parameters, which "
                "are kept; leave it to `Collector.client`, or to the login of the source's address"
            )
        keys = {request.key for request in ((*requests, *due) if self._again else due)}
        with self._warehouse.read() as con:
            wave, fresh = unanswered(con, self._origin.names, requests, self._seen, keys)
            beyond, others = unanswered(con, self._origin.names, due, self._seen, keys)
        self._doubts.add_fresh(len(fresh), sum(fresh))
        self._doubts.leave_out(beyond)
        self._fresh += len(fresh) + len(others)
        return wave + beyond

    async def _ask(self, wave: list[Request], access: Access) -> None:
        open_client = cast(Callable[[Access], Client], resolve(self._collector.client))
        with hidden(access), plugin_boundary(self._collector.client):
            client = open_client(access)
        try:
            with hidden(access), key_named(self._collector, access):
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
            async with aclosing(answers(client, wave, self._league, self._secrets)) as answered:
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
        # later question's stands, whichever came first over the network. None is later than the present, whatever
        # a client says.
        at = min(answer.fetched_at, clock.now()) if isinstance(answer, Payload) else clock.now()
        self._latest = at = max(at, self._latest or at)
        follow_ups: list[Request] = []
        if isinstance(answer, Payload):
            follow_ups = self._intake.take(answer if answer.fetched_at == at else replace(answer, fetched_at=at))
            if self._doubts.is_left_out(request):
                self._doubts.leave_out(each for each in follow_ups if each.key not in self._seen)
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

    def _finish(
        self, report: CollectReport, started: float, now: datetime, failure: Exception | None
    ) -> tuple[CollectReport, Exception | None]:
        """Loads the last batch, and in the same transaction moves the watermark and remembers the run.

        Returns:
            What the run brought, and what it is to raise: where nothing else failed, also an outage.
        """
        with self._intake.last() as con:
            outage = self._outages.judge(con, now)
            failure = failure or outage.failure
            changed = self._intake.changed
            report = replace(
                report,
                failed=report.failed + outage.news,
                rows=changed.total(),
                tables={name: rows for name, rows in sorted(changed.items()) if rows},
                seconds=round(time.monotonic() - started, 3),
            )
            error = f"{type(failure).__name__}: {failure}" if failure else str(self._failures)
            stays = self._stays(con, now)
            owed.forget(con, self._origin.names, [*outage.settled, *stays])
            troubles = {
                each.request.key: each for each in (*outage.owed, *self._troubles()) if each.request.key not in stays
            }
            owed.save(con, self._origin.names, troubles.values(), self._origin.run_id)
            loading.record(con, report, run_id=self._origin.run_id, error=error, now=written_at(con))
        return report, failure

    def _stays(self, con: DuckDBPyConnection, now: datetime) -> set[str]:
        """The answers whose bad records will stay: a day that has settled gave the same twice."""
        repeated = [doubt.request for doubt in self._doubts.requests if doubt.repeated]
        days = planning.days_of(con, self._league, repeated)
        return {key for key, day in days.items() if clock.day_end(day) + self._settle <= now}

    def _troubles(self) -> Iterator[owed.Trouble]:
        failures = {failed.request.key: failed for failed in self._failures.requests}
        for doubt in self._doubts.requests:
            if doubt.request.key not in failures:  # else its second look failed, which is the longer owed
                yield owed.Trouble(doubt.request, doubt.at, DOUBT, doubt.reason)
        for failed in failures.values():
            yield owed.Trouble(failed.request, failed.at, type(failed.error).__name__, str(failed.error))
