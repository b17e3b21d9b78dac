"""A landed batch enters the store, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from tipoff.collecting import owed
from tipoff.collecting.report import CollectReport
from tipoff.contracts import Table
from tipoff.warehouse.landing import Content
from tipoff.warehouse.merge import merge, written_at
from tipoff.warehouse.staging import registered

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_REQUESTS = """
    MERGE INTO ops.landed_request AS target
    USING tipoff_landed AS incoming
    ON target.source = $source AND target.league = $league AND target.dataset = $dataset AND target.key = incoming.key
    WHEN MATCHED AND incoming.fetched_at >= target.fetched_at THEN UPDATE SET
        fetched_at = incoming.fetched_at, status = incoming.status, batch = $batch,
        day = incoming.day, game_id = incoming.game_id, rows = incoming.rows, processing_version = $version
    WHEN NOT MATCHED THEN INSERT
        (source, league, dataset, key, fetched_at, status, batch, day, game_id, rows, processing_version)
        VALUES ($source, $league, $dataset, incoming.key, incoming.fetched_at, incoming.status, $batch,
            incoming.day, incoming.game_id, incoming.rows, $version)
"""

# A payload that was usable when it landed and no longer is, with a newer version of its parsing: ask again.
_REJECTED = """
    DELETE FROM ops.landed_request
    WHERE source = $source AND league = $league AND dataset = $dataset AND batch = $batch
        AND key IN (SELECT key FROM tipoff_bad) AND key NOT IN (SELECT key FROM tipoff_landed)
"""

_FORGET_FOLLOW_UPS = """
    DELETE FROM ops.follow_up
    WHERE source = $source AND league = $league AND dataset = $dataset AND parent IN (
        SELECT key FROM ops.landed_request
        WHERE source = $source AND league = $league AND dataset = $dataset AND batch = $batch
    )
"""

_FOLLOW_UPS = """
    INSERT INTO ops.follow_up
    SELECT $source, $league, $dataset, follow_up.parent, follow_up.position, follow_up.key, follow_up.url,
        follow_up.params, follow_up.context, follow_up.fresh_since, follow_up.optional, follow_up.day, follow_up.game_id
    FROM tipoff_follow_ups AS follow_up
    JOIN ops.landed_request AS landed
        ON landed.source = $source AND landed.league = $league AND landed.dataset = $dataset
        AND landed.batch = $batch AND landed.key = follow_up.parent
"""

_FORGET_QUARANTINE = """
    DELETE FROM ops.quarantine AS target
    WHERE source = $source AND league = $league AND dataset = $dataset AND EXISTS (
        SELECT 1
        FROM (SELECT key, fetched_at FROM tipoff_landed UNION ALL SELECT key, fetched_at FROM tipoff_bad) AS incoming
        WHERE incoming.key = target.key AND incoming.fetched_at >= target.fetched_at
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
    SELECT $source, $league, $dataset, bad.key, $batch, bad.path, bad.reason, bad.record, $run_id, bad.fetched_at, $now,
        least(coalesce(before.first_seen, bad.fetched_at), bad.fetched_at), $version
    FROM tipoff_bad AS bad
    LEFT JOIN tipoff_before AS before ON before.key = bad.key AND before.path = bad.path
    WHERE NOT EXISTS (
        SELECT 1 FROM ops.landed_request AS landed
        WHERE landed.source = $source AND landed.league = $league AND landed.dataset = $dataset
            AND landed.key = bad.key AND landed.fetched_at > bad.fetched_at
    )
"""

_FORGET_FILE = """
    DELETE FROM ops.loaded_file
    WHERE source = $source AND league = $league AND dataset = $dataset AND batch = $batch
"""

_FILE = """
    INSERT INTO ops.loaded_file
    VALUES ($source, $league, $dataset, $batch, $version, $payloads, $rows, $quarantined, $run_id, $now)
"""


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
    con: DuckDBPyConnection,
    origin: Origin,
    tables: Mapping[str, Table],
    batch: str,
    content: Content,
) -> dict[str, int]:
    """Merges a batch's rows and remembers its requests, follow-ups and bad records.

    Args:
        con: a connection from `Warehouse.write`.
        origin: whose batch it is.
        tables: by full name, those that the batch has rows for.
        batch: its name.
        content: what it holds.

    Returns:
        Rows inserted or changed, by full name of the table.
    """
    changed: dict[str, int] = {}
    for name, shapes in content.rows.items():
        changed[name] = sum(
            merge(con, tables[name], rows, run_id=origin.run_id, source=origin.source, above=origin.above)
            for rows in shapes
        )
    key = {**origin.names, "batch": batch}
    version = {"version": origin.version}
    written = {"run_id": origin.run_id, "now": written_at(con)}
    staged = {
        "tipoff_landed": content.payloads.select(["key", "fetched_at", "status", "day", "game_id", "rows"]),
        "tipoff_bad": content.quarantine,
        "tipoff_follow_ups": content.follow_ups,
    }
    with registered(con, staged):
        before = con.sql(_SEEN_BEFORE, params=origin.names).to_arrow_table()
        con.execute(_REQUESTS, key | version).fetchall()
        con.execute(_REJECTED, key).fetchall()
        owed.settle(con, origin.names)
        con.execute(_FORGET_FOLLOW_UPS, key).fetchall()
        con.execute(_FOLLOW_UPS, key).fetchall()
        con.execute(_FORGET_QUARANTINE, origin.names).fetchall()
        with registered(con, {"tipoff_before": before}):
            con.execute(_QUARANTINE, key | version | written).fetchall()
    con.execute(_FORGET_FILE, key).fetchall()
    counts = version | {
        "payloads": content.payloads.num_rows,
        "rows": sum(changed.values()),
        "quarantined": content.quarantine.num_rows,
    }
    con.execute(_FILE, key | counts | written).fetchall()
    return changed


def loaded_versions(con: DuckDBPyConnection, origin: Origin) -> dict[str, str]:
    """The version of the parsing with which each batch was loaded, by the batch's name."""
    sql = """
        SELECT batch, processing_version FROM ops.loaded_file
        WHERE source = $source AND league = $league AND dataset = $dataset
    """
    return dict(con.execute(sql, origin.names).fetchall())


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
            $requests, $fresh, $rows, $quarantined, $seconds, $error, $now)
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
    }
    con.execute(sql, {**name, **values}).fetchall()
