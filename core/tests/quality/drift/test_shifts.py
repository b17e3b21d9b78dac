"""Figures of a made-up league over four seasons, and of ten real ones where they are at hand."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from tipoff import domain
from tipoff.cli.drift import drift
from tipoff.errors import CheckFailed
from tipoff.plugins import Registry
from tipoff.quality.checks import require_passed, run_checks
from tipoff.quality.drift.shifts import Known, Shift, shifts
from tipoff.quality.drift.storing import accept
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse

LEAGUE = "m"
DAY = date(2026, 1, 20)
TABLES = tuple(domain.TABLES.values())

GAMES = """
    INSERT INTO raw.games BY NAME
    WITH listed AS (
        SELECT season, day, number, (hash(season, day, number) % 100000) / 100000 AS luck,
            (number + 7 * day) % 40 AS home, (number * 3 + 11 * day + 20 + season) % 40 AS away
        FROM range(2023, 2027) AS s(season), range(0, 140) AS d(day), range(0, 20) AS n(number)
    ),
    played AS (
        SELECT *, CAST(60 + hash(luck, 2) % 21 AS INTEGER) AS away_score,
            CAST((home - away) / 2 + 3 + (CAST(hash(luck, 1) % 2001 AS INTEGER) - 1000) / 80.0 AS INTEGER) AS margin
        FROM listed WHERE home <> away
    )
    SELECT 'm' AS league, CAST(season AS INTEGER) AS season, concat(season, '-', day, '-', number) AS game_id,
        make_date(season - 1, 11, 5) + CAST(day AS INTEGER) AS game_date,
        CAST(make_date(season - 1, 11, 5) + CAST(day AS INTEGER) AS TIMESTAMP) + INTERVAL 23 HOUR AS tip_utc,
        true AS tip_known,
        'final' AS status, concat('t', home) AS home_id, concat('t', away) AS away_id,
        away_score + if(margin = 0, 1, margin) AS home_score, away_score, CAST(luck < 0.05 AS INTEGER) AS overtimes,
        false AS neutral_site, 'r' AS run_id, 's' AS source
    FROM played
"""
STATS = """
    INSERT INTO raw.team_stats BY NAME
    WITH sides AS (
        SELECT league, season, game_id, unnest([home_id, away_id]) AS team_id,
            unnest([away_id, home_id]) AS opponent_id,
            unnest([true, false]) AS is_home, unnest([home_score, away_score]) AS points
        FROM raw.games
    ), shots AS (SELECT *, CAST(15 + hash(game_id, team_id) % 15 AS INTEGER) AS threes FROM sides)
    SELECT league, season, game_id, team_id, opponent_id, is_home, points, points // 3 AS field_goals_made,
        CAST(55 + hash(team_id, game_id) % 10 AS INTEGER) AS field_goals_attempted, threes // 3 AS three_points_made,
        threes AS three_points_attempted, 12 AS free_throws_made, 17 AS free_throws_attempted, 9 AS offensive_rebounds,
        CAST(8 + hash(game_id, is_home) % 9 AS INTEGER) AS turnovers, 13 AS assists, 'r' AS run_id, 's' AS source
    FROM shots
"""
_THEN = "game_id IN (SELECT game_id FROM raw.games WHERE game_date BETWEEN $since AND $until)"
FAULTS = {
    "points doubled": ("games", "UPDATE raw.games SET home_score = 2 * home_score, away_score = 2 * away_score", 2),
    "home and away swapped": ("games", "UPDATE raw.games SET home_score = away_score, away_score = home_score", 4),
    "threes zero": ("team_stats", "UPDATE raw.team_stats SET three_points_attempted = 0, three_points_made = 0", 2),
    "99 for missing": ("team_stats", "UPDATE raw.team_stats SET turnovers = 99", 1),
    "missing": ("team_stats", "UPDATE raw.team_stats SET assists = NULL", 2),
    "a column twice": ("team_stats", "UPDATE raw.team_stats SET free_throws_attempted = free_throws_made", 3),
    "other ids": ("games", "UPDATE raw.games SET home_id = concat('x', home_id), away_id = concat('x', away_id)", 1),
}


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store's file, four seasons in it."""
    store = Warehouse(tmp_path_factory.mktemp("league") / "league.duckdb")
    store.migrate(TABLES)
    with store.write() as con:
        con.execute(GAMES).fetchall()
        con.execute(STATS).fetchall()
    return store.path


@pytest.fixture
def settings(league: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path))
    settings = Settings(home=tmp_path, leagues=(LEAGUE,))
    shutil.copy(league, settings.store)
    return settings


@pytest.fixture
def store(settings: Settings) -> Warehouse:
    return Warehouse.of(settings)


def spoil(store: Warehouse, fault: str, since: date, days: int = 60) -> None:
    _, update, _ = FAULTS[fault]
    with store.write() as con:
        until = since + timedelta(days=days - 1)
        con.execute(f"{update} WHERE {_THEN}", {"since": since, "until": until}).fetchall()


def judged(store: Warehouse, day: date, known: dict[str, Known] | None = None) -> dict[str, Shift]:
    """The unusual figures on a day."""
    with store.read() as con:
        found = shifts(con, TABLES, LEAGUE, day, known or {})
    assert found
    return {each.metric: each for each in found if each.severity}


