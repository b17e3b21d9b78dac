"""Coverage as checks: what only shows, what keeps predictions from being made, and what is no trouble at all."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from tipoff.contracts import Column, Dataset, Table
from tipoff.domain import TABLES
from tipoff.errors import CheckFailed
from tipoff.quality.coverage_checks import per_game_tables

BROKEN = "coverage_stats_team_stats_broken"


def test_predictions_stop_when_a_weeks_box_scores_no_longer_come(season: Any) -> None:
    season.play(5, 18, games=4)
    for day in (13, 14, 15):
        for number in range(3):
            season.world.boxes[f"{day}-{number}"] = []
    season.collect()
    with pytest.raises(CheckFailed, match=rf"`{BROKEN}`.*'games': 28, 'missing': 0, 'empty': 9"):
        season.checks()
    season.world.play(date(2026, 1, 4), *"xyz")
    season.at(datetime(2026, 3, 1))
    assert season.failing(BROKEN) == {}, "weeks after the last game it is no news"


def test_what_a_source_never_had_is_no_break(season: Any) -> None:
    season.play(5, 18, games=4)
    season.world.boxes.clear()
    season.collect()
    assert season.failing("coverage") == {"coverage_stats_team_stats_empty": 44}


def test_a_dataset_that_never_ran_stops_nobody_and_one_that_stopped_does(season: Any) -> None:
    season.play(5, 18, games=4)
    season.collect("games")
    assert season.failing("coverage") == {"coverage_stats_team_stats_missing": 44}
    season.collect("stats", last=9)
    with pytest.raises(CheckFailed, match=rf"`{BROKEN}`.*'missing': 24"):
        season.checks()


def test_columns_that_die(season: Any) -> None:
    """Of the last three days nothing but zeros and NULLs, where there were values before."""
    season.play(5, 15, games=8)
    season.play(16, 18, games=15)
    for rows in season.world.boxes.values():
        for row in rows:
            late = int(row["game_id"].partition("-")[0]) >= 16
            row["blocks"] = 0 if late or row["is_home"] else 3
            row["steals"] = None if late else 5
            row["fouls"] = 0
    season.collect()
    with pytest.raises(CheckFailed, match=r"`team_stats_columns_lost`.*'column_name': 'steals'"):
        season.checks()
    sql = "SELECT name, offenders, sample FROM ops.check_result WHERE contains(name, '_columns_') ORDER BY name"
    died, lost = season.warehouse.query(sql).to_pylist()
    assert (died["offenders"], lost["offenders"]) == (2, 1)
    assert '"column_name": "blocks", "rows": 90, "rows_before": 176, "with_value_before": 88' in died["sample"]


def test_freshness(season: Any) -> None:
    season.play(5, 19)
    season.play(20, 24, status="scheduled")
    season.collect(last=19)
    assert season.failing("freshness") == {}
    season.at(datetime(2026, 1, 23, 12))
    season.collect("games", last=23)
    assert season.failing("freshness") == {"freshness_stats": 1}
    season.at(datetime(2026, 2, 20))
    assert season.failing("freshness") == {}, "no games, so nothing can be late"


def test_leagues_that_are_no_longer_collected_are_not_late(season: Any) -> None:
    season.play(5, 19)
    season.play(20, 24, status="scheduled")
    season.collect(last=19)
    season.at(datetime(2026, 1, 23, 12))
    assert set(season.failing("freshness")) == {"freshness_games", "freshness_stats"}
    season.settings = season.settings.model_copy(update={"leagues": ("w",)})
    assert season.failing("freshness") == {}


def test_off_season_nothing_is_wrong(season: Any) -> None:
    season.play(5, 19)
    season.collect()
    season.at(datetime(2026, 8, 1, 12))
    season.collect(first=190, last=210)
    assert season.failing("coverage", "freshness", "team_stats_columns") == {}


def test_rows_of_every_game_are_looked_for_in_tables_that_say_which_game() -> None:
    without = Table("people", schema="raw", key=("league", "person_id"), columns=(
        Column("league", "VARCHAR"), Column("person_id", "VARCHAR")))  # fmt: skip
    tables = {"raw.people": without, "raw.team_stats": TABLES["team_stats"]}
    dataset = Dataset(
        "x", ("people", "team_stats", "not_there"), "a:b", "a:b", per_game=("people", "team_stats", "not_there")
    )
    assert list(per_game_tables(dataset, tables)) == [TABLES["team_stats"]]
