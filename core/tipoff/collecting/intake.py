"""From answers to the store: parse, set bad records aside, land, load."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

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
BATCH_BYTES: Final = 64 * 1024 * 1024
BATCH_ROWS: Final = 100_000
BATCH_SECONDS: Final = 30.0
"""A batch lands when it has so many payloads, bytes or rows, or is so old: a kill loses at most the batch in hand."""


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
        self.changed: Counter[str] = Counter()
        """Rows inserted or changed, by full name of the table."""

    def recover(self) -> int:
        """Loads what has landed and is not in the store: a run was killed between the two, or the store was lost.

        Returns:
            How many batches.
        """
        with self._warehouse.read() as con:
            loaded = loading.loaded_versions(con, self._origin)
        behind = [name for name in self._landing.batches() if name not in loaded]
        for name in behind:
            content = self._landing.read(name)
            made_by = {*content.payloads["processing_version"].to_pylist()}
            if made_by - {self._dataset.version}:
                content, _ = self._parsing.again(self._landing, name)
            with self._warehouse.write() as con:
                self.load(con, name, content)
        return len(behind)

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
        """Lands a batch and loads it."""
        name, content = self._land(batch)
        with self._warehouse.write() as con:
            self.load(con, name, content)

    @contextmanager
    def last(self) -> Iterator[DuckDBPyConnection]:
        """Lands the batch in hand and loads it, in one transaction with what the caller writes."""
        landed = None if self._batch.is_empty else self._land(self._batch)
        with self._warehouse.write() as con:
            if landed is not None:
                self.load(con, *landed)
            yield con

    def load(self, con: DuckDBPyConnection, name: str, content: Content) -> None:
        """Loads a landed batch in the caller's transaction."""
        self.changed.update(loading.load(con, self._origin, self._tables, name, content))

    def _land(self, batch: Batch) -> tuple[str, Content]:
        content = batch.content()
        return self._landing.write(content), content
