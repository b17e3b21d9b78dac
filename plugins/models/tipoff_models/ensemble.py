"""Stacking (Wolpert, 1992): the others' margins, weighed by how they did on games they had not seen.

What it was given are walk-forward predictions, so what it makes of their errors is true of games to come: the spread
of each game, intervals and probabilities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tipoff import Fitted

from tipoff_models import spread
from tipoff_models.arrays import SMALLEST, Floats, column, matrix, number, numbers
from tipoff_models.spread import Spread, fit_spread
from tipoff_models.totals import fit_total, with_total

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import FitContext

_STACKED = ("boosting", "linear")
_INPUTS = tuple(f"{name}_margin" for name in _STACKED)


_PRIOR_GAMES = 2000.0
"""How many games' worth of belief in equal weights; the stacked margins are so alike that free weights follow noise."""


def fit(context: FitContext) -> Fitted:
    """Ridge regression towards equal weights (Hoerl and Kennard, 1970, with a prior mean), without an intercept."""
    inputs, margin = matrix(context.games, _INPUTS), column(context.games, "margin")
    equal = np.full(len(_INPUTS), 1.0 / len(_INPUTS))
    penalty = _PRIOR_GAMES * np.square(inputs).mean() * np.eye(len(_INPUTS))
    weights = np.linalg.solve(inputs.T @ inputs + penalty, inputs.T @ margin + penalty @ equal)
    fitted = fit_spread(inputs @ weights, matrix(context.games, spread.FEATURES), margin)
    return Fitted(
        state={
            "weights": weights.tolist(),
            "spread_typical": fitted.typical.tolist(),
            "spread_weights": fitted.weights.tolist(),
            "spread_scale": fitted.scale,
            "spread_link": fitted.link,
            **fit_total(context.games),
        },
        card={
            "games": len(margin),
            "weights": dict(zip(_STACKED, weights.tolist(), strict=True)),
            "spread_weights": fitted.weights.tolist(),
        },
    )


def predict(fitted: Fitted, games: pa.Table) -> pa.Table:
    """Margins with a spread of their own, and the probability that goes with both."""
    import pyarrow as pa
    from scipy.special import ndtr

    margin = matrix(games, _INPUTS) @ numbers(fitted, "weights")
    of = Spread(
        numbers(fitted, "spread_typical"),
        numbers(fitted, "spread_weights"),
        number(fitted, "spread_scale"),
        number(fitted, "spread_link"),
    )
    deviation: Floats = of.deviation(margin, matrix(games, spread.FEATURES))
    probability = np.clip(ndtr(margin / (of.link * deviation)), SMALLEST, 1.0 - SMALLEST)
    said = pa.table({"home_win_prob": probability, "margin": margin, "margin_sd": of.scale * deviation})
    return with_total(said, fitted, games)
