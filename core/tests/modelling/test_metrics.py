from __future__ import annotations

import math

import numpy as np
import pytest
from tipoff.modelling import metrics

WON = np.array([1.0, 0.0, 1.0, 0.0])
SAID = np.array([0.8, 0.4, 0.5, 0.9])


def test_log_loss_is_the_mean_surprise() -> None:
    by_hand = -(math.log(0.8) + math.log(0.6) + math.log(0.5) + math.log(0.1)) / 4
    assert metrics.log_loss(SAID, WON) == pytest.approx(by_hand, abs=1e-15)


def test_a_sure_and_wrong_forecast_costs_much_but_not_infinitely() -> None:
    assert metrics.log_loss(np.array([0.0]), np.array([1.0])) == pytest.approx(-math.log(1e-12))


def test_brier_is_the_mean_squared_difference() -> None:
    assert metrics.brier(SAID, WON) == pytest.approx((0.04 + 0.16 + 0.25 + 0.81) / 4)


def test_accuracy_counts_a_toss_up_half() -> None:
    assert metrics.accuracy(SAID, WON) == pytest.approx((1 + 1 + 0.5 + 0) / 4)


def test_errors_of_the_margin() -> None:
    said, actual = np.array([3.0, -4.0]), np.array([0.0, 0.0])
    assert metrics.mae(said, actual) == pytest.approx(3.5)
    assert metrics.rmse(said, actual) == pytest.approx(math.sqrt(12.5))


def test_coverage_counts_the_edge_as_inside() -> None:
    mean, sd = np.zeros(4), np.full(4, 10.0)
    actual = np.array([12.816, -12.9, 5.0, -19.6])
    assert metrics.coverage(mean, sd, actual, metrics.Z_80) == pytest.approx(0.5)
    assert metrics.coverage(mean, sd, actual, metrics.Z_95) == pytest.approx(1.0)


def test_without_a_deviation_there_is_no_coverage() -> None:
    assert math.isnan(metrics.coverage(np.zeros(2), np.array([10.0, np.nan]), np.zeros(2), metrics.Z_80))


def test_calibration_error_by_hand() -> None:
    # Bin 0.2–0.3: two games said 0.25, one won: off by 0.25. Bin 0.7–0.8: two said 0.75, both won: off by 0.25.
    said, won = np.array([0.25, 0.25, 0.75, 0.75]), np.array([1.0, 0.0, 1.0, 1.0])
    assert metrics.calibration_error(said, won) == pytest.approx(0.25)


def test_a_probability_of_one_is_in_the_last_bin() -> None:
    assert metrics.calibration_error(np.array([1.0, 0.95]), np.array([1.0, 1.0])) == pytest.approx(0.025)


def test_calibration_noise_is_seldom_exceeded_by_honest_forecasts() -> None:
    rng = np.random.default_rng(1)
    said = rng.uniform(0.05, 0.95, 500)
    noise = metrics.calibration_noise(said)
    errors = [metrics.calibration_error(said, (rng.uniform(size=500) < said).astype(float)) for _ in range(400)]
    assert 0.95 < np.mean(np.array(errors) < noise) < 1.0


def test_reliability_leaves_empty_bins_out() -> None:
    points = metrics.reliability(np.array([0.25, 0.27, 0.71]), np.array([1.0, 0.0, 1.0]))
    assert points == [
        {"games": 2.0, "forecast": pytest.approx(0.26), "won": 0.5},
        {"games": 1.0, "forecast": pytest.approx(0.71), "won": 1.0},
    ]


def test_a_closing_line_of_one_deviation_means_84_percent() -> None:
    said = metrics.closing_line_probability(np.array([-10.5, 0.0, 10.5]))
    assert said == pytest.approx([0.8413447, 0.5, 0.1586553], abs=1e-7)


