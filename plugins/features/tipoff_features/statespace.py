"""State-space ratings: strengths of teams that drift, filtered day by day, and the fit of a finished season."""

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

    All quantities share one covariance, so variances are in units of the noise variance, and what a weighted sum of
    the quantities would have been rated is the weighted sum of the ratings: a linear model finds the weights. The
    figures began as those with the least one-day-ahead error in seasons 2016 to 2021 and were settled with the backtest
    of 2019 to 2024 in view, so no season until 2024 is a test of them (docs/architecture/accuracy.md).

    Args:
        sign: −1 for differences of the two sides, +1 for sums.
        names: of the quantities, columns of sql/team_games.sql.
        level: of each quantity, before anything is known.
        noise: standard deviation of a game's noise in the first quantity.
        prior: variance of a team's strength around what its last season and its conference say.
        unknown: likewise, where there is no last season to go by.
        shared: variance that the teams of a conference have in common before the season.
        drift: variance that a team's strength gains in a day.
        level_prior: the level's variance.
        carry: share of last season's strength that lasts; the rest is its conference's mean.
    """

    sign: float
    names: tuple[str, ...]
    level: tuple[float, ...]
    noise: float
    prior: float
    unknown: float
    shared: float
    drift: float
    level_prior: float
    carry: float

    def weight(self, games: Games) -> Floats:
        """How much of the level each game has."""
        return games.host if self.sign < 0 else np.ones(len(games.host))

    def index(self, name: str) -> int:
        """Column of a quantity."""
        return self.names.index(name)


_MARGIN_LEVELS = {
    "margin": 3.3,
    "damped_margin": 3.3,
    "capped_margin": 3.0,
    "three_luck": 0.3,
    "assists": 1.2,
    "blocks": 0.3,
    "turnovers": -0.4,
    "offensive_rebounds": 0.1,
    "shots": 0.0,
    "threes": 0.0,
    "free_throws": 1.5,
}
_TOTAL_LEVELS = {
    "both_points": 140.0,
    "both_possessions": 69.0,
    "both_three_luck": 0.0,
    "both_free_throw_luck": 0.0,
    "both_offensive_rebounds": 20.0,
    "both_threes": 40.0,
    "both_free_throws": 39.0,
}

MARGIN = StateSpace(
    sign=-1.0,
    names=tuple(_MARGIN_LEVELS),
    level=tuple(_MARGIN_LEVELS.values()),
    noise=10.5,
    prior=0.2,
    unknown=0.75,
    shared=0.01,
    drift=0.0003,
    level_prior=0.01,
    carry=0.65,
)
"""What the home team makes of a game more than the away team: points, and what goes with them."""

TOTAL = StateSpace(
    sign=1.0,
    names=tuple(_TOTAL_LEVELS),
    level=tuple(_TOTAL_LEVELS.values()),
    noise=17.0,
    prior=0.18,
    unknown=0.4,
    shared=0.0,
    drift=0.0003,
    level_prior=0.1,
    carry=0.6,
)
"""What both teams make of a game together."""


@dataclass(frozen=True)
class Prior:
    """Preseason beliefs.

    Args:
        mean: of each team's strengths, shape (teams, quantities).
        variance: of each team's strengths, shape (teams).
        level: shape (quantities).
        known: whether the quantity was observed last season, shape (quantities).
        conference: number of each team's conference, −1 where it is not known.
    """

    mean: Floats
    variance: Floats
    level: Floats
    known: Flags
    conference: Ints


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


_TILE = 64
"""Arrays are as large as the next multiple of it, and a day's games are taken in so many at a time: the linear algebra
library then sees the same shapes whoever is still to play, and gives the same bits."""


def run(model: StateSpace, games: Games, observed: Floats, prior: Prior) -> Filtered:
    """Filters a season.

    Args:
        model: the model.
        games: the season; teams are numbered in the order in which they first play.
        observed: shape (games, quantities), read where the game was played; of a quantity that is NaN a game says
            what was expected.
        prior: see `tipoff_features.preseason`.
    """
    count, width = len(games.day), len(model.names)
    belief = _Belief.of(model, prior)
    strength, variance = belief.mean[1:], np.einsum("ii->i", belief.covariance)[1 : len(prior.mean) + 1]
    weight, known = model.weight(games), prior.known.copy()
    use = games.played & ~np.isnan(observed).all(axis=1)  # a game of which nothing is known makes nobody surer
    out = Filtered(
        strength=np.empty((count, 2, width)),
        deviation=np.empty((count, 2)),
        level=np.empty((count, width)),
        known=np.empty((count, width), np.bool_),
    )
    yesterday = games.day[:1]
    for day in games.days():
        today = games.day[day][:1]
        variance += model.drift * (today - yesterday)
        yesterday = today
        for side, team in enumerate((games.home[day], games.away[day])):
            out.strength[day, side] = strength[team]
            out.deviation[day, side] = model.noise * np.sqrt(variance[team])
        out.level[day], out.known[day] = belief.mean[0], known
        played = np.arange(day.start, day.stop)[use[day]]
        for first in range(0, len(played), _TILE):
            some = played[first : first + _TILE]
            belief.learn(_Pairs(games.home[some] + 1, games.away[some] + 1, model.sign, weight[some]), observed[some])
        known |= (~np.isnan(observed[played])).any(axis=0)
    return out


class _Pairs(NamedTuple):
    """Who plays whom: rows of teams, the sign of the away team's strength, and the weight of the level, row 0."""

    home: Ints
    away: Ints
    sign: float
    weight: Floats

    def combine(self, values: Floats) -> Floats:
        """What the games make of values per row."""
        combined: Floats = values[self.home] + self.sign * values[self.away] + self.weight[:, None] * values[0]
        return combined


