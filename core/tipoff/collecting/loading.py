"""Landed batches enter the store, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from tipoff import clock
from tipoff.collecting import owed, seasons
from tipoff.collecting.report import CollectReport
from tipoff.contracts import Table
from tipoff.domain import GAMES
from tipoff.warehouse.landing import Content
from tipoff.warehouse.merge import merge, written_at
from tipoff.warehouse.staging import registered

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_REQUESTS = """
    MERGE INTO ops.landed_request AS target
    USING (
        SELECT *, status = 404 OR (
            rows = 0 AND key NOT IN (SELECT key FROM tipoff_bad) AND key NOT IN (SELECT parent FROM tipoff_follow_ups)
        ) AS has_nothing
        FROM tipoff_landed
    ) AS incoming
    ON target.source = $source AND target.league = $league AND target.dataset = $dataset AND target.key = incoming.key
    WHEN MATCHED AND (incoming.fetched_at >= target.fetched_at OR target.fetched_at > $present) THEN UPDATE SET
        fetched_at = incoming.fetched_at, status = incoming.status, batch = incoming.batch,
        day = incoming.day, game_id = incoming.game_id, rows = incoming.rows, processing_version = $version,
        nothing_since = CASE WHEN has_nothing THEN least(target.nothing_since, incoming.fetched_at) END,
        had_rows = coalesce(nullif(incoming.rows, 0), target.had_rows)
    WHEN NOT MATCHED THEN INSERT
        (source, league, dataset, key, fetched_at, status, batch, day, game_id, rows, processing_version,
            nothing_since, had_rows)
        VALUES ($source, $league, $dataset, incoming.key, incoming.fetched_at, incoming.status, incoming.batch,
            incoming.day, incoming.game_id, incoming.rows, $version,
            CASE WHEN has_nothing THEN incoming.fetched_at END, nullif(incoming.rows, 0))
"""

# A payload that was usable when it landed and no longer is, with a newer version of its parsing: ask again.
_REJECTED = """
    DELETE FROM ops.landed_request AS target
    WHERE source = $source AND league = $league AND dataset = $dataset
        AND EXISTS (SELECT 1 FROM tipoff_bad AS bad WHERE bad.key = target.key AND bad.batch = target.batch)
        AND key NOT IN (SELECT key FROM tipoff_landed)
"""

_FORGET_FOLLOW_UPS = """
    DELETE FROM ops.follow_up
    WHERE source = $source AND league = $league AND dataset = $dataset AND parent IN (
        SELECT key FROM ops.landed_request
        WHERE source = $source AND league = $league AND dataset = $dataset
            AND batch IN (SELECT batch FROM tipoff_batches)
    )
"""

_FOLLOW_UPS = """
    INSERT INTO ops.follow_up
    SELECT $source, $league, $dataset, follow_up.parent, follow_up.position, follow_up.key, follow_up.url,
        follow_up.params, follow_up.context, follow_up.fresh_since, follow_up.optional, follow_up.day, follow_up.game_id
    FROM tipoff_follow_ups AS follow_up
    JOIN ops.landed_request AS landed
        ON landed.source = $source AND landed.league = $league AND landed.dataset = $dataset
        AND landed.batch = follow_up.batch AND landed.key = follow_up.parent
"""

_FORGET_QUARANTINE = """
    DELETE FROM ops.quarantine AS target
    WHERE source = $source AND league = $league AND dataset = $dataset AND EXISTS (
        SELECT 1
        FROM (SELECT key, fetched_at FROM tipoff_landed UNION ALL SELECT key, fetched_at FROM tipoff_bad) AS incoming
        WHERE incoming.key = target.key AND (incoming.fetched_at >= target.fetched_at OR target.fetched_at > $present)
    )
"""

_SEEN_BEFORE = """
    SELECT before.key, before.path, min(coalesce(before.first_seen, before.fetched_at)) AS first_seen
    FROM ops.quarantine AS before
    WHERE source = $source AND league = $league AND dataset = $dataset AND key IN (SELECT key FROM tipoff_bad)
    GROUP BY before.key, before.path
