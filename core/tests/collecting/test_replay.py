"""What was set aside, parsed again."""

from __future__ import annotations

from typing import Any

from tipoff.collecting.replay import Replayed, replay

RAW = {"season": 2026, "game_id": "2026-01-01-1", "home": "many"}


def again(collecting: Any, **options: Any) -> list[Replayed]:
    collecting.league.asked.clear()
    found = replay(registry=collecting.source.registry(**options), settings=collecting.settings, run_id="again")
    assert collecting.league.asked == []
    return found


def test_a_mended_parser_gets_what_was_set_aside(collecting: Any) -> None:
    collecting.league.says |= {"/games/2026-01-01-1": "<html>", "/games/2026-01-02-1": {"bad": [{"id": 7}]}}
    collecting()
    assert again(collecting) == [Replayed("scores", "m", 2, 2, 0)]
    assert again(collecting, parse="support_source:parse_html_too") == [Replayed("scores", "m", 2, 1, 1)]
    assert collecting.rows("SELECT home, run_id FROM raw.scores WHERE game_id = '2026-01-01-1'") == [(99, "again")]
    assert collecting.rows("SELECT kind FROM ops.failed_request") == [("Quarantine",)]
    assert collecting.rows("SELECT reason, first_seen = fetched_at FROM ops.quarantine") == [("no opponent", True)]
    collecting.league.says.clear()
    collecting(19, 19)
    assert again(collecting) == []


def test_an_older_answer_does_not_come_back(collecting: Any, monkeypatch: Any) -> None:
    collecting.league.says["/days/2026-01-19?page=1"] = "<html>"
    collecting(18, 19)
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-21T12:00")
    collecting.league.says.clear()
    collecting(18, 19)
    before = collecting.tables()
    assert again(collecting, parse="support_source:parse_html_too") == []
    assert collecting.tables() == before


def test_what_the_second_look_healed_does_not_come_back(collecting: Any) -> None:
    """The clock stands still, so that only the order of the batches says which answer is the newer one."""
    asked: list[str] = []
    healed, bad = "/games/2026-01-01-1", "/games/2026-01-02-1"
    collecting.league.says |= {
        path: {"rows": [{"season": 2026, "game_id": "x", "home": "?"}]} for path in (healed, bad)
    }

    async def before(path: str) -> None:
        asked.append(path)
        if asked.count(healed) == 2:
            collecting.league.says.pop(healed, None)

    collecting.league.before = before
    assert collecting().quarantined == 1
    assert again(collecting) == [Replayed("scores", "m", 1, 1, 0)]
    assert collecting.rows("SELECT key FROM ops.quarantine") == [(f"https://league.example{bad}",)]
