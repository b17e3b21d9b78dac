"""Loads what has landed and is not in the store: a run was killed between the two, or the store was lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tipoff.collecting import loading
from tipoff.collecting.parsing import Parsing
from tipoff.collecting.precedence import above
from tipoff.contracts import Collector, Dataset, Table
from tipoff.warehouse.landing import Content, Landing
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
    done: dict[str, int] = {}
    for collector, each in _alike(dataset, registry):
        for league in settings.leagues:
            landing = Landing(settings.landing, collector.name, league, each.name)
            names = (collector.name, league, each.name)
            behind = [batch for batch in landing.batches() if (*names, batch) not in loaded]
            if behind:
                origin = loading.Origin(*names, each.version, run_id, above(collector, registry))
                tables = {f"raw.{name}": registry.tables()[f"raw.{name}"] for name in each.tables}
                for batches in _some(landing, behind, each, tables):
                    with warehouse.write() as con:
                        loading.load(con, origin, tables, batches)
            if each.name == dataset:
                done[league] = len(behind)
    return done


def _alike(dataset: str, registry: Registry) -> Iterator[tuple[Collector, Dataset]]:
    _, own = registry.dataset(dataset)
    for each in registry.datasets():
        if set(each.tables) & set(own.tables):
            yield registry.dataset(each.name)


def _some(
    landing: Landing, names: list[str], dataset: Dataset, tables: dict[str, Table]
) -> Iterator[dict[str, Content]]:
    """The batches, several at once, as the present parser makes them."""
    batches: dict[str, Content] = {}
    rows = 0
    for name in names:
        content = landing.read(name)
        if {*content.payloads["processing_version"].to_pylist()} - {dataset.version}:
            content, _ = Parsing(dataset, tables).again(landing, name)
        batches[name] = content
        rows += content.size
        if rows >= ROWS_AT_ONCE:
            yield batches
            batches, rows = {}, 0
    if batches:
        yield batches
