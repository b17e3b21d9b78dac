"""Drawing a game's score from its true expectation.

The margin ``m`` is Normal(mu, MARGIN_SD) rounded to the nearest whole number, where a 0 becomes the side of 0
that ``m`` was on. So the home team wins exactly when ``m > 0``. The total is drawn independently, and a game
close at the end has gone to overtime with a probability that falls with the final margin (about 6 % of games).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tipoff_espn.server.model import Result
from tipoff_espn.server.simulated.strength import MARGIN_SD

Floats = npt.NDArray[np.float64]

TOTAL_SD = 14.0
OVERTIME_SHARE, OVERTIME_DECAY = 0.22, 6.0
"""P(overtime) = share * exp(-|margin| / decay)."""
ANOTHER_OVERTIME = 0.17
MAX_OVERTIMES = 6
LOWEST_SCORE = 32


def play(rng: np.random.Generator, margin: Floats, total: Floats, capacity: Floats) -> list[Result]:
    """Results of games with the given expectations, in order; `capacity` bounds the attendance."""
    count = len(margin)
    latent = rng.normal(margin, MARGIN_SD)
    rounded = np.rint(latent)
    margins = np.where(rounded == 0, np.where(latent > 0, 1, -1), rounded).astype(np.int64)
    totals = rng.normal(total, TOTAL_SD)
    overtime = rng.random(count) < OVERTIME_SHARE * np.exp(-np.abs(margins) / OVERTIME_DECAY)
    home = np.rint((totals + margins) / 2).astype(np.int64)
    home += np.maximum(0, LOWEST_SCORE - np.minimum(home, home - margins))
    away = home - margins
    halves = rng.normal(0.47, 0.045, (count, 2))
    crowd = np.rint(capacity * np.clip(rng.normal(0.72, 0.18, count), 0.1, 1)).astype(np.int64)
    first = np.clip(np.rint(np.stack([home, away], axis=1) * halves), 8, None).astype(np.int64).tolist()
    results = []
    for h, a, one, extra, crowd_size in zip(
        home.tolist(), away.tolist(), first, overtime.tolist(), crowd.tolist(), strict=True
    ):
        if extra:
            results.append(_overtime(rng, (h + a) // 2, h - a, (one[0] / h, one[1] / a), crowd_size))
        else:
            results.append(Result(h, a, 0, (one[0], h - one[0]), (one[1], a - one[1]), crowd_size))
    return results


def in_quarters(rng: np.random.Generator, results: list[Result]) -> list[Result]:
    """The same results with each half as two quarters."""
    shares = np.clip(rng.normal(0.5, 0.06, (len(results), 2, 2)), 0.2, 0.8).tolist()
    return [
        replace(
            result,
            home_periods=_quarters(result.home_periods, first),
            away_periods=_quarters(result.away_periods, second),
        )
        for result, (first, second) in zip(results, shares, strict=True)
    ]


def _quarters(periods: tuple[int, ...] | None, shares: list[float]) -> tuple[int, ...] | None:
    if periods is None:
        return None
    firsts = [round(points * share) for points, share in zip(periods, shares, strict=False)]
    return (firsts[0], periods[0] - firsts[0], firsts[1], periods[1] - firsts[1], *periods[2:])


def _overtime(rng: np.random.Generator, tied: int, margin: int, first: tuple[float, float], crowd: int) -> Result:
    """A game tied at `tied` after regulation, with `margin` at the end; `first` are the first halves' shares."""
    home, away = ([round(tied * share)] for share in first)
    home.append(tied - home[0])
    away.append(tied - away[0])
    overtimes = 1
    while overtimes < MAX_OVERTIMES and rng.random() < ANOTHER_OVERTIME:
        both = int(rng.integers(4, 13))
        home.append(both)
        away.append(both)
        overtimes += 1
    loser = int(rng.integers(3, 11))
    home.append(loser + max(margin, 0))
    away.append(loser + max(-margin, 0))
    return Result(sum(home), sum(away), overtimes, tuple(home), tuple(away), crowd)
