"""``tipoff coverage`` over the league of eight teams, and over a source with holes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

WORLD = Path(__file__).parents[1] / "quality" / "support_world.py"
HOOK = """
from tipoff import hookimpl

TIPOFF_API = 1


@hookimpl
def collectors():
    return (collector(),)


for _day in range(5, 20):
    WORLD.play(date(2026, 1, _day), f"{_day}-0", f"{_day}-1")
WORLD.down.add("/boxes/7-1")
WORLD.boxes["8-0"] = []
"""


@pytest.fixture
def world(run: Any, install_plugin: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    install_plugin("world", WORLD.read_text() + HOOK, header="")
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-20T12:00")
    return run


def test_nothing_to_look_at(run: Any, world: Any) -> None:
    said = world("coverage").output
    assert "Nothing to do: no games are known of mens-college-basketball. Next: tipoff collect" in said
    assert "Next: tipoff collect --season 2019" in world("coverage", "--season", "2019").output
    assert "no plugin brings the dataset `gmes` (did you mean `games`?)" in world("coverage", "gmes", code=1).output


def test_where_there_is_nothing_yet(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", "2026-08-15T12:00")
    world("collect")
    assert "season 2027 may not have begun. Next: tipoff collect --season 2026" in world("coverage").output
    said = world("coverage", "--season", "2028").output
    assert "season 2028 has not begun; `tipoff clock` shows what day it is here" in said
    assert "tipoff collect" not in said


def test_days_that_no_run_was_about_are_named(world: Any) -> None:
    world("collect", "--from", "2026-01-09", "--to", "2026-01-19")
    assert "before those: tipoff collect --from 2025-07-01 --to 2026-01-08" in world("coverage").output
    assert json.loads(world("coverage", "--json").output)[0]["unasked"] == 192
    world("collect", "--from", "2025-07-01", "--to", "2026-01-08", code=1)
    assert "No run was about" not in world("coverage").output


def test_without_datasets_that_can_be_held_against_a_schedule(run: Any) -> None:
    assert "Nothing to do: no dataset lists games" in run("coverage").output


def test_calendar_totals_and_what_lacks(world: Any) -> None:
    world("collect", "--from", "2026-01-01", "--to", "2026-01-19", code=1)
    said = world("coverage").output
    lines = [line.split() for line in said.splitlines()]
    assert "mens-college-basketball, season 2026" in said
    assert "January 2026" in said
    assert ["2", "2", "2!", "2o", "2", "2", "2"] in lines
    assert "47! asked, without a whole answer, 47o the source has nothing, 47 all there" in said
    assert ["games", "days", "15", "0", "0", "100.0%"] in lines
    assert ["stats", "raw.team_stats", "28", "1", "1", "93.3%"] in lines
    assert "tipoff collect stats --from 2026-01-07 --to 2026-01-07" in said
    assert "nothing: it is asked once more" in said

    rows = world("coverage", "--games").output
    assert ["stats:", "raw.team_stats", "2026-01-08", "8-0", "empty"] in [
        line.split()[:5] for line in rows.splitlines()
    ]
    assert " 7-0 " not in rows

    (found,) = json.loads(world("coverage", "stats", "--json", "--games").output)
    assert (found["league"], found["season"], found["days"]) == ("mens-college-basketball", 2026, [])
    assert len(found["games"]) == 30
    assert [gap["next"] for gap in found["gaps"]] == [
        "tipoff collect stats --from 2026-01-07 --to 2026-01-07",
        "nothing: it is asked once more",
    ]


def test_nothing_lacks(tiny: Any) -> None:
    tiny("collect")
    said = tiny("coverage").output
    assert "November 2025" in said
    assert "Nothing lacks of what is listed" in said
    assert "Nothing lacks of what is listed" in tiny("coverage", "--games").output
