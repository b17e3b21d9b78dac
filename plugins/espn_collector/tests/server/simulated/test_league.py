from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from tipoff.clock import LEAGUE_ZONE, day_of
from tipoff_espn.server import open_league

LEAGUE = "mens-college-basketball"
WOMEN = "womens-college-basketball"

DIGEST = """
import hashlib, sys
from tipoff_espn.server import open_league
league = open_league("embedded:seed=5,teams=40,first_season=2025", ("mens-college-basketball",))
season = league.season("mens-college-basketball", 2026)
played = [f for f in season.fixtures if f.result][::40]
games = [(f.id, f.tip, f.home_id, f.away_id, f.result) for f in season.fixtures]
text = repr([games, season.polls, [season.odds(f) for f in played], [season.lines(f) for f in played]])
print(hashlib.sha256(text.encode()).hexdigest())
"""


def digest(season: Any, *, backwards: bool = False) -> str:
    """Everything about a season, asked for in one order or the other."""
    played = [f for f in season.fixtures if f.result][::25]
    order = reversed(played) if backwards else played
    asked = {f.id: (season.lines(f), season.box(f), season.odds(f), season.forecast(f)) for f in order}
    rosters = {team_id: season.roster(team_id) for team_id in sorted(season.teams)}
    text = repr((season.fixtures, season.polls, sorted(asked.items()), rosters, season.teams))
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_same_options_give_the_same_league_whatever_was_asked_before() -> None:
    source = "embedded:seed=3,teams=48,first_season=2022"
    one, other = (open_league(source, (LEAGUE, WOMEN)) for _ in range(2))
    first = [digest(one.season(LEAGUE, year)) for year in (2022, 2023, 2024)]
    other.season(WOMEN, 2023)
    second = [digest(other.season(LEAGUE, year), backwards=True) for year in (2024, 2022, 2023)]
    assert first == [second[1], second[2], second[0]]
    assert digest(one.season(WOMEN, 2024)) != first[2]
    assert digest(open_league("embedded:seed=4,teams=48,first_season=2022", (LEAGUE,)).season(LEAGUE, 2022)) != first[0]


def test_another_process_gives_the_same_league() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_seasons_exist_from_the_first_on() -> None:
    league = open_league("embedded:first_season=2020", (LEAGUE,))
    assert league.season(LEAGUE, 2019) is None
    assert league.season(WOMEN, 2020) is None
    assert league.season(LEAGUE, 2020) is league.season(LEAGUE, 2020)
    season = league.season(LEAGUE, 2021)
    assert season is not None
    assert {league.season_of_event(LEAGUE, fixture.id) for fixture in season.fixtures} == {2021}
    assert league.season_of_event(LEAGUE, "17") is None


@pytest.mark.parametrize("teams", [32, 64, 362])
def test_the_calendar(teams: int) -> None:
    season = open_league(f"embedded:teams={teams},first_season=2026", (LEAGUE,)).season(LEAGUE, 2026)
    assert season is not None
    days = Counter(fixture.day for fixture in season.fixtures)
    day = date(2025, 11, 10)
    while day <= date(2026, 3, 8):
        assert days[day] > 0, day
        day += timedelta(days=1)
    assert min(days) >= date(2025, 11, 1)
    assert date(2026, 4, 1) < max(days) <= date(2026, 4, 8)
    members = {team.id for team in season.teams.values() if team.division_one}
    assert len(members) == teams
    games = Counter(team for f in season.fixtures if f.result for team in (f.home_id, f.away_id) if team in members)
    assert min(games.values()) >= 24
    assert max(games.values()) <= 41
    assert 28 <= sum(games.values()) / teams <= 34
    for fixture in season.fixtures:
        assert day_of(fixture.tip) == fixture.day


def test_tips_are_between_noon_and_half_past_ten_in_the_evening(simulated: Any) -> None:
    hours = [
        (local.hour, local.minute)
        for fixture in simulated.season(LEAGUE, 2026).fixtures
        for local in [fixture.tip.replace(tzinfo=timezone.utc).astimezone(LEAGUE_ZONE)]
    ]
    assert min(hours) >= (12, 0)
    assert max(hours) <= (22, 30)


def test_nobody_plays_twice_a_day(simulated: Any) -> None:
    season = simulated.season(LEAGUE, 2026)
    booked = Counter((team, f.day) for f in season.fixtures for team in (f.home_id, f.away_id) if f.result)
    assert set(booked.values()) == {1}


def test_a_bracket_team_is_known_once_its_last_game_is_over(simulated: Any) -> None:
    season = simulated.season(LEAGUE, 2026)
    by_team: dict[str, list[Any]] = {}
    checked = 0
    for fixture in season.fixtures:
        for team, known in ((fixture.home_id, fixture.home_known_from), (fixture.away_id, fixture.away_known_from)):
            before = by_team.setdefault(team, [])
            if known is not None:
                assert max(f.ends for f in before) <= known < fixture.tip
                checked += 1
            if fixture.result:
                before.append(fixture)
    assert checked > 100


