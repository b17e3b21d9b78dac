from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tipoff_features.season import Floats, Games
from tipoff_features.statespace import MARGIN, RIDGE, TOTAL, Prior, StateSpace, run, season_fit

ONE = replace(MARGIN, names=("margin",), noise=10.0, level=(3.0,), drift=0.02, level_prior=0.5)
SUM = replace(TOTAL, names=("both_points",), noise=10.0, level=(140.0,), drift=0.0, level_prior=0.5)
TWO = replace(TOTAL, names=("both_points", "both_possessions"), level=(140.0, 69.0))
NOWHERE = np.full(6, -1)


def random_games(count: int = 40, teams: int = 6, seed: int = 4) -> Games:
    chance = np.random.default_rng(seed)
    pairs = np.array([chance.choice(teams, 2, replace=False) for _ in range(count)], np.int64).reshape(count, 2)
    return Games(
        day=np.sort(chance.integers(0, 20, count)),
        home=pairs[:, 0],
        away=pairs[:, 1],
        host=(chance.random(count) < 0.8).astype(float),
        played=chance.random(count) < 0.9,
        margin=chance.normal(0, 10, count),
    )


def prior_of(model: StateSpace, teams: int, mean: Floats | None = None) -> Prior:
    mean = np.zeros((teams, 1)) if mean is None else mean
    return Prior(mean, np.full(teams, 0.4), np.array(model.level), np.zeros(1, bool), np.arange(teams) % 3 - 1)


def exact(model: StateSpace, games: Games, observed: Floats, prior: Prior, until: int) -> tuple[Floats, Floats]:
    """Mean and covariance of (strengths, level) on the day `until`, by conditioning one joint normal distribution.

    A drifting strength is the prior plus independent steps, so its covariance between two days is that of the earlier.
    """
    teams = len(prior.mean)
    use = np.flatnonzero(games.played & (games.day < until) & ~np.isnan(observed[:, 0]))
    design = np.zeros((len(use), teams + 1))
    design[np.arange(len(use)), games.home[use]] = 1.0
    design[np.arange(len(use)), games.away[use]] += model.sign
    design[:, -1] = model.weight(games)[use]
    start = np.diag([*prior.variance, model.level_prior])
    for one in range(teams):  # the teams of a conference have something in common; −1 is none
        for other in range(teams):
            if prior.conference[one] == prior.conference[other] >= 0:
                start[one, other] += model.shared
    mean = np.append(prior.mean[:, 0], prior.level)
    strengths = np.diag([*np.ones(teams), 0.0])

    def drift(one: Floats, other: Floats) -> Floats:
        steps: Floats = model.drift * (np.minimum.outer(one, other) - games.day[0])
        return steps

    days = games.day[use].astype(float)
    between = design @ start @ design.T + (design @ strengths @ design.T) * drift(days, days) + np.eye(len(use))
    now = np.array([float(until)])
    with_state = start @ design.T + (strengths @ design.T) * drift(now, days)
    at_end = start + strengths * (model.drift * (until - games.day[0]))
    gain = with_state @ np.linalg.inv(between)
    return mean + gain @ (observed[use, 0] - design @ mean), at_end - gain @ with_state.T


@pytest.mark.parametrize("model", [replace(ONE, shared=0.2), SUM], ids=["margin", "total"])
def test_filter_equals_conditioning_the_joint_distribution(model: StateSpace) -> None:
    games = random_games()
    observed = np.random.default_rng(1).normal(0, 8, (40, 1)) + (140 if model is SUM else 3)
    observed[5] = np.nan
    games.played[5] = True
    # A missing observation leaves the mean alone; to compare the rest, it must not count as seen either.
    games.played[5] = False
    prior = prior_of(model, 6, np.random.default_rng(2).normal(0, 3, (6, 1)))
    filtered = run(model, games, observed, prior)
    for game in (0, 13, 39):
        mean, covariance = exact(model, games, observed, prior, int(games.day[game]))
        for side, team in enumerate((games.home[game], games.away[game])):
            assert filtered.strength[game, side, 0] == pytest.approx(mean[team], abs=1e-9)
            assert filtered.deviation[game, side] == pytest.approx(10 * np.sqrt(covariance[team, team]), rel=1e-9)
        assert filtered.level[game, 0] == pytest.approx(mean[-1], abs=1e-9)


