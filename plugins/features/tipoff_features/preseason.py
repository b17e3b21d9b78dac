"""What is believed of the teams before a season's first game, learned from how earlier seasons followed each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tipoff_features import roster
from tipoff_features.roster import Player, Standing
from tipoff_features.season import Flags, Floats, Ints
from tipoff_features.statespace import Fit, Prior, StateSpace

PENALTY = 20.0
"""Of the learned correction: teams' worth of belief that there is none."""
PAIRS = 4
"""Seasons that are learned from; with the rules of transfers the game has changed too much for older ones."""
CAUTION = 1.2
"""How much more a team may stray from what was learned than the seasons that it was learned from did: they were fitted,
and a season's mean is not where a team stands in November."""
UNSURE = 100.0
"""Teams' worth of belief that the variance is that of the model."""
LEAST = 0.02
"""Variance that is always left, in units of the noise variance."""
_FLAT = 1e-3
"""An input whose standard deviation is smaller says nothing."""


@dataclass(frozen=True)
class Year:
    """A season as its successors see it, or, without a fit, the one to come.

    Args:
        teams: their ids.
        conference: of every team that has one this season, by id.
        squads: players by team when it began.
        fit: what fits it best; None while it is to come.
    """

    teams: Sequence[str]
    conference: Mapping[str, str]
    squads: Mapping[str, Sequence[Player]] = field(default_factory=dict)
    fit: Fit | None = None


def preseason(model: StateSpace, past: Sequence[Year], now: Year, quality: str = "") -> Prior:
    """Beliefs before the first game.

    A team keeps `carry` of last season's strength and takes the rest from the mean of its conference. A newcomer
    takes that mean; one in no conference that played last season starts two standard deviations below all in
    margins, and in the middle in totals. All means are over last season's teams, whether they play again or not.
    What this missed in the last `PAIRS` seasons is learned by ridge regression on older ratings and the rosters.

    Args:
        model: the model.
        past: earlier seasons, the last one at the end.
        now: the season to come.
        quality: the quantity by which rosters are judged; empty: nothing is learned.
    """
    conference = _numbers(now, now)
    if not past or past[-1].fit is None or not len(past[-1].teams):
        teams, width = len(now.teams), len(model.names)
        level, known = np.array(model.level), np.zeros(width, np.bool_)
        return Prior(np.zeros((teams, width)), np.full(teams, model.unknown), level, known, conference)
    mean = _usual(model, past[-1], now)
    played = np.isin(np.array(now.teams), np.array(past[-1].teams))
    variance = np.where(played, model.prior, model.unknown)
    if quality:
        correction, usual = _learned(model, past, now, model.index(quality))
        mean, variance = mean + correction, np.where(played, usual * _unsettled(now), variance)
    return Prior(mean, variance, past[-1].fit.level, past[-1].fit.known, conference)


def _unsettled(now: Year) -> Floats:
    """The more of a roster is new, the less is known of the team: a factor of the prior's variance, usually 1."""
    out = np.ones(len(now.teams))
    for place, team in enumerate(now.teams):
        if squad := now.squads.get(team):
            known = roster.returning(squad) + 0.7 * roster.incoming(squad)
            out[place] = max(1.0 + roster.USUAL_RETURN - known, 0.3)
    return out


def _numbers(year: Year, now: Year) -> Ints:
    """Number of the conference in which each of the year's teams plays now, −1 where it is not known."""
    number = {name: index for index, name in enumerate(sorted(set(now.conference.values())))}
    return np.array([number.get(now.conference.get(team, ""), -1) for team in year.teams], dtype=np.int64)


def _fit(year: Year) -> Fit:
    assert year.fit is not None  # noqa: S101 - past seasons have one
    return year.fit


def _conference_means(model: StateSpace, last: Year, now: Year) -> Floats:
    """Last season's mean of each of this season's teams' conference; of none, what a newcomer starts with."""
    strength, then, ours = _fit(last).strength, _numbers(last, now), _numbers(now, now)
    groups = 2 + int(max(ours.max(initial=-1), then.max(initial=-1)))
    size = np.bincount(then + 1, minlength=groups)
    mean = np.empty((len(ours), strength.shape[1]))
    for quantity, values in enumerate(strength.T):
        of_conference = np.bincount(then + 1, values, groups) / np.maximum(size, 1)
        low = float(np.mean(values) - (2.0 * np.std(values) if model.sign < 0 else 0.0))
        mean[:, quantity] = np.where((ours >= 0) & (size[ours + 1] > 0), of_conference[ours + 1], low)
    return mean


def _lagged(past: Sequence[Year], now: Year, lag: int, missing: Floats) -> Floats:
    """Strengths of `lag` seasons ago, `missing` for teams that did not play then or where there was no such season."""
    out = missing.copy()
    if lag <= len(past):
        strength = _fit(past[-lag]).strength
        place = {team: index for index, team in enumerate(past[-lag].teams)}
        for index, team in enumerate(now.teams):
            if team in place:
                out[index] = strength[place[team]]
    return out