def test_the_truth_is_calibrated() -> None:
    """Results follow the stated probabilities and margins, and nobody can do much better than real bookmakers."""
    league = open_league("embedded:seed=21,teams=64,first_season=2010", (LEAGUE,))
    seasons = [season for year in range(2010, 2026) if (season := league.season(LEAGUE, year))]
    games = [(s.forecast(f), f.result) for s in seasons for f in s.fixtures if f.result]
    chance = np.array([forecast.home_win_probability for forecast, _ in games if forecast])
    margin = np.array([forecast.margin for forecast, _ in games if forecast])
    total = np.array([forecast.total for forecast, _ in games if forecast])
    scored = np.array([(result.home, result.away) for _, result in games], dtype=float)
    won = scored[:, 0] > scored[:, 1]
    assert len(games) > 14_000
    for low in np.arange(0, 1, 0.1):
        inside = (chance >= low) & (chance < low + 0.1)
        error = won[inside].mean() - chance[inside].mean()
        spread = np.sqrt((chance * (1 - chance))[inside].sum()) / inside.sum()
        assert abs(error) < 3.5 * spread
    # In all, and as log loss: what was scored is what the truth expects to be scored.
    assert abs(won.mean() - chance.mean()) < 3 * np.sqrt((chance * (1 - chance)).mean() / len(games))
    loss = -np.where(won, np.log(chance), np.log(1 - chance))
    expected = -(chance * np.log(chance) + (1 - chance) * np.log(1 - chance))
    assert abs(loss.mean() - expected.mean()) < 3.5 * loss.std() / np.sqrt(len(games))
    assert 0.49 < expected.mean() < 0.55
    rest = scored[:, 0] - scored[:, 1] - margin
    assert abs(rest.mean()) < 3 * 11 / np.sqrt(len(games))
    assert abs(rest.std() - 11) < 0.3
    assert abs(np.corrcoef(rest, margin)[0, 1]) < 0.03
    assert abs((scored.sum(axis=1) - total).mean()) < 3


def test_strength_lasts_and_drifts(simulated: Any) -> None:
    league = open_league("embedded:teams=128,first_season=2020", (LEAGUE,))
    first, second = (league.season(LEAGUE, year).strength for year in (2020, 2021))  # type: ignore[union-attr]
    net = [(s.offense + s.defense)[:128] for s in (first, second)]
    assert 0.5 < np.corrcoef(net[0].mean(axis=1), net[1].mean(axis=1))[0, 1] < 0.95
    assert 0.7 < np.corrcoef(net[0][:, 10], net[0][:, 120])[0, 1] < 0.99


def test_athletes_keep_their_id_over_seasons_and_teams() -> None:
    league = open_league("embedded:teams=64,first_season=2020", (LEAGUE,))
    seasons = [season for year in (2020, 2021, 2022) if (season := league.season(LEAGUE, year))]
    rosters = [{a.id: (team, a) for team in s.teams for a in s.roster(team)} for s in seasons]
    for season, roster in zip(seasons, rosters, strict=True):
        assert len(roster) == sum(len(season.roster(team)) for team in season.teams)
    stayed = rosters[0].keys() & rosters[1].keys()
    moved = [i for i in stayed if rosters[0][i][0] != rosters[1][i][0]]
    assert 0.05 < len(moved) / len(stayed) < 0.4
    for number in stayed:
        before, after = rosters[0][number][1], rosters[1][number][1]
        assert (before.name, before.height, before.position) == (after.name, after.height, after.position)
        assert after.class_year != before.class_year
    freshmen = [a for i, (_, a) in rosters[1].items() if i not in stayed]
    assert {a.class_year for a in freshmen} == {"FR"}
    gone = [a for i, (_, a) in rosters[0].items() if i not in stayed]
    assert sum(a.class_year == "SR" for a in gone) > len(gone) / 3
    classes = Counter(a.class_year for _, a in rosters[2].values())
    assert min(classes[year] for year in ("FR", "SO", "JR", "SR", "GR")) > 0


def test_polls_know_only_what_has_been_played(simulated: Any) -> None:
    season = simulated.season(LEAGUE, 2026)
    assert [poll.released for poll in season.polls] == sorted(poll.released for poll in season.polls)
    best = {poll.ranks[0].team_id for poll in season.polls if poll.kind == "ap"}
    strength = dict(
        zip(season.teams, season.strength.offense.mean(axis=1) + season.strength.defense.mean(axis=1), strict=True)
    )
    order = sorted(strength, key=lambda team: -strength[team])
    assert best <= set(order[:12])
    final = season.polls[-1]
    assert final.season_type == 3
    assert final.released > season.fixtures[-1].ends


def test_the_closing_line_is_close_to_the_truth_and_closer_than_the_opening_one(simulated: Any) -> None:
    season = simulated.season(LEAGUE, 2026)
    errors = np.array(
        [
            (
                season.forecast(f).margin + season.odds(f).close.spread,
                season.forecast(f).margin + season.odds(f).open.spread,
            )
            for f in season.fixtures
        ]
    )
    close, opened = errors.std(axis=0)
    assert 0.8 < close < opened < 3
    assert np.abs(errors.mean(axis=0)).max() < 0.4
    odds = season.odds(season.fixtures[0]).close
    assert odds.spread % 1 == 0.5
    assert odds.total % 1 == 0.5


def test_default_now_is_a_morning_with_games_in_the_evening(simulated: Any) -> None:
    now = simulated.default_now()
    assert now.tzinfo is None
    games = [f for f in simulated.season(LEAGUE, 2026).fixtures if f.day == day_of(now)]
    assert len(games) >= 8
    assert all(f.tip > now for f in games)
