"""What the laws of collectors share: the runs over the sample answers, and a closer look at those."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tipoff.collecting.report import CollectReport
from tipoff.contracts import Access, Bad, Dataset, Parsed, Payload, Row
from tipoff.errors import MalformedResponse, Quarantine, TipoffError
from tipoff.plugins import resolve
from tipoff.testing import damage
from tipoff.testing.collected import Collected, Undisturbed
from tipoff.testing.subject import Suite, broken

_KINDS = 6
"""Answers of a dataset that are spoilt, the most different ones by their length."""


class CollectorSuite(Suite):
    """Base of the collectors' suite."""

    def sample(self, dataset: Dataset, factory: pytest.TempPathFactory) -> tuple[Collected, Undisturbed]:
        """The runs over the sample answers, made once; fails where those do not even give an undisturbed run."""
        collected = self.once("collected", lambda: Collected(self.subject, factory.mktemp("collected")))
        sample = collected.undisturbed[dataset.name]
        asked = f"; there is no sample answer for {', '.join(sample.unknown[:5])}" if sample.unknown else ""
        if sample.trouble is not None and not (sample.payloads and isinstance(sample.trouble, MalformedResponse)):
            broken(f"collecting `{dataset.name}`: {sample.trouble}{asked}", "give the source's answers as `answers=`")
        if not sample.payloads:
            broken(
                f"`{dataset.name}` got no answer{asked}", "give the source's answers as `answers=`, and the `window`"
            )
        return collected, sample

    def parsed(self, dataset: Dataset, payload: Payload) -> list[Parsed]:
        """What `parse` makes of an answer."""
        parse: Any = resolve(dataset.parse)
        try:
            return list(parse(payload))
        except TipoffError:
            raise
        except Exception as error:  # the plugin boundary: it may raise anything
            broken(
                f"`{dataset.parse}` raised {type(error).__name__}: {error} on an answer to `{payload.request.key}`",
                "see test_no_answer_makes_it_fall_over",
            )

    def rows_of(self, dataset: Dataset, payload: Payload) -> set[str]:
        """The rows of an answer, as `text_of` writes them."""
        try:
            return {text_of(item) for item in self.parsed(dataset, payload) if isinstance(item, Row)}
        except (MalformedResponse, Quarantine):
            return set()

    def has_bad(self, dataset: Dataset, payload: Payload) -> bool:
        """Whether a record of the answer, or the whole of it, is set aside."""
        try:
            return any(isinstance(item, Bad) for item in self.parsed(dataset, payload))
        except (MalformedResponse, Quarantine):
            return True

    def records(
        self, dataset: Dataset, payload: Payload, whole: set[str], least: int = 2
    ) -> Iterator[tuple[damage.Path, set[str]]]:
        """The place of each object in the outermost lists of records, with the rows that do not come from it.

        A list is one of records where each of its objects, taken out, takes rows with it and leaves the others'.
        """
        document = damage.read(payload.body)
        found: list[damage.Path] = []
        for place, members in damage.lists(document) if document is not None and whole else ():
            if any(place[: len(outer)] == outer for outer in found) or len(members) < least:
                continue
            if not all(isinstance(member, dict) for member in members):
                continue
            left = [
                self.rows_of(dataset, replace(payload, body=damage.write(damage.without(document, (*place, number)))))
                for number in range(len(members))
            ]
            if all(rows < whole and (rows or len(members) == 1) for rows in left):
                found.append(place)
                yield from (((*place, number), rows) for number, rows in enumerate(left))

    @staticmethod
    def different(payloads: list[Payload]) -> list[Payload]:
        """Some of the answers, of all sizes."""
        by_size = sorted(payloads, key=lambda payload: (len(payload.body), payload.request.key))
        step = max(1, len(by_size) // _KINDS)
        return by_size[::-1][::step][:_KINDS]

    @staticmethod
    def quietly(collected: Collected, dataset: Dataset, home: Path, access: Access) -> CollectReport | None:
        """Collects; None where so many sample records are bad that the run fails, with what was usable loaded."""
        try:
            return collected.run(dataset.name, home, access)
        except MalformedResponse:
            return None


def text_of(item: Row) -> str:
    """A row in words, to tell it from others."""
    return f"{item.table} {sorted(item.values.items(), key=lambda each: each[0])!r}"


def difference(one: dict[str, Any], other: dict[str, Any]) -> tuple[str, str, str]:
    """The first table that differs, and how many rows or which first row each has."""
    for table, rows in one.items():
        if rows != other[table]:
            if len(rows) != len(other[table]):
                return table, f"{len(rows)} rows", f"{len(other[table])} rows"
            pairs = next(pair for pair in zip(rows, other[table], strict=True) if pair[0] != pair[1])
            return table, f"`{pairs[0]}`", f"`{pairs[1]}`"
    return "", "", ""
