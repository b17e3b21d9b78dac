"""Team box scores that add up: ``2 * field goals + three-pointers + free throws`` is the score.

The score is given; attempts, rebounds and turnovers follow from it, from the possessions played and from each
team's style. A whole season is drawn at once, an array element a game and side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tipoff_espn.server.model import TeamBox

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Style:
    """Each team's habits in one season.

    Args:
        three_share: of its field-goal attempts.
        free_throw_share: of its points.
        free_throws: share made.
        offensive_rebounds: share of its own misses.
        turnovers: per possession.
        assists: per field goal.
    """

    three_share: Floats
    free_throw_share: Floats
    free_throws: Floats
    offensive_rebounds: Floats
    turnovers: Floats
    assists: Floats


def make_style(rng: np.random.Generator, offense: Floats) -> Style:
    """Habits of teams of the given offence: good ones lose the ball less and get more rebounds."""
    teams = len(offense)
    return Style(
        three_share=rng.normal(0.38, 0.04, teams),
        free_throw_share=rng.normal(0.185, 0.018, teams),
        free_throws=rng.normal(0.72, 0.025, teams),
        offensive_rebounds=rng.normal(0.29, 0.03, teams) + 0.002 * offense,
        turnovers=rng.normal(0.165, 0.014, teams) - 0.0012 * offense,
        assists=rng.normal(0.52, 0.04, teams),
    )


def draw_boxes(
    rng: np.random.Generator, style: Style, teams: Ints, points: Ints, possessions: Floats
) -> list[tuple[TeamBox, TeamBox]]:
    """Box scores of games.

    Args:
        rng: of the season's box scores.
        style: habits by team.
        teams: (games, 2) home and away team.
        points: (games, 2) their scores.
        possessions: (games,) played by each side, overtimes included.

    Returns:
        Home and away box score of each game.
    """
    shape = points.shape
    pace = possessions[:, None] * np.ones((1, 2))

    def rate(values: Floats, spread: float, low: float, high: float) -> Floats:
        return np.clip(values[teams] + rng.normal(0, spread, shape), low, high)

    free_made, three_made, two_made = _split_points(
        rng, points, rate(style.free_throw_share, 0.055, 0.02, 0.4), rate(style.three_share, 0.05, 0.15, 0.65), pace
    )
    made = two_made + three_made
    free_tried = _attempts(free_made, rate(style.free_throws, 0.07, 0.45, 0.95))
    losses = np.rint(pace * rate(style.turnovers, 0.035, 0.05, 0.32)).astype(np.int64)
    own_boards = rate(style.offensive_rebounds, 0.065, 0.08, 0.55)
    tried = np.rint((pace - losses - 0.475 * free_tried - own_boards * made) / (1 - own_boards)).astype(np.int64)
    tried = np.maximum(np.minimum(tried, np.rint(1.2 * pace).astype(np.int64)), made + 10)
    wanted = np.rint(tried * rate(style.three_share, 0.05, 0.15, 0.65)).astype(np.int64)
    three_tried = np.clip(np.maximum(wanted, np.rint(three_made / 0.5).astype(np.int64)), three_made, tried - two_made)
    misses = tried - made
    offensive = np.rint(misses * own_boards).astype(np.int64)
    other = slice(None, None, -1)
    defensive = rng.binomial((misses - offensive)[:, other], 0.97)
    team_losses = np.minimum(rng.binomial(1, 0.35, shape), losses)
    steals = rng.binomial(losses[:, other], 0.52)
    blocks = rng.binomial((tried - three_tried - two_made)[:, other], 0.16)
    fouls = np.minimum(np.rint(free_tried[:, other] * 0.72).astype(np.int64) + rng.binomial(8, 0.5, shape), 32)
    assists = rng.binomial(made, np.clip(style.assists[teams], 0.3, 0.75))
    paint = 2 * rng.binomial(two_made, 0.68)
    fast = np.minimum(rng.poisson(9, shape), points // 3)
    off_losses = np.minimum(rng.poisson(1.05 * losses[:, other]), points // 2)
    margin = points - points[:, other]
    lead = np.maximum(np.maximum(margin, 0) + rng.poisson(4, shape), np.where(margin < 0, 0, 1))
    changes = rng.poisson(5, len(points))[:, None] * np.ones((1, 2), dtype=np.int64)
    share = np.clip(rng.normal(50 + 2.6 * margin[:, 0], 12), 1, 97).astype(np.int64)
    led = np.stack([share, np.maximum(98 - share, 0)], axis=1)
    columns = (
        points, made, tried, three_made, three_tried, free_made, free_tried, offensive, defensive, assists, blocks,
        losses, steals, losses - team_losses, team_losses, fouls, paint, fast, off_losses, lead, changes, led,
    )  # fmt: skip
    table = np.stack(columns, axis=-1).astype(np.int64).tolist()
    return [(TeamBox(*home), TeamBox(*away)) for home, away in table]


def _split_points(
    rng: np.random.Generator, points: Ints, free_share: Floats, three_share: Floats, pace: Floats
) -> tuple[Ints, Ints, Ints]:
    """Free throws, three-pointers and two-pointers made, adding up to `points`."""
    free = np.rint(points * free_share).astype(np.int64)
    threes = np.rint(0.86 * pace * three_share * rng.normal(0.34, 0.06, points.shape) * (points / pace) / 1.05)
    threes = np.clip(threes.astype(np.int64), 0, (points - free) // 3)
    odd = (points - free - 3 * threes) % 2
    free = np.where((odd == 1) & (free > 0), free - 1, free + odd)
    rest = points - free - 3 * threes
    short = rest < 0
    threes = np.where(short, threes - 1, threes)
    rest = np.where(short, rest + 3, rest)
    free = np.where(short, free - rest % 2, free)
    rest = points - free - 3 * threes
    return free, threes, rest // 2


def _attempts(made: Ints, share: Floats) -> Ints:
    return np.maximum(made, np.rint(made / share).astype(np.int64))
