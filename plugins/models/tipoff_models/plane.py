"""The plane that the linear model and the trees start from: margins by `LINEAR`, without an intercept.

Every input is a difference of the two sides or goes with the place, so equal teams at a neutral site draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tipoff_models.arrays import Floats, filled, matrix, means
from tipoff_models.columns import LINEAR

if TYPE_CHECKING:
    import pyarrow as pa

NAMES = tuple(name.rpartition(".")[2] for name in LINEAR)

PRIOR_GAMES = 500.0
"""How many games' worth of belief there is that the mean of the two rated margins says it all: some weeks' games cannot
tell what each input is worth, and ratings that are much alike would get large weights of opposite signs."""


def typical(games: pa.Table) -> Floats:
    """What stands for a missing input."""
    return means(matrix(games, NAMES))


def inputs(games: pa.Table, instead: Floats) -> Floats:
    """Shape (games, inputs)."""
    return filled(matrix(games, NAMES), instead)


def scale(values: Floats) -> Floats:
    """Root mean square of each column, 1 where it says nothing."""
    rms = np.sqrt(np.square(values).mean(axis=0))
    return np.where(rms > 0, rms, 1.0)


def with_prior(scaled: Floats, margin: Floats, by: Floats) -> tuple[Floats, Floats]:
    """The rows, and below them those that say the prior: ridge regression towards it, as least squares.

    Args:
        scaled: inputs over their `scale`.
        margin: points.
        by: the scales.
    """
    believed = np.array([0.5 if name in ("expected_margin", "damped_margin") else 0.0 for name in NAMES]) * by
    weight = np.sqrt(PRIOR_GAMES)
    return np.vstack([scaled, weight * np.eye(len(by))]), np.concatenate([margin, weight * believed])


def fit(values: Floats, margin: Floats) -> Floats:
    """The weight of each input."""
    by = scale(values)
    rows, targets = with_prior(values / by, margin, by)
    weights: Floats = np.linalg.lstsq(rows, targets, rcond=None)[0] / by
    return weights
