from __future__ import annotations

import numpy as np
import pytest
from tipoff_features import elo
from tipoff_features.season import Games


def test_win_probability() -> None:
    assert elo.win_probability(0.0) == 0.5
    assert elo.win_probability(400.0) == pytest.approx(10 / 11)
    assert elo.win_probability(-120.0) == pytest.approx(1 - elo.win_probability(120.0))


def test_shift_by_hand() -> None:
    # The home team, 100 points ahead, wins by 10: 13^0.8 = 7.7831, over 7.5 + 0.6 = 0.96088; it was expected to win
    # with probability 1 / (1 + 10^-0.25) = 0.64006, so it gains 55 · 0.96088 · 0.35994.
    assert elo.shift(100.0, 10.0) == pytest.approx(19.022, abs=0.002)
    # The same game lost by 10: 7.7831 / (7.5 − 0.6) = 1.12799, and 55 · 1.12799 · −0.64006.
    assert elo.shift(100.0, -10.0) == pytest.approx(-39.709, abs=0.002)
    assert elo.shift(-50.0, 7.0) == pytest.approx(-elo.shift(50.0, -7.0)), "it does not matter who is called home"


def test_run_shows_ratings_of_the_morning_and_moves_both_teams_alike() -> None:
    games = Games(
        day=np.array([1, 1, 2]),
        home=np.array([0, 2, 0]),
        away=np.array([1, 1, 2]),
        host=np.array([1.0, 0.0, 1.0]),
        played=np.array([True, True, False]),
        margin=np.array([10.0, -3.0, np.nan]),
    )
    before, after = elo.run(games, np.array([1500.0, 1500.0, 1600.0]))
    np.testing.assert_array_equal(before[:2], [[1500, 1500], [1600, 1500]])
    first, second = elo.shift(elo.HOME, 10.0), elo.shift(100.0, -3.0)
    np.testing.assert_allclose(after, [1500 + first, 1500 - first - second, 1600 + second])
    np.testing.assert_array_equal(before[2], [after[0], after[2]])
    assert after.sum() == pytest.approx(4600), "what one gains the other loses"


def test_summer() -> None:
    last = np.array([1700.0, 1400.0])
    np.testing.assert_allclose(
        elo.after_summer(last, np.array([1, -1, 0])),
        [1500 - elo.CARRY * 100, elo.NEWCOMER, 1500 + elo.CARRY * 200],
    )
    np.testing.assert_array_equal(elo.after_summer(np.empty(0), np.array([-1, -1])), [1500.0] * 2)


def test_figures_that_were_chosen_by_seasons_that_are_over() -> None:
    """A summer takes three twentieths of what a team was away from the middle; who is new starts well below it."""
    assert elo.after_summer(np.array([1700.0, 1400.0]), np.array([0, 1, -1])).tolist() == [1670.0, 1415.0, 1300.0]
    one = Games(np.array([1]), np.array([0]), np.array([1]), np.ones(1), np.ones(1, bool), np.array([10.0]))
    _, after = elo.run(one, np.array([1500.0, 1500.0]))
    # 90 points ahead at home, so expected to win with 1 / (1 + 10^-0.225) = 0.62671: 55 · 7.7831 / 8.04 · 0.37329.
    assert after.tolist() == pytest.approx([1519.875, 1480.125], abs=0.01)