def _usual(model: StateSpace, last: Year, now: Year) -> Floats:
    mean = _conference_means(model, last, now)
    # One that did not play keeps the whole of its conference's mean.
    return model.carry * _lagged([last], now, 1, mean) + (1.0 - model.carry) * mean


def _learned(model: StateSpace, past: Sequence[Year], now: Year, quality: int) -> tuple[Floats, float]:
    """What the regression adds to `_usual`, and the variance of the first quantity around both.

    While there are no two finished seasons in a row that is zeros, and the model's `prior`.
    """
    width = len(model.names)
    pairs = [(past[:end], past[end]) for end in range(max(1, len(past) - PAIRS), len(past))]
    pairs = [(before, year) for before, year in pairs if len(before[-1].teams) and len(year.teams)]
    if not pairs:
        return np.zeros((len(now.teams), width)), model.prior
    common = [_common(model, before, year, quality) for before, year in pairs]
    own = [_own(model, before, year) for before, year in pairs]
    missed = np.concatenate([_fit(year).strength - _usual(model, before[-1], year) for before, year in pairs])
    common_now, own_now = _common(model, past, now, quality), _own(model, past, now)
    games = np.concatenate([_fit(year).games for _, year in pairs])
    out, variance = np.empty((len(now.teams), width)), model.prior
    for quantity in range(width):
        inputs = np.column_stack([np.concatenate(common), np.concatenate([each[:, :, quantity] for each in own])])
        asked = np.column_stack([common_now, own_now[:, :, quantity]])
        out[:, quantity], left = _ridge(inputs, missed[:, quantity], asked)
        if quantity == 0:
            variance = _variance(model, left, games)
    return out, variance


def _variance(model: StateSpace, left: Floats, games: Floats) -> float:
    """What was left of the strengths in the noise's unit, less what a season's fit is off; few teams say little."""
    off = 1.0 / (games + 1.0)
    found = CAUTION * max(float(np.mean((left / model.noise) ** 2 - off)), LEAST)
    return (len(left) * found + UNSURE * model.prior) / (len(left) + UNSURE)


def _ridge(inputs: Floats, target: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Ridge regression on standardised inputs, their mean where they are missing; the intercept is free.

    Returns:
        Its values for `asked`, and what it leaves of `target`.
    """
    there = ~np.isnan(inputs)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, inputs, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.where(there, (inputs - mean) ** 2, 0.0).sum(axis=0) / count)
    use: Flags = spread > _FLAT
    design = np.column_stack([np.ones(len(inputs)), _standard(inputs, mean, spread, use)])
    penalty = np.diag([0.0, *np.full(int(use.sum()), PENALTY)])
    weights = np.linalg.solve(design.T @ design + penalty, design.T @ target)
    # Not a matrix product: its bits for one team could depend on how many there are.
    fitted: Floats = (_standard(asked, mean, spread, use) * weights[1:]).sum(axis=1) + weights[0]
    return fitted, target - design @ weights


def _standard(inputs: Floats, mean: Floats, spread: Floats, use: Flags) -> Floats:
    return np.nan_to_num((inputs[:, use] - mean[use]) / spread[use])


def _own(model: StateSpace, past: Sequence[Year], now: Year) -> Floats:
    """Of each quantity: the last two seasons' strengths and the conference's mean, shape (teams, 3, quantities)."""
    mean = _conference_means(model, past[-1], now)
    last = _lagged(past, now, 1, mean)
    return np.stack([last, _lagged(past, now, 2, last), mean], axis=1)


def _common(model: StateSpace, past: Sequence[Year], now: Year, quality: int) -> Floats:
    """Older strengths in the quantity `quality`, and what the rosters say, a row a team."""
    mean = _conference_means(model, past[-1], now)
    lags = [_lagged(past, now, 1, mean)]
    for lag in range(2, PAIRS + 1):
        lags.append(_lagged(past, now, lag, lags[-1]))
    last, usual = lags[0][:, quality], np.mean(np.stack(lags)[:, :, quality], axis=0)
    before, strength = past[-1], _fit(past[-1]).strength[:, quality]
    ratings = dict(zip(before.teams, strength.tolist(), strict=True))
    low = float(np.mean(strength) - 2.0 * np.std(strength))
    rows = [
        roster.describe(
            now.squads.get(team, ()),
            Standing(float(last[place]), float(usual[place]), float(mean[place, quality])),
            ratings,
            low,
        )
        for place, team in enumerate(now.teams)
    ]
    new = np.array([0.0 if team in ratings else 1.0 for team in now.teams])
    return np.column_stack(
        [new, last, lags[1][:, quality], lags[2][:, quality], usual, mean[:, quality], np.array(rows)]
    )
