"""The recorded league over the real records."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tipoff_espn.server import open_league

pytestmark = pytest.mark.shared
LEAGUE = "mens-college-basketball"


@pytest.fixture(scope="module")
def league(shared: Path) -> Any:
    return open_league(f"recorded:{shared / 'data'}", (LEAGUE,))


def test_a_whole_season(league: Any) -> None:
    season = league.season(LEAGUE, 2024)
    assert len(season.fixtures) == 5_727
    boxed = sum(None not in season.box(fixture) for fixture in season.fixtures)
    assert boxed / len(season.fixtures) > 0.99
    final = season.fixtures[-1]
    assert (final.home_id, final.away_id) in {("2509", "41"), ("41", "2509")}
    assert sorted((final.result.home, final.result.away)) == [60, 75]


def test_a_busy_saturday(league: Any, serve: Any) -> None:
    server = serve(league, datetime(2024, 2, 11, 12))
    everything = server.events("dates=20240210&groups=50&limit=500")
    assert len(everything) == sum(f.day.isoformat() == "2024-02-10" for f in league.season(LEAGUE, 2024).fixtures)
    assert len(everything) > 100
    assert len(server.events("dates=20240210")) < len(everything)


def test_a_known_game(league: Any, serve: Any) -> None:
    """Duke at North Carolina, 3 February 2024: 84–93."""
    server = serve(league, datetime(2024, 2, 4, 12))
    (event,) = [
        e
        for e in server.events("dates=20240203&groups=2&limit=500")
        if {s["team"]["id"] for s in e["competitions"][0]["competitors"]} == {"150", "153"}
    ]
    home, away = event["competitions"][0]["competitors"]
    assert (home["id"], home["score"], away["id"], away["score"]) == ("153", "93", "150", "84")


def test_brackets_are_not_known_ahead(league: Any, serve: Any) -> None:
    events = serve(league, datetime(2024, 3, 18, 12)).events("dates=202404&groups=50&limit=500")
    assert {s["id"] for e in events for s in e["competitions"][0]["competitors"]} == {"-2"}


def test_athletes(league: Any) -> None:
    """Over all seasons: nobody twice in a season, and most who stay on a team are followed."""
    seasons = {year: league.season(LEAGUE, year) for year in (2022, 2023, 2024)}
    rosters = {
        year: {athlete.id: (team, athlete) for team in season.teams for athlete in season.roster(team)}
        for year, season in seasons.items()
    }
    for year, season in seasons.items():
        count = Counter(a.id for team in season.teams for a in season.roster(team))
        assert max(count.values()) == 1, year
        assert len(count) > 5_000
    followed = rosters[2023].keys() & rosters[2024].keys()
    assert 2_500 < len(followed) < 4_500
    moved = [i for i in followed if rosters[2023][i][0] != rosters[2024][i][0]]
    assert 500 < len(moved) < 1_500
    for number in followed:
        before, after = rosters[2023][number][1], rosters[2024][number][1]
        assert before.height is None or after.height is None or before.height == after.height
    # Duke's Jeremy Roach and North Carolina's Armando Bacot stayed for years.
    names = {(i, a.name) for i, (_, a) in rosters[2022].items()}
    assert {"Jeremy Roach", "Armando Bacot"} <= {name for i, name in names if i in rosters[2024]}
