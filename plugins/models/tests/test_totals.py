from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from tipoff import Fitted
from tipoff_models.totals import fit_total, with_total


def test_totals_follow_what_was_expected_and_the_mismatch() -> None:
    chance = np.random.default_rng(1)
    count = 3000
    expected, margin = chance.normal(140, 10, count), chance.normal(0, 9, count)
    games = pa.table(
        {
            "expected_total": expected,
            "expected_possessions": chance.normal(69, 3, count),
            "expected_margin": margin,
            "home_court": np.ones(count),
            "total": expected + 0.5 * np.abs(margin) + chance.normal(0, 12, count),
        }
    )
    fitted = Fitted(state=fit_total(games))
    said = with_total(pa.table({"margin": margin}), fitted, games)
    wanted = expected + 0.5 * np.abs(margin)
    assert np.abs(said["total"].to_numpy() - wanted).mean() < 1.0
    assert said["total_sd"][0].as_py() == pytest.approx(12, abs=0.5)
    empty = pa.table({name: pa.nulls(1, pa.float64()) for name in games.column_names})
    unknown = with_total(pa.table({"margin": [0.0]}), fitted, empty)["total"][0].as_py()
    assert unknown == pytest.approx(np.mean(wanted), abs=6)
