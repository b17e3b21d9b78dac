"""``tipoff plugins``."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def broken(tiny: Any, install_plugin: Any) -> None:
    """A broken plugin beside the sound one."""
    install_plugin("broken", "1 / 0", version="0.3")


def test_a_table_of_states_and_reasons(tiny: Any) -> None:
    output = " ".join(tiny("plugins").output.split())
    assert "tiny 1.0 ok" in output
    assert "collect_tiny_games, tiny_features, train_model[slope], check tiny_scores" in output
    assert "broken 0.3 failed" in output
    assert "ZeroDivisionError: division by zero" in output


def test_json(tiny: Any) -> None:
    broken, tiny_one = json.loads(tiny("plugins", "--json").output)
    assert (broken["name"], broken["state"], broken["tasks"]) == ("broken", "failed", [])
    assert tiny_one["tasks"][0] == "collect_tiny_games"
    assert tiny_one["distribution"] == "tiny"


def test_strict_shows_the_table_and_fails(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_PLUGINS_STRICT", "1")
    output = tiny("plugins", code=1).output
    assert "collect_tiny_games" in output
    assert "Error: not ok: broken" in output
    assert "TIPOFF_PLUGINS_STRICT makes this fatal" in tiny("collect", code=1).output


def test_disabled(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_PLUGINS_DISABLED", "broken,tyni")
    monkeypatch.setenv("TIPOFF_PLUGINS_STRICT", "1")
    output = tiny("plugins").output
    assert "disabled" in output
    assert "TIPOFF_PLUGINS_DISABLED names `tyni`, which is not installed" in output
