"""Games to fit models to, made up from a seed: the better team wins more often, and features know some of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from tipoff.contracts import ColumnType, Model
from tipoff.warehouse.arrow import TYPES

MISSING = 0.05
"""Share of each feature's values that are NULL."""


def games(
    model: Model,
    types: Mapping[str, ColumnType],
    between: Mapping[str, tuple[float, float]],
    number: int = 500,
    seed: int = 11,
) -> pa.Table:
    """Finished games as `FitContext.games`, with what a model declares and stacks.

    Args:
        model: whose columns.
        types: of features by ``table.column``; DOUBLE where it is not known.
        between: limits of features' values, by ``table.column``; without them they lie around zero.
        number: of games, ten a day.
        seed: the same seed, the same games.
    """
    chance = np.random.default_rng(seed)
    edge = chance.normal(3.0, 8.0, number)
    margin = np.round(edge + chance.normal(0.0, 10.0, number))
    margin[margin == 0] = 1
    days = [date(2023, 11, 6) + timedelta(days=place // 10) for place in range(number)]
    columns: dict[str, Any] = {
        "league": ["made-up"] * number,
        "season": pa.array([2024] * number, pa.int32()),
        "game_id": [f"g{place:04d}" for place in range(number)],
        "game_date": days,
        "tip_utc": [datetime(day.year, day.month, day.day, 23) for day in days],
        "home_id": [f"t{place % 40}" for place in range(number)],
        "away_id": [f"t{(place * 7 + 3) % 40}" for place in range(number)],
        "neutral_site": pa.array(chance.uniform(size=number) < 0.1),
    }
    for feature in model.features:
        kind = TYPES[types.get(feature, "DOUBLE")]
        known = edge / 4 + chance.normal(0.0, 3.0, number)
        if feature in between:
            least, most = between[feature]
            known = least + (most - least) / (1 + np.exp(-known / 3))
        gone = chance.uniform(size=number) < MISSING
        columns[feature.rpartition(".")[2]] = _column(known, gone, kind)
    for base in model.stacks:
        said = edge + chance.normal(0.0, 2.0, number)
        columns[f"{base}_home_win_prob"] = pa.array(1 / (1 + np.exp(-said / 6)))
        columns[f"{base}_margin"] = pa.array(said)
    total = np.round(140 + chance.normal(0.0, 12.0, number))
    columns |= {"home_win": pa.array(margin > 0), "margin": pa.array(margin), "total": pa.array(total)}
    return pa.table(columns)


def without(table: pa.Table, name: str) -> pa.Table:
    """The games with nothing known of one feature."""
    place = table.column_names.index(name)
    return table.set_column(place, name, pa.nulls(table.num_rows, table[name].type))


def _column(known: Any, gone: Any, kind: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(kind):
        return pa.array(known > 0, mask=gone)
    if pa.types.is_integer(kind):
        return pa.array(np.round(known).astype(np.int32), kind, mask=gone)
    if pa.types.is_floating(kind):
        return pa.array(known, kind, mask=gone)
    if pa.types.is_string(kind):
        return pa.array([f"c{int(value) % 5}" for value in np.round(known)], kind, mask=gone)
    start = datetime(2023, 11, 6)
    instants = [start + timedelta(days=float(value)) for value in known]
    return pa.array(instants, pa.timestamp("us"), mask=gone).cast(kind, safe=False)
