"""The backtest's page: whole, self-contained, the same for the same figures."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tipoff.contracts import Json
from tipoff.modelling import breakdown, metrics
from tipoff.modelling.backtest import Backtest, Line
from tipoff.modelling.benchmarks import LINE
from tipoff.modelling.metrics import FloatArray
from tipoff.report.backtest import best_model, render, write

GAMES = 400
NOISE = {"sharp": 3.0, "blunt": 4.0, "blind": 30.0}


def made(seasons: tuple[int, ...] = (2023, 2024), *, lines: bool = True) -> Backtest:
    """Three models of different sharpness over some seasons of 400 games."""
    judged, found = [], list[Line]()
    for model, noise in NOISE.items():
        for season in seasons:
            rng = np.random.default_rng(season)
            truth = rng.normal(3.0, 9.0, GAMES)
            actual = np.round(truth + rng.normal(0.0, 10.0, GAMES)) + 0.5
            rows = table(model, season, truth + rng.normal(0.0, noise, GAMES), truth, actual, lines=lines)
            own = metrics.score(*breakdown.of_model(rows))
            line = metrics.score(*breakdown.of_line(rows)) if lines else None
            found.append(Line("tiny-league", model, str(season), GAMES, own, line))
            judged.append(rows)
    for season in seasons if lines else ():
        line = next(each.line for each in found if each.season == str(season))
        assert line is not None
        found.append(Line("tiny-league", LINE, str(season), GAMES, line, line))
    found.sort(key=lambda each: each.season)
    ref: dict[str, Json] = {"id": "d1", "games": 900, "first_day": "2022-11-01", "last_day": "2024-04-01"}
    return Backtest(tuple(found), pa.concat_tables(judged), ref)


def table(
    model: str, season: int, margin: FloatArray, truth: FloatArray, actual: FloatArray, *, lines: bool
) -> pa.Table:
    day = np.arange(GAMES) // 6
    return pa.table(
        {
            "league": ["tiny-league"] * GAMES,
            "model": [model] * GAMES,
            "season": pa.array([season] * GAMES, pa.int32()),
            "game_date": [date(season - 1, 11, 6) + timedelta(days=int(each)) for each in day],
            "game_id": [f"{season}-{number}" for number in range(GAMES)],
            "day": pa.array(day),
            "home_win_prob": np.clip(metrics.normal_cdf(margin / 11.0), 1e-6, 1 - 1e-6),
            "margin": margin,
            "margin_sd": np.full(GAMES, 11.0),
            "actual": actual,
            "won": (actual > 0).astype(np.float64),
            "spread": pa.array(-truth if lines else [None] * GAMES, pa.float64()),
        }
    )


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S).split())


def test_the_page_is_one_file_that_asks_the_network_for_nothing(tmp_path: Path) -> None:
    path = write(made(), (2023, 2024), "month", tmp_path / "deep" / "out")
    assert [each.name for each in path.parent.iterdir()] == ["index.html"]
    page = path.read_text()
    assert "<script" not in page
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/)", page)
    assert "currentColor" in page and "prefers-color-scheme: dark" in page


def test_figures_and_charts_are_on_the_page() -> None:
    page = render(made(), (2023, 2024), "week")
    text = text_of(page)
    for words in (
        "Backtest of seasons 2023 to 2024", "fitted anew each week", "Tiny league", "closing line", "sharp", "behind",
        "Not drawn, since far above the others: blind", "When sharp says 70 %", "Dataset d1 : 900 finished games",
        "By days into the season, sharp, as a table", "0 to 14", "15 to 29",
    ):  # fmt: skip
        assert words in text, words
    said = re.findall(r'<svg [^>]*?role="img" aria-label="([^"]{20,})"', page)
    # errors by season and by days, of two kinds each; calibration and misses, of the best model and the line
    assert len(said) == len(re.findall("<svg ", page)) == 8
    assert all("blind" not in each for each in said)
    assert re.findall("<figcaption>(.*?)</figcaption>", page) == ["sharp", "closing line"] * 2
    assert page == render(made(), (2023, 2024), "week")


def test_without_lines_and_in_one_season_the_page_shows_what_there_is() -> None:
    page = render(made((2024,), lines=False), (2024,), "month")
    assert "Backtest of seasons 2024:" in text_of(page)
    assert len(re.findall("<svg ", page)) == 2  # calibration and misses of the best model
    assert "closing line" not in re.sub(r"<abbr.*?</abbr>|<caption>.*?</caption>", "", page)


@pytest.mark.parametrize("lines", [True, False])
def test_the_best_model_is_that_of_the_lowest_log_loss(lines: bool) -> None:
    assert best_model(made(lines=lines).lines) == "sharp"
