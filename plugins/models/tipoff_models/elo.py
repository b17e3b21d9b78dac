"""Margin from the difference of Elo ratings and the home court, two fitted coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tipoff import Fitted

from tipoff_models.arrays import answer, column, filled, link_sd, matrix, means, number, numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import FitContext

_NAMES = ("elo_difference", "home_court")


def fit(context: FitContext) -> Fitted:
    """Least squares without an intercept: two equal teams at a neutral site are expected to draw."""
    raw, margin = matrix(context.games, _NAMES), column(context.games, "margin")
    typical = means(raw)
    inputs = filled(raw, typical)
    weights = np.linalg.lstsq(inputs, margin, rcond=None)[0]
    forecast = inputs @ weights
    return Fitted(
        state={
            "typical": typical.tolist(),
            "weights": weights.tolist(),
            "margin_sd": float(np.std(margin - forecast)),
            "link_sd": link_sd(forecast, column(context.games, "home_win")),
        },
        card={"points_per_100_elo": float(100 * weights[0]), "home_court_points": float(weights[1])},
    )


def predict(fitted: Fitted, games: pa.Table) -> pa.Table:
    """Normal margins around the fitted line."""
    margin = filled(matrix(games, _NAMES), numbers(fitted, "typical")) @ numbers(fitted, "weights")
    return answer(margin, number(fitted, "margin_sd"), number(fitted, "link_sd"))
