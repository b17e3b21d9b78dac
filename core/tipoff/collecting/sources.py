"""What is in the landing zone, by dataset and league, ready to be parsed again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tipoff.collecting import loading
from tipoff.collecting.parsing import Parsing
from tipoff.collecting.precedence import above
from tipoff.contracts import Dataset, Table
from tipoff.warehouse.landing import Landing

if TYPE_CHECKING:
    from tipoff.plugins import Registry
    from tipoff.settings import Settings


@dataclass(frozen=True)
class Landed:
    """A dataset of a league, with its batches, and what parses and loads them."""

    dataset: Dataset
    origin: loading.Origin
    landing: Landing
    tables: dict[str, Table]

    @cached_property
    def parsing(self) -> Parsing:
        """The parser, imported when it is first needed.

        Raises:
            PluginError: it cannot be imported.
        """
        return Parsing(self.dataset, self.tables)


def names(source: Landed) -> tuple[str, str, str]:
    """Source, league and dataset."""
    return source.origin.source, source.origin.league, source.origin.dataset


def fitting(registry: Registry, left: Collection[str]) -> Registry:
    """The registry without the collectors of tables that the store has in another shape (`Warehouse.migrate`)."""
    fit = (each for each in registry.collectors if not any(table.full_name in left for table in each.tables))
    return replace(registry, collectors=tuple(fit))


def kin(collector: str, registry: Registry) -> Registry:
    """The registry with the collectors only that fill tables together with this one, directly or not.

    They are parsed again together. One with tables of its own waits for no other's parser, and its own stops no other.
    """
    fills = {
        each.name: {table for dataset in each.datasets for table in dataset.tables} for each in registry.collectors
    }
    names, tables = {collector}, fills.get(collector, set())
    while more := {name for name, filled in fills.items() if name not in names and filled & tables}:
        names |= more
        tables = tables.union(*(fills[name] for name in more))
    return replace(registry, collectors=tuple(each for each in registry.collectors if each.name in names))


def landed(registry: Registry, settings: Settings, run_id: str) -> Iterator[Landed]:
    """Every dataset and league with a folder in the landing zone, in the order in which datasets are collected."""
    known = registry.tables()
    for dataset in registry.datasets():
        collector, _ = registry.dataset(dataset.name)
        tables = {f"raw.{name}": known[f"raw.{name}"] for name in dataset.tables}
        for league in _leagues(settings.landing / collector.name, dataset):
            origin = loading.Origin(
                collector.name, league, dataset.name, dataset.version, run_id, above(collector, registry)
            )
            landing = Landing(settings.landing, collector.name, league, dataset.name)
            yield Landed(dataset, origin, landing, tables)


def _leagues(folder: Path, dataset: Dataset) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if (path / dataset.name).is_dir())
