"""What a builder's `compute` receives, made of a few rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from tipoff.contracts import FeatureContext
from tipoff.domain import TABLES
from tipoff.features.context import Inputs
from tipoff.warehouse.arrow import types_of


def given(
    season: int, league: str = "mens-college-basketball", **tables: Iterable[Mapping[str, object]]
) -> FeatureContext:
    """A context for `FeatureBuilder.compute` with these rows as its inputs, by bare name.

    Rows of a domain table may leave out columns; those are NULL. `league` and `season` are filled in.

    Args:
        season: the season to compute.
        league: the league to compute.
        tables: rows of each input, in the order of its key.
    """
    place = {"league": league, "season": season}
    made: dict[str, pa.Table] = {}
    for name, rows in tables.items():
        records: list[dict[str, Any]] = [{**place, **row} for row in rows]
        if name in TABLES:
            types = types_of(TABLES[name])
            columns = {column: pa.array([row.get(column) for row in records], kind) for column, kind in types.items()}
            made[name] = pa.table(columns)
        else:
            made[name] = pa.Table.from_pylist(records)
    return Inputs("given", made, league, season)
