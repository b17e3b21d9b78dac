from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from tipoff_features.preseason import Year, preseason
from tipoff_features.roster import Player
from tipoff_features.season import Floats
from tipoff_features.statespace import MARGIN, Fit

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
