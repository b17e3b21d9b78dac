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
from tipoff_espn import plan

LEAGUE = "mens-college-basketball"
NOW = datetime(2026, 1, 15, 9)
TODAY = date(2026, 1, 15)
TODAY_STARTS = datetime(2026, 1, 15, 5)
SETTLE = timedelta(days=3)

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
    warehouse.migrate(domain.TABLES.values())
    return warehouse


@pytest.fixture
def rows(store: Warehouse) -> Rows:
    def load(table: str, *values: Mapping[str, object], fetched_at: datetime = NOW) -> None:
        found = pa.Table.from_pylist([{"league": LEAGUE, "fetched_at": fetched_at, **row} for row in values])
        with store.write() as con:
            merge(con, domain.TABLES[table], found, run_id="r", source="espn")

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
    assert [dict(request.params) for request in asked] == [
        {"dates": "20260227", "limit": "500", "groups": "50"},
        {"dates": "20260228", "limit": "500", "groups": "50"},
        {"dates": "20260301", "limit": "500", "groups": "50"},
        {"dates": "20260301", "limit": "500", "groups": "100"},
    ]
    assert asked[0].url == f"https://site.api.espn.com/apis/site/v2/sports/basketball/{LEAGUE}/scoreboard"


def test_nobody_is_asked_about_the_summer(store: Warehouse) -> None:
    asked = plan.games(Context(store, Window(date(2025, 4, 29), date(2025, 11, 2))))
    assert {request.params["dates"] for request in asked} == {"20250429", "20250430", "20251101", "20251102"}


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
    assert [request.url.split(f"{LEAGUE}/")[1] for request in asked] == ["rankings", "teams/1/roster", "teams/3/roster"]
    assert {request.fresh_since for request in asked} == {TODAY_STARTS}
    assert {request.optional for request in asked} == {True}


def test_teams_that_a_first_run_met_are_looked_up_in_it(store: Warehouse, rows: Rows) -> None:
    rows("teams", {"team_id": "1"})
    rows("games", game("a", TODAY))
    assert next(iter(plan.players(Context(store, Window(TODAY, TODAY))))).url.endswith("/teams/2")


@pytest.mark.parametrize(
    ("now", "window"),
    [
        (NOW, Window(date(2025, 1, 1), date(2025, 4, 30))),
        (datetime(2026, 6, 1), Window(date(2026, 5, 1), date(2026, 6, 1))),
    ],
)
def test_no_rosters_for_another_season_or_in_summer(
    store: Warehouse, rows: Rows, now: datetime, window: Window
) -> None:
    rows("teams", {"team_id": "1"}, {"team_id": "2"})
    rows("games", game("a", TODAY))
    assert list(plan.players(Context(store, window, now=now))) == []


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
