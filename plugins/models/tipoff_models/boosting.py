"""Gradient boosted trees (scikit-learn) on what a plane through the ratings leaves of the margin.

The plane extrapolates to mismatches that no tree has seen; the trees add what is not linear: season phase, rest,
uncertainty of the ratings, place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
from tipoff import Fitted

from tipoff_models import plane
from tipoff_models.arrays import answer, column, link_sd, matrix, number, numbers
from tipoff_models.columns import BOOSTING

if TYPE_CHECKING:
    import pyarrow as pa
    from sklearn.ensemble import HistGradientBoostingRegressor
    from tipoff import FitContext

    from tipoff_models.arrays import Floats

_NAMES = tuple(name.rpartition(".")[2] for name in BOOSTING)

_HELD_OUT = 0.4
"""Share of the games, the latest, on which the spread is measured: that of games fitted on would be too small."""


def fit(context: FitContext) -> Fitted:
    """Fits twice: on the earlier games to measure the spread on the later ones, then on all."""
    games = context.games
    early = int(games.num_rows * (1.0 - _HELD_OUT))
    late = games.slice(early)
    forecast, actual = _margin(*_fit(games.slice(0, early), context), late), column(late, "margin")
    typical, weights, trees, names = _fit(games, context)
    return Fitted(
        state={
            "names": list(names),
            "typical": typical.tolist(),
            "weights": weights.tolist(),
            "margin_sd": float(np.sqrt(np.square(actual - forecast).mean())),
            "link_sd": link_sd(forecast, column(late, "home_win")),
        },
        estimators={"residual": trees},
        card={"games": games.num_rows, "held_out_games": late.num_rows, "trees": int(trees.n_iter_)},
    )


def predict(fitted: Fitted, games: pa.Table) -> pa.Table:
    """Normal margins around plane plus trees."""
    trees = cast("HistGradientBoostingRegressor", fitted.estimators["residual"])
    names = cast("list[str]", fitted.state["names"])
    margin = _margin(numbers(fitted, "typical"), numbers(fitted, "weights"), trees, names, games)
    return answer(margin, number(fitted, "margin_sd"), number(fitted, "link_sd"))


def _margin(
    typical: Floats, weights: Floats, trees: HistGradientBoostingRegressor, names: list[str], games: pa.Table
) -> Floats:
    margin: Floats = plane.inputs(games, typical) @ weights
    return margin + trees.predict(_inputs(games, names)) if games.num_rows else margin


def _fit(games: pa.Table, context: FitContext) -> tuple[Floats, Floats, HistGradientBoostingRegressor, list[str]]:
    """What stands for a missing input of the plane, its weights, the trees, and the names of what the trees see."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    # scikit-learn refuses a column without values, such as those of players before a source that has them.
    names = [name for name in _NAMES if np.isfinite(column(games, name)).any()]
    typical, margin = plane.typical(games), column(games, "margin")
    values = plane.inputs(games, typical)
    weights = plane.fit(values, margin)
    params: Mapping[str, object] = context.params
    trees = HistGradientBoostingRegressor(early_stopping=False, random_state=context.seed, **params)
    with threadpool_limits(1, user_api="openmp"):  # the same bits on any machine, and no slower on so few games
        return typical, weights, trees.fit(_inputs(games, names), margin - values @ weights), names


def _inputs(games: pa.Table, names: list[str]) -> Floats:
    """Shape (games, names); one column that says nothing where there is no name."""
    return matrix(games, names) if names else np.zeros((games.num_rows, 1))
