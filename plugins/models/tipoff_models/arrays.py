"""What the models share: columns as numbers, and a margin with its spread as an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import Fitted

Floats: TypeAlias = npt.NDArray[np.float64]

SMALLEST = 1e-6
"""No probability is nearer to 0 or 1: no forecast of a game is that sure."""


def column(games: pa.Table, name: str) -> Floats:
    """A column as float64, NaN where it is NULL."""
    import pyarrow as pa

    values: Floats = games[name].cast(pa.float64()).to_numpy()
    return values


def matrix(games: pa.Table, names: Sequence[str]) -> Floats:
    """Columns side by side, shape (games, names)."""
    return np.column_stack([column(games, name) for name in names]) if names else np.empty((games.num_rows, 0))


def means(inputs: Floats) -> Floats:
    """Mean of each column over its known values; 0 where none is known."""
    known = np.isfinite(inputs)
    mean: Floats = np.where(known, inputs, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean


def filled(inputs: Floats, typical: Floats) -> Floats:
    """What is missing becomes `typical`: of a game that nothing is known of, the average game is expected.

    Zero would say that the teams are equal and nobody is at home, which is something to know.
    """
    return np.where(np.isfinite(inputs), inputs, typical)


def number(fitted: Fitted, name: str) -> float:
    """A number from the model's state."""
    value = fitted.state[name]
    assert isinstance(value, int | float)  # noqa: S101 - our own fit put it there
    return float(value)


def numbers(fitted: Fitted, name: str) -> Floats:
    """A list of numbers from the model's state."""
    return np.asarray(fitted.state[name], dtype=np.float64)


def link_sd(margin: Floats, won: Floats) -> float:
    """The standard deviation that makes Φ(margin/sd) the most likely of what happened (a probit on the margin).

    It may differ from that of the residuals, since a margin is not quite normal (late fouls, garbage time).

    Args:
        margin: forecast, points.
        won: 1.0 where the home team won, else 0.0.

    Returns:
        Points, from 5 to 40.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_ndtr

    side = np.where(won > 0.5, margin, -margin)
    return float(minimize_scalar(lambda sd: -log_ndtr(side / sd).sum(), bounds=(5.0, 40.0), method="bounded").x)


def answer(margin: Floats, margin_sd: Floats | float, link: float | None = None) -> pa.Table:
    """The prediction of normal margins.

    Args:
        margin: points, home minus away.
        margin_sd: points.
        link: standard deviation that turns margins into probabilities; `margin_sd` unless given.
    """
    import pyarrow as pa
    from scipy.special import ndtr

    spread = np.broadcast_to(np.asarray(margin_sd, dtype=np.float64), margin.shape)
    probability = ndtr(margin / (spread if link is None else link))
    return pa.table(
        {
            "home_win_prob": np.clip(probability, SMALLEST, 1.0 - SMALLEST),
            "margin": margin,
            "margin_sd": spread.copy(),
        }
    )
