"""From answers to rows: what a dataset's parser makes of them, now and from the landing zone again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import cast

import pyarrow as pa

from tipoff import bounds
from tipoff.collecting.batch import Batch, Taken, landed_payloads
from tipoff.collecting.boundary import given, plugin_boundary
from tipoff.collecting.misdated import Stamp
from tipoff.collecting.validate import Validator
from tipoff.contracts import Bad, Dataset, Parsed, Payload, Table
from tipoff.errors import MalformedResponse, PluginError, Quarantine
from tipoff.plugins import resolve
from tipoff.plugins.endless import WithoutEnd
from tipoff.warehouse.landing import Content, Landing


class Parsing:
    """A dataset's parser, and what its rows must fit.

    Args:
        dataset: whose answers it parses.
        tables: the tables that the dataset may fill, by full name.

    Raises:
        PluginError: the parser cannot be imported.
    """

    def __init__(self, dataset: Dataset, tables: Mapping[str, Table]) -> None:
        self._dataset = dataset
        self._validators = {table.name: Validator(table) for table in tables.values()}
        self._parse = cast(Callable[[Payload], object], resolve(dataset.parse))

    def batch(self) -> Batch:
        """A new one, empty."""
        return Batch(self._dataset, self._validators)

    def add(self, batch: Batch, payload: Payload) -> Taken | MalformedResponse:
        """Parses an answer into `batch`: what came of it, or why it is unusable and was set aside.

        Raises:
            PluginError: the parser broke its contract; the answer is set aside.
        """
        try:
            bounds.check(payload)
            with plugin_boundary(self._dataset.parse, payload.request.key, "parse"):
                # A 404 to an optional request says that there is nothing, so there is nothing to parse.
                parsed = [] if payload.status == 404 else self._given(payload)
            return batch.add(payload, _letting_go(parsed))
        except Quarantine as error:
            return batch.add(payload, [Bad(error)])
        except MalformedResponse as error:
            batch.reject(payload, error)
            return error
        except PluginError as error:
            batch.reject(payload, error)
            raise

    def again(
        self, landing: Landing, name: str, but: Collection[str] = (), stamp: Stamp | None = None
    ) -> tuple[Content, list[tuple[Payload, MalformedResponse]]]:
        """A landed batch as the present parser makes it, from the answers as they were received.

        What was rejected and is usable now counts as landed; what is unusable now is rejected, and named.

        Args:
            landing: where the batch is.
            name: of the batch.
            but: keys of requests whose answers are left out.
            stamp: what counts in the place of the stamps of one that is misdated.
        """
        landed = landing.read(name, bodies=True)
        batch, rejected = self.batch(), []
        for received in landed_payloads(pa.concat_tables([landed.payloads, landed.rejected])):
            if received.request.key in but:
                continue
            payload = received if stamp is None else replace(received, fetched_at=stamp.at)
            answer = self.add(batch, payload)
            if isinstance(answer, MalformedResponse):
                rejected.append((payload, answer))
        content = batch.content()
        return content if stamp is None else _asked(content, stamp), rejected

    def _given(self, payload: Payload) -> list[Parsed]:
        wanted = "yield a Row, a Bad or a Request for each record"
        try:
            found = given(self._dataset.name, "parse", self._dataset.parse, self._parse(payload), wanted)
        except WithoutEnd:
            if len(payload.body) < bounds.PARTS:
                raise
            # It may well have a record for each of so many bytes: the answer is at fault, and not the function.
            raise bounds.too_much(payload.request.key, f"more than {bounds.PARTS:,} records", bounds.PARTS) from None
        return cast(list[Parsed], found)


def _letting_go(parsed: list[Parsed]) -> Iterator[Parsed]:
    """One after the other, each gone from the list: many bad records are in memory once, and not as text as well."""
    parsed.reverse()
    while parsed:
        yield parsed.pop()


def _asked(content: Content, stamp: Stamp) -> Content:
    """The same, with its questions asked when they were asked at the earliest."""
    place = content.payloads.schema.get_field_index("fetched_at")
    field = content.payloads.schema.field(place)
    asked = pa.array([stamp.asked] * content.payloads.num_rows, field.type)
    return replace(content, payloads=content.payloads.set_column(place, field, asked))
