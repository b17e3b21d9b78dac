"""A batch in the making: payloads and what was parsed from them, until it lands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import pyarrow as pa

from tipoff.collecting import boxscore, repeats
from tipoff.collecting.repeats import Keyed
from tipoff.collecting.requests import described, request_of
from tipoff.collecting.validate import Validator
from tipoff.contracts import Bad, Dataset, Parsed, Payload, Request, Row
from tipoff.errors import PluginError, TipoffError
from tipoff.warehouse.arrow import TYPES, types_of
from tipoff.warehouse.landing import BODIES_AT_ONCE, FOLLOW_UPS, PAYLOADS, QUARANTINE, Content

_EXCERPT: Final = 10_000
"""Bytes of a rejected answer that are kept for a person to look at."""

_Record = dict[str, Any]


class Taken(NamedTuple):
    """What came of an answer: its follow-up questions, and how many rows and bad records it gave."""

    follow_ups: list[Request]
    rows: int
    reason: str
    """What is wrong with the first bad record, and where; empty where there is none."""
    bad: int


class Batch:
    """Collects answers until `content` is landed.

    A row that gives a key again adds to the one before it, and one of a later answer overwrites what both give: the
    same that merging them one after the other would do. Within one answer neither is the later one, so rows that
    contradict each other are set aside.

    Args:
        dataset: whose answers they are.
        validators: for the tables that the dataset may fill, by bare name.
    """

    def __init__(self, dataset: Dataset, validators: Mapping[str, Validator]) -> None:
        self._dataset = dataset
        self._validators = validators
        self._payloads: list[_Record] = []
        self._rejected: list[_Record] = []
        self._rows: dict[str, dict[tuple[object, ...], _Record]] = {name: {} for name in validators}
        self._quarantine: list[_Record] = []
        self._follow_ups: list[_Record] = []
        self.size = 0
        """Bytes of the payloads."""
        self.rows = 0
        """Rows that were parsed from them."""

    def __len__(self) -> int:
        return len(self._payloads) + len(self._rejected)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to land."""
        return not self._payloads and not self._quarantine

    def add(self, payload: Payload, parsed: Iterable[Parsed]) -> Taken:
        """Takes in an answer with what was parsed from it, whole or not at all.

        Raises:
            PluginError: a row is for a table that is not the dataset's, or has a column that is not the table's.
            MalformedResponse: many of its rows contradict each other, see `tipoff.collecting.repeats`.
        """
        rows, bad, follow_ups = self._sort(payload, parsed)
        rows, torn = repeats.set_apart(payload.request.key, rows)
        bad += [_set_aside(payload.request.key, each.path, each.reason, each.rows, payload.fetched_at) for each in torn]
        for name, key, values in rows:
            before = self._rows[name].setdefault(key, values)
            if before is not values:
                before.update(values)
        self._quarantine += bad
        parent = payload.request.key
        self._follow_ups += [
            {"parent": parent, "position": position, **described(each)} for position, each in enumerate(follow_ups)
        ]
        self._payloads.append(self._landed(payload, len(rows)))
        self.size += len(payload.body)
        self.rows += len(rows)
        return Taken(follow_ups, len(rows), _in_words(bad[0]) if bad else "", len(bad))

    def reject(self, payload: Payload, error: TipoffError) -> None:
        """Sets a whole answer aside, and keeps it. It does not count as landed, and so is asked for again."""
        self._rejected.append(self._landed(payload, 0))
        self.size += len(payload.body)
        excerpt = payload.body[:_EXCERPT].decode(errors="replace")
        self._quarantine.append(_set_aside(payload.request.key, "", str(error), excerpt or None, payload.fetched_at))

    def refuse(self, request: Request, error: TipoffError, at: datetime) -> None:
        """Takes note of a question whose answer was unusable before there was anything to keep."""
        self._quarantine.append(_set_aside(request.key, "", str(error), None, at))

    def content(self) -> Content:
        """What is to be landed. The batch lets go of its answers, so it is asked once."""
        return Content(
            payloads=_moved(self._payloads),
            rows={
                validator.table.full_name: _by_shape(validator, self._rows[name].values())
                for name, validator in self._validators.items()
                if self._rows[name]
            },
            quarantine=pa.Table.from_pylist(self._quarantine, QUARANTINE),
            follow_ups=pa.Table.from_pylist(self._follow_ups, FOLLOW_UPS),
            rejected=_moved(self._rejected),
        )

    def _sort(self, payload: Payload, parsed: Iterable[Parsed]) -> tuple[list[Keyed], list[_Record], list[Request]]:
        rows, bad, follow_ups = list[Keyed](), [], {}
        key, at = payload.request.key, payload.fetched_at
        for item in parsed:
            if isinstance(item, Row):
                validator = self._validator(item.table)
                values = validator.complete(item.values, payload.league)
                trouble = validator.trouble(values)
                if trouble:
                    column, reason = trouble
                    bad.append(_set_aside(key, f"{item.table}.{column}", reason, dict(item.values), at))
                    continue
                found, stands = validator.contradictions(values)
                for each in found:
                    bad.append(_set_aside(key, f"{item.table}.{each.column}", each.reason, dict(item.values), at))
                if stands:
                    values["fetched_at"] = at
                    rows.append(Keyed(item.table, validator.key(values), values))
            elif isinstance(item, Request):
                follow_ups[item.key] = item
            elif isinstance(item, Bad):
                bad.append(_set_aside(key, item.reason.path, item.reason.reason, item.record, at))
            else:
                raise PluginError(
                    f"dataset `{self._dataset.name}`: `{self._dataset.parse}` yielded `{item!r:.100}`; "
                    "yield a Row, a Bad or a Request"
                )
        rows, doubtful = boxscore.settled(rows)
        bad += [_set_aside(key, each.path, each.reason, each.record, at) for each in doubtful]
        return rows, bad, list(follow_ups.values())

    def _validator(self, table: str) -> Validator:
        try:
            return self._validators[table]
        except KeyError:
            raise PluginError(
                f"dataset `{self._dataset.name}`: `{self._dataset.parse}` yielded a row for `{table}`, "
                "which is not among the dataset's tables; add it to `Dataset.tables`"
            ) from None

    def _landed(self, payload: Payload, rows: int) -> _Record:
        return {
            **described(payload.request),
            "status": payload.status,
            "fetched_at": payload.fetched_at,
            "league": payload.league,
            "processing_version": self._dataset.version,
            "rows": rows,
            "body": payload.body,
        }


