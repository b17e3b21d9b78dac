"""The records of a slice, and the conversions that the parsers share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import pyarrow as pa
from tipoff import Bad, Json, MalformedResponse, Parsed, Payload, Quarantine, Row
from tipoff.clock import day_end, utc

Record = Mapping[str, object]
"""One record of a file: column name to value, None where it is missing."""

NIGHT: Final = timedelta(hours=6)
"""A day's last games end after midnight."""


def records(payload: Payload, rows: Callable[[Record], Iterable[Row]]) -> Iterator[Parsed]:
    """What `rows` makes of each record; a bad one gives one `Bad` and no row. Last, what was read (`history_files`).

    Raises:
        MalformedResponse: the stored slice cannot be read.
    """
    try:
        table = pa.ipc.open_stream(payload.body).read_all()
        table.validate(full=True)  # before anything is read: what it says of itself may point anywhere
        columns = [column.to_pylist() for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise MalformedResponse(f"the slice `{payload.request.key}` cannot be read: {error}; read it again") from error
    names, bad = table.column_names, 0
    for index, values in enumerate(zip(*columns, strict=True)):
        record = dict(zip(names, values, strict=True))
        try:
            yield from list(rows(record))
        except Quarantine as error:
            bad += 1
            yield Bad(Quarantine(error.reason, f"[{index}].{error.path}"), {k: _plain(v) for k, v in record.items()})
    context = payload.request.context
    read = {"kind": context.get("kind"), "version": context.get("version") or None, "records": table.num_rows}
    yield Row("history_files", {"slice": payload.request.key, **read, "bad": bad})


def is_over(payload: Payload, day: date) -> bool:
    """Whether the slice was read after a day's games were over; what came of them is not known before."""
    return payload.fetched_at >= _over(day)


@lru_cache(maxsize=10_000)
def _over(day: date) -> datetime:
    return day_end(day) + NIGHT


def whole(record: Record, name: str) -> int | None:
    """A whole number; None where it is missing, and also where the file does not have the column."""
    value = record.get(name)
    if type(value) is int or value is None:
        return value
    try:
        number = float(value)  # type: ignore[arg-type]  # what it cannot take, it refuses
        if number == int(number):
            return int(number)
    except (TypeError, ValueError, OverflowError):
        if value == "":
            return None
    if _is_nan(value):
        return None
    raise Quarantine(f"`{value}` is not a whole number", name)


def number(record: Record, name: str) -> float | None:
    """A number; None where it is missing."""
    value = record.get(name)
    if value is None or value == "":
        return None
    try:
        found = float(value)  # type: ignore[arg-type]  # as above
    except (TypeError, ValueError):
        raise Quarantine(f"`{value}` is not a number", name) from None
    return None if math.isnan(found) else found


def text(record: Record, name: str) -> str | None:
    """A text; None where it is missing or empty. A whole number is written as one."""
    value = record.get(name)
    if isinstance(value, str):
        return value.strip() or None
    if type(value) is int:
        return str(value)
    if value is None or _is_nan(value):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def flag(record: Record, name: str) -> bool | None:
    """True or false; None where it is missing."""
    value = record.get(name)
    if type(value) is bool or value is None:
        return value
    known = {"true": True, "false": False, "1": True, "0": False, "": None}.get(str(value).lower(), value)
    if known is value:
        raise Quarantine(f"`{value}` is neither true nor false", name)
    return known if isinstance(known, bool) else None


def day(record: Record, name: str) -> date:
    """A calendar day, which must be there."""
    value = record.get(name)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Quarantine(f"`{value}` is not a day", name) from None


def instant(record: Record, name: str) -> datetime:
    """An instant as naive UTC, which must be there; one without a zone is UTC already."""
    value = record.get(name)
    try:
        return utc(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))
    except ValueError:
        raise Quarantine(f"`{value}` is not an instant", name) from None


def needed(record: Record, *names: str) -> tuple[str, ...]:
    """Texts that must be there, ids as a rule."""
    found = tuple(text(record, name) for name in names)
    for name, value in zip(names, found, strict=True):
        if value is None:
            raise Quarantine("it is missing", name)
    return tuple(value for value in found if value is not None)


def season_of(record: Record) -> int:
    """The season, which must be there."""
    season = whole(record, "season")
    if season is None:
        raise Quarantine("it is missing", "season")
    return season


def _is_nan(value: object) -> bool:
    """Whether it is what stands for a missing number in a column of numbers."""
    return isinstance(value, float) and math.isnan(value)


def _plain(value: object) -> Json:
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)
