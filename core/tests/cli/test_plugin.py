"""``tipoff plugin``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tipoff.scaffold import KINDS


def test_a_new_plugin_and_the_next_commands(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    output = run("plugin", "new", "collector", "hill_tops").output
    assert (tmp_path / "tipoff-hill-tops/tipoff_hill_tops/plugin.py").is_file()
    assert "  cd tipoff-hill-tops\n" in output
    assert output.index("pip install -e") < output.index("sh check.sh") < output.index("tipoff collect hill_tops")


def test_a_folder_of_ones_own(run: Any, tmp_path: Path) -> None:
    output = run("plugin", "new", "model", "slope", "--to", str(tmp_path / "deep/er")).output
    assert (tmp_path / "deep/er/tests/test_contract.py").is_file()
    assert "tipoff train slope" in output


def test_what_cannot_be_is_refused_in_one_line(run: Any, tmp_path: Path) -> None:
    assert "Error: `Slope` cannot be a plugin's name" in run("plugin", "new", "model", "Slope", code=1).output
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    refused = run("plugin", "new", "features", "speed", "--to", str(tmp_path / "full"), code=1).output
    assert "is there already, and not empty" in refused
    assert "is not one of" in run("plugin", "new", "dashboard", "speed", code=2).output


def test_help_shows_examples(run: Any) -> None:
    output = run("plugin", "new", "--help").output
    for kind in KINDS:
        assert f"tipoff plugin new {kind} " in output


def test_in_the_repository_it_says_what_else_names_a_package(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "core/tipoff").mkdir(parents=True)
    (tmp_path / "pants.toml").touch()
    monkeypatch.chdir(tmp_path)
    output = run("plugin", "new", "model", "slope", "--to", "plugins/slope").output
    assert "  plugins/slope/BUILD\n" in output
    assert "name plugins/slope in PACKAGES of the Makefile" in output
    assert "PACKAGES" not in run("plugin", "new", "model", "slope", "--to", str(tmp_path.parent / "slope")).output