def test_seasons_that_were_as_ever_raise_nothing(store: Warehouse) -> None:
    found = {day: judged(store, date(2025, 12, 1) + timedelta(days=day)) for day in range(0, 100, 7)}
    assert not any(found.values()), found


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_planted_is_found_within_days(store: Warehouse, fault: str) -> None:
    spoil(store, fault, DAY)
    _, _, days = FAULTS[fault]
    assert judged(store, DAY - timedelta(days=1)) == {}
    found = judged(store, DAY + timedelta(days=days - 1))
    assert "block" in {each.severity for each in found.values()}, found


def test_drift_does_not_become_usual_with_time(store: Warehouse) -> None:
    spoil(store, "threes zero", DAY)
    known: dict[str, Known] = {}
    for day in range(1, 50, 6):
        found = judged(store, DAY + timedelta(days=day), known)
        known = {name: Known(each.since) for name, each in found.items()}
    threes = found["team_stats.three_points_attempted:mean"]
    assert (threes.severity, threes.since) == ("block", DAY + timedelta(days=1))


def test_a_first_season_is_judged_by_its_own_weeks(store: Warehouse) -> None:
    with store.write() as con:
        con.execute("DELETE FROM raw.games WHERE season < 2026").fetchall()
    assert judged(store, DAY) == {}
    spoil(store, "points doubled", DAY)
    assert "games.home_score:mean" in judged(store, DAY + timedelta(days=1))


def test_without_earlier_weeks_nothing_is_judged(store: Warehouse) -> None:
    with store.write() as con:
        con.execute("DELETE FROM raw.games WHERE season < 2026 OR game_date < $day", {"day": DAY}).fetchall()
        found = shifts(con, TABLES, LEAGUE, DAY + timedelta(days=2), {})
    assert found
    assert {each.z for each in found} == {None}


def test_in_summer_and_of_a_league_without_games_there_is_nothing(store: Warehouse) -> None:
    with store.read() as con:
        assert shifts(con, TABLES, LEAGUE, date(2026, 7, 1), {}) == []
        assert shifts(con, TABLES, "w", DAY, {}) == []


def test_severe_drift_blocks_predictions_until_it_is_accepted(
    settings: Settings, store: Warehouse, monkeypatch: pytest.MonkeyPatch, night: Callable[[int], None]
) -> None:
    from click.testing import CliRunner

    with store.write() as con:
        con.execute("DELETE FROM raw.games WHERE game_date > $day", {"day": DAY + timedelta(days=3)}).fetchall()
    night(3)
    require_passed(Registry(), store)
    spoil(store, "99 for missing", DAY)
    night(4)
    with pytest.raises(CheckFailed, match="drift_of_figures_severe"):
        require_passed(Registry(), store)
    shown = CliRunner().invoke(drift, []).output
    assert "team_stats.turnovers:mean" in shown
    assert "Predictions wait" in shown

    names = store.query("SELECT metric FROM ops.shift WHERE severity <> ''")["metric"].to_pylist()
    with store.write() as con:
        assert [accept(con, name, datetime(2026, 1, 22)) for name in names] == [(0, 1)] * len(names)
    night(5)
    require_passed(Registry(), store)
    assert "No drift." in CliRunner().invoke(drift, []).output
    (row,) = store.query("SELECT windows FROM ops.shift WHERE metric = $name", name=names[0]).to_pylist()
    assert row["windows"] == 0, "there are no weeks yet since it was accepted"


@pytest.fixture
def night(settings: Settings, store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Runs the checks so many days after `DAY`."""

    def look(days: int) -> None:
        now = datetime(DAY.year, DAY.month, DAY.day, 23) + timedelta(days=days)
        monkeypatch.setenv("TIPOFF_NOW", now.isoformat())
        with contextlib.suppress(CheckFailed):
            run_checks("raw", registry=Registry(), settings=settings, run_id=f"r{days}", now=now)

    return look


@pytest.mark.shared
def test_ten_real_seasons_block_nobody_and_a_swap_is_found(tmp_path: Path) -> None:
    shared = os.environ.get("TIPOFF_SHARED")
    if not shared:
        pytest.skip("TIPOFF_SHARED is not set: the real seasons are not here")
    store = Warehouse(tmp_path / "real.duckdb")
    store.migrate(TABLES)
    with store.write() as con:
        con.execute(
            """
            INSERT INTO raw.games BY NAME
            SELECT 'm' AS league, season, CAST(game_id AS VARCHAR) AS game_id, game_date, 'final' AS status,
                timezone('UTC', game_datetime) AS tip_utc, CAST(home_id AS VARCHAR) AS home_id,
                CAST(away_id AS VARCHAR) AS away_id, home_score, away_score, n_ot AS overtimes, neutral_site,
                same_conf AS conference_game, 'r' AS run_id, 's' AS source
            FROM read_parquet($path)
            """,
            {"path": f"{shared}/data/games.parquet"},
        ).fetchall()
    days = [date(season - 1, 11, 20) + timedelta(days=n) for season in range(2017, 2025) for n in range(0, 130, 26)]
    blocked = {day: found for day in days if (found := _blocked(store, day))}
    assert blocked == {}
    spoil(store, "home and away swapped", date(2024, 2, 20))
    assert _blocked(store, date(2024, 2, 25))


def _blocked(store: Warehouse, day: date) -> list[str]:
    with store.read() as con:
        found = shifts(con, [domain.GAMES], LEAGUE, day, {})
    assert found or day.year == 2021 or (day.year, day.month) == (2020, 11), day
    return [each.metric for each in found if each.severity == "block"]
