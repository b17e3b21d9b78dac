from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tipoff import Request, Window, domain
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse
from tipoff_espn import endpoints, plan, tables

LEAGUE = "mens-college-basketball"
NOW = datetime(2026, 1, 15, 9)
TODAY = date(2026, 1, 15)
TODAY_STARTS = datetime(2026, 1, 15, 5)
SETTLE = timedelta(days=3)

TABLES = {**domain.TABLES, **{table.name: table for table in tables.TABLES}}

Rows = Callable[..., None]


@dataclass(frozen=True)
class Context:
    store: Warehouse
    window: Window
    now: datetime = NOW
    league: str = LEAGUE
    settle: timedelta = SETTLE

    def query(self, sql: str, **params: object) -> list[dict[str, Any]]:
        return list(self.store.query(sql, **params).to_pylist())


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "tipoff.duckdb")
    warehouse.migrate(TABLES.values())
    return warehouse


@pytest.fixture
def rows(store: Warehouse) -> Rows:
    def load(table: str, *values: Mapping[str, object], fetched_at: datetime = NOW) -> None:
        found = pa.Table.from_pylist([{"league": LEAGUE, "fetched_at": fetched_at, **row} for row in values])
        with store.write() as con:
            merge(con, TABLES[table], found, run_id="r", source="espn")

    return load


def game(game_id: str, day: date, **values: object) -> dict[str, object]:
    tip = datetime(day.year, day.month, day.day, 23)
    known = {"season": 2026, "game_id": game_id, "game_date": day, "tip_utc": tip, "status": "final"}
    return {**known, "home_id": "1", "away_id": "2", "neutral_site": False, **values}


def since(requests: Iterable[Request]) -> dict[str, datetime | None]:
    return {request.key.rsplit("/", 1)[-1]: request.fresh_since for request in requests}


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        (-7, NOW - plan.RECHECK),
        (0, NOW - plan.RECHECK),
        (3, NOW - plan.RECHECK),
        (4, datetime(2026, 1, 15, 5)),  # settled four hours ago: whatever was seen before that is not enough
        (30, datetime(2025, 12, 20, 5)),
    ],
)
def test_a_day_is_looked_at_until_it_has_settled_and_once_after(days_ago: int, expected: datetime) -> None:
    assert plan.fresh_since(TODAY - timedelta(days=days_ago), NOW, SETTLE) == expected


def test_a_days_last_games_end_in_the_night() -> None:
    yesterday = TODAY - timedelta(days=1)
    assert plan.fresh_since(yesterday, NOW, timedelta(0)) == NOW - plan.RECHECK
    assert plan.fresh_since(yesterday, datetime(2026, 1, 15, 11), timedelta(0)) == datetime(2026, 1, 15, 11)


def test_a_scoreboard_for_each_day(store: Warehouse) -> None:
    asked = list(plan.games(Context(store, Window(date(2026, 2, 27), date(2026, 3, 1)))))
    assert [request.day for request in asked] == [
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
        date(2026, 3, 1),
    ]
    assert [dict(request.params) for request in asked] == [
        {"dates": "20260227", "limit": "500", "groups": "50"},
        {"dates": "20260228", "limit": "500", "groups": "50"},
        {"dates": "20260301", "limit": "500", "groups": "50"},
        {"dates": "20260301", "limit": "500", "groups": "100"},
    ]
    assert asked[0].url == f"https://site.api.espn.com/apis/site/v2/sports/basketball/{LEAGUE}/scoreboard"


def test_the_ncaa_tournament_lasts_into_april(store: Warehouse) -> None:
    asked = list(plan.games(Context(store, Window(date(2026, 4, 6), date(2026, 4, 6)))))
    assert [request.params["groups"] for request in asked] == ["50", "100"]


def test_nobody_is_asked_about_the_summer(store: Warehouse) -> None:
    asked = plan.games(Context(store, Window(date(2025, 4, 29), date(2025, 11, 2))))
    assert {f"{request.day:%Y%m%d}" for request in asked} == {"20250429", "20250430", "20251101", "20251102"}


def test_a_professional_league_has_no_groups(store: Warehouse) -> None:
    asked = list(plan.games(Context(store, Window(date(2026, 3, 1), date(2026, 3, 1)), league="nba")))
    assert [dict(request.params) for request in asked] == [{"dates": "20260301", "limit": "500"}]


def test_the_list_of_teams_and_those_it_lacks(store: Warehouse, rows: Rows) -> None:
    rows("teams", {"team_id": "1"})
    rows("games", game("a", TODAY), game("b", TODAY, away_id="3"), game("c", TODAY, away_id=None))
    asked = list(plan.teams(Context(store, Window(TODAY, TODAY))))
    assert since(asked) == {"teams?limit=1000&page=1": TODAY_STARTS, "2": None, "3": None}
    assert [request.optional for request in asked] == [False, True, True]


