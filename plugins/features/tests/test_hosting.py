from __future__ import annotations

import numpy as np
import pytest
from tipoff_features.hosting import KEEP, SHRINK, Surprise, edges
from tipoff_features.season import Games


def season(day: list[int], pairs: list[tuple[int, int]], surprise: list[float], host: list[float]) -> Surprise:
    home, away = np.array(pairs).T
    margin = np.array(surprise)
    games = Games(np.array(day), home, away, np.array(host), ~np.isnan(margin), margin)
    return Surprise(games, ["a", "b", "c"], margin)


def test_home_and_road_games_are_held_apart_and_shrunk() -> None:
    now = season([1, 2, 3], [(0, 1), (0, 2), (0, 1)], [4.0, 6.0, np.nan], [1.0, 1.0, 1.0])
    found = edges([], now)
    assert not found[0].any()
    assert found[2, 0].tolist() == pytest.approx([(4 * KEEP + 6) / (KEEP + 1 + SHRINK), 0.0])
    assert found[2, 1].tolist() == pytest.approx([0.0, -4 / (1 + SHRINK)])


def test_a_neutral_site_says_nothing_of_a_home_court() -> None:
    assert not edges([], season([1, 2], [(0, 1), (0, 1)], [9.0, 9.0], [0.0, 1.0])).any()


def test_the_day_itself_does_not_count_and_earlier_seasons_do() -> None:
    before = season([1], [(1, 0)], [8.0], [1.0])
    # The teams of a season are numbered by themselves: here "b" comes first.
    now = season([400, 400], [(0, 2), (0, 1)], [5.0, 5.0], [1.0, 1.0])._replace(teams=["b", "a", "c"])
    found = edges([before], now)
    assert found[0, 0].tolist() == pytest.approx([8 / (1 + SHRINK), 0.0])
    assert found[1].tolist() == [pytest.approx([8 / (1 + SHRINK), 0.0]), pytest.approx([0.0, -8 / (1 + SHRINK)])]
