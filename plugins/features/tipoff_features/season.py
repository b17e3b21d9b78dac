"""One season's games as arrays, and means over a team's games so far.

Means are elementwise or summed in a fixed order, so the same games give the same bits, and games of later days move
none of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Games:
    """One season's games, ordered by day; arrays of one length.

    Args:
        day: days since 1970-01-01.
        home: index of the team listed as home.
        away: index of the other.
        host: 1 where the home team plays at home, 0 at a neutral site.
        played: whether the game has a result.
        margin: home points minus away points; NaN where not played.
    """

    day: Ints
    home: Ints
    away: Ints
    host: Floats
    played: Flags
    margin: Floats

    def days(self) -> list[slice]:
        """The games of each day, oldest first."""
        starts = np.flatnonzero(np.diff(self.day, prepend=self.day[:1] - 1))
        ends = np.append(starts[1:], len(self.day))
        return [slice(int(a), int(b)) for a, b in zip(starts, ends, strict=False)]  # no game, no day

    def teams(self) -> int:
        """One more than the largest index of a team."""
        return int(max(self.home.max(initial=-1), self.away.max(initial=-1))) + 1


def trailing_mean(games: Games, values: Floats, half_life: float) -> Floats:
    """For each game and side, the mean of the side's values in its games of earlier days.

    Args:
        games: the season.
        values: what each side made of each game, shape (games, 2); read where the game was played.
        half_life: number of games after which a game counts half; infinite for a plain mean.

    Returns:
        Shape (games, 2); NaN before a side's first game.
    """
    keep = 0.5 ** (1.0 / half_life)
    total, weight = np.zeros(games.teams()), np.zeros(games.teams())
    mean = np.full(values.shape, np.nan)
    for day in games.days():
        for side, team in enumerate((games.home[day], games.away[day])):
            np.divide(total[team], weight[team], out=mean[day, side], where=weight[team] > 0)
        for game in range(day.start, day.stop):
            if games.played[game]:
                for side, one in enumerate((games.home[game], games.away[game])):
                    total[one] = keep * total[one] + values[game, side]
                    weight[one] = keep * weight[one] + 1.0
    return mean
