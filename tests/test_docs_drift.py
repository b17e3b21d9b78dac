"""The guide to drift, held against the code."""

from __future__ import annotations

import re
from pathlib import Path

from tipoff.quality.drift import answers, judging, shifts
from tipoff.quality.drift.checks import CHECKS

GUIDE = (Path(__file__).resolve().parents[1] / "docs/guides/drift.md").read_text()


def test_every_check_is_there_with_its_severity() -> None:
    documented = re.findall(r"^\| `(drift_\w+)` \| (\w+) \|", GUIDE, re.M)
    assert documented == [(check.name, check.severity) for check in CHECKS]


def test_its_numbers_are_those_of_the_code() -> None:
    text = " ".join(GUIDE.split())
    looks = f"up to {judging._RECENT + judging._OLDER} earlier looks (the last {judging._RECENT}, and one a week"
    for said in (
        f"up to {answers.SAMPLE} JSON answers",
        looks,
        f"below {judging._RARER} of the lowest",
        f"forgotten after {judging.FORGET.days} days",
        f"told for {judging.NEWS.days}",
        f"Beyond {shifts.WARN:g} such",
        f"beyond {shifts.BLOCK:g}, scores",
        "after ten days without a game",
    ):
        assert said in text, said
    assert (shifts._DAYS, shifts._SEASONS, shifts._BEFORE, shifts._IDLE.days, judging._LOOKS) == (3, 10, 8, 10, 3)
    assert (judging._GONE, judging.CHANCE, judging._ALIKE, shifts._WINDOWS) == (0.1, 1e-6, 10, 4)


def test_its_example_runs() -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", GUIDE, re.M | re.S)
    made: dict[str, object] = {}
    exec(compile(block, "drift.md", "exec"), made)
    function = made["arenas"]
    assert callable(function)
    assert [each.severity for each in function()] == ["block", "warn"]
