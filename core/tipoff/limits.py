"""Least and greatest values that make sense in the domain tables: outside of them a source or a parser is wrong.

They hold for college games of both sexes and for the NBA, six overtimes and guests from small colleges included, so
they are wide: what lies outside is no rare game. Records of Division I since 2002 lie well inside (149 points,
109 shots and 78 free throws attempted, 63 defensive rebounds), and those of the NBA (186 points, 60 minutes and more).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Limits = Mapping[str, tuple[float, float]]

TEAM_BOX: Final[Limits] = {
    "points": (10, 220),
    "field_goals_made": (2, 100),
    "field_goals_attempted": (10, 180),
    "three_points_made": (0, 50),
    "three_points_attempted": (0, 120),
    "free_throws_made": (0, 90),
    "free_throws_attempted": (0, 120),
    "offensive_rebounds": (0, 60),
    "defensive_rebounds": (0, 80),
    "rebounds": (0, 120),
    "assists": (0, 80),
    "steals": (0, 50),
    "blocks": (0, 40),
    "turnovers": (0, 60),
    "fouls": (0, 70),
    "points_in_paint": (0, 150),
    "fast_break_points": (0, 120),
    "points_off_turnovers": (0, 120),
}
"""A team in one game."""

PLAYER_BOX: Final[Limits] = {
    "minutes": (0, 85),
    "points": (0, 110),
    "field_goals_made": (0, 50),
    "field_goals_attempted": (0, 80),
    "three_points_made": (0, 30),
    "three_points_attempted": (0, 60),
    "free_throws_made": (0, 40),
    "free_throws_attempted": (0, 50),
    "offensive_rebounds": (0, 30),
    "defensive_rebounds": (0, 45),
    "rebounds": (0, 60),
    "assists": (0, 40),
    "steals": (0, 20),
    "blocks": (0, 25),
    "turnovers": (0, 25),
    "fouls": (0, 8),
}
"""A player in one game; a regular game has 40 or 48 minutes, an overtime 5."""

GAME: Final[Limits] = {
    "season_type": (1, 5),
    "home_score": (10, 220),
    "away_score": (10, 220),
    "overtimes": (0, 10),
    "attendance": (0, 120_000),
    "home_rank": (1, 25),
    "away_rank": (1, 25),
}

BODY: Final[Limits] = {
    "height_in": (60, 96),
    "weight_lb": (100, 400),
    "games_played": (0, 120),
    "games_started": (0, 120),
}
"""A player and his season; the NBA's has 82 games, a play-in and up to 28 more."""

POLL: Final[Limits] = {"week": (0, 30), "rank": (1, 30), "previous_rank": (1, 30), "points": (0, 5000)}

LINE: Final[Limits] = {
    "home_spread_open": (-80, 80),
    "home_spread_close": (-80, 80),
    "total_open": (80, 320),
    "total_close": (80, 320),
    "home_moneyline": (-1_000_000, 1_000_000),
    "away_moneyline": (-1_000_000, 1_000_000),
    "home_win_prob": (0, 1),
}
"""What bookmakers say of a game."""
