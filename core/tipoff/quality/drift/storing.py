"""What drift remembers between looks, and what a person accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa

from tipoff.quality.drift.fields import Key
from tipoff.quality.drift.judging import Field, Look
from tipoff.quality.drift.shifts import Known, Shift

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_STAGED: Final = "tipoff_fields"

_COLUMNS: Final = pa.schema(
    {
        "source": pa.string(),
        "league": pa.string(),
        "dataset": pa.string(),
        "request": pa.string(),
        "state": pa.string(),
        "path": pa.string(),
        "first_seen": pa.date32(),
        "last_seen": pa.date32(),
        "severity": pa.string(),
        "change": pa.string(),
        "since": pa.date32(),
        "share_before": pa.float64(),
        "share_now": pa.float64(),
        "now_types": pa.string(),
        "perhaps": pa.string(),
        "types": pa.string(),
        "looks": pa.string(),
        "looked_at": pa.timestamp("us"),
        "run_id": pa.string(),
    }
)

_KNOWN: Final = """
    SELECT request, state, path, first_seen, last_seen, severity, change, since, share_before, share_now, now_types,
        perhaps, types, looks
    FROM ops.field
    WHERE source = $source AND league = $league AND dataset = $dataset
"""

_LAST: Final = """
    SELECT batch FROM ops.drift_look WHERE source = $source AND league = $league AND dataset = $dataset
"""

_FORGET: Final = "DELETE FROM ops.field WHERE source = $source AND league = $league AND dataset = $dataset"
_ADD: Final = "INSERT INTO ops.field BY NAME SELECT * FROM tipoff_fields"
_LOOKED: Final = """
    INSERT OR REPLACE INTO ops.drift_look VALUES ($source, $league, $dataset, $batch, $looked_at, $run_id)
"""

_SHIFT_COLUMNS: Final = pa.schema(
    {
        "league": pa.string(),
        "metric": pa.string(),
        "window_start": pa.date32(),
        "window_end": pa.date32(),
        "rows": pa.int64(),
        "value": pa.float64(),
        "expected": pa.float64(),
        "scale": pa.float64(),
        "z": pa.float64(),
        "windows": pa.int32(),
        "severity": pa.string(),
        "since": pa.date32(),
        "looked_at": pa.timestamp("us"),
        "run_id": pa.string(),
    }
)

_KNOWN_FIGURES: Final = """
    SELECT coalesce(s.metric, a.metric), s.since, a.day
    FROM (SELECT * FROM ops.shift WHERE league = $league) s
    FULL JOIN (SELECT * FROM ops.shift_accepted WHERE league = $league) a USING (metric)
"""

_ADD_SHIFTS: Final = "INSERT INTO ops.shift BY NAME SELECT * FROM tipoff_fields"

_ACCEPT_FIELDS: Final = """
    UPDATE ops.field SET change = '', since = NULL, perhaps = '', types = '{}', looks = '[]'
    WHERE path = $what AND change <> '' RETURNING path
"""

_ACCEPT_FIGURES: Final = """
    INSERT OR REPLACE INTO ops.shift_accepted
    SELECT league, metric, window_end, $now FROM ops.shift WHERE metric = $what AND severity <> '' RETURNING metric
"""

_LOOKS = msgspec.json.Decoder(list[Look])
_COUNTS = msgspec.json.Decoder(dict[str, int])
_SHARES = msgspec.json.Decoder(dict[str, float])


@dataclass(frozen=True)
class Place:
    """Whose answers they are."""

    source: str
    league: str
    dataset: str


def last_batch(con: DuckDBPyConnection, place: Place) -> str:
    """The last batch that was looked at; empty before the first look."""
    rows = con.execute(_LAST, asdict(place)).fetchall()
    return str(rows[0][0]) if rows else ""


def known_fields(con: DuckDBPyConnection, place: Place) -> dict[Key, Field]:
    """The fields of a dataset as the last look left them."""
    rows: list[dict[str, Any]] = con.sql(_KNOWN, params=asdict(place)).to_arrow_table().to_pylist()
    return {(row.pop("request"), row["state"], row["path"]): _field(row) for row in rows}


def save(
    con: DuckDBPyConnection,
    place: Place,
    fields: Mapping[Key, Field],
    *,
    batch: str,
    looked_at: datetime,
    run_id: str,
) -> None:
    """Replaces what is known of a dataset's fields."""
    same = {**asdict(place), "looked_at": looked_at, "run_id": run_id}
    rows = [{**same, "request": request, **_row(field)} for (request, _, _), field in sorted(fields.items())]
    con.execute(_FORGET, asdict(place)).fetchall()
    con.register(_STAGED, pa.Table.from_pylist(rows, _COLUMNS))
    try:
        con.execute(_ADD).fetchall()
    finally:
        con.unregister(_STAGED)
    con.execute(_LOOKED, {**same, "batch": batch}).fetchall()


def known_figures(con: DuckDBPyConnection, league: str) -> dict[str, Known]:
    """By figure, since when it is unusual, and from when on it was accepted."""
    rows = con.execute(_KNOWN_FIGURES, {"league": league}).fetchall()
    return {metric: Known(since, accepted) for metric, since, accepted in rows}


def save_shifts(
    con: DuckDBPyConnection, league: str, shifts: Sequence[Shift], *, looked_at: datetime, run_id: str
) -> None:
    """Replaces a league's figures; where there are none, as in the off-season, the last ones stand."""
    if not shifts:
        return
    rows = [{**asdict(shift), "looked_at": looked_at, "run_id": run_id} for shift in shifts]
    con.execute("DELETE FROM ops.shift WHERE league = $league", {"league": league}).fetchall()
    con.register(_STAGED, pa.Table.from_pylist(rows, _SHIFT_COLUMNS))
    try:
        con.execute(_ADD_SHIFTS).fetchall()
    finally:
        con.unregister(_STAGED)


def accept(con: DuckDBPyConnection, what: str, now: datetime) -> tuple[int, int]:
    """Takes what is as what is usual from now on: of a field, by its path, or of a figure, by its name.

    Returns:
        How many fields and how many figures were accepted.
    """
    fields = con.execute(_ACCEPT_FIELDS, {"what": what}).fetchall()
    figures = con.execute(_ACCEPT_FIGURES, {"what": what, "now": now}).fetchall()
    con.execute("UPDATE ops.shift SET severity = '', since = NULL WHERE metric = $what", {"what": what}).fetchall()
    return len(fields), len(figures)


def _field(row: dict[str, Any]) -> Field:
    row["looks"] = _LOOKS.decode(row["looks"])
    row["types"] = _COUNTS.decode(row["types"])
    row["now_types"] = _SHARES.decode(row["now_types"])
    return Field(**row)


def _row(field: Field) -> dict[str, Any]:
    row = {name: getattr(field, name) for name in Field.__dataclass_fields__}
    for name in ("looks", "types", "now_types"):
        row[name] = msgspec.json.encode(row[name]).decode()
    return row