def test_paired_interval_is_that_of_the_mean() -> None:
    difference = np.random.default_rng(3).normal(-0.02, 0.2, 2000)
    low, high = metrics.paired_interval(difference)
    half = 1.96 * difference.std() / math.sqrt(2000)
    assert low == pytest.approx(difference.mean() - half, abs=0.001)
    assert high == pytest.approx(difference.mean() + half, abs=0.001)
    assert metrics.paired_interval(difference) == (low, high)


def test_score_gathers_everything() -> None:
    scores = metrics.score(
        SAID, np.array([5.0, -2.0, 0.0, 9.0]), np.full(4, 10.0), np.array([5.0, -2.0, 1.0, -30.0]), WON
    )
    assert (scores.games, scores.coverage_95) == (4, 0.75)
    assert scores.mae == pytest.approx(10.0)
    assert scores.log_loss == metrics.log_loss(SAID, WON)


def test_score_refuses_unequal_lengths_and_no_game() -> None:
    with pytest.raises(ValueError, match="at least one game"):
        metrics.score(SAID, SAID, SAID, SAID, WON[:2])
    with pytest.raises(ValueError, match="at least one game"):
        metrics.score(*[np.array([])] * 5)


@pytest.mark.parametrize(("one_sd", "other_sd"), [(0.4, 0.1), (0.1, 0.4), (0.3, 0.3)])
def test_the_interval_of_a_difference_knows_both_samples(one_sd: float, other_sd: float) -> None:
    """Either sample may be the uncertain one: the variance of a difference of means is the sum of both."""
    rng = np.random.default_rng(5)
    one, other = rng.normal(0.6, one_sd, 500), rng.normal(0.5, other_sd, 800)
    low, high = metrics.difference_interval(one, other)
    middle, half = one.mean() - other.mean(), 1.96 * math.sqrt(one.var() / 500 + other.var() / 800)
    assert (low + high) / 2 == pytest.approx(middle, abs=0.1 * half)
    assert (high - low) / 2 == pytest.approx(half, rel=0.06)
    assert metrics.difference_interval(one, other) == (low, high)


def test_a_wider_level_is_a_wider_interval() -> None:
    rng = np.random.default_rng(6)
    one, other = rng.normal(0.6, 0.3, 500), rng.normal(0.5, 0.2, 500)
    for interval, sd in (
        (metrics.paired_interval(one, level=0.8), one.std() / math.sqrt(500)),
        (metrics.difference_interval(one, other, level=0.8), math.hypot(one.std(), other.std()) / math.sqrt(500)),
    ):
        assert interval[1] - interval[0] == pytest.approx(2 * metrics.Z_80 * sd, rel=0.06)


def test_a_long_shot_that_came_in_costs_what_it_was_said_to() -> None:
    """No floor hides that a forecast was sure and wrong."""
    said, won = np.array([0.001, 0.999]), np.array([1.0, 0.0])
    assert metrics.log_losses(said, won) == pytest.approx([math.log(1000)] * 2)


def test_the_quantiles_are_those_of_the_normal_distribution() -> None:
    covered = metrics.normal_cdf(np.array([metrics.Z_80, metrics.Z_95, metrics.Z_99_ONE_SIDED]))
    assert covered == pytest.approx([0.90, 0.975, 0.99], abs=1e-4)


def test_calibration_noise_by_hand() -> None:
    # One bin of four games said 0.5: v = 4 · 0.25 / 16, and the error's mean and variance follow from it.
    v = 4 * 0.25 / 16
    expected = math.sqrt(2 * v / math.pi) + 2.3263 * math.sqrt((1 - 2 / math.pi) * v)
    assert metrics.calibration_noise(np.full(4, 0.5)) == pytest.approx(expected)


@pytest.mark.parametrize("lacks", range(5))
def test_every_array_has_to_have_an_entry_a_game(lacks: int) -> None:
    arrays = [SAID] * 5
    arrays[lacks] = SAID[:-1]
    with pytest.raises(ValueError, match="at least one game"):
        metrics.score(*arrays)
