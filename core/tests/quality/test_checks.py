from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tipoff import domain
from tipoff.contracts import Check, Column, FeatureBuilder, Severity, Table
from tipoff.errors import CheckFailed
from tipoff.plugins import Registry
from tipoff.quality.checks import CheckResult, checks_of, last_results, run_check, run_checks
from tipoff.settings import Settings
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse

NOW = datetime(2026, 1, 20, 12)
GAME: dict[str, Any] = {
    "league": "m", "season": 2026, "game_id": "1", "tip_utc": datetime(2026, 1, 19, 20), "status": "final",
    "game_date": date(2026, 1, 19), "home_id": "a", "away_id": "b", "home_score": 70, "away_score": 60,
}  # fmt: skip
BOX = {
    "league": "m", "season": 2026, "game_id": "1", "team_id": "a", "points": 70, "field_goals_made": 25,
    "field_goals_attempted": 60, "three_points_made": 10, "three_points_attempted": 30, "free_throws_made": 10,
    "free_throws_attempted": 12, "opponent_id": "b", "is_home": True,
}  # fmt: skip
OTHER = {**BOX, "team_id": "b", "opponent_id": "a", "is_home": False, "points": 60, "field_goals_made": 20}

FORM = FeatureBuilder(
    "form",
    Table(
        "form",
        ("league", "season", "game_id"),
        (
            *(column for column in domain.GAMES.columns if column.name in domain.GAMES.key),
            Column("game_date", "DATE"),
            Column("tip_utc", "TIMESTAMP"),
            Column("x", "DOUBLE"),
        ),
        schema="features",
    ),
    ("raw.games",),
    "x:y",
)


class Store:
    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self.warehouse = Warehouse.of(self.settings)
        self.warehouse.migrate(domain.TABLES.values())
        self.put("teams", *({"league": "m", "team_id": team, "name": team} for team in "ab"))

    def put(self, table: str, *rows: dict[str, Any]) -> None:
        staged = pa.Table.from_pylist([{"fetched_at": NOW, **row} for row in rows])
        with self.warehouse.write() as con:
            merge(con, domain.TABLES[table], staged, run_id="r", source="s")

    def check(self, *checks: Check, schema: Any = "raw", run: str = "r1", **brought: Any) -> dict[str, CheckResult]:
        registry = Registry(checks=checks, **brought)
        results = run_checks(schema, registry=registry, settings=self.settings, run_id=run, now=NOW)
        return {result.name: result for result in results}

    def failing(self, *checks: Check, **options: Any) -> dict[str, int]:
        return {name: r.offenders for name, r in self.check(*checks, **options).items() if not r.passed}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    return Store(tmp_path / "home")


def many_games(**one: Any) -> list[dict[str, Any]]:
    """A hundred sound games, one a day, and one that is changed."""
    days = [timedelta(days=n + 1) for n in range(100)]
    before = [{"tip_utc": GAME["tip_utc"] - each, "game_date": GAME["game_date"] - each} for each in days]
    return [*({**GAME, "game_id": f"g{n}", **when} for n, when in enumerate(before)), {**GAME, **one}]


def test_an_empty_store_and_a_sound_one_pass(store: Store) -> None:
    assert store.failing() == {}
    store.put("games", *many_games())
    store.put("team_stats", BOX, OTHER)
    assert store.failing() == {}
    assert store.failing(schema="features") == {}


@pytest.mark.parametrize(
    ("change", "fails"),
    [
        ({"home_score": None}, "games_final_without_result"),
        ({"home_score": 60}, "games_final_without_result"),
        ({"away_id": "a"}, "games_against_oneself"),
        ({"away_id": "z"}, "games_known_teams"),
        ({"status": "scheduled", "tip_utc": datetime(2026, 1, 10)}, "games_overdue"),
    ],
)
def test_games(store: Store, change: dict[str, Any], fails: str) -> None:
    store.put("games", *many_games(**change))
    doubtful = {"games_doubtful": 1} if fails == "games_against_oneself" else {}
    assert store.failing() == {fails: 1} | doubtful


@pytest.mark.parametrize("status", ["scheduled", "postponed", "canceled"])
def test_games_to_come_need_no_result(store: Store, status: str) -> None:
    tip = datetime(2026, 1, 25)
    store.put("games", {**GAME, "home_score": None, "away_score": None, "status": status, "tip_utc": tip})
    assert store.failing() == {}


