"""The four datasets, from an embedded league over HTTP into a real store, against what the league holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from tipoff import Window, clock, plugins
from tipoff.collecting.engine import collect
from tipoff.collecting.report import CollectReport
from tipoff.plugins import Registry
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse
from tipoff_espn import client
from tipoff_espn.server.model import Fixture
from tipoff_espn.server.protocol import Season

LEAGUE = "mens-college-basketball"
SOURCE = "embedded:seed=3,teams=32"
NOW = datetime(2026, 1, 17, 13)
DAYS = Window(date(2026, 1, 8), date(2026, 1, 19))
DATASETS = ("teams", "games", "players", "stats")


@pytest.fixture
def registry() -> Registry:
    return plugins.load(Settings())


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    return Settings(home=tmp_path, source=SOURCE, leagues=(LEAGUE,))


@pytest.fixture
def season() -> Iterator[Season]:
    found = client._opened(SOURCE, LEAGUE).season(LEAGUE, 2026)
    assert found is not None
    yield found
    client._opened.cache_clear()


def run(dataset: str, registry: Registry, settings: Settings, now: datetime, window: Window | None) -> CollectReport:
    (report,) = collect(dataset, registry=registry, settings=settings, run_id="test", now=now, window=window)
    return report


def played(season: Season, window: Window, now: datetime) -> list[Fixture]:
    listed = [game for game in season.fixtures if window.start <= game.day <= window.end]
    return [game for game in listed if game.result is not None and game.ends <= now]


def count(store: Warehouse, table: str, where: str = "true") -> int:
    # The names are this file's own.
    (found,) = store.query(f"SELECT count(*) AS rows FROM raw.{table} WHERE {where}")["rows"].to_pylist()
    return int(found)


def test_the_store_holds_what_the_league_does_and_nothing_is_asked_twice(
    registry: Registry, settings: Settings, season: Season
) -> None:
    reports = {dataset: run(dataset, registry, settings, NOW, DAYS) for dataset in DATASETS}
    store = Warehouse.of(settings)
    over = played(season, DAYS, NOW)
    listed = [
        game
        for game in season.fixtures
        if DAYS.start <= game.day <= DAYS.end and (game.listed_from is None or game.listed_from <= NOW)
    ]
    assert over
    assert {report.quarantined for report in reports.values()} == {0}
    assert count(store, "games") == len(listed)
    assert count(store, "games", "status = 'final'") == len(over)
    assert count(store, "team_stats") == 2 * len(over)
    lines = [season.lines(game) for game in over]
    assert count(store, "player_stats") == sum(len(side) for sides in lines if sides for side in sides)
    near = [game for game in listed if NOW <= game.tip <= NOW + timedelta(days=2) and game.called_off is None]
    assert count(store, "odds", "provider = 'espn_projection'") == len(over) + len(near)
    hosts = {game.home_id for game in listed if not game.neutral_site}
    assert count(store, "rosters") == sum(len(season.roster(team_id)) for team_id in hosts)
    assert count(store, "rankings") > 0
    met = {team_id for game in listed for team_id in (game.home_id, game.away_id)}
    assert set(store.query("SELECT team_id FROM raw.teams")["team_id"].to_pylist()) >= met
    named = store.query("SELECT conference_id, conference FROM raw.team_seasons").to_pylist()
    assert {row["conference"] for row in named} == {
        team.conference.name for team in season.teams.values() if team.conference
    }

    scores = store.query("SELECT game_id, home_score, away_score, overtimes FROM raw.games WHERE status = 'final'")
    told = {row["game_id"]: (row["home_score"], row["away_score"], row["overtimes"]) for row in scores.to_pylist()}
    assert told == {
        game.id: (game.result.home, game.result.away, game.result.overtimes) for game in over if game.result
    }
    again = [run(dataset, registry, settings, NOW, DAYS) for dataset in DATASETS]
    assert [(report.requests, report.rows) for report in again] == [(0, 0)] * 4


def test_a_season_lived_day_by_day_ends_as_one_collected_at_once(
    registry: Registry, settings: Settings, season: Season, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for day in range(3):
        now = NOW + timedelta(days=day)
        monkeypatch.setenv("TIPOFF_NOW", now.isoformat())
        for dataset in ("games", "stats"):
            run(dataset, registry, settings, now, DAYS if day == 0 else None)
    last = clock.day_of(now)
    over = played(season, Window(DAYS.start, last), now)
    store = Warehouse.of(settings)
    assert len(over) > len(played(season, DAYS, NOW))
    assert count(store, "games", "status = 'final'") == len(over)
    assert count(store, "team_stats") == 2 * len(over)

    at_once = Settings(home=tmp_path / "other", source=SOURCE, leagues=(LEAGUE,))
    for dataset in ("games", "stats"):
        run(dataset, registry, at_once, now, Window(DAYS.start, last + timedelta(days=at_once.horizon_days)))
    other = Warehouse.of(at_once)
    for table in ("games", "team_seasons", "team_stats", "player_stats"):
        compared = f"SELECT * EXCLUDE (run_id, source, fetched_at, loaded_at) FROM raw.{table} ORDER BY ALL"
        assert store.query(compared).equals(other.query(compared)), table
