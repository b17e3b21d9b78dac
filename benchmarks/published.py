"""Records of published seasons, one of each layout, as small as the parsers allow; benchmarks spoil them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Record: TypeAlias = dict[str, object]

GAME: Record = {
    "game_id": 401000001,
    "season": 2026,
    "game_datetime": "2026-01-16T23:30:00Z",
    "home_id": 1,
    "home_team": "One",
    "away_id": 2,
    "away_team": "Two",
    "home_score": 71,
    "away_score": 64,
    "neutral_site": False,
    "same_conf": False,
    "postseason_derived": False,
    "n_ot": 0,
    "home_conf": "ACC",
    "away_conf": "SEC",
}
PLAYER: Record = {
    "season": 2026,
    "team_id": "n1",
    "team": "One",
    "player_id": "p1",
    "name": "Ann Other",
    "jersey": "7",
    "gp": 30,
    "class": "Fr.",
    "position": "G",
    "ht_inches": 73.0,
    "gs": 12,
}
BOX: Record = {
    "game_id": 401000001,
    "season": 2026,
    "game_date": "2026-01-16",
    "team": "One",
    "is_home": True,
    "pts": 71,
    "team_espn_id": 1,
    "opp_espn_id": 2,
    "fgm": 27,
    "fga": 60,
    "tpm": 6,
    "tpa": 20,
    "ftm": 11,
    "fta": 15,
    "orb": 9,
    "drb": 26,
    "ast": 13,
    "blk": 2,
    "tov": 12,
    "pts_match_espn": True,
}
LAYOUTS: Mapping[str, tuple[str, Record]] = {
    "games": ("history_games", GAME),
    "rosters_ncaa": ("history_rosters", PLAYER),
    "team_box": ("history_stats", BOX),
}
"""By the files' names: the dataset that reads them, and a record."""
