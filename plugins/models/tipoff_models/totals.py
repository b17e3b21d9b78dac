"""Points of both teams: least squares on what the ratings of totals and of tempo expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tipoff_models.arrays import Floats, column, filled, matrix, means, numbers
from tipoff_models.columns import TOTAL

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import Fitted, Json

NAMES = tuple(name.rpartition(".")[2] for name in TOTAL)
_MARGIN = NAMES.index("expected_margin")


def _inputs(games: pa.Table, typical: Floats) -> Floats:
    known = filled(matrix(games, NAMES), typical)
    known[:, _MARGIN] = np.abs(known[:, _MARGIN])  # a mismatch has other totals, whoever is better
    return np.column_stack([np.ones(len(known)), known])


def fit_total(games: pa.Table) -> dict[str, Json]:
    """What `predict_total` needs, for a model's state.

    Args:
        games: with the features `NAMES` and the target ``total``.
    """
    typical, total = means(matrix(games, NAMES)), column(games, "total")
    inputs = _inputs(games, typical)
    weights = np.linalg.lstsq(inputs, total, rcond=None)[0]
    spread = float(np.sqrt(np.square(total - inputs @ weights).mean()))
    return {"total_typical": typical.tolist(), "total_weights": weights.tolist(), "total_spread": [max(spread, 1.0)]}


def with_total(said: pa.Table, fitted: Fitted, games: pa.Table) -> pa.Table:
    """The prediction with ``total`` and ``total_sd``."""
    import pyarrow as pa

    total = _inputs(games, numbers(fitted, "total_typical")) @ numbers(fitted, "total_weights")
    spread = np.full(len(total), numbers(fitted, "total_spread")[0])
    return said.append_column("total", pa.array(total)).append_column("total_sd", pa.array(spread))
