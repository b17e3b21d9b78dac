"""Runs of a collector under test: what it collects undisturbed, and what was there before each dataset."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from tipoff import clock
from tipoff.collecting.batch import landed_payloads
from tipoff.collecting.engine import collect
from tipoff.collecting.report import CollectReport
from tipoff.contracts import Access, Payload, Window
from tipoff.domain import TABLES
from tipoff.errors import TipoffError
from tipoff.features.tiny_league import write
from tipoff.plugins import Registry
from tipoff.settings import Settings
from tipoff.testing.source import Source, serving
from tipoff.testing.subject import Subject, broken, environment
from tipoff.warehouse.landing import Landing
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.store import Warehouse

Contents = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Undisturbed:
    """What came of a dataset when nothing went wrong.

    Args:
        before: a home as it was before the dataset was collected.
        contents: of the dataset's tables after it.
        payloads: the answers, as they landed.
        report: of the run.
        trouble: why the run failed, where it did.
        unknown: addresses that were asked for and have no sample answer.
        asked: how many requests reached the kit's own source.
    """

    before: Path
    contents: Contents
    payloads: list[Payload]
    report: CollectReport | None
    trouble: TipoffError | None
    unknown: tuple[str, ...]
    asked: int


class Collected:
    """The datasets of a plugin, one after the other, against its sample answers.

    Args:
        subject: the plugin.
        folder: for the stores.
    """

    def __init__(self, subject: Subject, folder: Path) -> None:
        self.subject = subject
        self.folder = folder
        self.registry = Registry(collectors=subject.brought.collectors)
        self.undisturbed: dict[str, Undisturbed] = {}
        today = clock.day_of(subject.now)
        self.window = subject.window or Window(today - timedelta(days=6), today)
        home = folder / "home"
        store = self.store(home)
        store.migrate(self.registry.tables().values())
        given = subject.given(self.registry.tables().values())
        try:
            write(store, given, subject.now, tables=self.registry.tables().values())
        except TipoffError as error:
            broken(f"`records=` of `{subject.module}`: {error}", "give rows as their table wants them")
        for dataset in self.registry.datasets():
            self._collect(dataset.name, home)

    def _collect(self, name: str, home: Path) -> None:
        before = Path(shutil.copytree(home, self.folder / f"before-{name}"))
        report, trouble = None, None
        source = Source(self.subject.answers or {})
        with self.source(source) as access:
            try:
                report = self.run(name, home, access)
            except TipoffError as error:
                trouble = error
        payloads = self._payloads(name, home)
        self.undisturbed[name] = Undisturbed(
            before, self.contents(name, home), payloads, report, trouble, source.unknown, len(source.asked)
        )

    @contextmanager
    def source(self, source: Source | None = None) -> Iterator[Access]:
        """How the source is reached while the context lasts."""
        if self.subject.answers is None:
            yield self.subject.access or Access()
            return
        with serving(source or Source(self.subject.answers)) as served:
            yield self.served(served)

    @staticmethod
    def served(source: Source) -> Access:
        """How a server on this machine is reached: one question at a time, as fast as it answers."""
        return Access(host=source.url, requests_per_second=math.inf, max_concurrency=1, attempts=4)

    def run(
        self, name: str, home: Path, access: Access, window: Window | None = None, run_id: str = "run"
    ) -> CollectReport:
        """Collects a dataset; the last league's report."""
        with environment({"TIPOFF_HOME": str(home)}):  # where a plugin of its own ideas might look
            reports = collect(
                name,
                registry=self.registry,
                settings=self.settings(home),
                run_id=run_id,
                now=self.subject.now,
                window=window or self.window,
                access=access,
            )
        return reports[-1]

    def settings(self, home: Path) -> Settings:
        """Of a home."""
        return Settings(home=home, leagues=self.subject.leagues)

    def store(self, home: Path) -> Warehouse:
        """Of a home."""
        return Warehouse.of(self.settings(home))

    def again(self, name: str, folder: Path) -> Path:
        """A home as it was before a dataset was collected, in a folder of its own."""
        return Path(shutil.copytree(self.undisturbed[name].before, folder))

    def contents(self, name: str, home: Path) -> Contents:
        """The rows of a dataset's tables, provenance left out, in order."""
        _, dataset = self.registry.dataset(name)
        known, found = self.registry.tables(), Contents()
        for bare in dataset.tables:
            table = known[f"raw.{bare}"]
            columns = ", ".join(str(Identifier(each)) for each in table.column_names)
            rows = self.store(home).query(f"SELECT {columns} FROM {Identifier.of(table)} ORDER BY ALL")  # noqa: S608
            found[bare] = rows.to_pylist()
        return found

    def _payloads(self, name: str, home: Path) -> list[Payload]:
        collector, _ = self.registry.dataset(name)
        found = []
        for league in self.subject.leagues:
            landing = Landing(self.settings(home).landing, collector.name, league, name)
            for batch in landing.batches():
                content = landing.read(batch, bodies=True)
                found += landed_payloads(pa.concat_tables([content.payloads, content.rejected]))
        return [payload for payload in found if payload.status != 404]

    def recorded(self, name: str) -> dict[str, object]:
        """The answers by address, as they came."""
        return {payload.request.key: payload.body for payload in self.undisturbed[name].payloads}

    def tables(self, name: str) -> dict[str, Any]:
        """The tables that a dataset may fill, by full name."""
        _, dataset = self.registry.dataset(name)
        known = {**{table.full_name: table for table in TABLES.values()}, **self.registry.tables()}
        return {f"raw.{bare}": known[f"raw.{bare}"] for bare in dataset.tables}


def patient(access: Access) -> Access:
    """The same with enough attempts to outlive a few refusals."""
    return replace(access, attempts=6)
