from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tipoff.errors import SettingsError, Skip
from tipoff.modelling import metrics
from tipoff.modelling.backtest import Line, backtest
from tipoff.modelling.benchmarks import LINE
from tipoff.modelling.evaluation import by_scope


def lines(toy: Any, *seasons: int, **options: Any) -> dict[tuple[str, str], Line]:
    result = backtest(toy, toy.store, seasons or (2024, 2025), **options)
    return {(line.season, line.model): line for line in result.lines}


@pytest.fixture
def odds(toy: Any, tmp_path: Path) -> Path:
    """Closing spreads of the games of January 2025, 3 points off; one game's sources do not agree."""
    rows = toy.rows(
        "SELECT game_id, home_score - away_score FROM raw.games WHERE game_date BETWEEN '2025-01-01' AND '2025-01-31'"
    )
    path = tmp_path / "odds.parquet"
    table = {
        "game_id": pa.array([int(game) for game, _ in rows], pa.int64()),
        "home_spread_close": pa.array([-(margin - 3.0) for _, margin in rows], pa.float32()),
        "source_range": pa.array([9.0, None, *[0.5] * (len(rows) - 2)], pa.float32()),
    }
    pq.write_table(pa.table(table), path)
    return path


def test_every_model_and_season_gets_a_line(toy: Any) -> None:
    found = lines(toy)
    assert {season for season, _ in found} == {"2024", "2025", "all"}
    assert {model for _, model in found} == {"line", "rate", "tree", "stack"}
    assert found["all", "line"].predicted == found["2024", "line"].predicted + found["2025", "line"].predicted
    assert found["all", "line"].scores.log_loss < found["all", "rate"].scores.log_loss
    assert found["all", "line"].mae_ratio is None


def test_only_the_asked_seasons_are_scored(toy: Any) -> None:
    result = backtest(toy, toy.store, (2025,), models=("stack",))
    assert {line.season for line in result.lines} == {"2025"}
    assert set(result.predictions["season"].to_pylist()) == {2025}
    assert min(result.predictions["game_date"].to_pylist()) < date(2024, 11, 30)


def test_figures_stand_beside_the_closing_line_on_the_same_games(toy: Any, odds: Path) -> None:
    found = lines(toy, 2025, odds=odds, models=("line",))
    own, line = found["2025", "line"], found["2025", LINE]
    assert own.scores.games == line.scores.games == pq.read_table(odds).num_rows - 1
    assert own.predicted > own.scores.games
    assert line.scores.mae == pytest.approx(3.0)
    assert line.scores.coverage_80 == 1.0
    assert own.mae_ratio == pytest.approx(own.scores.mae / 3.0)
    assert own.mse_ratio == pytest.approx(own.scores.rmse**2 / 9.0)
    assert own.log_loss_behind == pytest.approx(own.scores.log_loss - line.scores.log_loss)


def test_without_a_file_the_lines_are_those_of_the_store(toy: Any) -> None:
    toy.sql(
        "INSERT INTO raw.odds (league, season, game_id, provider, home_spread_close) "
        "SELECT league, season, game_id, provider, away_score - home_score + off FROM raw.games "
        "CROSS JOIN (VALUES ('a', 1.0), ('b', 2.0), ('c', 30.0)) AS p(provider, off) WHERE season = 2025"
    )
    assert lines(toy, 2025, models=("line",))["2025", LINE].scores.mae == pytest.approx(2.0)


def test_a_published_forecast_is_compared_on_its_games_whoever_publishes_it(toy: Any) -> None:
    toy.sql(
        "INSERT INTO raw.odds (league, season, game_id, provider, home_win_prob) "
        "SELECT league, season, game_id, 'a_paper', CASE WHEN home_score > away_score THEN 0.9 ELSE 0.1 END "
        "FROM raw.games WHERE game_date = '2025-01-05' OR game_date = '2025-01-11'"
    )
    published = lines(toy, 2025, models=("line",))["2025", "line"].published
    assert set(published) == {"a_paper"}
    assert published["a_paper"].published_log_loss == pytest.approx(-np.log(0.9))
    assert published["a_paper"].ratio == pytest.approx(published["a_paper"].log_loss / -np.log(0.9))
    assert published["a_paper"].games == toy.rows("SELECT count(*) FROM raw.odds")[0][0]
    both = lines(toy, models=("line",))["2025", "line"].published
    assert both["a_paper"].games == published["a_paper"].games, "in whatever seasons else it is asked"


def test_a_weekly_refit_fits_more_often(toy: Any, fits: list[int]) -> None:
    lines(toy, models=("line",))
    monthly = len(fits)
    fits.clear()
    lines(toy, models=("line",), refit="week")
    assert len(fits) > 2 * monthly


def test_a_second_backtest_fits_nothing(toy: Any, fits: list[int]) -> None:
    first = lines(toy)
    fits.clear()
    assert lines(toy) == first
    assert fits == []


def test_lines_are_plain_json(toy: Any) -> None:
    rows: Any = [line.as_json() for line in lines(toy, models=("line",)).values()]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert rows[0]["log_loss"] > 0 and rows[0]["model"] == "line"


def test_a_season_that_is_not_there_is_a_skip(toy: Any) -> None:
    with pytest.raises(Skip, match="no game of seasons 2019 to 2020"):
        backtest(toy, toy.store, (2019, 2020))


def test_an_unusable_odds_file_is_named(toy: Any, tmp_path: Path) -> None:
    path = tmp_path / "odds.parquet"
    with pytest.raises(SettingsError, match=r"odds\.parquet` cannot be read"):
        backtest(toy, toy.store, (2025,), odds=path)
    pq.write_table(pa.table({"game_id": [1]}), path)
    with pytest.raises(SettingsError, match="lacks the columns `home_spread_close`"):
        backtest(toy, toy.store, (2025,), odds=path)


def test_scopes_add_up() -> None:
    judged = pa.table(
        {
            "season": [2024, 2024, 2025],
            "fold": ["2024-01", "2024-02", "2025-01"],
            "home_win_prob": [0.6, 0.7, 0.2],
            "margin": [2.0, 5.0, -8.0],
            "margin_sd": [11.0, 11.0, 11.0],
            "actual": [1.0, -3.0, -8.0],
            "won": [1.0, 0.0, 0.0],
        }
    )
    rows = by_scope(judged)
    assert [(row["scope"], row["label"], row["games"]) for row in rows] == [
        ("all", "all", 3),
        ("season", "2024", 2),
        ("season", "2025", 1),
        ("fold", "2024-01", 1),
        ("fold", "2024-02", 1),
        ("fold", "2025-01", 1),
    ]
    assert rows[0]["log_loss"] == pytest.approx(metrics.log_loss(np.array([0.6, 0.7, 0.2]), np.array([1.0, 0, 0])))


def test_nothing_to_judge_says_so() -> None:
    assert by_scope(pa.table({"season": pa.array([], pa.int32())})) == [{"scope": "all", "label": "all", "games": 0}]
