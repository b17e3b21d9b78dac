"""Models for the tests of the engine: small, honest, and able to say how often they were fitted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from sklearn.ensemble import HistGradientBoostingRegressor
from tipoff.contracts import FitContext, Fitted
from tipoff.modelling.metrics import FloatArray, normal_cdf

FITS: list[int] = []
"""Games of each fit so far."""


def fit_line(context: FitContext) -> Fitted:
    """Margin = level + slope · gap."""
    FITS.append(context.games.num_rows)
    gap, margin = column(context.games, "gap"), column(context.games, "margin")
    slope, level = np.polyfit(gap, margin, 1)
    sd = float(np.std(margin - level - slope * gap))
    return Fitted(state={"level": float(level), "slope": float(slope), "sd": sd}, card={"games": len(gap)})


def predict_line(fitted: Fitted, games: pa.Table) -> pa.Table:
    margin = number(fitted, "level") + number(fitted, "slope") * column(games, "gap")
    return answer(margin, number(fitted, "sd"))


def fit_scaled(context: FitContext) -> Fitted:
    """The line with its margin scaled by a parameter; 1 is best, and `offset` does nothing."""
    fitted = fit_line(context)
    scale = context.params["scale"]
    assert isinstance(scale, float | int)
    state = {"level": number(fitted, "level") * scale, "slope": number(fitted, "slope") * scale}
    return Fitted(state={**state, "sd": number(fitted, "sd")})


def fit_rate(context: FitContext) -> Fitted:
    """The home team's share of wins, whoever plays."""
    FITS.append(context.games.num_rows)
    margin = column(context.games, "margin")
    return Fitted(state={"margin": float(margin.mean()), "sd": float(margin.std())})


def predict_rate(fitted: Fitted, games: pa.Table) -> pa.Table:
    return answer(np.full(games.num_rows, number(fitted, "margin")), number(fitted, "sd"))


def fit_tree(context: FitContext) -> Fitted:
    """Gradient boosting on the gap."""
    FITS.append(context.games.num_rows)
    trees = HistGradientBoostingRegressor(max_iter=10, max_leaf_nodes=4, random_state=context.seed)
    trees.fit(column(context.games, "gap").reshape(-1, 1), column(context.games, "margin"))
    return Fitted(state={"sd": 11.0}, estimators={"margin": trees})


def predict_tree(fitted: Fitted, games: pa.Table) -> pa.Table:
    trees = fitted.estimators["margin"]
    assert isinstance(trees, HistGradientBoostingRegressor)
    return answer(trees.predict(column(games, "gap").reshape(-1, 1)), number(fitted, "sd"))


def fit_stack(context: FitContext) -> Fitted:
    """Margin = slope · the line's margin."""
    FITS.append(context.games.num_rows)
    said, margin = column(context.games, "line_margin"), column(context.games, "margin")
    slope = float((said * margin).sum() / (said * said).sum())
    return Fitted(state={"slope": slope, "sd": float(np.std(margin - slope * said))})


def predict_stack(fitted: Fitted, games: pa.Table) -> pa.Table:
    return answer(number(fitted, "slope") * column(games, "line_margin"), number(fitted, "sd"))


def fit_raises(context: FitContext) -> Fitted:
    raise ZeroDivisionError(f"{context.games.num_rows} games")


def predict_certain(fitted: Fitted, games: pa.Table) -> pa.Table:
    return answer(np.full(games.num_rows, 3.0), 10.0).set_column(0, "home_win_prob", pa.array([1.0] * len(games)))


def number(fitted: Fitted, name: str) -> float:
    value = fitted.state[name]
    assert isinstance(value, float)
    return value


def column(games: pa.Table, name: str) -> FloatArray:
    values: FloatArray = games[name].to_numpy().astype(np.float64)
    return values


def answer(margin: FloatArray, sd: float) -> pa.Table:
    probability = np.clip(normal_cdf(margin / sd), 1e-6, 1 - 1e-6)
    return pa.table({"home_win_prob": probability, "margin": margin, "margin_sd": np.full(len(margin), float(sd))})


def fit_ends_the_process(context: FitContext) -> Fitted:
    raise SystemExit("enough")