def test_rosters_of_those_who_play_at_home(store: Warehouse, rows: Rows) -> None:
    rows("teams", *({"team_id": team_id} for team_id in "1234567"))
    rows(
        "games",
        game("a", TODAY),
        game("b", TODAY, home_id="3", away_id="1"),
        game("c", TODAY, home_id="4", neutral_site=True),
        game("d", date(2025, 2, 1), season=2025, home_id="5"),
        game("e", TODAY, home_id=None),
    )
    asked = list(plan.players(Context(store, Window(TODAY, TODAY))))
    assert [request.url.split(f"{LEAGUE}/")[1] for request in asked] == [
        "rankings",
        "teams/1/roster",
        "teams/3/roster",
        "teams/1/schedule",
        "teams/3/schedule",
    ]
    assert [request.fresh_since for request in asked] == [*[TODAY_STARTS] * 3, *[NOW - plan.SCHEDULES] * 2]
    assert {request.optional for request in asked} == {True}


def test_teams_that_a_first_run_met_are_looked_up_in_it(store: Warehouse, rows: Rows) -> None:
    rows("teams", {"team_id": "1"})
    rows("games", game("a", TODAY))
    assert next(iter(plan.players(Context(store, Window(TODAY, TODAY))))).url.endswith("/teams/2")


def test_only_schedules_of_another_season_or_in_summer(store: Warehouse, rows: Rows) -> None:
    rows("teams", {"team_id": "1"}, {"team_id": "2"})
    rows("games", game("a", TODAY), game("b", date(2025, 2, 1), season=2025, home_id="2", away_id="1"))
    before = list(plan.players(Context(store, Window(date(2025, 1, 1), date(2025, 4, 30)))))
    assert [(request.params["season"], request.params["seasontype"]) for request in before] == [
        ("2025", "2"),
        ("2025", "3"),
    ]
    assert {request.url for request in before} == {f"{endpoints.site(LEAGUE)}/teams/2/schedule"}
    # A season that is over is looked at once more, and never again.
    assert {request.fresh_since for request in before} == {datetime(2025, 5, 1, 4)}
    summer = Context(store, Window(date(2026, 5, 1), date(2026, 6, 1)), now=datetime(2026, 6, 1))
    assert {(r.url.rsplit("/", 1)[-1], r.fresh_since) for r in plan.players(summer)} == {
        ("schedule", datetime(2026, 5, 1, 4))
    }


def test_a_professional_season_is_another(store: Warehouse) -> None:
    asked = plan.games(Context(store, Window(date(2025, 6, 28), date(2025, 10, 2)), league="nba"))
    days = {request.day for request in asked}
    assert days == {date(2025, 6, 28), date(2025, 6, 29), date(2025, 6, 30), date(2025, 10, 1), date(2025, 10, 2)}


def test_days_that_are_over_are_held_against_the_core_api(store: Warehouse) -> None:
    asked = list(plan.games(Context(store, Window(TODAY - timedelta(days=1), TODAY))))
    assert [(request.url.rsplit("/", 1)[-1], request.day) for request in asked] == [
        ("scoreboard", TODAY - timedelta(days=1)),
        ("events", TODAY - timedelta(days=1)),
        ("scoreboard", TODAY),
    ]
    assert asked[0].fresh_since == asked[1].fresh_since


def listed(game_id: str, day: date, as_of: date, **values: object) -> dict[str, object]:
    return {"game_id": game_id, "list": "core", "game_date": day, "as_of": as_of, "last_seen": TODAY, **values}


def test_a_day_that_another_list_contradicts_is_asked_again_for_a_while(store: Warehouse, rows: Rows) -> None:
    gone, known, late, old, unasked, waiting = (date(2025, 12, day) for day in (1, 2, 3, 4, 5, 6))
    rows("games", game("known", known))
    rows("games", game("late", late, home_score=70, away_score=60))
    since = TODAY - timedelta(days=3)
    for day, looked in ((gone, gone), (known, known), (late, late), (old, since), (waiting, waiting)):
        rows("espn_days", {"game_date": day, "list": "scoreboard/50", "as_of": day, "last_seen": looked, "events": 1})
    rows(
        "espn_listed",
        listed("lacking", gone, TODAY),
        listed("known", known, TODAY),
        listed("long missed", old, TODAY - timedelta(days=4)),
        listed("long missed, and no run since", waiting, waiting) | {"last_seen": waiting},
        listed("never looked at", unasked, TODAY),
    )
    rows("espn_listed", listed("late", late, TODAY, list="schedule", home_score=71, away_score=60))
    context = Context(store, Window(TODAY, TODAY), now=NOW + timedelta(hours=1))
    asked = {request.day: request.fresh_since for request in plan.games(context) if "scoreboard" in request.url}
    assert asked == {**dict.fromkeys((gone, late, waiting), context.now), TODAY: context.now - plan.RECHECK}


