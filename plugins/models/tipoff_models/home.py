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
    """Share of wins, mean and spread of the margin: at home, at neutral sites, and over all where that is not known.

    The shares are Laplace's (one win and one loss more than there were), so that they are never 0 or 1.
    """
    neutral = column(context.games, "neutral_site")
    margin, won = column(context.games, "margin"), column(context.games, "home_win")
    state: dict[str, float] = {}
    for place, here in (("home", neutral < 0.5), ("neutral", neutral > 0.5), ("some", np.ones(len(won), dtype=bool))):
        some = here if here.sum() > 1 else np.ones_like(here)
        state[f"{place}_win_share"] = float((won[some].sum() + 1.0) / (some.sum() + 2.0))
        state[f"{place}_margin"] = float(margin[some].mean())
        state[f"{place}_margin_sd"] = float(max(margin[some].std(), 1.0))
    return Fitted(state=dict(state), card={"games": len(won), "neutral_games": int((neutral > 0.5).sum())})


def predict(fitted: Fitted, games: pa.Table) -> pa.Table:
    """The same for every game at the same kind of place."""
    import pyarrow as pa

    neutral = column(games, "neutral_site")

    def by_place(name: str) -> Floats:
        home, elsewhere, some = (number(fitted, f"{place}_{name}") for place in ("home", "neutral", "some"))
        return np.where(neutral > 0.5, elsewhere, np.where(neutral < 0.5, home, some))

    return pa.table(
        {
            "home_win_prob": np.clip(by_place("win_share"), SMALLEST, 1.0 - SMALLEST),
            "margin": by_place("margin"),
            "margin_sd": by_place("margin_sd"),
        }
    )
