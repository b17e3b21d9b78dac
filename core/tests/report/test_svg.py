"""Drawings: round axes, words that stay words, nothing that a strict policy refuses."""

from __future__ import annotations

import re

import pytest
from tipoff.report import svg


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.52, 0.71, [0.5, 0.55, 0.6, 0.65, 0.7, 0.75]),
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (3.0, 17.0, [0.0, 5.0, 10.0, 15.0, 20.0]),
    ],
)
def test_steps_are_round_and_enclose(low: float, high: float, ticks: list[float]) -> None:
    assert svg.steps(low, high) == ticks


@pytest.mark.parametrize("value", [0.0, 0.5, -3.0, 1e-12])
def test_one_value_alone_has_an_axis(value: float) -> None:
    ticks = svg.steps(value, value)
    assert len(ticks) >= 2
    assert ticks[0] <= value <= ticks[-1]


def test_ticks_are_shown_with_as_many_digits_as_tell_them_apart() -> None:
    assert svg.shown([0.5, 0.55, 0.6]) == ["0.50", "0.55", "0.60"]
    assert svg.shown([0.0, 5.0, 10.0]) == ["0", "5", "10"]
    assert svg.shown([0.2, 0.4]) == ["0.2", "0.4"]


def test_a_scale() -> None:
    across = svg.Scale(10, 20, 0, 100)
    assert [across(value) for value in (10, 15, 20)] == [0, 50, 100]
    assert svg.Scale(5, 5, 0, 100)(5) == 50


def test_words_stay_words() -> None:
    evil = '"><script>alert(1)</script>'
    parts = [svg.text(0, 0, evil), svg.dot(0, 0, 1, "#fff", evil), svg.rect(0, 0, width=1, height=1, words=evil)]
    made = svg.image(10, 10, parts, evil)
    assert "<script" not in made
    assert made.count("&lt;script&gt;") == 4
    assert not re.search(r"\sstyle=|<style", made)
