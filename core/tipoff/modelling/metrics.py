"""How good forecasts were: proper scores of the probability, errors of the margin, honesty of both.

Every function takes float64 arrays of equal length, one entry a game. ``probability`` is that of the listed home
team, ``won`` is 1.0 where that team won and 0.0 where it lost, margins are points, home minus away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

FloatArray: TypeAlias = npt.NDArray[np.float64]

CLOSING_LINE_SD = 10.5
"""Points: standard deviation of the final margin around the closing spread in men's college basketball."""

Z_80 = 1.2816
Z_95 = 1.9600
"""Standard normal quantiles at 0.90 and 0.975: half widths of the central 80 % and 95 % intervals."""

Z_99_ONE_SIDED = 2.3263

_BINS = 10
_SMALLEST = 1e-12


@dataclass(frozen=True)
class Scores:
    """All figures of one set of forecasts.

    Args:
        games: how many.
        mae: mean absolute error of the margin, points.
        rmse: root mean squared error of the margin, points.
        accuracy: share of games whose favourite won.
        log_loss: nats.
        brier: mean squared error of the probability.
        calibration_error: see `calibration_error`.
        calibration_noise: see `calibration_noise`.
        coverage_80: share of margins inside the 80 % interval; NaN without a standard deviation.
        coverage_95: likewise for 95 %.
    """

    games: int
    mae: float
    rmse: float
    accuracy: float
    log_loss: float
    brier: float
    calibration_error: float
    calibration_noise: float
    coverage_80: float
    coverage_95: float


def score(
    probability: FloatArray, margin: FloatArray, margin_sd: FloatArray, actual: FloatArray, won: FloatArray
) -> Scores:
    """Every figure at once.

    Raises:
        ValueError: no game, or arrays of different lengths.
    """
    if len({len(probability), len(margin), len(margin_sd), len(actual), len(won)}) != 1 or not len(won):
        raise ValueError("scores need at least one game, and as many forecasts as results")
    return Scores(
        games=len(won),
        mae=mae(margin, actual),
        rmse=rmse(margin, actual),
        accuracy=accuracy(probability, won),
        log_loss=log_loss(probability, won),
        brier=brier(probability, won),
        calibration_error=calibration_error(probability, won),
        calibration_noise=calibration_noise(probability),
        coverage_80=coverage(margin, margin_sd, actual, Z_80),
        coverage_95=coverage(margin, margin_sd, actual, Z_95),
    )


def log_losses(probability: FloatArray, won: FloatArray) -> FloatArray:
    """Each game's −ln of the probability given to what happened (Good, 1952), nats."""
    given = np.where(won > 0.5, probability, 1.0 - probability)
    losses: FloatArray = -np.log(np.clip(given, _SMALLEST, 1.0))
    return losses


def log_loss(probability: FloatArray, won: FloatArray) -> float:
    """Mean of `log_losses`."""
    return float(log_losses(probability, won).mean())


def brier(probability: FloatArray, won: FloatArray) -> float:
    """Mean squared difference of probability and outcome (Brier, 1950), for one of the two outcomes."""
    return float(np.square(probability - won).mean())


def accuracy(probability: FloatArray, won: FloatArray) -> float:
    """Share of games whose favourite won; a game without a favourite (0.5) counts half."""
    right = np.where(probability == 0.5, 0.5, (probability > 0.5) == (won > 0.5))
    return float(right.mean())


def mae(forecast: FloatArray, actual: FloatArray) -> float:
    """Mean absolute error."""
    return float(np.abs(forecast - actual).mean())


def rmse(forecast: FloatArray, actual: FloatArray) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.square(forecast - actual).mean()))


def coverage(mean: FloatArray, sd: FloatArray, actual: FloatArray, z: float) -> float:
    """Share of games inside ``mean ± z·sd``; NaN where any sd is missing, since then there is no interval."""
    if np.isnan(sd).any():
        return float("nan")
    return float((np.abs(actual - mean) <= z * sd).mean())


def calibration_error(probability: FloatArray, won: FloatArray) -> float:
    """Expected calibration error over 10 bins of equal width (Naeini, Cooper and Hauskrecht, 2015).

    It is the mean over games of |mean forecast − share won| in the game's bin. Equal width, so that forecasts
    that are all alike stay in one bin.
    """
    count, forecast, _ = _bins(probability, probability)
    _, happened, _ = _bins(probability, won)
    return float((count * np.abs(forecast - happened)).sum() / len(won))


def calibration_noise(probability: FloatArray) -> float:
    """What `calibration_error` stays below in about 99 of 100 cases by chance, if every probability is right.

    The share won in a bin of n games then strays from the mean forecast by a nearly normal amount of variance
    v = Σp(1−p)/n². Its absolute value has the mean √(2v/π) and the variance v(1−2/π); the error is the sum over bins,
    weighted with their games, and taken as normal again.
    """
    _, _, spread = _bins(probability, probability * (1.0 - probability))
    weighted = spread / len(probability) ** 2
    mean, variance = np.sqrt(2.0 / np.pi * weighted).sum(), (1.0 - 2.0 / np.pi) * weighted.sum()
    return float(mean + Z_99_ONE_SIDED * np.sqrt(variance))


def reliability(probability: FloatArray, won: FloatArray) -> list[dict[str, float]]:
    """The calibration plot's points: for each bin in use the games, mean forecast and share won."""
    count, forecast, _ = _bins(probability, probability)
    _, happened, _ = _bins(probability, won)
    return [
        {"games": float(n), "forecast": float(p), "won": float(w)}
        for n, p, w in zip(count, forecast, happened, strict=True)
        if n
    ]


def closing_line_probability(home_spread: FloatArray, sd: float = CLOSING_LINE_SD) -> FloatArray:
    """Home win probability that a point spread implies: Φ(−spread/sd) (Stern, 1991).

    Args:
        home_spread: points, negative when the home team is favoured.
        sd: of the margin around the spread, points.
    """
    return normal_cdf(-home_spread / sd)


def normal_cdf(values: FloatArray) -> FloatArray:
    """Standard normal distribution function."""
    result: FloatArray = ndtr(values)
    return result


def paired_interval(
    difference: FloatArray, *, level: float = 0.95, draws: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean of per-game differences (Efron and Tibshirani, 1993, chapter 13).

    Pairing is in the argument: challenger's loss minus champion's on the same game, games drawn with replacement.

    Args:
        difference: one entry a game.
        level: of the interval.
        draws: bootstrap samples.
        seed: the same differences and seed give the same interval.
    """
    rng = np.random.default_rng(seed)
    means = np.array([_resampled(difference, rng) for _ in range(draws)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def difference_interval(
    one: FloatArray, other: FloatArray, *, level: float = 0.95, draws: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap interval of the difference of means of two samples, `one` minus `other`.

    Args:
        one: one entry a game.
        other: of other games.
        level: of the interval.
        draws: bootstrap samples.
        seed: the same samples and seed give the same interval.
    """
    rng = np.random.default_rng(seed)
    means = np.array([_resampled(one, rng) - _resampled(other, rng) for _ in range(draws)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _resampled(values: FloatArray, rng: np.random.Generator) -> float:
    return float(values[rng.integers(0, len(values), len(values))].mean())


def _bins(probability: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Per bin of equal width: games, mean and sum of `values`."""
    place = np.minimum((probability * _BINS).astype(np.int64), _BINS - 1)
    count: FloatArray = np.bincount(place, minlength=_BINS).astype(np.float64)
    total: FloatArray = np.bincount(place, weights=values, minlength=_BINS).astype(np.float64)
    mean: FloatArray = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    return count, mean, total