"""

_QUARANTINE = """
    INSERT INTO ops.quarantine
    SELECT $source, $league, $dataset, bad.key, bad.batch, bad.path, bad.reason, bad.record, $run_id, bad.fetched_at,
        $now, least(coalesce(before.first_seen, bad.fetched_at), bad.fetched_at), $version
    FROM tipoff_bad AS bad
    LEFT JOIN tipoff_before AS before ON before.key = bad.key AND before.path = bad.path
    WHERE NOT EXISTS (
        SELECT 1 FROM ops.landed_request AS landed
        WHERE landed.source = $source AND landed.league = $league AND landed.dataset = $dataset
            AND landed.key = bad.key AND landed.fetched_at > bad.fetched_at AND landed.fetched_at <= $present
    )
"""

_FORGET_FILES = """
    DELETE FROM ops.loaded_file
    WHERE source = $source AND league = $league AND dataset = $dataset AND batch IN (SELECT batch FROM tipoff_batches)
"""

_FILES = """
    INSERT INTO ops.loaded_file
    SELECT $source, $league, $dataset, batch, $version, payloads, rows, quarantined, $run_id, $now FROM tipoff_batches
"""

_BATCHES = pa.schema({"batch": pa.string(), "payloads": pa.int64(), "rows": pa.int64(), "quarantined": pa.int64()})


@dataclass(frozen=True)
class Origin:
    """Whose batches they are, which run loads them, and the collectors whose word goes before the source's."""

    source: str
    league: str
    dataset: str
    version: str
    run_id: str
    above: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """As parameters of a statement."""
        return {"source": self.source, "league": self.league, "dataset": self.dataset}


def load(
    con: DuckDBPyConnection, origin: Origin, tables: Mapping[str, Table], batches: Mapping[str, Content]
) -> dict[str, int]:
    """Merges the rows of batches and remembers their requests, follow-ups and bad records.

    Args:
        con: a connection from `Warehouse.write`.
        origin: whose batches they are.
        tables: by full name, those that the batches have rows for.
        batches: what they hold, by name, in the order in which they landed.

    Returns:
        Rows inserted or changed, by full name of the table.
    """
    changed: dict[str, int] = {}
    for name in sorted({name for content in batches.values() for name in content.rows}):
        rows = [shape for content in batches.values() for shape in content.rows.get(name, ())]
        changed[name] = sum(
            merge(
                con,
                tables[name],
                seasons.placed(con, tables[name], each),
                run_id=origin.run_id,
                source=origin.source,
                above=origin.above,
            )
            for each in _together(tables[name], rows)
        )
        if name == GAMES.full_name:
            seasons.settle(con, origin.run_id)
    for some in _without_repeats(batches):
        _remember(con, origin, some)
    return changed


def _together(table: Table, rows: Sequence[pa.Table]) -> Sequence[pa.Table]:
    """The same rows in as few tables as may be, since what a MERGE costs is hardly its rows.

    To merge tables of the same columns at once is the same as one after the other (`merge`), unless the table is a
    history, or a key is in tables of other columns too: then their order matters.
    """
    shapes: dict[tuple[str, ...], list[pa.Table]] = {}
    for each in rows:
        shapes.setdefault(tuple(each.column_names), []).append(each)
    if table.history or len(shapes) == len(rows):
        return rows
    together = [pa.concat_tables(each) for each in shapes.values()]
    if len(together) == 1:
        return together
    keys = list(table.key)
    known = pa.concat_tables(each.select(keys).group_by(keys).aggregate([]) for each in together)
    return together if known.group_by(keys).aggregate([]).num_rows == known.num_rows else rows


def _without_repeats(batches: Mapping[str, Content]) -> Iterator[dict[str, Content]]:
    """The batches in order, together as long as none of them answers what one before it did."""
    some: dict[str, Content] = {}
    seen: set[str] = set()
    for batch, content in batches.items():
        keys = {*content.payloads["key"].to_pylist(), *content.quarantine["key"].to_pylist()}
        if seen & keys:
            yield some
            some, seen = {}, set()
        some[batch] = content
        seen |= keys
    if some:
        yield some


