"""What was set aside, parsed again by the present parsers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tipoff import clock
from tipoff.collecting import loading
from tipoff.collecting.misdated import misdated
from tipoff.collecting.sources import fitting, landed
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry
    from tipoff.settings import Settings

_BATCHES: Final = """
    SELECT DISTINCT batch FROM ops.quarantine WHERE source = $source AND league = $league AND dataset = $dataset
    ORDER BY batch
"""
_COUNT: Final = """
    SELECT count(*) FROM ops.quarantine WHERE source = $source AND league = $league AND dataset = $dataset
"""

_LATER: Final = """
    SELECT key FROM ops.landed_request
    WHERE source = $source AND league = $league AND dataset = $dataset AND batch > $batch
"""
"""Requests that a later batch answers: an older answer must not come back, even where the clock stood still."""


@dataclass(frozen=True)
class Replayed:
    """What came of it: records set aside before and after, and rows that were inserted or changed."""

    dataset: str
    league: str
    before: int
    after: int
    rows: int


def replay(*, registry: Registry, settings: Settings, run_id: str, dataset: str = "") -> list[Replayed]:
    """Parses again the batches of the landing zone that hold what is set aside, and loads what comes of them.

    Args:
        registry: of the loaded plugins.
        settings: where store and landing zone are.
        run_id: written on the rows that change.
        dataset: only this one; all unless given.

    Returns:
        For each dataset and league of which anything was set aside.

    Raises:
        PluginError: a parser broke its contract.
        StoreError: a batch cannot be read.
    """
    warehouse = Warehouse.of(settings)
    registry = fitting(registry, warehouse.migrate(registry.tables().values()))
    done = []
    for source in landed(registry, settings, run_id):
        if dataset not in ("", source.origin.dataset):
            continue
        with warehouse.read() as con:
            before = _count(con, source.origin)
            batches = [name for (name,) in con.execute(_BATCHES, source.origin.names).fetchall()]
        if not batches:
            continue
        rows = 0
        there, stamps = set(source.landing.batches()), misdated(source.landing, clock.now())
        for batch in (name for name in batches if name in there):
            with warehouse.read() as con:
                answered = {key for (key,) in con.execute(_LATER, {**source.origin.names, "batch": batch}).fetchall()}
            content, _ = source.parsing.again(source.landing, batch, but=answered, stamp=stamps.get(batch))
            with warehouse.write() as con:
                rows += sum(loading.load(con, source.origin, source.tables, {batch: content}).values())
        with warehouse.read() as con:
            after = _count(con, source.origin)
        done.append(Replayed(source.origin.dataset, source.origin.league, before, after, rows))
    return done


def _count(con: DuckDBPyConnection, origin: loading.Origin) -> int:
    ((count,),) = con.execute(_COUNT, origin.names).fetchall()
    return int(count)
