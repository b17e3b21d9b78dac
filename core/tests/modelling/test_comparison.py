"""Two versions on the games that both predicted: when one is better beyond doubt, and when nothing can be said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tipoff.modelling.comparison import MIN_JUDGED_GAMES, Verdict, compare


def by_game(losses: list[float], first: int = 0) -> dict[str, float]:
    return {f"g{first + number:03d}": loss for number, loss in enumerate(losses)}


def test_only_games_in_common_count() -> None:
    found = compare(by_game([0.5] * 60), by_game([0.6] * 60, first=20))
    assert (found.games, found.challenger, found.champion) == (40, 0.5, 0.6)
    assert found.difference == pytest.approx(-0.1)
    assert (found.low, found.high) == pytest.approx((-0.1, -0.1)), "each game says the same"
    assert found.passed


def test_a_challenger_has_to_be_better_beyond_doubt() -> None:
    rng = np.random.default_rng(2)
    champion = rng.normal(0.6, 0.2, 400)
    for better, passes in ((0.03, True), (0.0, False), (-0.03, False), (0.008, False)):
        noise = rng.normal(0, 0.15, 400)
        found = compare(by_game(list(champion - better + noise - noise.mean())), by_game(list(champion)))
        half = 1.96 * noise.std() / math.sqrt(400)
        assert (found.low, found.high) == pytest.approx((-better - half, -better + half), abs=0.1 * half)
        assert found.passed is passes, better


@pytest.mark.parametrize(("games", "judged"), [(MIN_JUDGED_GAMES - 1, False), (MIN_JUDGED_GAMES, True)])
def test_with_few_games_there_is_no_verdict(games: int, judged: bool) -> None:
    found = compare(by_game([0.1] * games), by_game([0.6] * games))
    assert found.passed is judged
    assert math.isnan(found.high) is not judged
    assert (set(found.figures) == {"games"}) is not judged
    assert ("only" in str(found)) is not judged


def test_a_verdict_comes_back_from_its_figures() -> None:
    found = compare(by_game([0.5] * 40), by_game([0.6] * 40))
    assert Verdict.of(found.figures) == found
    assert Verdict.of({"games": 40, "log_loss": 0.5}) is None
    assert str(found).startswith("log loss 0.5000 against 0.6000 on 40 games, difference -0.1000")


def test_an_interval_that_touches_zero_is_no_proof() -> None:
    assert not Verdict(100, 0.5, 0.6, -0.2, 0.0).passed
    assert Verdict(100, 0.5, 0.6, -0.2, -1e-9).passed
