"""How much more than expected each team makes of its home games, and of its games on the road."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tipoff_features.season import Floats, Games

KEEP = 0.995
"""What is left of a game's weight after each further game of its kind: some seasons are remembered."""
SHRINK = 25.0
"""Games of no surprise that every team is taken to have played; most of what one season shows is luck."""


class Surprise(NamedTuple):
    """One season's games, the names of its teams, and margin minus the margin that was expected, NaN if not played."""

    games: Games
    teams: Sequence[str]
    margin: Floats


def edges(past: Iterable[Surprise], season: Surprise) -> Floats:
    """Points beyond what was expected, as of the morning of each game's day.

    Args:
        past: seasons before, oldest first.
        season: the season to compute.

    Returns:
        Shape (games, 2 sides, 2): of each side's home games, and of its games on the road. 0 where nothing is known.
    """
    total: dict[tuple[str, int], float] = {}
    weight: dict[tuple[str, int], float] = {}

    def learn(of: Surprise, first: int, stop: int) -> None:
        hosted = (of.games.host[first:stop] > 0) & ~np.isnan(of.margin[first:stop])
        for game in (np.flatnonzero(hosted) + first).tolist():
            surprise = float(of.margin[game])
            for kind, team, value in (
                (0, of.teams[of.games.home[game]], surprise),
                (1, of.teams[of.games.away[game]], -surprise),
            ):
                total[team, kind] = KEEP * total.get((team, kind), 0.0) + value
                weight[team, kind] = KEEP * weight.get((team, kind), 0.0) + 1.0

    for each in past:
        learn(each, 0, len(each.games.day))
    out = np.zeros((len(season.games.day), 2, 2))
    for day in season.games.days():
        for game in range(day.start, day.stop):
            for side, index in enumerate((season.games.home[game], season.games.away[game])):
                for kind in (0, 1):
                    key = (season.teams[index], kind)
                    if key in total:
                        out[game, side, kind] = total[key] / (weight[key] + SHRINK)
        learn(season, day.start, day.stop)
    return out
