"""What ``tipoff predict`` prints of the games ahead."""

from __future__ import annotations

from typing import Any

from tipoff.cli.session import Session


def test_a_game_that_was_called_off_overnight_shows_no_forecast(tiny: Any) -> None:
    for step in ("collect", "features", "train", "predict"):
        tiny(step)
    with Session.start().warehouse().write() as con:
        con.execute("UPDATE raw.games SET status = 'postponed' WHERE game_date = '2026-01-15'").fetchall()
    shown = tiny("predict").output.split("2026-01-15", 1)[1]
    assert shown.count("postponed") == 4
    assert "\u00a0%" not in shown and "slope" not in shown
