"""Published seasons through the engine into a real store."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from tipoff import Collector, MalformedResponse, Window, plugins
from tipoff.collecting.engine import collect
from tipoff.collecting.report import CollectReport
from tipoff.domain import TABLES
from tipoff.quality.checks import run_checks
from tipoff.settings import Settings
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse

LEAGUE = "mens-college-basketball"
NOW = datetime(2020, 6, 1, 12)
SHOTS = (
    "field_goals_made",
    "field_goals_attempted",
    "three_point_field_goals_made",
    "three_point_field_goals_attempted",
    "free_throws_made",
    "free_throws_attempted",
)
DATASETS = ("history_games", "history_teams", "history_stats", "history_rosters", "history_odds")


class Store:
    """Collects into a store, and looks into it."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, leagues=(LEAGUE,))
        loaded = plugins.load(self.settings)
        ours = tuple(each for each in loaded.collectors if each.name == "history")
        self.registry = replace(loaded, checks=(), collectors=(*ours, Collector("espn", "espn_api", ())))
        self.warehouse = Warehouse.of(self.settings)

    def collect(self, dataset: str, now: datetime = NOW, **options: Any) -> CollectReport:
        chosen: dict[str, Any] = {"registry": self.registry, "settings": self.settings, "run_id": "r", "now": now}
        chosen["window"] = Window(date(2014, 7, 1), now.date())
        (report,) = collect(dataset, **{**chosen, **options})
        return report

    def all(self, now: datetime = NOW, datasets: Sequence[str] = DATASETS) -> dict[str, CollectReport]:
        return {dataset: self.collect(dataset, now) for dataset in datasets}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.warehouse.query(sql).to_pylist()]

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every domain table without provenance, in order."""
        return {
            name: self.query(f"SELECT {', '.join(table.column_names)} FROM raw.{name} ORDER BY ALL")
            for name, table in TABLES.items()
        }


@pytest.fixture
def store(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    return Store(tmp_path / "home")


def change(file: Path, name: str, values: list[object]) -> None:
    """Writes a file with other values in a column, as of a later time."""
    table = pq.read_table(file)
    index = table.column_names.index(name)
    pq.write_table(table.set_column(index, name, pa.array(values)), file)
    later = file.stat().st_mtime_ns + 1_000_000_000
    os.utime(file, ns=(later, later))


def test_the_store_holds_what_the_files_do(store: Store) -> None:
    reports = store.all()
    assert {name: report.quarantined for name, report in reports.items() if report.quarantined} == {}
    assert store.query("SELECT season, game_id, home_id, home_score, source, run_id FROM raw.games ORDER BY 1") == [
        (2019, "10", "1", 71, "history", "r"),
        (2020, "11", "2", 71, "history", "r"),
    ]
    assert store.query("SELECT game_id, team_id, is_home, points FROM raw.team_stats ORDER BY ALL") == [
        ("10", "1", True, 71),
        ("10", "2", False, 64),
        ("11", "1", False, 64),
        ("11", "2", True, 71),
    ]
    assert store.query("SELECT team_id, name, short_name FROM raw.teams ORDER BY 1") == [
        ("1", "Team 1", "One"),
        ("2", "Team 2", "Two"),
    ]
    assert store.query("SELECT game_id, provider, home_spread_close FROM raw.odds") == [("10", "closing_line", -6.5)]
    results = run_checks("raw", registry=store.registry, settings=store.settings, run_id="r", now=NOW)
    assert [result.name for result in results if not result.passed] == []


def test_what_was_known_of_a_roster_on_a_day(store: Store) -> None:
    store.collect("history_rosters")
    on = "SELECT athlete_id, team_id, games_played FROM raw.rosters WHERE as_of <= DATE '{}' QUALIFY row_number() OVER "
    latest = "(PARTITION BY season, athlete_id ORDER BY as_of DESC) = 1 ORDER BY season, athlete_id"
    spring = store.query(on.format("2019-04-29") + latest)
    assert spring == [("ncaa:100", "1", None), ("ncaa:101", "2", None)]
    summer = store.query(on.format("2019-11-01") + latest)
    assert summer == [("ncaa:100", "1", 30), ("ncaa:101", "2", 30), ("ncaa:100", "1", None)]


def test_nothing_is_read_twice_until_it_changes(store: Store, folder: Path) -> None:
    both = ("history_games", "history_odds")
    store.all(datasets=both)
    again = store.all(datasets=both)
    assert {name: (report.requests, report.rows) for name, report in again.items()} == dict.fromkeys(both, (0, 0))
    change(folder / "odds_close_by_game.parquet", "home_spread_close", [-7.0, -3.0])
    changed = store.all(datasets=both)
    assert {name: report.requests for name, report in changed.items()} == {"history_games": 0, "history_odds": 2}
    assert store.query("SELECT home_spread_close FROM raw.odds") == [(-7.0,)]
    assert not store.collect("history_odds").requests


def test_what_a_run_did_not_come_to_the_next_one_reads(store: Store) -> None:
    def stop(done: int, total: int, key: str) -> None:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        store.collect("history_games", progress=stop)
    assert store.query("SELECT game_id FROM raw.games") == [("10",)]
    report = store.collect("history_games")
    assert (report.requests, report.fresh) == (1, 1)
    assert store.query("SELECT game_id FROM raw.games ORDER BY 1") == [("10",), ("11",)]


def test_a_season_that_goes_on_is_told_day_by_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for now, games in ((datetime(2020, 3, 3, 12), 1), (datetime(2020, 3, 4, 12), 2)):
        monkeypatch.setenv("TIPOFF_NOW", now.isoformat())
        store.all(now, ("history_games", "history_stats", "history_rosters"))
        assert store.query("SELECT count(*) FROM raw.games") == [(games,)]
        assert store.query("SELECT count(*) FROM raw.team_stats") == [(2 * games,)]
        assert store.query("SELECT count(games_played) FROM raw.rosters WHERE season = 2020") == [(0,)]


def test_a_bad_record_is_set_aside_and_the_rest_is_loaded(store: Store, folder: Path) -> None:
    change(folder / "games.parquet", "home_score", [None, 71])
    try:
        store.collect("history_games")
    except MalformedResponse as error:  # half of so few records is a lot
        assert "home_score" in str(error)
    ((path, reason),) = store.query("SELECT path, reason FROM ops.quarantine")
    assert (path, reason) == ("[0].home_score", "a final cannot end `None`–`64`")
    assert store.query("SELECT game_id FROM raw.games") == [("11",)]


def test_a_file_without_a_column_fails_with_its_name(store: Store, folder: Path) -> None:
    table = pq.read_table(folder / "games.parquet").drop_columns(["neutral_site"])
    pq.write_table(table, folder / "games.parquet")
    with pytest.raises(MalformedResponse, match=r"games\.parquet` lacks the column `neutral_site`; .*history\.md"):
        store.collect("history_games")


def test_espn_s_own_word_stands(store: Store, folder: Path) -> None:
    store.collect("history_games")
    said = {"league": LEAGUE, "season": 2019, "game_id": "10", "home_score": 73, "attendance": 900, "fetched_at": NOW}
    with store.warehouse.write() as con:
        merge(con, TABLES["games"], pa.Table.from_pylist([said]), run_id="e", source="espn")
    change(folder / "games.parquet", "home_score", [70, 71])
    store.collect("history_games")
    game = "SELECT home_score, away_score, attendance, source FROM raw.games WHERE game_id = '10'"
    assert store.query(game) == [(73, 64, 900, "espn+history")]


def test_csv_gives_the_same_store(store: Store, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.all()
    written = tmp_path / "csv"
    written.mkdir()
    for file in folder.iterdir():
        pa_csv.write_csv(pq.read_table(file), written / f"{file.stem}.csv")
    monkeypatch.setenv("TIPOFF_HISTORY_SOURCE", str(written))
    other = Store(tmp_path / "other")
    other.all()
    assert other.contents() == store.contents()
    assert any(store.contents().values())


def test_the_releases_of_sportsdataverse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up files with the columns that the publisher documents."""
    tip, day = "2019-02-02T23:30Z", date(2019, 2, 2)
    scores = {"home_score": 71, "away_score": 64, "neutral_site": False}
    status = {"status_type_name": "STATUS_FINAL", "status_type_state": "post", "status_type_completed": True}
    game = {"game_id": 10, "season": 2019, "season_type": 2, "date": tip, "home_id": 1, "away_id": 2}
    names = {"home_display_name": "Team 1", "away_display_name": "Team 2"}
    one = {"game_id": 10, "season": 2019, "game_date": day, "team_id": 1}
    shots = dict(zip(SHOTS, (27, 60, 6, 20, 11, 15), strict=True))
    home = {**one, **shots, "opponent_team_id": 2, "team_home_away": "home", "team_score": 71}
    away = {**home, "team_id": 2, "opponent_team_id": 1, "team_home_away": "away", "team_score": 64, SHOTS[4]: 4}
    line = {**one, **shots, "athlete_id": 4000, "athlete_display_name": "Ann Other", "minutes": 31.0, "points": 71}
    files = {
        "mbb_schedule_2019": [{**game, **scores, **status, **names}],
        "team_box_2019": [home, away],
        "player_box_2019": [line],
    }
    for name, rows in files.items():
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet")
    monkeypatch.setenv("TIPOFF_HISTORY_SOURCE", f"{tmp_path},{tmp_path}/mbb_schedule_{{2019..2019}}.parquet")
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    store = Store(tmp_path / "home")
    reports = store.all()
    assert {name: report.requests for name, report in reports.items() if report.requests} == {
        "history_games": 1,
        "history_stats": 2,
    }
    game_row = "SELECT game_id, tip_utc, game_date, status, home_id, home_score FROM raw.games"
    assert store.query(game_row) == [("10", datetime(2019, 2, 2, 23, 30), day, "final", "1", 71)]
    assert store.query("SELECT team_id, points FROM raw.team_stats ORDER BY 1") == [("1", 71), ("2", 64)]
    line_row = (
        "SELECT athlete_id, name, team_id, minutes, points FROM raw.player_stats JOIN raw.players USING (athlete_id)"
    )
    assert store.query(line_row) == [("4000", "Ann Other", "1", 31.0, 71)]


