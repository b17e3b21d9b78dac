"""All checks that tipoff makes itself, without anything heavy: loading the plugins asks for their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from tipoff.contracts import Check, Collector, Table
from tipoff.features.quality import feature_checks
from tipoff.quality.coverage_checks import column_checks, coverage_checks, per_game_tables
from tipoff.quality.drift.checks import CHECKS as DRIFT
from tipoff.quality.games import domain_checks
from tipoff.quality.rules import table_checks
from tipoff.quality.stamps import stamps_check

FOREIGN: Final = Check(
    name="store_written_by_others",
    table="ops.foreign_write",
    sql="SELECT seen_at, during FROM ops.foreign_write ORDER BY seen_at",
    severity="warn",
    doc="Something else than tipoff wrote to the store, so what is in it may be anything. Where a plugin's function "
    "ran meanwhile, it is named. `tipoff reparse` makes the tables what has landed, and settles this.",
)
"""What `tipoff.warehouse.last_writer` has seen."""

Schema = Literal["raw", "features"]
SCHEMAS: Final[tuple[Schema, ...]] = ("raw", "features")


def own_checks(schema: Schema, tables: Mapping[str, Table], collectors: Iterable[Collector]) -> Iterator[Check]:
    """Tipoff's own checks of a schema's tables.

    Args:
        schema: ``raw`` or ``features``.
        tables: every table by full name, the domain's included.
        collectors: every one that is loaded.
    """
    for table in tables.values():
        if table.schema == schema:
            yield from table_checks(table)
            if schema == "features":
                yield from feature_checks(table)
    if schema == "raw":
        yield from domain_checks()
        yield FOREIGN
        yield from DRIFT
        collectors = tuple(collectors)
        yield stamps_check(tables, collectors)
        per_game: dict[str, Table] = {}
        for collector in collectors:
            for dataset in collector.datasets:
                yield from coverage_checks(collector, dataset, tables)
                per_game |= {table.name: table for table in per_game_tables(dataset, tables)}
        for table in per_game.values():
            yield from column_checks(table)
