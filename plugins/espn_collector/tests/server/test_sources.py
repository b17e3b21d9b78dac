from __future__ import annotations

from pathlib import Path

import pytest
from tipoff.errors import SettingsError
from tipoff_espn.server import open_league

LEAGUES = ("mens-college-basketball",)


def test_options_of_the_embedded_league() -> None:
    league = open_league("embedded:seed=9,teams=40,first_season=2024", LEAGUES)
    assert league.slugs == LEAGUES
    assert league.season(LEAGUES[0], 2023) is None
    season = league.season(LEAGUES[0], 2024)
    assert season is not None
    assert sum(team.division_one for team in season.teams.values()) == 40


@pytest.mark.parametrize(
    "source",
    [
        "embedded:teams=8",
        "embedded:teams=400",
        "embedded:colour=1",
        "embedded:seed=x",
        "embedded:seed=-1",
        "espn",
        "recorded:/nowhere",
    ],
)
def test_what_is_wrong_is_named(source: str) -> None:
    with pytest.raises(SettingsError, match="`"):
        open_league(source, LEAGUES)


def test_a_folder_without_games_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"games\.parquet"):
        open_league(f"recorded:{tmp_path}", LEAGUES)
