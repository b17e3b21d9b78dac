"""The documented layout of recorded seasons, held against the league that reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tipoff.errors import SettingsError
from tipoff_espn.server.sources import open_league

PAGE = Path(__file__).resolve().parents[1] / "docs/guides/recorded-seasons.md"
LEAGUE = "mens-college-basketball"
TYPES = {
    "integer": pa.int64(),
    "integer or string": pa.int64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "double": pa.float64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "timestamp, UTC": pa.timestamp("us", tz="UTC"),
}
EMPTY = {"integer": 30, "string": "x", "boolean": False, "double": 75.0, "number": 1.0}
GAME: Mapping[str, object] = {
    "game_id": 1, "season": 2024, "home_id": 10, "away_id": 20, "home_score": 70, "away_score": 60, "n_ot": 0,
    "game_datetime": datetime(2024, 1, 6, 1, tzinfo=timezone.utc), "game_date": date(2024, 1, 5),
    "team_espn_id": 10, "opp_espn_id": 20, "pts": 70, "fgm": 25, "tpm": 10, "ftm": 10, "pts_match_espn": True,
    "espn_team_id": 10, "class": "Jr.", "position": "G",
}  # fmt: skip


def documented() -> dict[str, dict[str, str]]:
    """Of each file its columns with their types, as the page has them."""
    parts = re.split(r"^### `(\w+)\.parquet`$", PAGE.read_text(), flags=re.M)
    files: dict[str, dict[str, str]] = {}
    for name, part in zip(parts[1::2], parts[2::2], strict=True):
        rows = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", part, re.M)
        files[name] = {column: kind.strip() for names, kind in rows for column in re.findall(r"`(\w+)`", names)}
    return files


def write(folder: Path, *, leave_out: tuple[str, str] = ("", "")) -> None:
    """A folder as documented, with one game; `leave_out` is a file and the column it goes without."""
    for name, columns in documented().items():
        made = {
            column: pa.array([GAME.get(column, EMPTY.get(kind.partition(" ")[0]))], TYPES[kind])
            for column, kind in columns.items()
            if (name, column) != leave_out
        }
        pq.write_table(pa.table(made), folder / f"{name}.parquet")


def read(folder: Path) -> tuple[int, int, int]:
    """Games, box scores and athletes that the recorded league finds."""
    season = open_league(f"recorded:{folder}", (LEAGUE,)).season(LEAGUE, 2024)
    assert season is not None
    boxes = [box for fixture in season.fixtures for box in season.box(fixture) if box]
    return len(season.fixtures), len(boxes), len(season.roster("10"))


def test_documented_columns_are_enough(tmp_path: Path) -> None:
    assert list(documented()) == ["games", "team_box", "rosters_ncaa", "team_conferences", "odds_close_by_game"]
    write(tmp_path)
    assert read(tmp_path) == (1, 1, 1)


def test_documented_columns_are_needed(tmp_path: Path) -> None:
    for name, columns in documented().items():
        for column in columns:
            if (name, column) != ("games", "game_date") and name != "odds_close_by_game":  # the benchmark's
                write(tmp_path, leave_out=(name, column))
                with pytest.raises(SettingsError, match=f"lacks the columns `{column}`"):
                    read(tmp_path)


@pytest.mark.parametrize("name", ["team_box", "rosters_ncaa", "team_conferences"])
def test_all_files_but_the_games_may_be_missing(name: str, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / f"{name}.parquet").unlink()
    assert read(tmp_path)[0] == 1