@pytest.mark.parametrize(
    ("change", "fails"),
    [
        ({"steals": 51}, "team_stats_ranges"),
        ({"opponent_id": None}, "team_stats_nulls"),
        ({"field_goals_attempted": 20}, "team_stats_made_at_most_attempted"),
        ({"free_throws_made": 9}, "team_stats_points_add_up"),
        ({"points": 60, "free_throws_made": 0}, "team_stats_points_are_the_score"),
    ],
)
def test_box_scores(store: Store, change: dict[str, Any], fails: str) -> None:
    store.put("games", GAME)
    store.put("team_stats", {**BOX, **change}, OTHER)
    doubtful = {"games_doubtful": 1} if "points" in change else {}
    assert store.failing() == {fails: 1} | doubtful


def test_references(store: Store) -> None:
    store.put("games", GAME)
    store.put("team_stats", BOX, OTHER, {**BOX, "game_id": "nowhere"}, {**OTHER, "game_id": "nowhere", "team_id": "z"})
    line = {"league": "m", "season": 2026, "game_id": "1", "athlete_id": "ghost", "team_id": "a"}
    store.put("player_stats", line)
    assert store.failing() == {
        "team_stats_known_games": 1, "team_stats_known_teams": 1, "player_stats_known_players": 1,
    }  # fmt: skip


def test_a_box_score_has_two_sides(store: Store) -> None:
    store.put("games", GAME)
    store.put("team_stats", BOX)
    assert store.failing() == {"team_stats_two_sides": 1}


def test_nulls_and_ranges_name_the_columns_and_their_values(store: Store) -> None:
    store.put("games", {**GAME, "home_score": 7000, "overtimes": 11, "status": None})
    results = store.check()
    key = {"league": "m", "season": 2026, "game_id": "1"}
    assert results["games_ranges"].sample == ({**key, "outside": "home_score 7000, overtimes 11"},)
    assert results["games_nulls"].sample == ({**key, "missing": "status"},)


@pytest.mark.parametrize(
    "values",
    [
        {"overtimes": 6, "home_score": 127, "away_score": 117, "attendance": 1},  # Syracuse and Connecticut, 2009
        {"overtimes": 3, "home_score": 186, "away_score": 184},  # Detroit and Denver, 1983
        {"home_score": 24, "away_score": 23, "attendance": 79_444, "home_rank": 25},
    ],
)
def test_rare_games_lie_within_the_ranges(store: Store, values: dict[str, Any]) -> None:
    store.put("games", {**GAME, **values})
    assert store.failing() == {}


def test_features_leave_out_no_game_of_their_seasons(store: Store) -> None:
    store.warehouse.migrate(Registry(builders=(FORM,)).tables().values())
    known = {**GAME, "status": "scheduled"}
    store.put(
        "games",
        GAME,
        {**known, "game_id": "2", "game_date": date(2026, 1, 21), "tip_utc": datetime(2026, 1, 22)},
        {**known, "game_id": "3", "home_id": None},
    )
    store.put("games", {**known, "game_id": "4", "status": "canceled"}, {**known, "game_id": "5", "season": 2025})
    assert store.failing(schema="features", builders=(FORM,)) == {}, "nothing is built yet"
    with store.warehouse.write() as con:
        con.execute("INSERT INTO features.form BY NAME SELECT 'm' AS league, 2026 AS season, '1' AS game_id, "
                    "'r' AS run_id, $now AS loaded_at", {"now": NOW}).fetchall()  # fmt: skip
    (result,) = (each for each in store.check(schema="features", builders=(FORM,)).values() if not each.passed)
    assert (result.name, [row["game_id"] for row in result.sample]) == ("form_complete", ["2"])


def test_when_many_results_are_missing_predictions_stop(store: Store) -> None:
    store.put("games", *({**GAME, "game_id": str(n), "home_score": None if n < 3 else 70} for n in range(100)))
    with pytest.raises(CheckFailed, match=r"`games_results_missing` of `raw\.games`: 1 row, .*'without_result': 3"):
        store.check()


def test_a_result_from_the_future_stops_predictions(store: Store) -> None:
    store.put("games", {**GAME, "tip_utc": datetime(2026, 1, 22)})
    with pytest.raises(CheckFailed, match="games_final_before_they_began"):
        store.check()


