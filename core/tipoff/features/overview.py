"""What is known of each builder's table: what it is made from and by what, how it stands, and who depends on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tipoff.contracts import FeatureBuilder
from tipoff.features import lookahead
from tipoff.features.engine import inputs_of
from tipoff.features.lookahead import Verdict
from tipoff.features.partitions import Stale, find_stale
from tipoff.plugins.graph import builder_graph

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry


@dataclass(frozen=True)
class Overview:
    """How a builder's table stands.

    Args:
        builder: its spec.
        rows: in its table.
        seasons: that are computed, of a league each.
        built_at: when it last computed something; None: never.
        seconds: that took, in all.
        stale: seasons that are out of step with their inputs, with the reason.
        verdict: whether it looks ahead; None: it has not been judged yet.
    """

    builder: FeatureBuilder
    rows: int
    seasons: int
    built_at: datetime | None
    seconds: float | None
    stale: tuple[Stale, ...]
    verdict: Verdict | None = None


_STATE = "SELECT coalesce(sum(rows), 0)::BIGINT, count(*) FROM ops.feature_state WHERE builder = $builder AND rows > 0"

_LAST = """
    SELECT built_at, seconds FROM ops.feature_run
    WHERE builder = $builder AND partitions > 0 ORDER BY built_at DESC, rowid DESC LIMIT 1
"""


def overview(con: DuckDBPyConnection, registry: Registry) -> list[Overview]:
    """Every builder's table, in the order in which they are built.

    Args:
        con: any connection to the store, migrated.
        registry: what the plugins bring.
    """
    found, judged = [], lookahead.verdicts(con, registry)
    for builder in registry.builders:
        rows, seasons = con.execute(_STATE, {"builder": builder.name}).fetchall()[0]
        last = con.execute(_LAST, {"builder": builder.name}).fetchall()
        built_at, seconds = last[0] if last else (None, None)
        stale = find_stale(con, builder, inputs_of(builder, registry))
        found.append(Overview(builder, rows, seasons, built_at, seconds, tuple(stale), judged.get(builder.name)))
    return found


def seasons(con: DuckDBPyConnection, registry: Registry, names: Collection[str]) -> list[int]:
    """The seasons that these builders' tables or inputs have, oldest first.

    Raises:
        SettingsError: no plugin brings one of them.
    """
    builders = [registry.builder(name) for name in names]
    every = [find_stale(con, each, inputs_of(each, registry), full=True) for each in builders]
    return sorted({stale.partition.season for found in every for stale in found})


def with_dependents(registry: Registry, names: Collection[str]) -> list[str]:
    """These builders and all that are built on them, in the order in which they are built; all of them without names.

    Raises:
        SettingsError: no plugin brings one of them.
    """
    wanted = {registry.builder(name).name for name in names}
    graph = builder_graph(registry.builders)
    for builder in registry.builders if names else ():  # each after those that it needs
        if wanted & set(graph[builder.name]):
            wanted.add(builder.name)
    return [builder.name for builder in registry.builders if not names or builder.name in wanted]
