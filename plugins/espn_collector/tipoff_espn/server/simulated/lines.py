"""Players' lines of one game, adding up to the team's box score; drawn on demand, a generator for each game."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tipoff_espn.server.model import Athlete, PlayerLine, TeamBox

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STARTERS = 5
FOUL_LIMIT = 5
_INSIDE = {"G": (0.6, 0.5), "F": (1.2, 1.1), "C": (1.7, 1.8)}
"""How much of the rebounds and of the blocks a position gets."""
_OUTSIDE = {"G": (1.3, 1.6), "F": (0.8, 0.8), "C": (0.25, 0.5)}
"""How much of the three-pointers and of the assists."""
_ROTATION = np.array([0.85, 0.8, 0.75, 0.7, 0.64, 0.48, 0.36, 0.24, 0.14, 0.06])
"""Usual share of a game on the floor, by place in the order of skill."""


def draw_lines(
    rng: np.random.Generator, roster: Sequence[Athlete], skill: Floats, box: TeamBox, minutes: int
) -> list[PlayerLine]:
    """Lines of everyone on `roster` (best player first), those who did not play at the end.

    Args:
        rng: of this game and side.
        roster: the team, best first.
        skill: of each, offence in points per 100 possessions.
        box: what the lines add up to.
        minutes: of a player who never sits (40, and 5 for each overtime).
    """
    used = min(len(roster), int(rng.integers(8, 11)))
    played = _minutes(rng, used, minutes)
    share = played / played.sum()
    names = [athlete.position or "F" for athlete in roster[:used]]
    use = share * np.exp(0.07 * skill[:used])
    outside = np.array([_OUTSIDE[name] for name in names])
    inside = np.array([_INSIDE[name] for name in names])

    def split(total: int, weight: Floats) -> list[int]:
        return [int(n) for n in rng.multinomial(total, weight / weight.sum())]

    def made_of(tried: list[int], made: int) -> list[int]:
        return [int(n) for n in rng.multivariate_hypergeometric(tried, made, method="marginals")]

    three_tried = split(box.three_points_attempted, use * outside[:, 0])
    two_tried = split(box.field_goals_attempted - box.three_points_attempted, use)
    free_tried = split(box.free_throws_attempted, use)
    three_made = made_of(three_tried, box.three_points_made)
    two_made = made_of(two_tried, box.field_goals_made - box.three_points_made)
    free_made = made_of(free_tried, box.free_throws_made)
    offensive = split(box.offensive_rebounds, share * inside[:, 0])
    defensive = split(box.defensive_rebounds, share * inside[:, 0])
    assists = split(box.assists, use * outside[:, 1])
    turnovers = split(box.turnovers or 0, use)
    steals = split(box.steals or 0, share)
    blocks = split(box.blocks, share * inside[:, 1])
    fouls = made_of([FOUL_LIMIT] * used, min(box.fouls or 0, FOUL_LIMIT * used))
    lines = [
        PlayerLine(
            athlete=roster[n],
            starter=n < STARTERS,
            minutes=int(played[n]),
            points=2 * two_made[n] + 3 * three_made[n] + free_made[n],
            field_goals_made=two_made[n] + three_made[n],
            field_goals_attempted=two_tried[n] + three_tried[n],
            three_points_made=three_made[n],
            three_points_attempted=three_tried[n],
            free_throws_made=free_made[n],
            free_throws_attempted=free_tried[n],
            offensive_rebounds=offensive[n],
            defensive_rebounds=defensive[n],
            assists=assists[n],
            turnovers=turnovers[n],
            steals=steals[n],
            blocks=blocks[n],
            fouls=fouls[n],
        )
        for n in range(used)
    ]
    return lines + [PlayerLine(athlete, starter=False, minutes=0) for athlete in roster[used:]]


def _minutes(rng: np.random.Generator, used: int, most: int) -> Ints:
    """Whole minutes, at least 1 and at most `most` each, five times `most` in all."""
    weight = _ROTATION[:used] * np.exp(rng.normal(0, 0.15, used))
    minutes: Ints = np.clip(np.floor(weight / weight.sum() * STARTERS * most), 1, most - 1).astype(np.int64)
    left = STARTERS * most - int(minutes.sum())
    place = 0
    while left:
        step = 1 if left > 0 else -1
        if 1 <= minutes[place % used] + step <= most:
            minutes[place % used] += step
            left -= step
        place += 1
    return minutes
