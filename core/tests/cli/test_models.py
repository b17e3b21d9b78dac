"""``tipoff models`` and ``tipoff ledger``, beyond what the way from nothing shows (test_steps)."""

from __future__ import annotations

from typing import Any


def test_nothing_graded_yet(tiny: Any) -> None:
    assert "Too few graded predictions to judge: 100 games" in tiny("models", "decay").output
    assert "No published prediction has been graded yet" in tiny("ledger", "accuracy").output


def test_a_model_without_a_space_cannot_be_searched(tiny: Any) -> None:
    for step in ("collect", "features"):
        tiny(step)
    assert "`slope` declares no `search_space`" in tiny("models", "search", "slope", code=1).output
    assert "brings the model `none`" in tiny("models", "search", "none", code=1).output
    assert "Nothing to forget" in tiny("models", "search", "slope", "--forget").output
