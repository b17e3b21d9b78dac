"""The records of a slice, and the conversions that the parsers share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import pyarrow as pa
from tipoff import Bad, Json, MalformedResponse, Parsed, Payload, Quarantine, Row, values
from tipoff.clock import day_end
from tipoff.clock import season_of as season_of_day

Record = Mapping[str, object]
"""One record of a file: column name to value, None where it is missing."""

NIGHT: Final = timedelta(hours=6)
"""A day's last games end after midnight."""


def columns_of(payload: Payload) -> dict[str, list[object]]:
    """The values of a slice, by column.

    Raises:
        MalformedResponse: the stored slice cannot be read.
    """
    where = f"the slice `{payload.request.key}`"
    try:
        table = pa.ipc.open_stream(payload.body).read_all()
        table.validate(full=True)  # before anything is read: what it says of itself may point anywhere
        columns = {}
        for name in table.column_names:
            where = f"the column `{name}` of the slice `{payload.request.key}`"
            columns[name] = table[name].to_pylist()
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
        raise MalformedResponse(f"{where} cannot be read: {error}; read it again") from error
    return columns


def records(
    payload: Payload,
    rows: Callable[[Record], Iterable[Row]],
    columns: Mapping[str, list[object]] | None = None,
    about: Mapping[str, object] | None = None,
) -> Iterator[Parsed]:
    """What `rows` makes of each record; a bad one gives one `Bad` and no row. Last, what was read (`history_files`).

    Args:
        payload: the slice.
        rows: rows of a record.
        columns: its values, where they have been read already (see `columns_of`).
        about: more that `history_files` is to say; looked at in the end.

    Raises:
        MalformedResponse: the stored slice cannot be read.
    """
    columns = columns_of(payload) if columns is None else columns
    names, bad, count = list(columns), 0, 0
    for index, found in enumerate(zip(*columns.values(), strict=True)):
        record = dict(zip(names, found, strict=True))
        count += 1
        try:
            yield from list(rows(record))
        except Quarantine as error:
            bad += 1
            yield Bad(Quarantine(error.reason, f"[{index}].{error.path}"), {k: _plain(v) for k, v in record.items()})
    context = payload.request.context
    read = {"kind": context.get("kind"), "version": context.get("version") or None, "records": count, "bad": bad}
    yield Row("history_files", {"slice": payload.request.key, **read, **(about or {})})


def is_over(payload: Payload, day: date) -> bool:
    """Whether the slice was read after a day's games were over; what came of them is not known before."""
    return payload.fetched_at >= _over(day)


@lru_cache(maxsize=10_000)
def _over(day: date) -> datetime:
    return day_end(day) + NIGHT


def whole(record: Record, name: str) -> int | None:
    """A whole number; None where it is missing, and also where the file does not have the column."""
    value = record.get(name)
    return value if type(value) is int or value is None else values.whole(value, name)


def number(record: Record, name: str) -> float | None:
    """A number; None where it is missing."""
    return values.number(record.get(name), name)


def text(record: Record, name: str) -> str | None:
    """A text; None where it is missing."""
    return values.text(record.get(name), name)


def flag(record: Record, name: str) -> bool | None:
    """True or false; None where it is missing."""
    return values.flag(record.get(name), name)


def identifier(record: Record, name: str) -> str | None:
    """An id; None where it is missing."""
    return values.identifier(record.get(name), name)


def needed(record: Record, *names: str) -> tuple[str, ...]:
    """Ids that must be there."""
    return tuple([_there(identifier(record, name), name) for name in names])


def called(record: Record, name: str) -> str:
    """A name, which must be there."""
    return _there(text(record, name), name)


def season_of(record: Record, day: date | None = None) -> int:
    """The season, which must be there, and be that of the record's day where it has one."""
    season = values.season(record.get("season"), "season")
    if season is None:
        raise Quarantine("it is missing", "season")
    if day is not None and season_of_day(day) != season:
        raise Quarantine(
            f"`{season}`, but its day `{day}` is of season `{season_of_day(day)}`; a season is named by the year in "
            "which it ends, like 2024 for 2023-24",
            "season",
        )
    return season


def game_day(record: Record) -> date:
    """The day of a box score's game, which must be there."""
    day = values.day(record.get("game_date"), "game_date")
    if day is None:
        raise Quarantine("it is missing", "game_date")
    return day


def _there(value: str | None, name: str) -> str:
    if value is None:
        raise Quarantine("it is missing", name)
    return value


def _plain(value: object) -> Json:
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)
