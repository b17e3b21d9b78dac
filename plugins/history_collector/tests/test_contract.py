"""The plugin against the contract kit that other authors get, over two published seasons."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path

from tipoff import Window
from tipoff.testing import collector_tests

from .conftest import FEBRUARY, MARCH, Record, seasons, write


def line(game_id: int, season: int, day: date, athlete_id: int, team_id: int) -> Record:
    """A player's line in the layout of sportsdataverse: 8 points of three goals, a three among them, and a throw."""
    shots = {"field_goals_made": 3, "field_goals_attempted": 7, "free_throws_made": 1, "free_throws_attempted": 2}
    threes = {"three_point_field_goals_made": 1, "three_point_field_goals_attempted": 3}
    who = {"athlete_id": athlete_id, "athlete_display_name": f"Player {athlete_id}", "team_id": team_id}
    return {
        "game_id": game_id,
        "season": season,
        "game_date": day,
        **who,
        "minutes": 25.0,
        "points": 8,
        **shots,
        **threes,
    }


LINES = [line(10, 2019, FEBRUARY, 400 + team, team) for team in (1, 2)]
LINES += [line(11, 2020, MARCH, 400 + team, team) for team in (1, 2)]

# Without files the plugin brings nothing, so they are there before it is asked.
_FILES = tempfile.TemporaryDirectory(prefix="tipoff-history-")

TestHistory = collector_tests(
    "tipoff_history.plugin",
    env={"TIPOFF_HISTORY_SOURCE": str(write(Path(_FILES.name), {**seasons(), "player_box": LINES}))},
    now=datetime(2020, 6, 1, 12),
    window=Window(date(2014, 7, 1), date(2020, 6, 1)),
)
