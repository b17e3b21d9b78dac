"""Gradient boosted trees (scikit-learn) on what a line through the ratings leaves of the margin.

The line extrapolates to mismatches that no tree has seen; the trees add what is not linear: season phase, rest,
uncertainty of the ratings, place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
from tipoff import Fitted

from tipoff_models.arrays import answer, column, filled, link_sd, matrix, means, number, numbers
from tipoff_models.columns import BOOSTING, LINEAR

if TYPE_CHECKING:
    import pyarrow as pa
    from sklearn.ensemble import HistGradientBoostingRegressor
    from tipoff import FitContext

    from tipoff_models.arrays import Floats

_NAMES = tuple(name.rpartition(".")[2] for name in BOOSTING)
_LINE = tuple(name.rpartition(".")[2] for name in LINEAR)

_HELD_OUT = 0.4
"""Share of the games, the latest, on which the spread is measured: that of games fitted on would be too small."""


def fit(context: FitContext) -> Fitted:
    """Fits twice: on the earlier games to measure the spread on the later ones, then on all."""
    games = context.games
    names = [name for name in _NAMES if np.isfinite(column(games, name)).any()]  # scikit-learn refuses an empty column
    inputs, line = matrix(games, names), matrix(games, _LINE)
    margin, won = column(games, "margin"), column(games, "home_win")
    early = int(len(margin) * (1.0 - _HELD_OUT))
    typical = means(line[:early])
    weights, trees = _fit(inputs[:early], filled(line[:early], typical), margin[:early], context)
    forecast = filled(line[early:], typical) @ weights + trees.predict(inputs[early:])
    margin_sd, link = float(np.sqrt(np.square(margin[early:] - forecast).mean())), link_sd(forecast, won[early:])
    typical = means(line)
    weights, trees = _fit(inputs, filled(line, typical), margin, context)
    return Fitted(
        state={
            "names": list(names),
            "typical": typical.tolist(),
            "weights": weights.tolist(),
            "margin_sd": margin_sd,
            "link_sd": link,
        },
        estimators={"residual": trees},
        card={"games": len(margin), "held_out_games": len(margin) - early, "trees": int(trees.n_iter_)},
    )


def predict(fitted: Fitted, games: pa.Table) -> pa.Table:
    """Normal margins around line plus trees."""
    trees = cast("HistGradientBoostingRegressor", fitted.estimators["residual"])
    names = cast("list[str]", fitted.state["names"])
    margin = filled(matrix(games, _LINE), numbers(fitted, "typical")) @ numbers(fitted, "weights")
    if games.num_rows:
        margin = margin + trees.predict(matrix(games, names))
    return answer(margin, number(fitted, "margin_sd"), number(fitted, "link_sd"))


def _fit(
    inputs: Floats, line: Floats, margin: Floats, context: FitContext
) -> tuple[Floats, HistGradientBoostingRegressor]:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    weights: Floats = np.linalg.lstsq(line, margin, rcond=None)[0].astype(np.float64)
    params: Mapping[str, object] = context.params
    trees = HistGradientBoostingRegressor(early_stopping=False, random_state=context.seed, **params)
    with threadpool_limits(1, user_api="openmp"):  # the same bits on any machine, and no slower on so few games
        return weights, trees.fit(inputs, margin - line @ weights)
