"""Stacking (Wolpert, 1992): the others' margins, weighed by how they did on games they had not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tipoff import Fitted

from tipoff_models.arrays import answer, column, link_sd, matrix, number, numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import FitContext

_STACKED = ("boosting", "linear")
_INPUTS = tuple(f"{name}_margin" for name in _STACKED)


_PRIOR_GAMES = 2000.0
"""How many games' worth of belief in equal weights; the stacked margins are so alike that free weights follow noise."""


def fit(context: FitContext) -> Fitted:
    """Ridge regression towards equal weights (Hoerl and Kennard, 1970, with a prior mean), without an intercept.

    The inputs are walk-forward predictions, so the spread around them is that of games not seen.
    """
    inputs, margin = matrix(context.games, _INPUTS), column(context.games, "margin")
    equal = np.full(len(_INPUTS), 1.0 / len(_INPUTS))
    penalty = _PRIOR_GAMES * np.square(inputs).mean() * np.eye(len(_INPUTS))
    weights = np.linalg.solve(inputs.T @ inputs + penalty, inputs.T @ margin + penalty @ equal)
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
