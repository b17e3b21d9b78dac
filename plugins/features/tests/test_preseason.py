from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from tipoff_features.preseason import (
    PENALTY,
    Year,
    _common,
    _conference_means,
    _lagged,
    _own,
    _ridge,
    _variance,
    preseason,
)
from tipoff_features.roster import Player
from tipoff_features.season import Floats
from tipoff_features.statespace import MARGIN, TOTAL, Fit

ONE = replace(MARGIN, names=("margin",), level=(3.0,))
Squads = Mapping[str, Sequence[Player]]


def year(
    strength: Floats | None, teams: Sequence[str], conference: Mapping[str, str], squads: Squads | None = None
) -> Year:
    fit = (
        None
        if strength is None
        else Fit(strength[:, None], np.array([3.4]), np.ones(1, bool), np.full(len(strength), 30.0))
    )
    return Year(list(teams), conference, squads or {}, fit)


def player(team: str, former: str | None, minutes: float) -> Player:
    ago = 0 if former is None else 1
    return Player(team, former, ago, minutes, minutes, 0.5, 3 if former else 1, 77.0)


def test_a_team_is_mixed_with_its_conference() -> None:
    last = year(np.array([10.0, 2.0, -4.0, -8.0]), "abcd", {})
    # The third team has left its conference, the fourth does not play again; two teams are new.
    now = year(None, "acxyb", {"a": "east", "b": "east", "d": "east", "c": "west", "x": "east"})
    prior = preseason(ONE, [last], now)
    carry, east = ONE.carry, (10 + 2 - 8) / 3
    lowest = float(np.mean([10, 2, -4, -8]) - 2 * np.std([10, 2, -4, -8]))
    expected = [carry * 10 + (1 - carry) * east, -4.0, east, lowest, carry * 2 + (1 - carry) * east]
    assert prior.mean[:, 0].tolist() == pytest.approx(expected)
    assert prior.variance.tolist() == [ONE.prior] * 2 + [ONE.unknown] * 2 + [ONE.prior]
    assert prior.level.tolist() == [3.4]
    assert prior.conference.tolist() == [0, 1, 0, -1, 0]


@pytest.mark.parametrize("past", [[], [year(np.empty(0), "", {})]], ids=["none", "empty"])
def test_without_a_last_season_all_are_alike(past: list[Year]) -> None:
    prior = preseason(ONE, past, year(None, "ab", {}), "margin")
    assert prior.mean.tolist() == [[0.0], [0.0]]
    assert set(prior.variance) == {ONE.unknown}
    assert prior.level.tolist() == [3.0]
    assert not prior.known.any()


def seasons(count: int, teams: int, seed: int = 5) -> list[Year]:
    """Seasons and one to come, in which a team's strength is nine tenths of the last, times the share that stayed."""
    chance = np.random.default_rng(seed)
    names = [f"t{number:03d}" for number in range(teams)]
    strength, out = chance.normal(0, 8, teams), list[Year]()
    for place in range(count + 1):
        kept = chance.random(teams)
        squads = {
            name: [player(name, name, float(share)), player(name, None, 0.0)]
            for name, share in zip(names, kept, strict=True)
        }
        strength = strength * 0.9 * kept + chance.normal(0, 2, teams) if place else strength
        out.append(year(strength if place < count else None, names, {}, squads))
    return out


def test_it_learns_from_past_seasons_what_a_roster_is_worth() -> None:
    *past, now = seasons(5, 200)
    kept = np.array([now.squads[team][0].minutes for team in now.teams])
    last = past[-1].fit
    assert last is not None
    expected = 0.9 * kept * last.strength[:, 0]

    def error(quality: str) -> float:
        return float(np.square(preseason(ONE, past, now, quality).mean[:, 0] - expected).mean())

    assert error("margin") < 0.5 * error("")


def test_few_teams_change_little() -> None:
    *past, now = seasons(3, 4)
    usual = preseason(ONE, past, now).mean
    learned = preseason(ONE, past, now, "margin").mean
    assert 0 < np.abs(learned - usual).max() < 6


def test_more_of_the_roster_gone_is_less_known() -> None:
    last = year(np.array([1.0, 2.0, 3.0]), "abc", {})
    now = year(None, "abc", {}, {"a": [player("a", "a", 0.9)], "b": [player("b", "a", 0.1)]})
    unsure, surer = preseason(ONE, [last], now, "margin").variance[[1, 0]].tolist()
    assert unsure == pytest.approx(ONE.prior * (1.66 - 0.07))
    assert surer == pytest.approx(ONE.prior * (1.66 - 0.9))
    assert preseason(ONE, [last], now, "margin").variance[2] == ONE.prior


def test_the_prior_is_as_sure_as_past_seasons_were_foreseen() -> None:
    *past, now = seasons(5, 200)
    noisier = [replace(each, fit=_shaken(each.fit, place)) for place, each in enumerate(past)]
    surer, unsure = (preseason(ONE, years, now, "margin").variance.mean() for years in (past, noisier))
    # The strengths stray by 2 points from what the rosters say; a fit of 30 games is taken to be off by a part of it.
    assert surer == pytest.approx(1.2 * 0.02, abs=0.08)
    assert unsure > surer + 0.2


def _shaken(fit: Fit | None, seed: int) -> Fit:
    assert fit is not None
    return fit._replace(strength=fit.strength + np.random.default_rng(seed).normal(0, 7, fit.strength.shape))


