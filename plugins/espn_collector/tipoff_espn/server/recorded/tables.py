"""Reading the folder's Parquet files, a season at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from tipoff import Quarantine, values
from tipoff.errors import SettingsError

GAMES, BOXES, ROSTERS, CONFERENCES = "games", "team_box", "rosters_ncaa", "team_conferences"

Read = Callable[[object, str], Any]


def _columns(*groups: tuple[Read, str]) -> Mapping[str, Read]:
    return MappingProxyType({name: read for read, names in groups for name in names.split()})


_COLUMNS: Final = {
    GAMES: _columns(
        (values.identifier, "game_id home_id away_id"),
        (values.season, "season"),
        (values.instant, "game_datetime"),
        (values.text, "home_team away_team home_conf away_conf"),
        (values.whole, "home_score away_score n_ot"),
        (values.flag, "neutral_site same_conf postseason_derived"),
    ),
    BOXES: _columns(
        (values.identifier, "game_id team_espn_id opp_espn_id"),
        (values.season, "season"),
        (values.whole, "pts fga fgm tpa tpm fta ftm orb drb blk tov ast"),
        (values.flag, "pts_match_espn"),
    ),
    ROSTERS: _columns(
        (values.season, "season"),
        (values.identifier, "team_id player_id"),
        (values.text, "name jersey class position"),
        (values.number, "ht_inches"),
    ),
    CONFERENCES: _columns(
        (values.season, "season"),
        (values.text, "ncaa_name conference"),
        (values.identifier, "espn_team_id ncaa_team_id"),
    ),
}
"""The columns of each file, with what reads their values."""

Row = Mapping[str, Any]
"""One record: column name to value as `tipoff.values` gives it (ids are text), None where it is missing."""


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
            SettingsError: it is not Parquet, lacks a column, or has a value that is not what it should be.
        """
        file = self._file(name)
        if not file.is_file():
            return []
        wanted = list(columns or _COLUMNS[name])
        try:
            schema = pq.read_schema(file)
            missing = set(wanted) - set(schema.names)
            if missing:
                lacking = ", ".join(sorted(missing))
                raise SettingsError(f"`{file}` lacks the columns `{lacking}`; record it again with them")
            # Other than numbers they cannot be compared before they are read.
            pushed = season is not None and pa.types.is_integer(schema.field("season").type)
            filters = [("season", "=", season)] if pushed else None
            table = pq.read_table(file, columns=wanted, filters=filters, partitioning=None)
            found = [table[column].to_pylist() for column in wanted]
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise SettingsError(f"`{file}` cannot be read as Parquet: {error}; record it again") from error
        read = [_read(file, column, _COLUMNS[name][column], cells) for column, cells in zip(wanted, found, strict=True)]
        rows: list[Row] = [dict(zip(wanted, row, strict=True)) for row in zip(*read, strict=True)]
        return rows if season is None else [row for row in rows if row["season"] == season]


def _read(file: Path, column: str, read: Read, cells: Sequence[object]) -> list[Any]:
    try:
        return [read(cell, column) for cell in cells]
    except Quarantine as error:
        raise SettingsError(f"`{file}`, column `{column}`: {error.reason}; record it again") from error
