"""State-space ratings: strengths of teams that drift, filtered day by day, with a prior from last season."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tipoff_features.season import Flags, Floats, Games, Ints


@dataclass(frozen=True)
class StateSpace:
    """A linear Gaussian model of what two teams make of a game (filter: Kalman, 1960; for ratings of teams:
    Glickman and Stern, A State-Space Model for National Football League Scores, JASA 1998).

    A game's quantity is home's strength + sign · away's strength + level + noise. With sign −1 the level is the
    home-court advantage, which counts only where there is a host; with sign +1 it is the league's mean.

    Several quantities share one covariance, so variances are in units of the noise variance. The figures were
    chosen by the one-day-ahead error in seasons 2016 to 2018.

    Args:
        sign: −1 for margins, +1 for totals.
        noise: standard deviation of a game's noise, for each quantity.
        prior: variance of a team's strength around its preseason prior.
        unknown: likewise, where there is no last season to go by.
        drift: variance that a team's strength gains in a day.
        level: the level before anything is known, for each quantity.
        level_prior: the level's variance.
        carry: share of last season's strength that lasts; the rest is its conference's mean.
    """

    sign: float
    noise: tuple[float, ...]
    prior: float
    unknown: float
    drift: float
    level: tuple[float, ...]
    level_prior: float
    carry: float

    def weight(self, games: Games) -> Floats:
        """How much of the level each game has."""
        return games.host if self.sign < 0 else np.ones(len(games.host))


MARGIN = StateSpace(
    sign=-1.0,
    noise=(10.5, 10.0),
    prior=0.2,
    unknown=0.75,
    drift=0.0001,
    level=(3.3, 3.3),
    level_prior=0.01,
    carry=0.65,
)
"""Points by which the home team wins: as scored, and with shooting luck damped."""

TOTAL = StateSpace(
    sign=1.0,
    noise=(17.0, 5.0),
    prior=0.18,
    unknown=0.4,
    drift=0.0003,
    level=(140.0, 69.0),
    level_prior=0.1,
    carry=0.6,
)
"""In 40 minutes: points of both teams, and possessions of either."""


@dataclass(frozen=True)
class Prior:
    """Preseason beliefs.

    Args:
        mean: of each team's strengths, shape (teams, quantities).
        variance: of each team's strengths, shape (teams).
        level: shape (quantities).
        known: whether the quantity was observed last season, shape (quantities).
    """

    mean: Floats
    variance: Floats
    level: Floats
    known: Flags


@dataclass(frozen=True)
class Filtered:
    """What was believed on the morning of each game's day.

    Args:
        strength: shape (games, 2 sides, quantities), in the quantity's unit.
        deviation: standard deviation of the first quantity's strength, shape (games, 2 sides).
        level: shape (games, quantities).
        known: whether the quantity had been observed at all by then, this season or last, shape (games, quantities).
    """

    strength: Floats
    deviation: Floats
    level: Floats
    known: Flags


def run(model: StateSpace, games: Games, observed: Floats, prior: Prior) -> Filtered:
    """Filters a season.

    Args:
        model: the model.
        games: the season.
        observed: shape (games, quantities), read where the game was played; a quantity that is NaN leaves its
            strengths as they were.
        prior: see `preseason`.
    """
    teams, count, width = len(prior.mean), len(games.day), len(model.noise)
    state = np.vstack([prior.mean, prior.level])
    covariance = np.zeros((teams + 1, teams + 1))
    np.fill_diagonal(covariance, [*prior.variance, model.level_prior])
    diagonal = np.einsum("ii->i", covariance)[:teams]  # a view that can be written to
    scratch, weight, known = np.empty_like(covariance), model.weight(games), prior.known.copy()
    out = Filtered(
        strength=np.empty((count, 2, width)),
        deviation=np.empty((count, 2)),
        level=np.empty((count, width)),
        known=np.empty((count, width), np.bool_),
    )
    yesterday = games.day[:1]
    for day in games.days():
        today = games.day[day][:1]
        diagonal += model.drift * (today - yesterday)
        yesterday = today
        for side, team in enumerate((games.home[day], games.away[day])):
            out.strength[day, side] = state[team]
            out.deviation[day, side] = model.noise[0] * np.sqrt(diagonal[team])
        out.level[day], out.known[day] = state[-1], known
        for game in range(day.start, day.stop):
            if games.played[game]:
                pair = _Pairs(games.home[game], games.away[game], model.sign, weight[game])
                gain = pair.combine(covariance)
                variance = float(pair.combine(gain)) + 1.0
                surprise = observed[game] - pair.combine(state)
                seen = ~np.isnan(surprise)
                if not seen.any():
                    continue  # such a game says nothing, and makes nobody surer
                state += np.multiply.outer(gain, np.where(seen, surprise, 0.0) / variance)
                np.einsum("i,j->ij", gain, gain / variance, out=scratch)  # twice as fast as multiply.outer
                covariance -= scratch
                known |= seen
    return out


class _Pairs(NamedTuple):
    """Who plays whom: positions of teams, the sign of the away team's strength, and the weight of the level."""

    home: Ints | int
    away: Ints | int
    sign: float
    weight: Floats | float

    def combine(self, values: Floats) -> Floats:
        """What the games make of values per team and, last, of the level."""
        combined: Floats = values[self.home] + self.sign * values[self.away] + self.weight * values[-1]
        return combined


