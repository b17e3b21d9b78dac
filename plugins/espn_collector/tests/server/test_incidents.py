"""Games that are moved, deleted, forfeited, corrected or replaced, lived through day by day by the collector."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tipoff import Window, clock, plugins
from tipoff.collecting.engine import collect
from tipoff.quality.checks import run_check
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse
from tipoff_espn import plugin
from tipoff_espn.server import Chaos, League, incidents, make_app, open_league
from tipoff_espn.server.incidents import ChangedLeague
from tipoff_espn.server.model import Fixture

LEAGUE = "mens-college-basketball"
Running = Callable[..., AbstractContextManager[str]]
START = datetime(2026, 1, 10, 13)


@pytest.fixture(scope="module")
def quiet() -> League:
    return open_league("embedded:seed=6,teams=32,first_season=2026", (LEAGUE,))


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 1, day, hour)


class Life:
    """A collector's days with a league, over HTTP and into a store of its own."""

    def __init__(self, address: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = Settings(home=home, source=address, leagues=(LEAGUE,), requests_per_second=math.inf)
        self.registry = plugins.load(self.settings)
        self.store = Warehouse.of(self.settings)
        self._monkeypatch = monkeypatch

    def live(self, now: datetime, window: Window | None = None, datasets: tuple[str, ...] = ()) -> None:
        self._monkeypatch.setenv("TIPOFF_NOW", now.isoformat())
        for dataset in datasets or ("teams", "games", "players", "stats"):
            collect(dataset, registry=self.registry, settings=self.settings, run_id=f"{now:%d}", now=now, window=window)

    def games(self) -> dict[str, dict[str, Any]]:
        return {row["game_id"]: row for row in self.store.query("SELECT * FROM raw.games").to_pylist()}

    def points(self, game_id: str) -> list[int]:
        found = self.store.query(
            "SELECT points FROM raw.team_stats WHERE game_id = $game ORDER BY is_home DESC", game=game_id
        )
        return list(found["points"].to_pylist())

    def offenders(self, name: str, now: datetime) -> set[str]:
        (collector,) = plugin.collectors()
        (check,) = [each for dataset in collector.datasets for each in dataset.checks if each.name == name]
        with self.store.read() as con:
            found = run_check(con, check, now=now, leagues=(LEAGUE,), settle_days=self.settings.settle_days)
        assert not found.error
        assert found.offenders == len(found.sample)
        return {str(row["game_id"]) for row in found.sample}


def played(league: League, day: int) -> list[Fixture]:
    season = league.season(LEAGUE, 2026)
    assert season is not None
    games = [f for f in season.fixtures if f.day == date(2026, 1, day) and f.result and not f.listed_from]
    assert games, day
    return games


def changed(league: League) -> tuple[ChangedLeague, Mapping[str, Fixture]]:
    """A league in which each of these happens to one game."""
    chosen = {
        "moved": played(league, 15)[0],
        "deleted": played(league, 15)[1],
        "status forfeit": played(league, 14)[0],
        "filed forfeit": played(league, 14)[1],
        "soon corrected": played(league, 11)[0],
        "late corrected": played(league, 10)[0],
        "postponed": played(league, 17)[0],
        "canceled": played(league, 17)[1],
    }
    assert len({fixture.id for fixture in chosen.values()}) == len(chosen)
    late, soon = chosen["late corrected"].result, chosen["soon corrected"].result
    assert late is not None
    assert soon is not None
    canceled = replace(chosen["canceled"], called_off="canceled", called_off_from=at(16), result=None)
    versions = {
        "moved": incidents.moved(chosen["moved"], at(13), at(17, 23)),
        "deleted": incidents.deleted(chosen["deleted"], at(13)),
        "status forfeit": incidents.forfeited(chosen["status forfeit"], at(14)),
        "filed forfeit": incidents.forfeited(chosen["filed forfeit"], at(16), (2, 0)),
        "soon corrected": incidents.corrected(chosen["soon corrected"], at(13), soon.home + 1, soon.away),
        "late corrected": incidents.corrected(chosen["late corrected"], at(17), late.home + 2, late.away),
        "postponed": incidents.postponed(chosen["postponed"], at(16), at(18, 23), "999000001"),
        "canceled": (canceled,),
    }
    return ChangedLeague(league, {chosen[name].id: each for name, each in versions.items()}), chosen


def test_each_ends_right(quiet: League, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    league, chosen = changed(quiet)
    with running(make_app(league, clock.now)) as address:
        life = Life(address, tmp_path, monkeypatch)
        life.live(START, Window(date(2026, 1, 10), date(2026, 1, 19)), ("games", "stats"))
        assert {life.games()[fixture.id]["status"] for fixture in chosen.values()} == {"scheduled"}
        for day in range(1, 12):
            life.live(START + timedelta(days=day), datasets=("games", "stats"))
        found = {name: life.games()[fixture.id] for name, fixture in chosen.items()}
        assert (found["moved"]["status"], found["moved"]["game_date"]) == ("final", date(2026, 1, 17))
        assert len(life.points(chosen["moved"].id)) == 2
        for name, status in (
            ("status forfeit", "forfeited"),
            ("filed forfeit", "forfeited"),
            ("postponed", "postponed"),
            ("canceled", "canceled"),
        ):
            assert (found[name]["status"], found[name]["home_score"]) == (status, None), name
        again = life.games()["999000001"]
        assert (again["status"], again["home_id"]) == ("final", chosen["postponed"].home_id)
        soon = found["soon corrected"]
        assert soon["home_score"] == chosen["soon corrected"].result.home + 1  # type: ignore[union-attr]
        assert life.points(soon["game_id"]) == [soon["home_score"], soon["away_score"]]
        # Nobody says that a game was deleted: it stays as it was, and a check names it.
        now = START + timedelta(days=11)
        assert found["deleted"]["status"] == "scheduled"
        assert life.offenders("espn_games_gone", now) == {chosen["deleted"].id}


def test_a_correction_after_the_day_had_settled_is_found_by_the_schedules(
    quiet: League, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    league, chosen = changed(quiet)
    game = chosen["late corrected"]
    assert game.result is not None
    with running(make_app(league, clock.now)) as address:
        life = Life(address, tmp_path, monkeypatch)
        days = Window(date(2026, 1, 9), date(2026, 1, 12))
        life.live(at(16, 13), days)
        assert life.points(game.id) == [game.result.home, game.result.away]
        life.live(at(20, 13), days)
        assert life.points(game.id)[0] == game.result.home, "the day had settled"
        later = at(10, 14) + timedelta(days=28)
        life.live(later)
        assert life.offenders("espn_scores_agree", later) == {game.id}
        life.live(later + timedelta(days=1))
        assert life.games()[game.id]["home_score"] == game.result.home + 2
        assert life.points(game.id) == [game.result.home + 2, game.result.away]
        assert life.offenders("espn_scores_agree", later + timedelta(days=1)) == set()


def test_a_day_that_was_incomplete_is_completed_by_the_next_run(
    quiet: League, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chaos = Chaos(seed=2, rate=1.0, kinds=("incomplete",), first=1)
    with running(make_app(quiet, clock.now, chaos=chaos)) as address:
        life = Life(address, tmp_path, monkeypatch)
        days = Window(date(2025, 12, 10), date(2025, 12, 13))
        season = quiet.season(LEAGUE, 2026)
        assert season is not None
        there = {fixture.id for fixture in season.fixtures if days.start <= fixture.day <= days.end}
        life.live(START, days, ("games",))
        missing = there - life.games().keys()
        assert missing
        assert life.offenders("espn_days_incomplete", START) == missing
        # Another window, and a day that has settled: it is asked for all the same.
        life.live(START + timedelta(hours=1), Window(date(2026, 1, 9), date(2026, 1, 9)), ("games",))
        assert there <= life.games().keys()
        assert life.offenders("espn_days_incomplete", START) & there == set()


def test_odds_that_are_gone_from_the_summary_come_from_the_core_api(
    quiet: League, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = Window(date(2025, 12, 10), date(2025, 12, 11))
    found = {}
    for name, kept in (("gone", timedelta(days=14)), ("kept", None)):
        with running(make_app(quiet, clock.now, odds_for=kept)) as address:
            life = Life(address, tmp_path / name, monkeypatch)
            life.live(START, days, ("games", "stats"))
            life.live(START + timedelta(days=1), days, ("games", "stats"))
            columns = "* EXCLUDE (run_id, source, fetched_at, loaded_at)"
            query = f"SELECT {columns} FROM raw.odds WHERE provider = 'Draft Kings' ORDER BY ALL"
            found[name] = life.store.query(query).to_pylist()
            asked = life.store.query("SELECT key FROM ops.landed_request WHERE key LIKE '%/odds'")
            assert len(asked) == (len(found[name]) if kept else 0)
    assert found["gone"]
    assert found["gone"] == found["kept"]