@dataclass(frozen=True)
class _Belief:
    """Level (row 0) and strengths of the teams, padded with zeros: mean (rows, quantities), covariance (rows, rows)."""

    mean: Floats
    covariance: Floats

    @classmethod
    def of(cls, model: StateSpace, prior: Prior) -> _Belief:
        teams = len(prior.mean)
        rows = -(-(teams + 1) // _TILE) * _TILE
        mean, covariance = np.zeros((rows, len(model.names))), np.zeros((rows, rows))
        mean[0], mean[1 : teams + 1] = prior.level, prior.mean
        together = (prior.conference[:, None] == prior.conference) & (prior.conference >= 0)
        covariance[1 : teams + 1, 1 : teams + 1] = np.diag(prior.variance) + model.shared * together
        covariance[0, 0] = model.level_prior
        return cls(mean, covariance)

    def learn(self, pairs: _Pairs, observed: Floats) -> None:
        """Takes in at most `_TILE` games at once, in place."""
        count, rows = len(pairs.home), len(self.mean)
        with_games, among = np.zeros((rows, _TILE)), np.eye(_TILE)
        with_games[:, :count] = pairs.combine(self.covariance).T
        among[:count, :count] += pairs.combine(with_games[:, :count])
        surprise = np.zeros((_TILE, observed.shape[1]))
        surprise[:count] = np.nan_to_num(observed - pairs.combine(self.mean))
        gain = with_games @ np.linalg.inv(among)
        self.mean[...] += gain @ surprise
        self.covariance[...] -= gain @ with_games.T


class Fit(NamedTuple):
    """A finished season: strengths (teams, quantities), levels (quantities), which quantities were observed, and how
    many games of each team (teams).
    """

    strength: Floats
    level: Floats
    known: Flags
    games: Floats


RIDGE = 1.0
"""Penalty on strengths in `season_fit`: the weight of one game against the mean."""


def season_fit(model: StateSpace, games: Games, observed: Floats) -> Fit:
    """What fits a finished season best, by ridge regression (Hoerl and Kennard, 1970) on all its games."""
    teams, width, weight = games.teams(), len(model.names), model.weight(games)
    played = np.bincount(np.concatenate([games.home[games.played], games.away[games.played]]), minlength=teams)
    fit = Fit(np.zeros((teams, width)), np.array(model.level), np.zeros(width, np.bool_), played.astype(np.float64))
    solved: dict[bytes, list[int]] = {}
    for quantity in range(width):  # those that were observed in the same games have the same equations
        use = games.played & ~np.isnan(observed[:, quantity])
        fit.known[quantity] = use.any()
        if fit.known[quantity]:
            solved.setdefault(use.tobytes(), []).append(quantity)
    for pattern, quantities in solved.items():
        use = np.frombuffer(pattern, np.bool_)
        pairs = _Pairs(games.home[use] + 1, games.away[use] + 1, model.sign, weight[use])
        target = observed[use][:, quantities] - np.multiply.outer(weight[use], fit.level[quantities])
        solution = np.linalg.solve(_gram(pairs, teams), _back(pairs, target, teams))
        fit.strength[:, quantities] = solution[1:]
        fit.level[quantities] += solution[0]
    return fit


def _gram(pairs: _Pairs, teams: int) -> Floats:
    """DᵀD of the design D (games, 1 + teams), with the penalty."""
    gram = np.zeros((teams + 1, teams + 1))
    ones = np.ones(len(pairs.home))
    columns: tuple[tuple[Ints, Floats], ...] = (
        (np.zeros_like(pairs.home), pairs.weight),
        (pairs.home, ones),
        (pairs.away, pairs.sign * ones),
    )
    for row, left in columns:
        for column, right in columns:
            np.add.at(gram, (row, column), left * right)
    gram[np.diag_indices(teams + 1)] += [1e-9, *np.full(teams, RIDGE)]  # a season may have no host at all
    return gram


def _back(pairs: _Pairs, target: Floats, teams: int) -> Floats:
    """Dᵀ·target."""
    out = np.zeros((teams + 1, target.shape[1]))
    np.add.at(out, pairs.home, target)
    np.add.at(out, pairs.away, pairs.sign * target)
    out[0] += (pairs.weight[:, None] * target).sum(axis=0)
    return out
