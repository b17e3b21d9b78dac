"""Stacking (Wolpert, 1992): the others' margins, weighed by how they did on games they had not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tipoff import Fitted

from tipoff_models.arrays import answer, column, link_sd, matrix, number, numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import FitContext

_STACKED = ("boosting", "elo", "linear")
_INPUTS = tuple(f"{name}_margin" for name in _STACKED)


def fit(context: FitContext) -> Fitted:
    """Non-negative least squares (Breiman, Stacked Regressions, 1996) without an intercept.

    The inputs are walk-forward predictions, so the spread around them is that of games not seen.
    """
    from scipy.optimize import nnls

    inputs, margin = matrix(context.games, _INPUTS), column(context.games, "margin")
    weights = nnls(inputs, margin)[0]
    if not weights.any():
        weights = np.full(len(_INPUTS), 1.0 / len(_INPUTS))
    forecast = inputs @ weights
    return Fitted(
        state={
            "weights": weights.tolist(),
            "margin_sd": float(np.sqrt(np.square(margin - forecast).mean())),
            "link_sd": link_sd(forecast, column(context.games, "home_win")),
        },
        card={"games": len(margin), "weights": dict(zip(_STACKED, weights.tolist(), strict=True))},
    )


def predict(fitted: Fitted, games: pa.Table) -> pa.Table:
    """Normal margins around the weighted ones."""
    margin = matrix(games, _INPUTS) @ numbers(fitted, "weights")
    return answer(margin, number(fitted, "margin_sd"), number(fitted, "link_sd"))
