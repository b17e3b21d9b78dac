"""Ordinary least squares of the margin, by statsmodels, so that each coefficient comes with its standard error."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from tipoff import Fitted

from tipoff_models.arrays import answer, column, filled, link_sd, matrix, means, number, numbers
from tipoff_models.columns import LINEAR

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import FitContext

    from tipoff_models.arrays import Floats

_NAMES = tuple(name.rpartition(".")[2] for name in LINEAR)


def fit(context: FitContext) -> Fitted:
    """No intercept: every input is a difference of the two sides or the place, so equal teams draw.

    Standard errors are robust to unequal variance (HC1: MacKinnon and White, 1985).
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import SingularMatrixWarning

    raw, margin = matrix(context.games, _NAMES), column(context.games, "margin")
    typical = means(raw)
    inputs = filled(raw, typical)
    scale = _scale(inputs)
    inputs = inputs / scale
    with warnings.catch_warnings():
        # A column that is empty everywhere (a source without box scores): the pseudoinverse gives it no weight.
        warnings.simplefilter("ignore", SingularMatrixWarning)
        result = sm.OLS(margin, inputs).fit(cov_type="HC1")
    forecast: Floats = inputs @ result.params
    freedom = max(len(margin) - len(_NAMES), 1)
    return Fitted(
        state={
            "typical": typical.tolist(),
            "scale": scale.tolist(),
            "weights": result.params.tolist(),
            "margin_sd": float(np.sqrt(np.square(margin - forecast).sum() / freedom)),
            "link_sd": link_sd(forecast, column(context.games, "home_win")),
        },
        card={
            "games": len(margin),
            "r_squared": float(result.rsquared),
            "points_per_standard_deviation": {
                name: {"coefficient": float(weight), "standard_error": float(error)}
                for name, weight, error in zip(_NAMES, result.params, result.bse, strict=True)
            },
        },
    )


def predict(fitted: Fitted, games: pa.Table) -> pa.Table:
    """Normal margins around the fitted plane."""
    inputs = filled(matrix(games, _NAMES), numbers(fitted, "typical")) / numbers(fitted, "scale")
    margin = inputs @ numbers(fitted, "weights")
    return answer(margin, number(fitted, "margin_sd"), number(fitted, "link_sd"))


def _scale(inputs: Floats) -> Floats:
    """Root mean square of each column, 1 where it says nothing."""
    rms = np.sqrt(np.square(inputs).mean(axis=0))
    return np.where(rms > 0, rms, 1.0)