def check(severity: Severity = "block", **changes: Any) -> Check:
    sql = "SELECT game_id, tip_utc FROM raw.games WHERE tip_utc < $now ORDER BY game_id"
    return Check(**{"name": "late", "table": "raw.games", "sql": sql, "severity": severity, **changes})


def test_a_blocking_check_names_table_count_and_first_offenders_and_is_recorded(store: Store) -> None:
    store.put("games", *({**GAME, "game_id": str(n)} for n in range(7)))
    with pytest.raises(CheckFailed, match=r"`late` of `raw\.games`: 7 rows, first \[\{'game_id': '0'") as failed:
        store.check(check())
    assert "'game_id': '4'" in str(failed.value)
    assert "'game_id': '5'" not in str(failed.value)
    with store.warehouse.read() as con:
        recorded = con.execute(
            "SELECT passed, severity, offenders, sample FROM ops.check_result WHERE name = 'late'"
        ).fetchall()
    ((passed, severity, offenders, sample),) = recorded
    assert (passed, severity, offenders) == (False, "block", 7)
    assert json.loads(sample)[0] == {"game_id": "0", "tip_utc": "2026-01-19 20:00:00"}


@pytest.mark.parametrize("severity", ["info", "warn"])
def test_other_severities_only_show(store: Store, severity: Severity) -> None:
    store.put("games", GAME)
    assert store.failing(check(severity)) == {"late": 1}


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT nothing FROM raw.games", "nothing"),
        ("DELETE FROM raw.games", "must be one SELECT"),
        ("DELETE FROM raw.games RETURNING 1", "must be one SELECT"),
        ("SELECT 1; SELECT 2", "must be one SELECT"),
        ("SELECT DATE '20000-01-01'", "date value out of range"),
        ("SELECT 1 WHERE $then > 1", "then"),
    ],
)
def test_a_check_that_cannot_run_has_not_passed_and_harms_no_other(store: Store, sql: str, says: str) -> None:
    results = store.check(check("warn", sql=sql))
    assert not results["late"].passed
    assert says in results["late"].error
    assert last_results(store.warehouse, ["late"]) == [results["late"]]
    assert results["games_overdue"].passed
    with pytest.raises(CheckFailed, match="could not run"):
        store.check(check("block", sql=sql))


def test_today_is_the_leagues_day_also_when_it_is_tomorrow_in_utc(store: Store) -> None:
    today = check("warn", sql="SELECT game_id FROM raw.games WHERE game_date < $today")
    store.put("games", GAME)
    late = datetime(2026, 1, 20, 4)
    with store.warehouse.read() as con:
        assert run_check(con, today, now=late, leagues=(), settle_days=3).passed, "it is the 19th in New York"
        assert not run_check(con, today, now=NOW, leagues=(), settle_days=3).passed


def test_each_schema_has_its_own_checks(store: Store) -> None:
    of_features = check("warn", name="form_bounds", table="features.form", sql="SELECT 1 AS x")
    registry = Registry(builders=(FORM,), checks=(of_features, check("info", name="games_odd")))
    assert [each.name for each in checks_of("features", registry)] == [
        "form_bounds",
        "form_complete",
        "form_drift",
        "form_known_games",
        "form_lookahead",
        "form_missing",
        "form_outliers",
    ]
    side = Column("side", "VARCHAR")
    sides = replace(FORM.table, key=(*FORM.table.key, "side"), columns=(*FORM.table.columns, side))
    of_sides = Registry(builders=(replace(FORM, table=sides),))
    assert "form_complete" not in {each.name for each in checks_of("features", of_sides)}
    raw = {each.name: each for each in checks_of("raw", registry)}
    assert {"games_odd", "games_overdue"} <= raw.keys()
    assert {"team_stats_known_games", "player_stats_known_games", "odds_known_games"} <= raw.keys()
    assert "form_bounds" not in raw


def test_a_rerun_replaces_its_own_results_and_comes_after_earlier_ones(store: Store) -> None:
    for run in ("r1", "r2", "r2"):
        store.check(run=run)
    newest = "SELECT run_id FROM ops.check_result WHERE name = 'games_overdue' ORDER BY checked_at"
    assert store.warehouse.query(newest)["run_id"].to_pylist() == ["r1", "r2"]
