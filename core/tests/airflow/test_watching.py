"""What the sensors of health, quality and data look at, over a real store."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from tipoff import plugins, settings
from tipoff.airflow.watching import data, health, quality
from tipoff.domain import GAMES, TEAMS
from tipoff.errors import CheckFailed, SettingsError
from tipoff.quality.checks import run_checks
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse

LEAGUE = "mens-college-basketball"
NOW = datetime(2026, 1, 15, 13)


@pytest.fixture(autouse=True)
def league_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    monkeypatch.setenv("AIRFLOW_VAR_TIPOFF", "{}")


@pytest.fixture
def games(store: Warehouse) -> Warehouse:
    """Two games of two seasons."""
    days = [date(2025, 1, 10), date(2026, 1, 14)]
    rows = [
        {
            "league": LEAGUE,
            "season": day.year,
            "game_id": f"g{day}",
            "game_date": day,
            "home_score": 70,
            "fetched_at": NOW,
        }
        for day in days
    ]
    with store.write() as con:
        merge(con, GAMES, pa.Table.from_pylist(rows), run_id="r", source="tiny")
    return store


def wanted(**more: Any) -> dict[str, Any]:
    return {"table": "raw.games", "league": "", "day": "", "season": "", "min_rows": 1, **more}


# ----------------------------------------------------------------------------------------------------- data


@pytest.mark.usefixtures("tiny")
def test_data_before_anything_was_collected() -> None:
    seen = data(**wanted())
    assert (seen.state, seen.reason) == ("wait", "nothing has been collected yet; run data_collection")
    assert not settings.load().store.exists()


@pytest.mark.usefixtures("games")
@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, "pass"),
        ({"min_rows": 2}, "pass"),
        ({"min_rows": 3}, "wait"),
        ({"day": "2026-01-14"}, "pass"),
        ({"day": "2026-01-14T09:00:00+00:00"}, "pass"),
        ({"day": "2026-01-14", "min_rows": 2}, "wait"),
        ({"day": "2025-01-10", "min_rows": 2}, "pass"),
        ({"day": "2026-01-15"}, "wait"),
        ({"season": "2025"}, "pass"),
        ({"season": "2025", "day": "2026-01-01"}, "wait"),
        ({"season": "2024"}, "wait"),
        ({"league": LEAGUE}, "pass"),
        ({"league": "nba"}, "wait"),
        ({"table": "raw.teams"}, "wait"),
    ],
)
def test_data(more: dict[str, Any], state: str) -> None:
    assert data(**wanted(**more)).state == state


@pytest.mark.usefixtures("games")
def test_each_configured_league_has_to_have_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_LEAGUES", f"{LEAGUE},nba")
    seen = data(**wanted(day="2026-01-14", season="2026"))
    assert seen.state == "wait"
    assert "`raw.games` (nba, season 2026, from 2026-01-14 on) has 0 rows, and 1 are waited for" in seen.reason


@pytest.mark.usefixtures("games")
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"table": "raw.gmaes"}, "there is no table `raw.gmaes`"),
        ({"day": "yesterday"}, "`day` is `yesterday`, not a day"),
        ({"season": "last"}, "`season` is `last`"),
        ({"table": "raw.teams", "day": "2026-01-14"}, "table `raw.teams` has no column for `day`"),
    ],
)
def test_data_that_cannot_be_waited_for(more: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        data(**wanted(**more))


def test_a_store_in_use_is_waited_for(games: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_LOCK_WAIT_SECONDS", "0.05")
    with games.locked():
        assert data(**wanted()).state == "wait"
        assert quality([], "", "block").state == "wait"


# -------------------------------------------------------------------------------------------------- quality


def judge() -> None:
    chosen = settings.load()
    for schema in ("raw", "features"):
        run_checks(schema, registry=plugins.load(chosen), settings=chosen, run_id=f"run {schema}", now=NOW)


def test_quality(games: Warehouse) -> None:
    seen = quality(["scores"], "", "block")
    assert (seen.state, seen.reason) == (
        "wait",
        "check `scores` has not run yet; run data_collection and feature_engineering",
    )
    with games.write() as con:
        con.execute("UPDATE raw.games SET home_score = -1 WHERE season = 2026").fetchall()
    with pytest.raises(CheckFailed):
        judge()
    seen = quality(["scores"], "", "block")
    assert seen.state == "wait"
    assert "check `scores` of `raw.games`: 1 row, first" in seen.reason
    assert "g2026-01-14" in seen.reason
    with games.write() as con:
        con.execute("UPDATE raw.games SET home_score = 70").fetchall()
    judge()
    assert quality(["scores"], "", "block").reason == "1 of 1 checks passed when they last ran"


@pytest.mark.usefixtures("games")
def test_a_check_that_is_named_is_meant_whatever_its_severity() -> None:
    name = "coverage_schedule_days"
    assert quality([name], "", "block").reason.startswith(f"check `{name}` has not run yet")


@pytest.mark.usefixtures("games")
def test_quality_of_one_table_or_of_some_severity() -> None:
    def told(*asked: Any) -> int:
        seen = quality(*asked)
        assert seen.state == "pass", seen
        return int(seen.reason.split()[0])

    judge()
    everything = told([], "", "block")
    assert told([], "raw.games", "block") < everything
    assert told(["scores"], "raw.games", "warn") == 1


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((["scroes"], "", "block"), r"there is no check `scroes`.*`scores`"),
        (([], "raw.gmaes", "block"), "there is no table `raw.gmaes`"),
        (([], "", "fatal"), "`fatal` is no severity; there are: info, warn, block"),
        ((["scores"], "raw.teams", "block"), "no check `scores` is of `raw.teams`; see `tipoff checks`"),
        (([], "raw.rankings", "block"), "no check as severe as `block` is of `raw.rankings`; see `tipoff checks`"),
    ],
)
def test_quality_that_cannot_be_waited_for(asked: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        quality(*asked)


@pytest.mark.usefixtures("tiny")
def test_quality_before_anything_was_collected() -> None:
    assert quality([], "", "block").state == "wait"


# --------------------------------------------------------------------------------------------------- health


@pytest.mark.usefixtures("store")
def test_health() -> None:
    seen = health(["disk", "memory", "store"], 0, 0)
    assert seen.state == "pass"
    assert f"store: `{settings.load().store}` opens, and can be read" in seen.reason, "not each of its rows"
    seen = health(["disk", "memory"], 0, 1e9)
    assert seen.state == "wait"
    assert seen.reason.startswith("memory: ")
    assert "1000000000.0 GB are wanted" in seen.reason


@pytest.mark.usefixtures("store")
def test_sources_are_reached_by_their_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    assert health(["source"], 0, 0).state == "pass"
    monkeypatch.setenv("AIRFLOW_CONN_TINY_API", '{"conn_type": "http", "host": "http://refuses"}')
    seen = health(["source"], 0, 0)
    assert seen.state == "wait"
    assert "`tiny`: 403" in seen.reason


@pytest.mark.usefixtures("tiny")
def test_a_part_that_there_is_not() -> None:
    with pytest.raises(SettingsError, match=r"`dsik` is no part.*`disk`"):
        health(["dsik"], 0, 0)  # type: ignore[list-item]


def test_teams_have_no_days() -> None:
    """`test_data_that_cannot_be_waited_for` counts on it."""
    assert "DATE" not in {column.type for column in TEAMS.columns}