def test_a_correction_asks_for_the_summary_again_whenever_the_game_was(store: Warehouse, rows: Rows) -> None:
    rows("games", *(game(name, date(2025, 12, 1), home_score=71, away_score=60) for name in ("corrected", "right")))
    for name, points in (("corrected", 70), ("right", 71)):
        rows("team_stats", {"season": 2026, "game_id": name, "team_id": "1", "is_home": True, "points": points})
    asked = since(plan.stats(Context(store, Window(TODAY, TODAY))))
    assert asked == {"summary?event=corrected": NOW}


def test_summaries_of_finals_and_of_what_is_near(store: Warehouse, rows: Rows) -> None:
    near, far = TODAY + timedelta(days=1), TODAY + timedelta(days=3)
    rows(
        "games",
        game("settled", date(2025, 12, 1)),
        game("outside", date(2025, 11, 1)),
        game("called off", date(2025, 12, 1), status="postponed"),
        game("near", near, status="scheduled"),
        game("far", far, status="scheduled"),
        game("past", TODAY - timedelta(days=1), status="scheduled"),
        game("to be determined", near, status="scheduled", away_id=None),
        fetched_at=datetime(2026, 1, 10),
    )
    asked = since(plan.stats(Context(store, Window(date(2025, 11, 15), TODAY + timedelta(days=7)))))
    assert asked == {
        "summary?event=settled": datetime(2025, 12, 5, 5),
        "summary?event=near": NOW - plan.RECHECK,
    }


def test_a_summary_from_before_the_final_does_not_count(store: Warehouse, rows: Rows) -> None:
    yesterday, window = TODAY - timedelta(days=1), Window(TODAY - timedelta(days=3), TODAY)
    rows("games", game("a", yesterday), game("b", yesterday))
    rows("team_stats", {"season": 2026, "game_id": "b", "team_id": "1", "points": 70})
    # The one with a box score was summed up after its end, and only the summary's own age counts.
    assert since(plan.stats(Context(store, window))) == {
        "summary?event=a": NOW,
        "summary?event=b": NOW - plan.RECHECK,
    }


def test_a_settled_final_is_not_asked_for_again_and_again(store: Warehouse, rows: Rows) -> None:
    rows("games", game("a", date(2025, 12, 1)), fetched_at=NOW)
    asked = since(plan.stats(Context(store, Window(date(2025, 12, 1), TODAY))))
    assert asked == {"summary?event=a": datetime(2025, 12, 5, 5)}


def test_a_final_that_came_late_is_asked_about_whatever_the_window(store: Warehouse, rows: Rows) -> None:
    before, during, now = date(2025, 11, 1), date(2025, 12, 1), Window(TODAY, TODAY)
    rows("games", *(game(name, day) for name, day in (("before", before), ("late", during), ("had", during))))
    rows("games", game("failed", during), game("off", during, status="postponed"))
    run = {"run_id": "r", "window_start": date(2025, 11, 10), "window_end": date(2026, 1, 10), "ended_at": NOW}
    run |= dict.fromkeys(("requests", "fresh", "rows", "quarantined", "seconds"), 0)
    remember(store, "collect_run", run | {"error": "SourceRefused: 403", "reached_end": False})
    assert list(plan.stats(Context(store, now))) == [], "a run that was stopped has not been over its days"
    remember(store, "collect_run", run | {"error": "SourceUnavailable: 1 of them", "reached_end": True})
    remember(store, "landed_request", {"key": "k", "fetched_at": NOW, "status": 200, "batch": "b", "game_id": "had"})
    owed = {"key": "k", "first_seen": NOW, "last_seen": NOW, "attempts": 1, "kind": "x", "reason": "x", "run_id": "r"}
    remember(store, "failed_request", owed | {"game_id": "failed"})
    assert [request.game_id for request in plan.stats(Context(store, now))] == ["late"]


def remember(store: Warehouse, table: str, row: dict[str, object]) -> None:
    with store.write() as con:
        con.register("told", pa.Table.from_pylist([{"source": "espn", "league": LEAGUE, "dataset": "stats", **row}]))
        con.execute(f"INSERT INTO ops.{table} BY NAME SELECT * FROM told").fetchall()
