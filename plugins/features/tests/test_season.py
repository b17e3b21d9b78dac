from __future__ import annotations

import numpy as np
import pytest
from tipoff_features.season import Games, trailing_mean


def games(day: list[int], home: list[int], away: list[int], margin: list[float]) -> Games:
    margins = np.array(margin)
    return Games(np.array(day), np.array(home), np.array(away), np.ones(len(day)), ~np.isnan(margins), margins)


def test_days_are_the_runs_of_one_day() -> None:
    assert games([3, 3, 5, 6, 6], [0] * 5, [1] * 5, [1.0] * 5).days() == [slice(0, 2), slice(2, 3), slice(3, 5)]
    assert games([], [], [], []).days() == []
    assert games([], [], [], []).teams() == 0


def test_trailing_mean_counts_earlier_days_and_played_games_only() -> None:
    season = games([1, 2, 2, 3, 4], [0, 0, 1, 1, 0], [1, 2, 2, 0, 2], [8.0, 2.0, 5.0, np.nan, 1.0])
    values = np.stack([season.margin, -season.margin], axis=1)
    mean = trailing_mean(season, values, np.inf)
    expected = [
        [np.nan, np.nan],  # nobody has played
        [8.0, np.nan],
        [-8.0, np.nan],  # the other game of the day does not count
        [(-8 + 5) / 2, (8 + 2) / 2],
        [(8 + 2) / 2, (-2 - 5) / 2],  # the unplayed game does not count
    ]
    np.testing.assert_array_equal(mean, expected)


def test_trailing_mean_halves_the_weight_after_its_half_life() -> None:
    season = games([1, 2, 3], [0, 0, 0], [1, 1, 1], [10.0, 4.0, 0.0])
    values = np.stack([season.margin, -season.margin], axis=1)
    assert trailing_mean(season, values, 1.0)[2, 0] == (10 * 0.5 + 4) / (0.5 + 1)
    assert trailing_mean(season, values, 2.0)[2, 0] == pytest.approx((10 * 0.5**0.5 + 4) / (0.5**0.5 + 1))
