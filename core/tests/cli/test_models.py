"""``tipoff models`` and ``tipoff ledger``, beyond what the way from nothing shows (test_steps)."""

from __future__ import annotations

from datetime import date
from typing import Any

from tipoff.cli.searching import table_of
from tipoff.modelling.search import Found, Trial


def test_nothing_graded_yet(tiny: Any) -> None:
    assert "Too few graded predictions to judge: 100 games" in tiny("models", "decay").output
    assert "No published prediction has been graded yet" in tiny("ledger", "accuracy").output


def test_a_model_without_a_space_cannot_be_searched(tiny: Any) -> None:
    for step in ("collect", "features"):
        tiny(step)
    assert "`slope` declares no `search_space`" in tiny("models", "search", "slope", code=1).output
    assert "brings the model `none`" in tiny("models", "search", "none", code=1).output
    assert "Nothing to forget" in tiny("models", "search", "slope", "--forget").output


def test_a_search_is_shown_with_what_was_tried_and_what_is_in_use() -> None:
    tried = ((0.05, 0.51), (0.1, 0.52))
    trials = [Trial({"rate": rate, "kind": "a"}, 900, loss, 9.0, {"2024": loss}) for rate, loss in tried]
    made = table_of(Found("slope", (2024,), date(2024, 7, 1), tuple(trials), trials[1], adopted=True, reason="better"))
    assert made.title == "slope: 2 trials on 900 games before 2024-07-01"
    names = [str(column.header) for column in made.columns]
    assert names == ["rank", "rate", "log loss", "2024", "MAE", ""], "what was never varied is left out"
    rows = list(zip(*(map(str, column.cells) for column in made.columns), strict=True))
    assert rows == [
        ("1", "0.05", "0.51000", "0.51000", "9.000", ""),
        ("2", "0.1", "0.52000", "0.52000", "9.000", "in use"),
    ]
