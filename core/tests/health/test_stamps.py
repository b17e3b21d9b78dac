from __future__ import annotations

from typing import Any

import pytest
from tipoff.health import Finding
from tipoff.warehouse.store import Warehouse


def test_without_a_store_it_only_says_what_time_it_is(look: Any) -> None:
    assert look("clock") == [
        Finding("clock", "ok", "2026-01-20 12:00:00Z by a clock that was set, and no stamp is later")
    ]


def test_stamps_that_are_still_to_come_are_named_with_what_mends_them(
    look: Any, needs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Warehouse.of(needs.settings)
    store.migrate(needs.registry.tables().values())
    with store.write() as con:
        con.execute("INSERT INTO raw.scores BY NAME SELECT 'm' AS league, 2026 AS season, 'a' AS game_id, "
            "'2026-02-20 13:00'::TIMESTAMP AS fetched_at, '2026-01-20'::TIMESTAMP AS loaded_at").fetchall()  # fmt: skip
        con.execute("INSERT INTO ops.watermark VALUES ('m', 'scores', '2026-02-20', 'r', '2026-01-20')").fetchall()
    ahead = "a clock was ahead, so they are not believed"
    mark = f"1 rows of ops.watermark have a `day` in the future, up to 2026-02-20 00:00: {ahead}"
    row = f"1 rows of raw.scores have a `fetched_at` in the future, up to 2026-02-20 13:00: {ahead}"
    assert look("clock") == [
        Finding("clock", "warning", mark, "tipoff collect"),
        Finding("clock", "warning", row, "tipoff collect scores; what the source no longer tells: tipoff reparse"),
    ]
    monkeypatch.setenv("TIPOFF_NOW", "2026-02-20T12:59:30")
    assert [each.state for each in look("clock")] == ["ok"], "the day has come, and half a minute is nothing"
