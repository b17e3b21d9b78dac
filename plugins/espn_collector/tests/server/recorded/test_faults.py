"""Recorded files as people really have them: read, or refused by file, column and value."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tipoff.errors import SettingsError
from tipoff_espn.server import open_league

LEAGUE = "mens-college-basketball"
GAMES: list[dict[str, Any]] = [
    {
        "game_id": 401_000_001 + number,
        "season": 2024,
        "game_datetime": datetime(2024, 2, 8 + number, 0, 30, tzinfo=timezone.utc),
        "home_id": 150,
        "home_team": "Texas A&amp;M",
        "away_id": 152,
        "away_team": "Two",
        "home_score": 70,
        "away_score": 66,
        "neutral_site": False,
        "home_conf": "ACC",
        "away_conf": None,
        "same_conf": False,
        "postseason_derived": False,
        "n_ot": 0,
    }
    for number in range(3)
]
BOX = {
    "season": 2024, "team_espn_id": 150, "opp_espn_id": 152, "pts": 70, "fga": 60, "fgm": 25, "tpa": 20, "tpm": 5,
    "fta": 20, "ftm": 15, "orb": 9, "drb": 22, "blk": 3, "tov": 12, "ast": 14, "pts_match_espn": True,
}  # fmt: skip


def season(folder: Path, records: list[dict[str, Any]], **files: list[dict[str, Any]]) -> Any:
    for name, rows in {"games": records, **files}.items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    return open_league(f"recorded:{folder}", (LEAGUE,)).season(LEAGUE, 2024)


@pytest.mark.parametrize("write", [int, str, float, lambda number: f"{number}.0"])
@pytest.mark.parametrize("year", [2024, "2024", 2024.0])
def test_ids_and_seasons_are_what_they_are_however_they_are_written(
    tmp_path: Path, write: Callable[[int], Any], year: Any
) -> None:
    records = [{**each, "season": year, "game_id": write(each["game_id"])} for each in GAMES]
    found = season(tmp_path, records, team_box=[{**BOX, "game_id": str(each["game_id"])} for each in GAMES])
    assert [fixture.id for fixture in found.fixtures] == [str(each["game_id"]) for each in GAMES]
    assert found.teams["150"].display_name == "Texas A&M"
    assert [found.box(fixture)[0].points for fixture in found.fixtures] == [70] * 3


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("game_id", "4.01E+08", "`4.01E+08` is a rounded number"),
        ("season", "2023-24", "`2023-24` is not a season"),
        ("game_datetime", date(2024, 2, 8), "`2024-02-08` is not an instant"),
        ("home_team", b"San Jos\xe9", "bytes, not text"),
        ("home_score", "many", "`many` is not a whole number"),
        ("neutral_site", "maybe", "`maybe` is neither true nor false"),
    ],
)
def test_a_value_that_cannot_be_is_named(tmp_path: Path, column: str, value: Any, shown: str) -> None:
    with pytest.raises(SettingsError, match=rf"games\.parquet`, column `{column}`: .*{re.escape(shown)}"):
        season(tmp_path, [{**each, column: value} for each in GAMES])


def test_two_games_with_one_id_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has the game_id `1` twice, with the game_datetime"):
        season(tmp_path, [{**each, "game_id": 1} for each in GAMES])


def test_a_season_by_the_year_it_begins_in_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([{**each, "season": 2023} for each in GAMES]), tmp_path / "games.parquet")
    with pytest.raises(SettingsError, match="season `2023`, but its day `2024-02-07` is of season `2024`"):
        open_league(f"recorded:{tmp_path}", (LEAGUE,)).season(LEAGUE, 2023)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "games.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(SettingsError, match=r"games\.parquet` cannot be read as Parquet"):
        open_league(f"recorded:{tmp_path}", (LEAGUE,))
