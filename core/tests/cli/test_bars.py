"""What a person sees while `tipoff collect` works."""

from __future__ import annotations

import pytest
from tipoff.cli.bars import watching


def answer(name: str, done: int, total: int) -> None:
    with watching() as watch:
        tell = watch(name)
        for number in range(1, done + 1):
            tell(number, total, "key")


def test_a_bar_with_rate_and_time_left_in_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    answer("collect_stats", 3, 6000)
    shown = capsys.readouterr().err
    assert "collect_stats" in shown
    assert "3/6000" in shown
    assert "/s" in shown
    assert "left" in shown


def test_no_bar_and_no_line_for_a_short_work_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    answer("collect_stats", 3, 6000)
    assert capsys.readouterr() == ("", "")
