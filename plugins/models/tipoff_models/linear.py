"""Least squares of the margin, by statsmodels, so that each coefficient comes with its standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tipoff import Fitted

from tipoff_models import plane
from tipoff_models.arrays import answer, column, link_sd, number, numbers
from tipoff_models.totals import fit_total, with_total

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import FitContext

    from tipoff_models.arrays import Floats


def fit(context: FitContext) -> Fitted:
    """Standard errors are robust to unequal variance (HC1: MacKinnon and White, 1985)."""
    import statsmodels.api as sm

    margin, typical = column(context.games, "margin"), plane.typical(context.games)
    inputs = plane.inputs(context.games, typical)
    scale = plane.scale(inputs)
    rows, targets = plane.with_prior(inputs / scale, margin, scale)
    result = sm.OLS(targets, rows).fit(cov_type="HC1")
    forecast: Floats = (inputs / scale) @ result.params
    left = np.square(margin - forecast)
    freedom = max(len(margin) - len(plane.NAMES), 1)
    return Fitted(
        state={
            "typical": typical.tolist(),
            "weights": (result.params / scale).tolist(),
            "margin_sd": float(np.sqrt(left.sum() / freedom)),
            "link_sd": link_sd(forecast, column(context.games, "home_win")),
            **fit_total(context.games),
        },
        card={
            "games": len(margin),
            "r_squared": float(1.0 - left.sum() / np.square(margin).sum()),
            "points_per_standard_deviation": {
                name: {"coefficient": float(weight), "standard_error": float(error)}
                for name, weight, error in zip(plane.NAMES, result.params, result.bse, strict=True)
            },
        },
    )


def predict(fitted: Fitted, games: pa.Table) -> pa.Table:
    """Normal margins around the fitted plane."""
    margin = plane.inputs(games, numbers(fitted, "typical")) @ numbers(fitted, "weights")
    said = answer(margin, number(fitted, "margin_sd"), number(fitted, "link_sd"))
    return with_total(said, fitted, games)
