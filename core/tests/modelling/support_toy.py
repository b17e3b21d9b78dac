"""Models for the tests of the engine: small, honest, and able to say how often they were fitted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.ensemble import HistGradientBoostingRegressor
from tipoff import clock
from tipoff.contracts import FeatureContext, FitContext, Fitted
from tipoff.modelling.metrics import FloatArray, normal_cdf

LEAGUE = "toy-league"

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


def strength(context: FeatureContext) -> pa.Table:
    """How far apart the teams of each game of the season are: of the league's truth, which no game tells."""
    rows = [{**row, "league": context.league} for row in schedule() if row["season"] == context.season]
    return pa.Table.from_pylist(rows).select(["league", "season", "game_id", "game_date", "tip_utc", "gap"])


def sided_strength(context: FeatureContext) -> pa.Table:
    """The same, with the sides it is computed for."""
    rows = [row for row in schedule() if row["season"] == context.season]
    sides = pa.Table.from_pylist(rows).select(["home_id", "away_id"])
    found = strength(context)
    for name in sides.column_names:
        found = found.append_column(name, sides[name])
    return found


def schedule() -> list[dict[str, Any]]:
    """Four games on every other day from 10 November to 22 February, seasons 2024 and 2025; never a tie."""
    rng = np.random.default_rng(7)
    strength = rng.normal(0.0, 8.0, 20)
    rows: list[dict[str, Any]] = []
    for season in (2024, 2025):
        day = date(season - 1, 11, 10)
        while day <= date(season, 2, 22):
            teams = rng.permutation(20)[:8]
            for place, (home, away) in enumerate(zip(teams[:4], teams[4:], strict=True)):
                gap = float(strength[home] - strength[away] + rng.normal(0.0, 2.0))
                margin = round(strength[home] - strength[away] + 3.0 + rng.normal(0.0, 10.0)) or 1
                total = 140 + (margin % 2)
                rows.append(
                    {
                        "league": LEAGUE,
                        "season": season,
                        "game_id": f"{len(rows) + 1000}",
                        "tip_utc": clock.day_start(day) + timedelta(hours=18 + place),
                        "tip_known": True,
                        "game_date": day,
                        "season_type": 2,
                        "home_id": str(home),
                        "away_id": str(away),
                        "home_score": (total + margin) // 2,
                        "away_score": (total - margin) // 2,
                        "neutral_site": False,
                        "gap": gap,
                    }
                )
            day += timedelta(days=2)
    return rows


def own_margin(context: FeatureContext) -> pa.Table:
    """What nobody knows before the tip."""
    return context.sql(
        "SELECT league, season, game_id, game_date, tip_utc, (home_score - away_score)::DOUBLE AS gap FROM games "
        "WHERE season = $season"
    )
