"""``tipoff plugins``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tipoff import settings


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


def test_lock_says_what_it_allows_and_what_has_changed(tiny: Any, install_plugin: Any, tmp_path: Path) -> None:
    output = tiny("plugins", "lock").output
    assert "broken 0.3: new" in output
    assert "tiny 1.0: new" in output
    path = settings.load().plugins_lock_file
    assert f"Nothing else is imported from now on: {path}" in output
    assert f"What may be imported is locked by {path}." in tiny("plugins").output
    install_plugin("stranger", "1 / 0")
    install_plugin("broken", "2 / 0", version="0.3")
    listed = {each["name"]: each for each in json.loads(tiny("plugins", "--json").output)}
    assert [name for name, each in listed.items() if each["state"] == "untrusted"] == ["broken", "stranger"]
    assert "has changed since it was locked" in listed["broken"]["reason"]
    assert "broken 0.3: changed" in tiny("plugins", "lock", "broken").output
    assert "ZeroDivisionError" in " ".join(tiny("plugins").output.split())
    (tmp_path / "site/broken-0.3.dist-info/entry_points.txt").unlink()
    output = tiny("plugins", "lock").output
    assert "broken 0.3: no longer allowed" in output
    assert "tiny 1.0: as before" in output
    assert "stranger 1.0: new" in output


def test_lock_refuses_what_is_not_there(tiny: Any) -> None:
    output = tiny("plugins", "lock", "tinny", code=1).output
    assert "Error: no distribution `tinny` with a plugin is installed (did you mean `tiny`?); there are: " in output
    assert not settings.load().plugins_lock_file.exists()


def test_a_damaged_lock_is_written_anew_and_never_half_trusted(tiny: Any) -> None:
    path = settings.load().plugins_lock_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")
    assert "is damaged" in tiny("plugins", "lock", "tiny", code=1).output, "the rest of it would be lost"
    assert "tiny 1.0: new" in tiny("plugins", "lock").output


def test_a_bad_first_load_is_made_again_by_name(tiny: Any, install_plugin: Any, tmp_path: Path) -> None:
    assert "Nothing to do: no bad first load is remembered" in tiny("plugins", "retry").output
    broken = tmp_path / "broken-for-test"
    broken.touch()
    install_plugin("deadly", f"import os\nif os.path.exists({str(broken)!r}): os._exit(3)\n")
    said = " ".join(tiny("plugins").output.split())
    assert "ended the process with exit code 3; once that is mended: tipoff plugins retry deadly" in said
    broken.unlink()
    assert "deadly 1.0 failed" in " ".join(tiny("plugins").output.split())
    told = tiny("plugins", "retry", "deadly", "tiny").output
    assert "`tiny` has no bad first load that is remembered" in told
    assert "deadly 1.0 ok" in " ".join(told.split())
