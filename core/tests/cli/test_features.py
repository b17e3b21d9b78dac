"""``tipoff features``: the group builds where no command is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

GAME = "2026-01-10-2"


@pytest.fixture
def collected(tiny: Any) -> Any:
    tiny("collect")
    return tiny


def test_without_a_command_it_builds(collected: Any) -> None:
    assert "new" in collected("features").output
    for again in (("features",), ("features", "tiny"), ("features", "build", "tiny")):
        assert "nothing changed" in collected(*again).output
    assert "asked for" in collected("features", "--full").output
    assert "did you mean `tiny`?" in collected("features", "tinny", code=1).output
    assert "rebuild" in collected("features", "--help").output


def test_list_says_what_stands_and_what_is_stale(collected: Any) -> None:
    before = collected("features", "list").output
    assert "mens-college-basketball 2026: new" in before and "Next: tipoff features" in before
    collected("features")
    (line,) = [each for each in collected("features", "list").output.splitlines() if each.startswith("tiny")]
    assert line.split()[:6] == ["tiny", "1", "raw.games", "0", "1", "324"]
    assert line.split()[-2:] == ["none", "no"], "not stale, and it does not look ahead"


def test_rebuild_computes_again_and_changes_nothing(collected: Any) -> None:
    collected("features")
    for arguments in ((), ("tiny",), ("tiny", "--season", "2026")):
        (line,) = [x for x in collected("features", "rebuild", *arguments).output.splitlines() if x.startswith("tiny")]
        assert line.split()[1:4] == ["1", "324", "0"] and line.endswith("asked for")


def test_rebuild_of_a_season_that_is_not_there(collected: Any) -> None:
    output = collected("features", "rebuild", "--season", "2026", "--season", "1999", code=1).output
    assert "Error: --season `1999`: nothing is stored of it; there are: 2026" in output
    assert "features.tiny_features" not in output, "and nothing was rebuilt"


def test_rebuild_of_a_season_in_an_empty_store(tiny: Any) -> None:
    tiny("init")
    output = tiny("features", "rebuild", "--season", "2026", code=1).output
    assert "--season `2026`: nothing is stored of it; there are none; run `tipoff collect` first" in output


def test_explain_a_game(collected: Any) -> None:
    assert "not computed yet; run `tipoff features tiny`" in collected("features", "explain", GAME).output
    collected("features")
    said = collected("features", "explain", GAME).output
    assert f"Game {GAME}, mens-college-basketball 2026, 2026-01-10, final" in said
    assert "home: " in said and "finished games before it, the last on 2026-01-09" in said
    assert "features.tiny_features: by `tiny` version 1, computed 2026-01-15 13:00Z by cli__" in said
    found = json.loads(collected("features", "explain", GAME, "--json").output)
    ((row,),) = [each["rows"] for each in found["tables"]]
    home, away = (int(side["team_id"]) for side in found["sides"])
    assert row["difference"] == home - away
    (line,) = [each for each in said.splitlines() if each.startswith("difference")]
    assert line.split()[1] == str(home - away)
    assert found["tables"][0]["inputs"][0]["about"] > 0
    assert "there is no game `zzz`" in collected("features", "explain", "zzz", code=1).output
