from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from tipoff.modelling import breakdown, metrics

GAMES = 600


@pytest.fixture
def judged() -> pa.Table:
    """Ten games a day for sixty days; a model right on average, a line with half its error, and two days without."""
    rng = np.random.default_rng(3)
    day = np.repeat(np.arange(60), 10)
    margin = rng.normal(2.0, 8.0, GAMES)
    actual = np.round(margin + rng.normal(0.0, 11.0, GAMES))
    spread = pa.array(np.where(day < 58, -(margin + actual) / 2, np.nan), from_pandas=True)
    return pa.table(
        {
            "league": ["a"] * GAMES,
            "model": ["m"] * GAMES,
            "season": pa.array([2024] * GAMES, pa.int32()),
            "game_date": [date(2023, 11, 6) + timedelta(days=int(each)) for each in day],
            "game_id": [f"g{number}" for number in range(GAMES)],
            "day": pa.array(day),
            "home_win_prob": metrics.normal_cdf(margin / 11.0),
            "margin": margin,
            "margin_sd": np.full(GAMES, 11.0),
            "actual": actual,
            "won": (actual > 0).astype(np.float64),
            "spread": spread,
        }
    )


def test_stretches_are_on_the_games_with_a_line_and_add_up(judged: pa.Table) -> None:
    found = breakdown.by_days(judged)
    assert [(each.first, each.last, each.games) for each in found] == [
        (0, 14, 150), (15, 29, 150), (30, 44, 150), (45, 59, 130),
    ]  # fmt: skip
    own = breakdown.of_model(breakdown.lined(judged))
    assert sum(each.mae * each.games for each in found) / 580 == pytest.approx(metrics.mae(own.margin, own.actual))
    for each in found:
        assert each.line_mae == pytest.approx(each.mae / 2)
        assert each.line_log_loss < each.log_loss


def test_a_stretch_of_few_games_is_left_out(judged: pa.Table) -> None:
    assert [each.games for each in breakdown.by_days(judged.slice(0, 190))] == [150]
    assert breakdown.by_days(judged.slice(0, 0)) == []


def test_misses_are_shares_beside_what_the_deviation_promises(judged: pa.Table) -> None:
    said = breakdown.of_model(judged)
    found = breakdown.misses(said)
    assert found[0].low == -breakdown.WIDEST_MISS and len(found) == 20
    assert sum(each.share for each in found) == pytest.approx(1.0)
    assert sum(each.expected for each in found) == pytest.approx(1.0)
    middle = next(each for each in found if each.low == 0.0)
    miss = said.actual - said.margin
    assert middle.share == pytest.approx(float(((miss >= 0) & (miss < breakdown.MISS)).mean()))
    assert middle.expected == pytest.approx(float(metrics.normal_cdf(np.array([4.0 / 11.0]))[0]) - 0.5)


def test_what_is_far_off_is_counted_at_the_ends() -> None:
    said = breakdown.Said(
        *(np.array(each) for each in ([0.5, 0.5], [0.0, 0.0], [11.0, 11.0], [70.0, -70.0], [1.0, 0.0]))
    )
    found = breakdown.misses(said)
    assert (found[0].share, found[-1].share) == (0.5, 0.5)


def test_the_line_is_a_forecaster_on_its_games(judged: pa.Table) -> None:
    said = breakdown.of_line(judged)
    assert len(said.won) == 580
    assert set(said.margin_sd.tolist()) == {metrics.CLOSING_LINE_SD}
    assert metrics.mae(said.margin, said.actual) < metrics.mae(*breakdown.of_model(judged)[1:4:2])


def test_all_of_it_is_plain_json(judged: pa.Table) -> None:
    (found,) = breakdown.as_json(judged)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["league"], found["model"]) == ("a", "m")
    assert {"by_days", "calibration", "misses"} < set(found)
