"""A bookmaker who knows the truth up to an error: opening and closing prices of each game."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tipoff_espn.server.model import Line, Odds
from tipoff_espn.server.simulated.strength import win_probability

CLOSE_ERROR, OPEN_ERROR = 1.2, 1.6
"""Standard deviation of the closing spread around the truth, and of the opening one around the closing one."""
TOTAL_CLOSE_ERROR, TOTAL_OPEN_ERROR = 2.5, 2.0
VIG = 0.045


def draw_odds(rng: np.random.Generator, margin: npt.NDArray[np.float64], total: npt.NDArray[np.float64]) -> list[Odds]:
    """Prices of games with the given true expectations."""
    count = len(margin)
    close = margin + rng.normal(0, CLOSE_ERROR, count)
    opened = close + rng.normal(0, OPEN_ERROR, count)
    close_total = total + rng.normal(0, TOTAL_CLOSE_ERROR, count)
    open_total = close_total + rng.normal(0, TOTAL_OPEN_ERROR, count)
    juice = rng.integers(-6, 7, (count, 2, 2)).tolist()
    return [
        Odds(_line(o, ot, j[0]), _line(c, ct, j[1]))
        for o, ot, c, ct, j in zip(
            opened.tolist(), open_total.tolist(), close.tolist(), close_total.tolist(), juice, strict=True
        )
    ]


def _line(margin: float, total: float, juice: list[int]) -> Line:
    # A half point each time: a whole one would allow a tie with the spread.
    spread = -(np.floor(margin) + 0.5)
    chance = win_probability(margin)
    return Line(
        spread=float(spread),
        total=float(np.floor(total) + 0.5),
        home_moneyline=_moneyline(chance),
        away_moneyline=_moneyline(1 - chance),
        home_spread_odds=-110 - juice[0],
        away_spread_odds=-110 + juice[0],
        over_odds=-110 - juice[1],
        under_odds=-110 + juice[1],
    )


def _moneyline(chance: float) -> int:
    """American odds of a chance, the bookmaker's share added."""
    priced = min(max(chance * (1 + VIG), 0.005), 0.995)
    if priced >= 0.5:
        return -round(100 * priced / (1 - priced))
    return round(100 * (1 - priced) / priced)
