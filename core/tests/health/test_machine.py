"""Versions, plugins, disk and memory, as this machine has them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tipoff import plugins
from tipoff.health import Finding, Needs, examine

Look = Callable[..., list[Finding]]


def test_versions_are_told(look: Look) -> None:
    (found, *others) = look("versions")
    assert found.state == "ok"
    assert found.found.startswith("Python 3.")
    assert "DuckDB 2." in found.found
    assert [each.found for each in others] == []


def test_a_version_that_tipoff_cannot_work_with(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "tipoff-9.9.dist-info"
    info.mkdir()
    asked = ("duckdb<1", "no-such-thing-anywhere", "pluggy", "never-asked; extra == 'more'")
    lines = ["Metadata-Version: 2.1", "Name: tipoff", "Version: 9.9", *(f"Requires-Dist: {each}" for each in asked)]
    (info / "METADATA").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    said, *failed = look("versions")
    assert "tipoff 9.9" in said.found
    assert [each.state for each in failed] == ["failed"] * 2
    assert failed[0].found.startswith("tipoff needs duckdb<1, and there is `2.")
    assert failed[1].found == "tipoff needs no-such-thing-anywhere, and there is `none`"
    assert {each.mend for each in failed} == {"make setup"}


def test_plugins_that_do_not_work_are_named(needs: Needs, install_plugin: Any) -> None:
    def found() -> list[tuple[str, str]]:
        them = Needs(plugins.load(needs.settings), needs.settings, needs.reach)
        return [(each.state, each.found) for each in examine(them, ["plugins"])]

    assert found() == [("failed", "none is usable, so there is nothing to do")]
    install_plugin("good", version="1.2")
    assert found() == [("ok", "good 1.2")]
    install_plugin("bad", "raise OSError('no luck')")
    (ok, broken) = found()
    assert ok == ("ok", "good 1.2")
    assert broken[0] == "failed"
    assert broken[1].startswith("`bad` is failed: ")
    assert "no luck" in broken[1]


@pytest.mark.parametrize("text", [b"[elsewhere]\nno-value\n", b"[tipoff]\nno-value\n", b"\xff\xfe"])
def test_a_distribution_whose_metadata_cannot_be_read_is_named_and_ends_nothing(
    needs: Needs, install_plugin: Any, tmp_path: Path, text: bytes
) -> None:
    install_plugin("good", version="1.2")
    info = tmp_path / "site/damaged-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: damaged\nVersion: 1.0\n")
    (info / "entry_points.txt").write_bytes(text)
    them = Needs(plugins.load(needs.settings), needs.settings, needs.reach)
    (ok, damaged) = examine(them, ["plugins"])
    assert (ok.found, damaged.state) == ("good 1.2", "failed")
    assert "damaged-1.0.dist-info" in damaged.found
    run = [sys.executable, "-m", "tipoff.cli", "plugins"]
    ended = subprocess.run(
        run, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    )
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    assert "good" in ended.stdout


def test_disk(look: Look, needs: Needs) -> None:
    (found,) = look("disk", disk_gb=0)
    assert found.state == "ok"
    assert f"free at `{needs.settings.home.parent}`" in found.found
    (found,) = look("disk", disk_gb=1e9)
    assert (found.state, found.mend) == ("failed", "free some space: 1000000000.0 GB are wanted")


def test_a_file_is_no_folder_to_work_in(look: Look, needs: Needs) -> None:
    needs.settings.home.write_text("")
    found = look("disk", disk_gb=0)[0]
    assert (found.state, found.found) == ("failed", f"`{needs.settings.home}` is a file")
    assert found.mend == "set TIPOFF_HOME to a folder"


def test_a_store_wants_room_for_its_copy(look: Look, needs: Needs) -> None:
    needs.settings.home.mkdir()
    with needs.settings.store.open("wb") as file:
        file.truncate(10**13)  # takes no room
    (found,) = look("disk", disk_gb=0)
    assert (found.state, found.mend) == ("failed", "free some space: 20000.0 GB are wanted")


def test_memory(look: Look) -> None:
    assert look("memory", memory_gb=0)[0].state == "ok"
    (found,) = look("memory", memory_gb=1e9)
    assert (found.state, found.mend) == ("failed", "stop something: 1000000000.0 GB are wanted")
