from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from tipoff_models.arrays import link_sd
from tipoff_models.spread import Spread, fit_spread

FEATURES = np.array([70.0, 4.0, 10.0])


def games(count: int, seed: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Margins that stray by 8 points in slow games, by 14 in fast ones."""
    chance = np.random.default_rng(seed)
    margin, pace = chance.normal(2, 9, count), chance.normal(70, 4, count)
    features = np.column_stack([pace, chance.normal(4, 0.5, count), chance.integers(0, 30, count)])
    return margin, features, margin + chance.normal(0, 1, count) * np.where(pace > 70, 14.0, 8.0)


def test_fast_games_stray_more_and_intervals_hold_what_they_should() -> None:
    margin, features, actual = games(20_000)
    spread = fit_spread(margin[:10_000], features[:10_000], actual[:10_000])
    fresh = slice(10_000, None)
    deviation = spread.scale * spread.deviation(margin[fresh], features[fresh])
    fast = features[fresh, 0] > 74
    assert deviation[fast].mean() > 1.4 * deviation[features[fresh, 0] < 66].mean()
    inside = np.abs(actual[fresh] - margin[fresh]) <= 1.2816 * deviation
    assert 0.79 < inside.mean() < 0.81


def test_the_link_makes_probabilities_true() -> None:
    margin, features, _ = games(40_000)
    chance = np.random.default_rng(8)
    # Whoever is ahead stretches the lead: decided by Φ(margin/9), but the residuals are those of 12 points.
    won = chance.random(len(margin)) < ndtr(margin / 9.0)
    actual = np.where(won, 1.0, -1.0) * np.abs(margin + chance.normal(0, 12, len(margin)))
    spread = fit_spread(margin, features, actual)
    probability = ndtr(margin / (spread.link * spread.deviation(margin, features)))
    assert np.abs(probability - ndtr(margin / 9.0)).mean() < 0.015


def test_what_is_missing_is_taken_as_usual_whatever_else_is_asked() -> None:
    margin, features, actual = games(2000)
    features[::7, 0] = np.nan
    spread = fit_spread(margin, features, actual)
    asked = np.array([[np.nan, np.nan, np.nan], [90.0, 6.0, 0.0]])
    both, alone = spread.deviation(np.array([3.0, 3.0]), asked), spread.deviation(np.array([3.0]), asked[:1])
    assert both[0] == alone[0]
    usual = Spread(spread.typical, spread.weights, 1.0, 1.0).deviation(np.array([3.0]), spread.typical[:1, 1:])
    assert alone[0] == pytest.approx(usual[0], rel=0.1)


@pytest.mark.parametrize("sd", [1.5, 12.0, 300.0])
def test_where_nothing_matters_all_games_stray_alike_however_far(sd: float) -> None:
    """The intercept is free: a penalty on it would draw every spread towards one point."""
    chance = np.random.default_rng(4)
    margin, features = np.full(3000, 2.0), np.tile(FEATURES, (3000, 1))
    actual = margin + chance.normal(0, sd, 3000)
    spread = fit_spread(margin, features, actual)
    deviation = spread.deviation(margin[:5], features[:5])
    assert deviation == pytest.approx(np.full(5, np.sqrt(np.square(actual - margin).mean())), rel=1e-6)
    away = np.abs(actual - margin) / deviation[0]
    assert spread.scale == pytest.approx((np.quantile(away, 0.8) / 1.2816 + np.quantile(away, 0.95) / 1.96) / 2)
    assert spread.scale == pytest.approx(1.0, abs=0.05), "the errors are normal"


def test_few_games_hardly_move_what_all_games_have_in_common() -> None:
    margin, features, actual = games(60)
    weights = fit_spread(margin, features, actual).weights
    many = fit_spread(*games(20_000)).weights
    assert 0 < abs(weights[2]) < abs(many[2]), "twenty games' worth of belief that pace says nothing"


def test_a_link_is_the_spread_that_makes_what_happened_likeliest() -> None:
    chance = np.random.default_rng(9)
    margin = chance.normal(0, 9, 20_000)
    won = (margin + chance.normal(0, 13.0, 20_000) > 0).astype(float)
    assert link_sd(margin, won) == pytest.approx(13.0, abs=0.5)
    assert link_sd(-margin, 1.0 - won) == pytest.approx(link_sd(margin, won), abs=1e-3), "whoever is called home"
    spread = fit_spread(margin, np.tile(FEATURES, (20_000, 1)), margin + chance.normal(0, 13.0, 20_000))
    assert spread.link == pytest.approx(1.0, abs=0.05), "where margins are normal"
