"""Loads what has landed and is not in the store: a run was killed between the two, or the store was lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tipoff import clock
from tipoff.collecting import loading
from tipoff.collecting.misdated import misdated
from tipoff.collecting.sources import Landed, landed, names
from tipoff.warehouse.landing import Content
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from tipoff.plugins import Registry
    from tipoff.settings import Settings

ROWS_AT_ONCE: Final = 100_000
"""Rows that are loaded in one transaction."""

_LOADED: Final = "SELECT source, league, dataset, batch FROM ops.loaded_file"


def recover(dataset: str, *, registry: Registry, settings: Settings, run_id: str) -> dict[str, int]:
    """Loads the batches of a dataset, and of those that share a table with it, that are not in the store.

    Of the others too, since a plan looks at tables: what another dataset has landed must not be asked again.

    Args:
        dataset: its name.
        registry: of the loaded plugins.
        settings: where store and landing zone are, and which leagues.
        run_id: written on the rows.

    Returns:
        How many batches of the dataset itself, by league.

    Raises:
        PluginError: a batch was landed by another version of a parser, and the present one broke its contract.
        StoreError: a batch cannot be read.
    """
    warehouse = Warehouse.of(settings)
    with warehouse.read() as con:
        loaded = set(con.execute(_LOADED).fetchall())
    _, own = registry.dataset(dataset)
    done = dict.fromkeys(settings.leagues, 0)
    for source in landed(registry, settings, run_id):
        league = source.origin.league
        if league not in done or not set(source.dataset.tables) & set(own.tables):
            continue
        behind = [batch for batch in source.landing.batches() if (*names(source), batch) not in loaded]
        for batches in _some(source, behind):
            with warehouse.write() as con:
                loading.load(con, source.origin, source.tables, batches)
        if source.dataset.name == dataset:
            done[league] = len(behind)
    return done


def _some(source: Landed, behind: list[str]) -> Iterator[dict[str, Content]]:
    """The batches, several at once, as the present parser makes them."""
    batches: dict[str, Content] = {}
    rows = 0
    stamps = misdated(source.landing, clock.now()) if behind else {}
    for name in behind:
        content = source.landing.read(name)
        if name in stamps or {*content.payloads["processing_version"].to_pylist()} - {source.dataset.version}:
            content, _ = source.parsing.again(source.landing, name, stamp=stamps.get(name))
        batches[name] = content
        rows += content.size
        if rows >= ROWS_AT_ONCE:
            yield batches
            batches, rows = {}, 0
    if batches:
        yield batches
