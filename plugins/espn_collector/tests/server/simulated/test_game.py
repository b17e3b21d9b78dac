from __future__ import annotations

import numpy as np
from tipoff_espn.server.simulated.game import play
from tipoff_espn.server.simulated.strength import win_probability


def test_the_margin_is_fair_and_never_a_tie() -> None:
    count = 60_000
    for margin in (-6.0, 0.0, 0.4, 9.0):
        results = play(np.random.default_rng(3), np.full(count, margin), np.full(count, 144.0), np.full(count, 5_000.0))
        gaps = np.array([result.home - result.away for result in results])
        assert not (gaps == 0).any()
        assert abs((gaps > 0).mean() - win_probability(margin)) < 4 * 0.5 / np.sqrt(count)
        assert abs(gaps.mean() - margin) < 4 * 11 / np.sqrt(count)


def test_overtime_games_were_tied_after_every_period_but_the_last() -> None:
    results = play(np.random.default_rng(5), np.zeros(5_000), np.full(5_000, 140.0), np.full(5_000, 5_000.0))
    extra = [result for result in results if result.overtimes]
    assert 0.05 < len(extra) / len(results) < 0.12
    assert max(result.overtimes or 0 for result in extra) >= 2
    for result in results:
        assert result.home_periods is not None
        assert result.away_periods is not None
        assert (sum(result.home_periods), sum(result.away_periods)) == (result.home, result.away)
        assert len(result.home_periods) == len(result.away_periods) == 2 + (result.overtimes or 0)
        assert min(result.home_periods + result.away_periods) >= 0
        if result.overtimes:
            assert sum(result.home_periods[:-1]) == sum(result.away_periods[:-1])