def test_one_game_by_hand() -> None:
    games = Games(np.array([1, 2]), np.array([0, 0]), np.array([1, 1]), np.ones(2), np.array([True, False]), np.ones(2))
    filtered = run(replace(ONE, drift=0.0), games, np.array([[23.0], [np.nan]]), prior_of(ONE, 2))
    # The surprise is 23 − 3 = 20, its variance 0.4 + (0.4 + 0.01) + 0.5 + 1; only the second team has a conference.
    np.testing.assert_allclose(filtered.strength[1, :, 0], [20 * 0.4 / 2.31, -20 * 0.41 / 2.31])
    np.testing.assert_allclose(filtered.level[1, 0], 3 + 20 * 0.5 / 2.31)
    np.testing.assert_allclose(filtered.deviation[1, 0], 10 * np.sqrt(0.4 - 0.4**2 / 2.31))
    assert filtered.known.tolist() == [[False], [True]]


def test_a_day_with_more_games_than_are_taken_in_at_once() -> None:
    teams, rounds = 6, 40  # every team plays many times on one day, which no calendar allows and the algebra does
    pairs = np.array([(one, (one + 1 + turn % 5) % teams) for turn in range(rounds) for one in range(teams)])
    count = len(pairs)
    games = Games(np.ones(count, int), pairs[:, 0], pairs[:, 1], np.ones(count), np.ones(count, bool), np.ones(count))
    observed = np.random.default_rng(3).normal(3, 8, (count, 1))
    after = replace(
        games,
        **{
            name: np.append(getattr(games, name), value)
            for name, value in (("day", 2), ("home", 0), ("away", 1), ("host", 1.0), ("played", False), ("margin", 0.0))
        },
    )
    model = replace(ONE, drift=0.0)
    filtered = run(model, after, np.append(observed, [[np.nan]], axis=0), prior_of(ONE, teams))
    mean, _ = exact(model, games, observed, prior_of(ONE, teams), 2)
    assert filtered.strength[-1, 0, 0] == pytest.approx(mean[0], abs=1e-9)


def test_a_missing_quantity_leaves_its_strengths_alone() -> None:
    games = random_games()
    both = np.random.default_rng(1).normal(70, 8, (40, 2))
    both[:, 1] = np.nan
    filtered = run(
        TWO, games, both, Prior(np.zeros((6, 2)), np.full(6, 0.4), np.array(TWO.level), np.zeros(2, bool), NOWHERE)
    )
    assert np.abs(filtered.strength[-1, :, 0]).max() > 0.1
    assert not filtered.strength[:, :, 1].any()
    assert set(filtered.level[:, 1]) == {69.0}
    assert not filtered.known[:, 1].any()


def test_a_game_of_which_nothing_was_observed_makes_nobody_surer() -> None:
    games = Games(np.array([1, 2]), np.array([0, 0]), np.array([1, 1]), np.ones(2), np.ones(2, bool), np.ones(2))
    filtered = run(replace(ONE, drift=0.0), games, np.array([[np.nan], [np.nan]]), prior_of(ONE, 2))
    np.testing.assert_array_equal(filtered.deviation[1], filtered.deviation[0])


def test_the_future_and_strangers_in_it_change_no_bit() -> None:
    games = random_games()
    observed = np.random.default_rng(1).normal(0, 8, (40, 1))
    cut = int(games.day[20])
    later = games.day > cut
    other = replace(games, home=np.where(later, games.home + 3, games.home), away=np.where(later, 8, games.away))
    nonsense = np.where((games.day >= cut)[:, None], 1e6, observed)
    one = run(ONE, games, observed, prior_of(ONE, 6))
    two = run(ONE, other, nonsense, prior_of(ONE, 9))
    upto = games.day <= cut
    assert one.strength[upto].tobytes() == two.strength[upto].tobytes()
    assert one.deviation[upto].tobytes() == two.deviation[upto].tobytes()


@pytest.mark.parametrize("model", [ONE, SUM], ids=["margin", "total"])
def test_season_fit_solves_the_normal_equations(model: StateSpace) -> None:
    games = random_games()
    observed = np.random.default_rng(1).normal(0, 8, (40, 1)) + model.level[0]
    observed[7] = np.nan
    use = games.played & ~np.isnan(observed[:, 0])
    design = np.zeros((40, 7))
    design[np.arange(40), games.home] = 1.0
    design[np.arange(40), games.away] += model.sign
    design[:, -1] = model.weight(games)
    design = design[use]
    expected = np.linalg.solve(
        design.T @ design + np.diag([RIDGE] * 6 + [0.0]),
        design.T @ (observed[use, 0] - model.level[0] * model.weight(games)[use]),
    )
    fit = season_fit(model, games, observed)
    np.testing.assert_allclose(fit.strength[:, 0], expected[:-1], atol=1e-6)
    np.testing.assert_allclose(fit.level, model.level[0] + expected[-1], atol=1e-6)
    assert fit.known.all()
