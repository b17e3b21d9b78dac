from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def collected(tiny: Any) -> Any:
    """The tiny league, collected and with features."""
    tiny("collect")
    tiny("features")
    return tiny


def test_the_table_the_figures_and_the_predictions(collected: Any, tmp_path: Path) -> None:
    figures, said = tmp_path / "figures.json", tmp_path / "said.parquet"
    result = collected("backtest", "--seasons", "2026", "--json", str(figures), "--predictions", str(said))
    assert "Walk-forward predictions" in result.output and "log loss" in result.output and "slope" in result.output
    assert "MSE ratio" not in result.output  # nothing is known of closing lines
    saved = json.loads(figures.read_text())
    assert (saved["seasons"], saved["refit"]) == ([2026], "month")
    (row,) = saved["rows"]
    predictions = pq.read_table(said)
    assert row["games"] == predictions.num_rows > 0
    assert {"game_id", "margin", "home_win_prob", "model"} <= set(predictions.column_names)


def test_a_closing_line_adds_ratios(collected: Any, tmp_path: Path) -> None:
    said, odds = tmp_path / "said.parquet", tmp_path / "odds.parquet"
    collected("backtest", "--seasons", "2026", "--predictions", str(said))
    games = pq.read_table(said)["game_id"]
    pq.write_table(pa.table({"game_id": games, "home_spread_close": pa.array([-2.5] * len(games))}), odds)
    result = collected("backtest", "--seasons", "2026:2026", "--odds", str(odds))
    assert "MSE ratio" in result.output and "closing line" in result.output and "1.0000" in result.output


@pytest.mark.parametrize(
    ("seasons", "why"), [("soon", "write 2024 or 2023:2024"), ("2024:2023", "ends before it starts")]
)
def test_seasons_that_are_none(tiny: Any, seasons: str, why: str) -> None:
    assert why in tiny("backtest", "--seasons", seasons, code=2).output
