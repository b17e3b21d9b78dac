"""Elo ratings of teams, game by game, and carried over the summer.

The figures were chosen by the log loss of seasons 2016 to 2018.
"""

from __future__ import annotations

import math

import numpy as np

from tipoff_features.season import Floats, Games, Ints

START = 1500.0
K_FACTOR = 55.0
HOME = 90.0
"""Home-court advantage in Elo points."""
CARRY = 0.85
"""Share of a team's distance from `START` that lasts over the summer."""
NEWCOMER = 1300.0
"""Where a team starts that did not play the season before, while others did."""


def win_probability(difference: float) -> float:
    """Probability of winning at a rating difference (Elo, The Rating of Chessplayers, 1978)."""
    return 1.0 / (1.0 + math.pow(10.0, -difference / 400.0))


def shift(difference: float, margin: float) -> float:
    """What the home team gains and the away team loses.

    The margin counts with FiveThirtyEight's multiplier for basketball: (|margin| + 3)^0.8 over 7.5 plus 0.006
    times the winner's rating advantage, which keeps favourites from running away
    (https://fivethirtyeight.com/features/how-we-calculate-nba-elo-ratings/).

    Args:
        difference: home rating minus away rating, home-court advantage included.
        margin: home points minus away points.
    """
    won = 1.0 if margin > 0 else 0.0
    advantage = difference if won else -difference
    multiplier = math.pow(abs(margin) + 3.0, 0.8) / (7.5 + 0.006 * advantage)
    return K_FACTOR * multiplier * (won - win_probability(difference))


def run(games: Games, start: Floats) -> tuple[Floats, Floats]:
    """Ratings of both sides before each game, shape (games, 2), and of every team after the last.

    Args:
        games: the season.
        start: rating of each team before the first game.
    """
    rating, before = start.copy(), np.empty((len(games.day), 2))
    for day in games.days():
        before[day, 0], before[day, 1] = rating[games.home[day]], rating[games.away[day]]
        for game in range(day.start, day.stop):
            if games.played[game]:
                difference = before[game, 0] - before[game, 1] + HOME * games.host[game]
                gain = shift(float(difference), float(games.margin[game]))
                rating[games.home[game]] += gain
                rating[games.away[game]] -= gain
    return before, rating


def after_summer(last: Floats, before: Ints) -> Floats:
    """Ratings at the start of a season.

    Args:
        last: ratings at the end of the last one; empty where there is none, and then everybody starts level.
        before: the position in `last` of each of this season's teams, −1 for one that did not play then.
    """
    if not len(last):
        return np.full(len(before), START)
    return np.where(before >= 0, START + CARRY * (last[before] - START), NEWCOMER)
