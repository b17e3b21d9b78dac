"""Baseline: the home team's base rate. Whoever cannot beat it has learned nothing about the teams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tipoff import Fitted

from tipoff_models.arrays import SMALLEST, Floats, column, number

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import FitContext


def fit(context: FitContext) -> Fitted:
    """Share of wins, mean and spread of the margin: at home, and at neutral sites.

    The shares are Laplace's (one win and one loss more than there were), so that they are never 0 or 1.
    """
    neutral = _neutral(context.games)
    margin, won = column(context.games, "margin"), column(context.games, "home_win")
    state: dict[str, float] = {}
    for place, here in (("home", ~neutral), ("neutral", neutral)):
        some = here if here.sum() > 1 else np.ones_like(here)
        state[f"{place}_win_share"] = float((won[some].sum() + 1.0) / (some.sum() + 2.0))
        state[f"{place}_margin"] = float(margin[some].mean())
        state[f"{place}_margin_sd"] = float(max(margin[some].std(), 1.0))
    return Fitted(state=dict(state), card={"games": context.games.num_rows, "neutral_games": int(neutral.sum())})


def predict(fitted: Fitted, games: pa.Table) -> pa.Table:
    """The same for every game at the same kind of place."""
    import pyarrow as pa

    neutral = _neutral(games)

    def by_place(name: str) -> Floats:
        return np.where(neutral, number(fitted, f"neutral_{name}"), number(fitted, f"home_{name}"))

    return pa.table(
        {
            "home_win_prob": np.clip(by_place("win_share"), SMALLEST, 1.0 - SMALLEST),
            "margin": by_place("margin"),
            "margin_sd": by_place("margin_sd"),
        }
    )


def _neutral(games: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.nan_to_num(column(games, "neutral_site")) > 0.5