def test_a_stranger_changes_no_bit_of_the_others() -> None:
    years = seasons(4, 60)
    more = replace(years[-1], teams=[*years[-1].teams, "stranger"])
    one, two = (preseason(ONE, years[:-1], now, "margin") for now in (years[-1], more))
    assert one.mean.tobytes() == two.mean[:-1].tobytes()
    assert one.variance.tobytes() == two.variance[:-1].tobytes()


# The parts of what is learned, each against what it says that it is.


def test_ridge_regression_on_standardised_inputs_with_a_free_intercept() -> None:
    chance = np.random.default_rng(8)
    inputs, target = chance.normal(5, 3, (50, 3)), chance.normal(2, 4, 50)
    inputs[:, 1] = 7.0  # says nothing
    inputs[4:9, 2] = np.nan
    asked = np.array([[5.0, 7.0, np.nan], [8.0, 0.0, 1.0]])
    standard = np.column_stack([
        (inputs[:, 0] - inputs[:, 0].mean()) / inputs[:, 0].std(),
        np.nan_to_num((inputs[:, 2] - np.nanmean(inputs[:, 2])) / np.nanstd(inputs[:, 2])),
    ])  # fmt: skip
    # A penalty is so many rows that say nothing but that the weights are small.
    rows = np.vstack([np.column_stack([np.ones(50), standard]), np.sqrt(PENALTY) * np.eye(3)[1:]])
    weights = np.linalg.lstsq(rows, np.append(target, [0.0, 0.0]), rcond=None)[0]
    fitted, left = _ridge(inputs, target, asked)
    spread, middle = np.nanstd(inputs[:, [0, 2]], axis=0), np.nanmean(inputs[:, [0, 2]], axis=0)
    expected = weights[0] + np.nan_to_num((asked[:, [0, 2]] - middle) / spread) @ weights[1:]
    assert fitted == pytest.approx(expected)
    assert left == pytest.approx(target - np.column_stack([np.ones(50), standard]) @ weights)


def test_a_variance_is_what_was_left_less_what_a_fit_is_off_and_the_models_where_there_are_few() -> None:
    left, games = np.array([6.0, -9.0, 12.0]), np.array([9.0, 19.0, 29.0])
    found = 1.2 * ((6.0**2 + 9.0**2 + 12.0**2) / 3 / ONE.noise**2 - (1 / 10 + 1 / 20 + 1 / 30) / 3)
    assert _variance(ONE, left, games) == pytest.approx((3 * found + 100 * ONE.prior) / 103)
    assert _variance(ONE, np.zeros(3), games) == pytest.approx((3 * 1.2 * 0.02 + 100 * ONE.prior) / 103)


def test_seasons_ago_and_what_stands_in_where_there_was_none() -> None:
    past = [
        year(np.array(values), teams, {}) for values, teams in (([1.0, 2.0], "ab"), ([3.0, 4.0], "bc"), ([5.0], "c"))
    ]
    now, missing = year(None, "abc", {}), np.array([[-1.0], [-2.0], [-3.0]])
    assert [_lagged(past, now, lag, missing)[:, 0].tolist() for lag in (1, 2, 3, 4)] == [
        [-1, -2, 5], [-1, 3, 4], [1, 2, -3], [-1, -2, -3],
    ]  # fmt: skip


def test_older_strengths_stand_beside_the_last_and_newcomers_are_marked() -> None:
    place = {"a": "east", "b": "east", "new": "east"}
    past = [year(np.array(values), "ab", place) for values in ([8.0, 0.0], [6.0, 2.0], [4.0, 6.0])]
    now = year(None, ["a", "new"], place)
    common, own = _common(ONE, past, now, 0), _own(ONE, past, now)
    # Marked as new, last season, two and three seasons ago, the mean of four, and of the conference: (4 + 6) / 2.
    assert common[:, :6] == pytest.approx(np.array([[0, 4, 6, 8, (4 + 6 + 8 + 8) / 4, 5], [1, 5, 5, 5, 5, 5]]))
    assert np.isnan(common[:, 6:]).all()
    assert own[:, :, 0] == pytest.approx(np.array([[4, 6, 5], [5, 5, 5]]))


def test_a_newcomers_conference_is_last_seasons_and_of_none_it_starts_low_in_margins_and_in_the_middle_in_totals() -> (
    None
):
    last = year(np.array([10.0, 2.0, -4.0, -8.0]), "abcd", {})
    now = year(None, "axyz", {"a": "east", "b": "east", "c": "west", "x": "east", "y": "west"})
    values = np.array([10.0, 2.0, -4.0, -8.0])
    low = values.mean() - 2 * values.std()
    assert _conference_means(ONE, last, now)[:, 0] == pytest.approx([6, 6, -4, low])
    middle = replace(TOTAL, names=("margin",), level=(3.0,))
    assert _conference_means(middle, last, now)[:, 0] == pytest.approx([6, 6, -4, values.mean()])


@pytest.mark.parametrize("seasons_before", [1, 2, 4, 5, 7])
def test_the_last_four_steps_from_season_to_season_are_learned_from(seasons_before: int) -> None:
    """What came before may be anything: the rules of transfers have changed."""
    *past, now = seasons(seasons_before, 30)
    odd = [replace(each, fit=_shaken(each.fit, place)) for place, each in enumerate(past[:-5])] + past[-5:]
    same, other = (preseason(ONE, years, now, "margin").mean for years in (past, odd))
    # An older season is still an older strength of the oldest steps, and what is far is worth little.
    assert np.abs(same - other).max() < 1.5
    learned = np.abs(same - preseason(ONE, past, now).mean).max()
    assert bool(learned > 1e-6) is (seasons_before > 1), "two seasons in a row are needed"
