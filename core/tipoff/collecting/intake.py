"""From answers to the store: parse, set bad records aside, land, load."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from tipoff.collecting import loading
from tipoff.collecting.batch import Batch
from tipoff.collecting.doubts import Doubts
from tipoff.collecting.failures import Failure, Failures
from tipoff.collecting.parsing import Parsing
from tipoff.contracts import Dataset, Payload, Request, Table
from tipoff.errors import MalformedResponse
from tipoff.warehouse.landing import Content, Landing

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from tipoff.warehouse.store import Warehouse

BATCH_PAYLOADS: Final = 200
BATCH_BYTES: Final = 16 * 1024 * 1024
BATCH_ROWS: Final = 100_000
BATCH_SECONDS: Final = 30.0
"""A batch lands when it has so many payloads, bytes or rows, or is so old: a kill loses at most the batch in hand."""

ROWS_AT_ONCE: Final = 20_000
"""Rows that have landed after which they are loaded: a transaction costs the same with few. The next run finds them."""


class Intake:
    """Takes in the answers of one dataset and league.

    Args:
        dataset: whose answers they are.
        origin: the same by names, with the run.
        tables: the tables that the dataset may fill, by full name.
        landing: where batches land.
        warehouse: where they are loaded.
        failures: takes note of unusable answers.
        doubts: takes note of answers with bad records.
    """

    def __init__(
        self,
        dataset: Dataset,
        *,
        origin: loading.Origin,
        tables: dict[str, Table],
        landing: Landing,
        warehouse: Warehouse,
        failures: Failures,
        doubts: Doubts,
    ) -> None:
        self._dataset = dataset
        self._origin = origin
        self._tables = tables
        self._landing = landing
        self._warehouse = warehouse
        self._failures = failures
        self._doubts = doubts
        self._parsing = Parsing(dataset, tables)
        self._begun = time.monotonic()
        self._batch = self._parsing.batch()
        self._landed: dict[str, Content] = {}
        self.changed: Counter[str] = Counter()
        """Rows inserted or changed, by full name of the table."""

    def take(self, payload: Payload) -> list[Request]:
        """Parses an answer into the batch in hand; returns its follow-up questions.

        Raises:
            PluginError: the parser broke its contract; the answer is in quarantine.
            MalformedResponse: this was one unusable answer too many.
        """
        answer = self._parsing.add(self._batch, payload)
        if isinstance(answer, MalformedResponse):
            self._failures.add(payload.request, answer, payload.fetched_at)
            return []
        self._failures.usable(payload.request)
        self._doubts.take(payload.request, answer, payload.fetched_at)
        return answer.follow_ups

    def refuse(self, request: Request, error: Failure, at: datetime) -> None:
        """Takes note of a question that got no usable answer.

        Raises:
            MalformedResponse: this was one unusable answer too many.
            SourceUnavailable: this was one question too many without an answer.
        """
        if isinstance(error, MalformedResponse):
            self._batch.refuse(request, error, at)
        self._failures.add(request, error, at)

    def full(self) -> Batch | None:
        """The batch in hand where it is due, and a new one is begun."""
        batch = self._batch
        old = time.monotonic() - self._begun > BATCH_SECONDS
        is_due = len(batch) >= BATCH_PAYLOADS or batch.size >= BATCH_BYTES or batch.rows >= BATCH_ROWS or old
        return self.cut() if is_due else None

    def cut(self) -> Batch | None:
        """The batch in hand, if there is anything in it, and a new one is begun."""
        batch = self._batch
        self._begun = time.monotonic()
        if batch.is_empty:
            return None
        self._batch = self._parsing.batch()
        return batch

    def store(self, batch: Batch) -> None:
        """Lands a batch, and loads what has landed once it is enough to be worth a transaction."""
        self._land(batch)
        if sum(content.size for content in self._landed.values()) >= ROWS_AT_ONCE:
            with self._warehouse.write() as con:
                self._load(con)

    @contextmanager
    def last(self) -> Iterator[DuckDBPyConnection]:
        """Lands the batch in hand and loads all that has landed, in one transaction with what the caller writes."""
        if not self._batch.is_empty:
            self._land(self._batch)
        with self._warehouse.write() as con:
            self._load(con)
            yield con

    def _land(self, batch: Batch) -> None:
        content = batch.content()
        name = self._landing.write(content)
        # On the disk they are safe, and for loading they are not needed.
        bare = {each: getattr(content, each).drop_columns("body") for each in ("payloads", "rejected")}
        self._landed[name] = replace(content, **bare)

    def _load(self, con: DuckDBPyConnection) -> None:
        if self._landed:
            pa.default_memory_pool().release_unused()  # of what has landed; DuckDB takes its memory elsewhere
            self.changed.update(loading.load(con, self._origin, self._tables, self._landed))
            self._landed = {}