@pytest.mark.shared
def test_ten_seasons_in_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CPU time, since other work on the machine is none of ours."""
    shared = os.environ.get("TIPOFF_SHARED")
    if not shared:
        pytest.skip("needs TIPOFF_SHARED, the folder of the reference data")
    monkeypatch.setenv("TIPOFF_HISTORY_SOURCE", f"{shared}/data")
    monkeypatch.setenv("TIPOFF_NOW", "2024-06-01T12:00")
    store = Store(tmp_path / "home")
    began = time.process_time()
    now = datetime(2024, 6, 1, 12)
    reports = store.all(now)
    results = run_checks("raw", registry=store.registry, settings=store.settings, run_id="r", now=now)
    assert time.process_time() - began < 60
    # Of 31,000 closing lines these contradict their own moneylines or openings.
    assert {name: report.quarantined for name, report in reports.items() if report.quarantined} == {"history_odds": 69}
    assert [str(result) for result in results if result.error or (not result.passed and "known" in result.name)] == []
    assert store.query("SELECT count(*), min(season), max(season) FROM raw.games") == [(53_844, 2015, 2024)]
    listed, placed = store.query("SELECT count(*), count(DISTINCT (season, team_id, athlete_id)) FROM raw.rosters")[0]
    assert (listed, placed) == (2 * 80_792, 80_792)
    early = "SELECT count(*) FROM raw.rosters WHERE games_played IS NOT NULL AND as_of < make_date(season, 4, 30)"
    assert store.query(early) == [(0,)]
    assert store.query("SELECT max(as_of) FROM raw.rosters") == [(date(2024, 4, 30),)]
