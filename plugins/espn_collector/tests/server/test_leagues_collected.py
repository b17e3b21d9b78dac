"""One server, three leagues at once, and the collector that asks it."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path

import pytest
from tipoff import Window, plugins
from tipoff.collecting.engine import collect
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse
from tipoff_espn.server import League, make_app, open_league

LEAGUES = ("mens-college-basketball", "womens-college-basketball", "nba")
NOW = datetime(2026, 1, 19, 13)
DAYS = Window(date(2026, 1, 16), date(2026, 1, 17))


@pytest.fixture(scope="module")
def three() -> League:
    return open_league("embedded:seed=6,teams=32,first_season=2026", LEAGUES)


def test_three_leagues_stand_apart_in_the_same_tables(
    running: Callable[..., AbstractContextManager[str]],
    three: League,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    with running(make_app(three, lambda: NOW)) as address:
        settings = Settings(home=tmp_path, source=address, leagues=LEAGUES, requests_per_second=math.inf)
        registry = plugins.load(settings)
        for dataset in ("teams", "games", "players", "stats"):
            reports = collect(dataset, registry=registry, settings=settings, run_id="test", now=NOW, window=DAYS)
            assert {report.league for report in reports} == set(LEAGUES)
            assert {report.quarantined for report in reports} == {0}
    store = Warehouse.of(settings)
    ids = {}
    for league in LEAGUES:
        season = three.season(league, 2026)
        assert season is not None
        over = [f for f in season.fixtures if DAYS.start <= f.day <= DAYS.end and f.result]
        games = store.query("SELECT * FROM raw.games WHERE league = $league AND status = 'final'", league=league)
        ids[league] = {game["game_id"] for game in games.to_pylist()}
        assert ids[league] == {fixture.id for fixture in over}
        results = {f.id: (f.home_id, f.result.home, f.result.overtimes) for f in over if f.result}
        assert results == {
            game["game_id"]: (game["home_id"], game["home_score"], game["overtimes"]) for game in games.to_pylist()
        }
        boxes = store.query(
            "SELECT DISTINCT game_id, team_id FROM raw.team_stats WHERE league = $league", league=league
        )
        assert len(boxes) == 2 * len(over)
        ranked = store.query("SELECT count(*) AS rows FROM raw.rankings WHERE league = $league", league=league)
        assert (ranked["rows"].to_pylist() == [0]) is (league == "nba")
    # The simulated leagues number their games alike, so a key without the league would have lost some.
    assert ids[LEAGUES[0]] & ids[LEAGUES[1]]
