"""``tipoff doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tipoff.health import PARTS


@pytest.fixture(autouse=True)
def without_airflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)


def test_every_part_is_told_and_nothing_is_written(tiny: Any, tmp_path: Path) -> None:
    tiny("init")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "home").rglob("*") if path.suffix != ".lock"}
    output = tiny("doctor").output
    lines = [line.split() for line in output.splitlines()]
    told = {words[0]: words[1] for words in lines if words and words[0] in PARTS}
    assert set(told) == set(PARTS)
    assert told == dict.fromkeys(PARTS, "ok") | {"airflow": "warning"}
    assert "`tiny` is a league on this machine" in output
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "home").rglob("*") if path.suffix != ".lock"}
    assert after == before


def test_what_failed_comes_with_what_to_type_and_exit_code_1(tiny: Any, tmp_path: Path, install_plugin: Any) -> None:
    tiny("init")
    (tmp_path / "home" / "tipoff.duckdb").write_text("this is no database")
    install_plugin("bad", "raise OSError('no luck')")
    output = tiny("doctor", code=1).output
    assert "failed" in output
    assert "tipoff restore" in output
    assert "no luck" in output


def test_strict_plugins_do_not_stop_it(tiny: Any, install_plugin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    install_plugin("bad", "raise OSError('no luck')")
    monkeypatch.setenv("TIPOFF_PLUGINS_STRICT", "1")
    assert "`bad` is failed" in tiny("doctor", code=1).output