class Fit(NamedTuple):
    """A finished season: strengths (teams, quantities), levels (quantities), and which quantities were observed."""

    strength: Floats
    level: Floats
    known: Flags


RIDGE = 1.0
"""Penalty on strengths in `season_fit`: the weight of one game against the mean."""


def season_fit(model: StateSpace, games: Games, observed: Floats) -> Fit:
    """What fits a finished season best, by ridge regression on all its games."""
    teams, width, weight = games.teams(), len(model.noise), model.weight(games)
    fit = Fit(np.zeros((teams, width)), np.array(model.level), np.zeros(width, np.bool_))
    for quantity in range(width):
        use = games.played & ~np.isnan(observed[:, quantity])
        fit.known[quantity] = use.any()
        if fit.known[quantity]:
            pairs = _Pairs(games.home[use], games.away[use], model.sign, weight[use])
            solution = _ridge(pairs, observed[use, quantity] - model.level[quantity] * weight[use], teams)
            fit.strength[:, quantity] = solution[:-1]
            fit.level[quantity] += solution[-1]
    return fit


def _ridge(pairs: _Pairs, target: Floats, teams: int) -> Floats:
    """Minimises |target − combine(solution)|² + RIDGE·|strengths|² by conjugate gradients (Hestenes, Stiefel 1952)."""
    penalty = np.append(np.full(teams, RIDGE), 0.0)

    def back(residual: Floats) -> Floats:
        out = np.bincount(pairs.home, residual, teams + 1).astype(np.float64)
        out += pairs.sign * np.bincount(pairs.away, residual, teams + 1)
        out[-1] = np.sum(pairs.weight * residual)
        return out

    solution = np.zeros(teams + 1)
    left = back(target)
    direction, size = left.copy(), float(np.sum(left * left))
    for _ in range(500):
        if size < 1e-16:
            break
        image = back(pairs.combine(direction)) + penalty * direction
        step = size / float(np.sum(direction * image))
        solution += step * direction
        left -= step * image
        before, size = size, float(np.sum(left * left))
        direction = left + size / before * direction
    return solution


def preseason(model: StateSpace, fit: Fit, last_conference: Ints, conference: Ints, before: Ints) -> Prior:
    """Beliefs before the first game.

    A team keeps `carry` of last season's strength and takes the rest from the mean of its conference. A newcomer
    takes that mean; one in no conference that played last season starts two standard deviations below all in
    margins, and in the middle in totals. All means are over last season's teams, whether they play again or not.

    Args:
        model: the model.
        fit: of last season.
        last_conference: number of the conference in which each of last season's teams plays now, −1 where unknown.
        conference: likewise, of each of this season's teams.
        before: the position in `fit` of each of this season's teams, −1 where it did not play.
    """
    teams, width = len(before), len(model.noise)
    if not len(fit.strength):
        return Prior(np.zeros((teams, width)), np.full(teams, model.unknown), fit.level, fit.known)
    groups = 2 + int(max(conference.max(initial=-1), last_conference.max()))
    size = np.bincount(last_conference + 1, minlength=groups)
    played, ours = before >= 0, conference + 1
    mean = np.empty((teams, width))
    for quantity, last in enumerate(fit.strength.T):
        of_conference = (np.bincount(last_conference + 1, last, groups) / np.maximum(size, 1))[ours]
        low = float(np.mean(last) - (2.0 * np.std(last) if model.sign < 0 else 0.0))
        newcomer = np.where((conference >= 0) & (size[ours] > 0), of_conference, low)
        kept = model.carry * last[before] + (1.0 - model.carry) * of_conference
        mean[:, quantity] = np.where(played, kept, newcomer)
    return Prior(mean, np.where(played, model.prior, model.unknown), fit.level, fit.known)