def _remember(con: DuckDBPyConnection, origin: Origin, batches: Mapping[str, Content]) -> None:
    """What was asked for in the batches, what the answers led to, and what of them was set aside."""
    names: dict[str, object] = {**origin.names}
    version: dict[str, object] = {"version": origin.version}
    written: dict[str, object] = {"run_id": origin.run_id, "now": written_at(con)}
    # A stamp later than the present comes of a clock that was ahead: it is older than whatever comes now.
    present: dict[str, object] = {"present": clock.now()}
    counts = [
        {
            "batch": batch,
            "payloads": content.payloads.num_rows,
            "rows": content.size,
            "quarantined": content.quarantine.num_rows,
        }
        for batch, content in batches.items()
    ]
    asked = ["key", "fetched_at", "status", "day", "game_id", "rows"]
    staged = {
        "tipoff_batches": pa.Table.from_pylist(counts, _BATCHES),
        "tipoff_landed": _of({batch: content.payloads.select(asked) for batch, content in batches.items()}),
        "tipoff_bad": _of({batch: content.quarantine for batch, content in batches.items()}),
        "tipoff_follow_ups": _of({batch: content.follow_ups for batch, content in batches.items()}),
    }
    with registered(con, staged):
        before = con.sql(_SEEN_BEFORE, params=names).to_arrow_table()
        con.execute(_REQUESTS, names | version | present).fetchall()
        con.execute(_REJECTED, names).fetchall()
        owed.settle(con, names | present)
        con.execute(_FORGET_FOLLOW_UPS, names).fetchall()
        con.execute(_FOLLOW_UPS, names).fetchall()
        con.execute(_FORGET_QUARANTINE, names | present).fetchall()
        with registered(con, {"tipoff_before": before}):
            con.execute(_QUARANTINE, names | version | written | present).fetchall()
        con.execute(_FORGET_FILES, names).fetchall()
        con.execute(_FILES, names | version | written).fetchall()


def _of(tables: Mapping[str, pa.Table]) -> pa.Table:
    """Tables of several batches as one, with the batch's name in each row."""
    return pa.concat_tables(
        table.append_column("batch", pa.array([batch] * table.num_rows, pa.string())) for batch, table in tables.items()
    )


def watermark(con: DuckDBPyConnection, league: str, dataset: str) -> date | None:
    """The last day up to which everything is collected, or None before the first run."""
    sql = "SELECT day FROM ops.watermark WHERE league = $league AND dataset = $dataset"
    rows = con.execute(sql, {"league": league, "dataset": dataset}).fetchall()
    return rows[0][0] if rows else None


def record(con: DuckDBPyConnection, report: CollectReport, *, run_id: str, error: str, now: datetime) -> None:
    """Remembers the run, and moves the watermark where the report has one."""
    name = {"league": report.league, "dataset": report.dataset}
    if report.watermark is not None:
        con.execute("DELETE FROM ops.watermark WHERE league = $league AND dataset = $dataset", name).fetchall()
        con.execute(
            "INSERT INTO ops.watermark VALUES ($league, $dataset, $day, $run_id, $now)",
            {**name, "day": report.watermark, "run_id": run_id, "now": now},
        ).fetchall()
    sql = """
        INSERT INTO ops.collect_run VALUES ($run_id, $league, $dataset, $source, $start, $end,
            $requests, $fresh, $rows, $quarantined, $seconds, $error, $now, $reached_end)
    """
    values = {
        "run_id": run_id,
        "source": report.source,
        "start": report.window.start,
        "end": report.window.end,
        "requests": report.requests,
        "fresh": report.fresh,
        "rows": report.rows,
        "quarantined": report.quarantined,
        "seconds": report.seconds,
        "error": error,
        "now": now,
        "reached_end": report.reached_end,
    }
    con.execute(sql, {**name, **values}).fetchall()
