"""Reading the folder's Parquet files, a season at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from tipoff.errors import SettingsError

GAMES, BOXES, ROSTERS, CONFERENCES = "games", "team_box", "rosters_ncaa", "team_conferences"

_COLUMNS = {
    GAMES: (
        "game_id", "season", "game_datetime", "home_id", "home_team", "away_id", "away_team", "home_score",
        "away_score", "neutral_site", "home_conf", "away_conf", "same_conf", "postseason_derived", "n_ot",
    ),
    BOXES: (
        "game_id", "season", "team_espn_id", "opp_espn_id", "pts", "fga", "fgm", "tpa", "tpm", "fta", "ftm", "orb",
        "drb", "blk", "tov", "ast", "pts_match_espn",
    ),
    ROSTERS: ("season", "team_id", "player_id", "name", "jersey", "class", "position", "ht_inches"),
    CONFERENCES: ("season", "ncaa_name", "espn_team_id", "conference", "ncaa_team_id"),
}  # fmt: skip

Row = Mapping[str, Any]
"""One record: column name to value as Arrow gives it, None where it is missing."""


class Folder:
    """A folder in the layout of the recorded seasons.

    Raises:
        SettingsError: `games.parquet` is not there. The other files may be missing; what they hold is then unknown.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser()
        if not self._file(GAMES).is_file():
            raise SettingsError(
                f"`{self._path}` holds no games.parquet; "
                "set TIPOFF_SOURCE=recorded:FOLDER to a folder of recorded seasons"
            )

    def _file(self, name: str) -> Path:
        return self._path / f"{name}.parquet"

    def read(self, name: str, season: int | None = None, columns: Sequence[str] | None = None) -> list[Row]:
        """Rows of a file, of one season or of all; no rows where the file is missing.

        Raises:
            SettingsError: the file lacks a column.
        """
        file = self._file(name)
        if not file.is_file():
            return []
        wanted = list(columns or _COLUMNS[name])
        missing = set(wanted) - set(pq.read_schema(file).names)
        if missing:
            raise SettingsError(f"`{file}` lacks the columns `{', '.join(sorted(missing))}`; record it again with them")
        filters = None if season is None else [("season", "=", season)]
        rows: list[Row] = pq.read_table(file, columns=wanted, filters=filters).to_pylist()
        return rows
