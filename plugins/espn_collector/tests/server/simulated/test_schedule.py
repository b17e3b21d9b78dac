from __future__ import annotations

from collections import Counter

import pytest
from tipoff_espn.server.simulated.bracket import seed_order
from tipoff_espn.server.simulated.schedule import double_round_robin


@pytest.mark.parametrize("size", [7, 8, 12])
def test_everyone_meets_everyone_home_and_away(size: int) -> None:
    rounds = double_round_robin(list(range(size)))
    games = [pair for pairs in rounds for pair in pairs]
    assert Counter(games) == {(a, b): 1 for a in range(size) for b in range(size) if a != b}
    for pairs in rounds:
        teams = [team for pair in pairs for team in pair]
        assert len(teams) == len(set(teams))


def test_the_best_seeds_meet_last() -> None:
    assert seed_order(4) == [0, 3, 1, 2]
    order = seed_order(16)
    assert sorted(order) == list(range(16))
    halves = {*order[:8]}, {*order[8:]}
    assert 0 in halves[0]
    assert 1 in halves[1]
    assert all(order[place] + order[place + 1] == 15 for place in range(0, 16, 2))
