"""How far margins stray from the forecast, game by game, and the probability that goes with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tipoff_models.arrays import Floats, link_sd, means
from tipoff_models.columns import SPREAD

FEATURES = tuple(name.rpartition(".")[2] for name in SPREAD)
"""Fast games, teams whose ratings are unsure and early games stray more."""

_STEPS = 25
_PENALTY = 20.0
"""Games' worth of belief that all games stray alike."""
_Z_80, _Z_95 = 1.2816, 1.9600
"""Standard normal quantiles at 0.90 and 0.975."""


@dataclass(frozen=True)
class Spread:
    """A fitted spread.

    Args:
        typical: mean and standard deviation of each input, shape (2, inputs).
        weights: of the standardised inputs in the logarithm of the variance, the intercept first.
        scale: what makes the central intervals of a normal distribution hold as many games as they should.
        link: what makes the probabilities Φ(margin / (link · deviation)) the most likely.
    """

    typical: Floats
    weights: Floats
    scale: float
    link: float

    def deviation(self, margin: Floats, features: Floats) -> Floats:
        """Standard deviation of the margin around the forecast, points, before `scale` and `link`."""
        deviation: Floats = np.exp(0.5 * _design(_inputs(margin, features), self.typical) @ self.weights)
        return deviation


def fit_spread(margin: Floats, features: Floats, actual: Floats) -> Spread:
    """The most likely variance of normal residuals, its logarithm linear in the inputs (Harvey, 1976).

    Margins have heavier tails than a normal distribution: `scale` is the mean of what its 80 % and its 95 % interval
    need.

    Args:
        margin: forecasts of games that the forecaster had not seen, points.
        features: the columns `FEATURES`, NaN where missing.
        actual: what came of them.
    """
    inputs, squared = _inputs(margin, features), np.square(actual - margin)
    typical = np.stack([means(inputs), np.ones(inputs.shape[1])])
    typical[1] = np.maximum(np.sqrt(means(np.square(inputs - typical[0]))), 1e-6)
    design = _design(inputs, typical)
    weights = np.zeros(design.shape[1])
    weights[0] = np.log(squared.mean())
    penalty = np.append(0.0, np.full(len(weights) - 1, _PENALTY))
    for _ in range(_STEPS):  # Fisher's scoring
        ratio = squared / np.exp(design @ weights)
        gradient = 0.5 * design.T @ (ratio - 1.0) - penalty * weights
        weights = weights + np.linalg.solve(0.5 * design.T @ design + np.diag(penalty), gradient)
    rough = Spread(typical, weights, 1.0, 1.0)
    deviation = rough.deviation(margin, features)
    away = np.abs(actual - margin) / deviation
    scale = 0.5 * float(np.quantile(away, 0.8) / _Z_80 + np.quantile(away, 0.95) / _Z_95)
    usual = float(deviation.mean())
    link = link_sd(margin / deviation * usual, (actual > 0).astype(np.float64)) / usual
    return Spread(typical, weights, scale, link)


def _inputs(margin: Floats, features: Floats) -> Floats:
    possessions, unsure, played = features.T
    return np.column_stack([np.abs(margin), possessions, unsure, 1.0 / (1.0 + played)])


def _design(inputs: Floats, typical: Floats) -> Floats:
    standard = np.nan_to_num(np.clip((inputs - typical[0]) / typical[1], -4.0, 4.0))
    return np.column_stack([np.ones(len(inputs)), standard])
