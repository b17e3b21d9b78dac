"""The whole path on the command line, with a league of eight teams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tipoff import clock


def row(output: str, start: str) -> list[str]:
    """The cells of the printed row that begins with `start`."""
    return next(line.split() for line in output.splitlines() if line.startswith(start))


def test_from_nothing_to_tonight_and_to_tomorrow(tiny: Any, tmp_path: Path) -> None:
    first = tiny("collect").output
    assert "Created the store" in first
    assert int(row(first, "tiny_games")[5]) > 70, "a question a day was asked"
    again = tiny("collect").output
    assert int(row(again, "tiny_games")[5]) < 15, "only days that may still change were asked for again"
    assert row(again, "tiny_games")[7] == "0", "and nothing had changed"

    assert row(tiny("features").output, "tiny")[1:3] == ["1", "324"]
    assert "nothing changed" in tiny("features", "tiny").output
    assert "asked for" in tiny("features", "--full").output

    trained = tiny("train").output
    assert "slope" in trained
    assert "first: " in trained
    assert "Champion of mens-college-basketball: slope" in trained
    listed = tiny("models", "list").output
    version = row(listed, "slope")[1]
    assert row(listed, "slope")[3] == "champion"
    shown = json.loads(tiny("models", "show", "slope", version[:12]).output)
    assert shown["version"] == version
    assert shown["evaluation"]
    assert shown["history"]
    assert shown["card"] == {"games": shown["games"]}

    tonight = tiny("predict").output
    assert "Men's college basketball, Thursday 2026-01-15" in tonight
    assert "8 added to the ledger, 0 said before, 0 graded" in tonight
    assert "0 added to the ledger, 8 said before, 0 graded" in tiny("predict", "slope").output
    assert "The ledger is whole: 8 predictions" in tiny("ledger", "verify").output

    page = Path(tiny("report", "--to", str(tmp_path / "tonight.html")).output.strip())
    assert page == tmp_path / "tonight.html"
    assert "Tonight: 4 games" in page.read_text()
    assert "walk-forward" in page.read_text().lower()

    tiny("clock", "advance", "1d")
    assert "4 added to the ledger, 4 said before" in tiny("predict").output


def test_promote_and_roll_back(tiny: Any) -> None:
    for step in ("collect", "features", "train"):
        tiny(step)
    assert "has no earlier champion" in tiny("models", "rollback", code=1).output
    output = tiny("models", "promote", "slope", "2", "--reason", "to try it").output
    assert "champion is now slope" in output
    assert "to try it" in output
    assert "champion, pinned" in tiny("models", "list").output
    assert "(unpinned by a person)" in tiny("models", "unpin").output
    assert "pinned" not in tiny("models", "list").output
    assert "is not pinned" in tiny("models", "unpin", code=1).output
    assert "champion is now slope" in tiny("models", "rollback").output
    assert "no version begins with `zzz`" in tiny("models", "promote", "slope", "zzz", code=1).output


def test_nothing_trained_yet(tiny: Any) -> None:
    assert "No model has been trained yet. Next: tipoff train" in tiny("models", "list").output
    assert "may serve" in tiny("models", "show", "slope", code=1).output
    assert "`nba` is no configured league" in tiny("models", "show", "slope", "--league", "nba", code=1).output
    assert "Nothing to do: there is no champion yet" in tiny("predict").output


@pytest.mark.parametrize(
    ("arguments", "window"),
    [
        (("--from", "2025-12-01", "--to", "2025-12-03"), "2025-12-01 to 2025-12-03"),
        (("--from", "2026-01-10"), "2026-01-10 to 2026-01-15"),
        (("--season", "2026"), "2025-07-01 to 2026-01-15"),
    ],
)
def test_windows(tiny: Any, arguments: tuple[str, ...], window: str) -> None:
    assert window in tiny("collect", "tiny_games", *arguments).output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--season", "2025", "--from", "2025-01-01"), "--season is `2025` and --from or --to is given too"),
        (("--to", "2025-01-01"), "--to is `2025-01-01` without --from"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), "`2026-01-02` to `2026-01-01` holds no day"),
        (("--season", "2030"), "holds no day"),
    ],
)
def test_windows_that_make_no_sense(tiny: Any, arguments: tuple[str, ...], words: str) -> None:
    output = tiny("collect", *arguments, code=1).output
    assert words in output


def test_checks(tiny: Any) -> None:
    tiny("collect")
    output = tiny("checks", "raw").output
    assert row(output, "tiny_scores")[-1] == "passed"
    assert row(output, "tiny_team_seven")[-1] == "rows"


@pytest.mark.parametrize("command", ["collect", "features", "train", "predict"])
def test_without_plugins_each_step_says_so(run: Any, command: str) -> None:
    output = run(command, code=1).output
    assert "Error: no plugin brings a" in output
    assert "`tipoff plugins`" in output


def test_the_report_publishes_what_is_new(tiny: Any, tmp_path: Path) -> None:
    path = Path(tiny("report").output.splitlines()[-1])
    assert path == tmp_path / "home" / "report" / "index.html"
    assert "no predictions for today or later" in path.read_text()
    assert clock.is_set()


def test_a_model_that_cannot_be_judged_yet_is_shown_without_figures(tiny: Any) -> None:
    """In its first month every game is one to learn from."""
    tiny("clock", "set", "2025-11-28T13:00Z")
    for step in ("collect", "features"):
        tiny(step)
    cells = row(tiny("train").output, "slope")
    assert cells[3:8] == ["0", "–", "–", "–", "–"]
