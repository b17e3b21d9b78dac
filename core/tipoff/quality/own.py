"""All checks that tipoff makes itself, without anything heavy: loading the plugins asks for their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from tipoff.contracts import Check, Collector, Table
from tipoff.features.quality import feature_checks, lookahead_check
from tipoff.quality.coverage_checks import column_checks, coverage_checks, per_game_tables
from tipoff.quality.drift.checks import CHECKS as DRIFT
from tipoff.quality.games import domain_checks
from tipoff.quality.rules import table_checks

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
                yield lookahead_check(table)
                yield from feature_checks(table)
    if schema == "raw":
        yield from domain_checks()
        yield from DRIFT
        per_game: dict[str, Table] = {}
        for collector in collectors:
            for dataset in collector.datasets:
                yield from coverage_checks(collector, dataset, tables)
                per_game |= {table.name: table for table in per_game_tables(dataset, tables)}
        for table in per_game.values():
            yield from column_checks(table)
