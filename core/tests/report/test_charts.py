"""Charts: what stands where, and what they say to those who cannot see them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from tipoff.modelling.comparison import Verdict
from tipoff.report import charts
from tipoff.report.bundle import Bin, Calibration, Forecast, Point, Series
from tipoff.report.operations import Ran, Work

NOW = datetime(2026, 1, 15, 13)


def series(name: str, *, benchmark: bool = False, start: date = date(2025, 11, 3), weeks: int = 8) -> Series:
    points = tuple(Point(start + timedelta(7 * n), 2026, 40, 0.5 + 0.01 * n, 0.2, 0.7) for n in range(weeks))
    return Series(name, name == "elo", benchmark, points)


def test_models_are_in_colour_and_benchmarks_grey() -> None:
    found = charts.colours([series("elo"), series("linear"), series("closing line", benchmark=True)])
    assert [colour for _, colour in found] == [*charts.PALETTE[:2], charts.BENCHMARK[0]]


def test_scores_over_time() -> None:
    made = charts.over_time([series("elo"), series("closing line", benchmark=True)], "week", "log_loss")
    assert 'aria-label="Log loss, lower is better, by week, of elo, closing line.' in made
    assert made.count("<polyline") == 2
    assert made.count("stroke-dasharray") == 1, "the benchmark's"
    heights = [float(y) for y in re.findall(r'cy="([\d.]+)"', made)]
    assert max(heights) < 300
    assert min(heights) > 0
    assert "3 Nov" in made
    assert charts.over_time([series("elo")], "week", "accuracy").count(" %</text>") >= 2


def test_lines_break_between_seasons() -> None:
    points = tuple(Point(date(2024 + n, month, 1), 2024 + n, 40, 0.5, 0.2, 0.7) for n in (0, 1) for month in (1, 2, 3))
    made = charts.over_time([Series("elo", True, False, points)], "month")
    assert made.count("<polyline") == 2


@pytest.mark.parametrize(("weeks", "shown"), [(6, "3 Nov"), (60, "Jan 2026"), (600, "2030")])
def test_dates_are_few_enough_to_read(weeks: int, shown: str) -> None:
    made = charts.over_time([series("elo", weeks=weeks)], "month", narrow=True)
    names = re.findall(r'class="middle">([^<]+)<', made)
    assert 1 <= len(names) <= 5, names
    assert shown in names


def test_calibration_stands_where_it_should() -> None:
    found = Calibration("elo", 100, 0.02, 0.03, (Bin(60, 0.25, 0.75, 0.1, 0.4), Bin(40, 0.75, 0.75, 0.6, 0.9)))
    made = charts.calibration(found)
    assert "Calibration of elo on 100 games" in made
    assert "forecast 25%, happened 75%, 60 games" in made
    (first, second) = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', made)
    assert first[1] == second[1], "both happened as often"
    assert float(first[0]) < float(second[0])


@pytest.mark.parametrize(("home", "ahead"), [(0.7, "70.7"), (0.2, "0")])
def test_the_favourite_is_in_colour(home: float, ahead: str) -> None:
    made = charts.chance("Duke", "Kansas & Co", home)
    assert f"Duke {1 - home:.0%}, Kansas &amp; Co {home:.0%}" in made
    (place,) = re.findall(r'<rect x="([\d.]+)"[^>]*class="ahead"', made)
    assert place == (ahead if home < 0.5 else "30.7")


def test_a_drawn_interval_stays_inside() -> None:
    made = charts.interval(Forecast("elo", True, 0.7, 10, -70, 90, NOW))
    assert '<rect x="0" y="4" width="130"' in made
    assert 'cx="81.2"' in made
    assert "80 % of games between -70 and +90" in made


def test_durations_mark_the_latest_and_the_failed() -> None:
    runs = tuple(Ran(f"r{n}", NOW - timedelta(n), 2.0 + n, 10, "down" if n == 1 else "") for n in range(50))
    made = charts.durations(Work("collect", "games", runs))
    assert made.count("<rect") == 40
    assert made.count('class="ahead"') == made.count('class="bad"') == 1
    assert "Seconds of the last 40 runs of games: the last 2.0, at most 41.0." in made
    assert max(float(x) for x in re.findall(r'<rect x="([\d.]+)"', made)) < 180


def test_a_date_at_the_edge_is_not_cut() -> None:
    made = charts.over_time([series("elo", start=date(2024, 1, 1), weeks=106)], "month")
    *_, last = re.findall(r'<text x="([\d.]+)"[^>]*class="middle">([^<]+)<', made)
    assert last[1] == "Jan 2026"
    assert float(last[0]) + 28 < 900, "half of its eight letters"


def test_a_challenger_that_is_better_lies_left_of_the_middle() -> None:
    made = charts.difference(Verdict(900, 0.55, 0.57, -0.03, -0.01))
    bar = re.search(r'<rect x="([\d.]+)" y="4" width="([\d.]+)"', made)
    assert bar
    assert float(bar[1]) + float(bar[2]) < 65
    assert 'aria-label="difference -0.0200, with 95 % certainty between -0.0300 and -0.0100"' in made
