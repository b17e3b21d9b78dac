"""From answers to the store: parse, set bad records aside, land, load."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from tipoff.collecting import loading
from tipoff.collecting.batch import Batch, landed_payloads
from tipoff.collecting.boundary import given, plugin_boundary
from tipoff.collecting.failures import Failure, Failures
from tipoff.collecting.validate import Validator
from tipoff.contracts import Bad, Dataset, Parsed, Payload, Request, Table
from tipoff.errors import MalformedResponse, PluginError, Quarantine
from tipoff.plugins import resolve
from tipoff.warehouse.landing import Content, Landing

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from tipoff.warehouse.store import Warehouse

BATCH_PAYLOADS: Final = 200
BATCH_BYTES: Final = 64 * 1024 * 1024
BATCH_SECONDS: Final = 30.0
"""A batch lands when it has so many payloads or bytes, or is so old: a kill loses at most the batch in hand."""


class Intake:
    """Takes in the answers of one dataset and league.

    Args:
        dataset: whose answers they are.
        origin: the same by names, with the run.
        tables: the tables that the dataset may fill, by full name.
        landing: where batches land.
        warehouse: where they are loaded.
        failures: takes note of unusable answers.
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
    ) -> None:
        self._dataset = dataset
        self._origin = origin
        self._tables = tables
        self._landing = landing
        self._warehouse = warehouse
        self._failures = failures
        self._validators = {table.name: Validator(table) for table in tables.values()}
        self._parse = cast(Callable[[Payload], object], resolve(dataset.parse))
        self._begun = time.monotonic()
        self._batch = Batch(dataset, self._validators)
        self.changed: Counter[str] = Counter()
        """Rows inserted or changed, by full name of the table."""
        self.quarantined = 0
        """Records set aside."""

    def recover(self) -> int:
        """Loads what has landed and is not in the store, or is there as an older version of the parser made it.

        Returns:
            How many batches.
        """
        with self._warehouse.read() as con:
            loaded = loading.loaded_versions(con, self._origin)
        behind = [name for name in self._landing.batches() if loaded.get(name) != self._dataset.version]
        for name in behind:
            content = self._landing.read(name)
            made_by = set(content.payloads["processing_version"].to_pylist())
            if made_by - {self._dataset.version}:
                content = self._parsed_again(self._landing.read(name, bodies=True))
            with self._warehouse.write() as con:
                self.load(con, name, content)
        return len(behind)

    def take(self, payload: Payload) -> list[Request]:
        """Parses an answer into the batch in hand; returns its follow-up questions.

        Raises:
            PluginError: the parser broke its contract; the answer is in quarantine.
            MalformedResponse: this was one unusable answer too many.
        """
        answer = self._add(self._batch, payload)
        if isinstance(answer, MalformedResponse):
            self._failures.add(payload.request, answer, payload.fetched_at)
            return []
        self._failures.usable()
        return answer

    def refuse(self, request: Request, error: Failure, at: datetime) -> None:
        """Takes note of a question that got no usable answer.

        Raises:
            MalformedResponse: this was one unusable answer too many.
            SourceUnavailable: this was one question too many without an answer.
        """
        if isinstance(error, MalformedResponse):
            self._batch.reject(request, error, at)
        self._failures.add(request, error, at)

    def full(self) -> Batch | None:
        """The batch in hand where it is due, and a new one is begun."""
        batch = self._batch
        old = time.monotonic() - self._begun > BATCH_SECONDS
        if len(batch) >= BATCH_PAYLOADS or batch.size >= BATCH_BYTES or (old and not batch.is_empty):
            self._begun = time.monotonic()
            self._batch = Batch(self._dataset, self._validators)
            return batch
        return None

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
        self.quarantined += content.quarantine.num_rows

    def _land(self, batch: Batch) -> tuple[str, Content]:
        content = batch.content()
        return self._landing.write(content), content

    def _add(self, batch: Batch, payload: Payload) -> list[Request] | MalformedResponse:
        """The answer's follow-ups; or why it is unusable, when it is set aside."""
        request = payload.request
        try:
            with plugin_boundary(f"{self._dataset.parse}, on `{request.key}`"):
                # A 404 to an optional request says that there is nothing, so there is nothing to parse.
                parsed = [] if payload.status == 404 else self._given(payload)
            return batch.add(payload, parsed)
        except Quarantine as error:
            return batch.add(payload, [Bad(error)])
        except MalformedResponse as error:
            batch.reject(request, error, payload.fetched_at, payload.body)
            return error
        except PluginError as error:
            batch.reject(request, error, payload.fetched_at, payload.body)
            raise

    def _given(self, payload: Payload) -> list[Parsed]:
        wanted = "yield a Row, a Bad or a Request for each record"
        return cast(list[Parsed], given(self._dataset.name, self._dataset.parse, self._parse(payload), wanted))

    def _parsed_again(self, content: Content) -> Content:
        batch = Batch(self._dataset, self._validators)
        for payload in landed_payloads(content.payloads):
            # What is unusable now is in quarantine, and asked for again where the plan still wants it.
            self._add(batch, payload)
        return batch.content()
