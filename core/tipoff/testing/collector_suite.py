"""What the laws of collectors share: the runs over the sample answers, and a closer look at those."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tipoff.collecting.report import CollectReport
from tipoff.contracts import Access, Bad, Dataset, Parsed, Payload, Row
from tipoff.errors import MalformedResponse, PluginError, Quarantine, SettingsError, SourceRefused, TipoffError
from tipoff.plugins import resolve
from tipoff.plugins.endless import all_of, limit
from tipoff.testing import damage
from tipoff.testing.collected import Collected, Undisturbed
from tipoff.testing.subject import Suite, broken, not_shown

_KINDS = 6
"""Answers of a dataset that are spoilt, the most different ones by their length."""

_PARSE = (
    "let it look at the type of what it takes; yield a Bad for a record it cannot use, and raise MalformedResponse "
    "where the whole answer is of no use"
)


def _mend(trouble: TipoffError) -> str:
    """What to do about a run that failed."""
    if isinstance(trouble, PluginError):
        return f"mend the function that it names; {_PARSE}"
    if isinstance(trouble, SettingsError | SourceRefused):
        return "do what it says: it comes from the collector's client"
    return "give the source's answers as `answers=`, by address as `Request.key` writes it"


class CollectorSuite(Suite):
    """Base of the collectors' suite."""

    def sample(self, dataset: Dataset, factory: pytest.TempPathFactory) -> tuple[Collected, Undisturbed]:
        """The runs over the sample answers, made once; fails where nothing can be seen of the dataset in them."""
        collected, sample = self.run(dataset, factory)
        self.needs_rows(dataset, {table for table, rows in sample.contents.items() if rows})
        return collected, sample

    def needs_rows(self, dataset: Dataset, tables: Collection[str]) -> None:
        """Fails unless each of the dataset's tables is among those that got rows."""
        for table in dataset.tables:
            if table not in tables:
                not_shown(
                    f"the sample answers of `{dataset.name}` gave no row for `{table}`",
                    "give an answer with rows for it, or take it out of `Dataset.tables`",
                )

    def run(self, dataset: Dataset, factory: pytest.TempPathFactory) -> tuple[Collected, Undisturbed]:
        """The same, whatever came of it; fails where the sample answers do not even give an undisturbed run."""
        collected = self.once("collected", lambda: Collected(self.subject, factory.mktemp("collected")))
        sample = collected.undisturbed[dataset.name]
        asked = f"; there is no sample answer for {', '.join(sample.unknown[:5])}" if sample.unknown else ""
        if sample.trouble is not None and not (sample.payloads and isinstance(sample.trouble, MalformedResponse)):
            broken(f"collecting `{dataset.name}`: {sample.trouble}{asked}", _mend(sample.trouble))
        if not sample.payloads:
            if not sample.asked and self.subject.answers is not None:
                not_shown(
                    f"`{dataset.plan}` asked for nothing",
                    "give the `window`, the `now` and, as `records=`, the rows for which it asks",
                )
            not_shown(
                f"`{dataset.name}` got no answer{asked}", "give the source's answers as `answers=`, and the `window`"
            )
        return collected, sample

    def parsed(self, dataset: Dataset, payload: Payload) -> list[Parsed]:
        """What `parse` makes of an answer."""
        parse: Any = resolve(dataset.parse)
        try:
            with limit("parse", dataset.parse, payload.request.key):
                return all_of("parse", dataset.parse, parse(payload))
        except TipoffError:
            raise
        except Exception as error:  # the plugin boundary: it may raise anything
            frame = traceback.extract_tb(error.__traceback__)[-1]
            broken(
                f"`{dataset.parse}` raised {type(error).__name__}: {error} ({frame.filename}:{frame.lineno}) on an "
                f"answer to `{payload.request.key}`",
                _PARSE,
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

    def has_single_record(self, dataset: Dataset, sample: Undisturbed) -> bool:
        """Whether an answer holds a list of one record."""
        return any(
            True
            for payload in self.different(dataset, sample.payloads)
            for _ in self.records(dataset, payload, self.rows_of(dataset, payload), least=1)
        )

    def different(self, dataset: Dataset, payloads: list[Payload]) -> list[Payload]:
        """Some of the answers, of all sizes, beginning with one that gives the most rows."""

        def size(payload: Payload) -> tuple[int, int, str]:
            return len(self.rows_of(dataset, payload)), len(payload.body), payload.request.key

        by_size = sorted(payloads, key=size)
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
