"""Box scores and players' lines of many games at once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

LEAGUE = "mens-college-basketball"
SUMMED = """
    points field_goals_made field_goals_attempted three_points_made three_points_attempted free_throws_made
    free_throws_attempted offensive_rebounds defensive_rebounds assists turnovers steals blocks fouls
""".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def season(simulated: Any) -> Any:
    return simulated.season(LEAGUE, 2026)


def boxes(season: Any) -> list[tuple[Any, Any, Any]]:
    """Each played game's fixture with a side's box score and the other side's."""
    games = [(f, *season.box(f)) for f in season.fixtures if f.result]
    return [(f, home, away) for f, home, away in games] + [(f, away, home) for f, home, away in games]


def test_shots_make_the_score(season: Any) -> None:
    for fixture, box, _ in boxes(season):
        assert 2 * box.field_goals_made + box.three_points_made + box.free_throws_made == box.points
        assert box.points in (fixture.result.home, fixture.result.away)


def test_figures_are_possible(season: Any) -> None:
    for _, box, other in boxes(season):
        assert min(asdict(box).values()) >= 0
        assert box.three_points_made <= box.field_goals_made
        assert box.three_points_attempted <= box.field_goals_attempted
        twos = box.field_goals_made - box.three_points_made
        assert twos <= box.field_goals_attempted - box.three_points_attempted
        assert box.three_points_made <= box.three_points_attempted
        assert box.free_throws_made <= box.free_throws_attempted
        assert box.offensive_rebounds + other.defensive_rebounds <= box.field_goals_attempted - box.field_goals_made
        assert box.steals <= other.total_turnovers
        assert box.assists <= box.field_goals_made
        assert box.turnovers + box.team_turnovers == box.total_turnovers
        assert box.points_in_paint <= 2 * twos
        assert box.largest_lead >= box.points - other.points


def test_figures_are_like_real_ones(season: Any) -> None:
    """Means of Division I from 2015 on (the recorded team box scores), with room for another league."""
    table = [asdict(box) for _, box, _ in boxes(season)]
    mean = {name: np.mean([row[name] for row in table]) for name in table[0]}
    assert 68 < mean["points"] < 76
    assert 54 < mean["field_goals_attempted"] < 62
    assert 19 < mean["three_points_attempted"] < 25
    assert 15 < mean["free_throws_attempted"] < 22
    assert 30 < mean["offensive_rebounds"] + mean["defensive_rebounds"] < 38
    assert 10 < mean["total_turnovers"] < 14
    assert 11 < mean["assists"] < 16
    assert 14 < mean["fouls"] < 20


def test_both_sides_play_about_as_many_possessions(season: Any) -> None:
    def possessions(box: Any) -> float:
        free = 0.475 * box.free_throws_attempted
        return float(box.field_goals_attempted - box.offensive_rebounds + box.total_turnovers + free)

    gaps = [possessions(box) - possessions(other) for fixture, box, other in boxes(season)]
    assert np.std(gaps) < 4


def test_players_lines_make_the_teams_box_score(season: Any) -> None:
    for fixture in [f for f in season.fixtures if f.result][::7]:
        for lines, box in zip(season.lines(fixture), season.box(fixture), strict=True):
            for name in SUMMED:
                assert sum(getattr(line, name) for line in lines) == getattr(box, name), name
            assert sum(line.minutes for line in lines) == 200 + 25 * fixture.result.overtimes
            assert sum(line.starter for line in lines) == 5
            assert max(line.minutes for line in lines) <= 40 + 5 * fixture.result.overtimes
            assert max(line.fouls for line in lines) <= 5
            assert any(line.minutes == 0 for line in lines)
            assert len({line.athlete.id for line in lines}) == len(lines) == 13


def test_better_players_score_more(season: Any) -> None:
    points: dict[int, list[int]] = {}
    for fixture in [f for f in season.fixtures if f.result][::9]:
        for lines in season.lines(fixture):
            for place, line in enumerate(lines):
                points.setdefault(place, []).append(line.points)
    assert np.mean(points[0]) > 1.3 * np.mean(points[4]) > np.mean(points[8])