def landed_payloads(table: pa.Table) -> list[Payload]:
    """The answers in a landed ``payloads.parquet``, bodies included, as they were received."""
    return [
        Payload(
            request=request_of(row),
            body=row["body"],
            fetched_at=row["fetched_at"],
            league=row["league"],
            status=row["status"],
        )
        for row in table.to_pylist()
    ]


def _set_aside(key: str, path: str, reason: str, record: object, at: datetime) -> _Record:
    text = None if record is None else json.dumps(record, default=str)
    return {"key": key, "path": path, "reason": reason, "record": text, "fetched_at": at}


def _in_words(bad: _Record) -> str:
    return f"{bad['path']}: {bad['reason']}" if bad["path"] else str(bad["reason"])


def _moved(payloads: list[_Record]) -> pa.Table:
    """Payloads as Arrow, gone from the list: a whole batch of them is in memory once, not twice."""
    parts = [PAYLOADS.empty_table()]
    for start in range(0, len(payloads), BODIES_AT_ONCE):
        end = min(start + BODIES_AT_ONCE, len(payloads))
        parts.append(pa.Table.from_pylist(payloads[start:end], PAYLOADS))
        payloads[start:end] = [{}] * (end - start)
    payloads.clear()
    return pa.concat_tables(parts)


def _by_shape(validator: Validator, rows: Iterable[_Record]) -> Sequence[pa.Table]:
    """One Arrow table for each set of columns that rows give, so that a column left out is not a NULL."""
    shapes: dict[frozenset[str], list[_Record]] = {}
    for row in rows:
        shapes.setdefault(frozenset(row), []).append(row)
    types = {**types_of(validator.table), "fetched_at": TYPES["TIMESTAMP"]}
    tables = []
    for given, members in sorted(shapes.items(), key=lambda shape: sorted(shape[0])):
        names = [name for name in types if name in given]
        arrays = [pa.array([row[name] for row in members], types[name]) for name in names]
        tables.append(pa.table(arrays, names=names))
    return tables
