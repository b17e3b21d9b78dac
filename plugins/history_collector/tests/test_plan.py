from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tipoff import Request, Window
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse
from tipoff_history import plan
from tipoff_history.plugin import FILES

LEAGUE = "mens-college-basketball"
NOW = datetime(2020, 2, 1, 12)
TODAY_STARTS = datetime(2020, 2, 1, 5)


@dataclass(frozen=True)
class Context:
    store: Warehouse
    now: datetime = NOW
    window: Window = Window(date(2019, 7, 1), date(2020, 2, 8))  # noqa: RUF009 - it is frozen
    league: str = LEAGUE
    settle: timedelta = timedelta(days=3)

    def query(self, sql: str, **params: object) -> list[dict[str, Any]]:
        return list(self.store.query(sql, **params).to_pylist())


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "tipoff.duckdb")
    warehouse.migrate([FILES])
    return warehouse


def read(store: Warehouse, requests: list[Request]) -> None:
    """Remembers the slices as read."""
    rows = [
        {"league": LEAGUE, "slice": each.key, "version": each.context["version"] or None, "fetched_at": NOW}
        for each in requests
    ]
    with store.write() as con:
        merge(con, FILES, pa.Table.from_pylist(rows), run_id="r", source="history")


def test_a_slice_for_each_season_oldest_first(folder: Path, store: Warehouse) -> None:
    requests = list(plan.games(Context(store)))
    assert [(each.url, each.params) for each in requests] == [
        ((folder / "games.parquet").as_uri(), {"season": "2019"}),
        ((folder / "games.parquet").as_uri(), {"season": "2020"}),
    ]
    assert {each.context["kind"] for each in plan.stats(Context(store))} == {"team_box"}
    assert [each.params for each in plan.teams(Context(store)) if each.context["kind"] == "teams"] == [{}]


def test_a_season_that_has_not_begun_is_not_read(folder: Path, store: Warehouse) -> None:
    before = Context(store, now=datetime(2019, 6, 1), window=Window(date(2018, 7, 1), date(2019, 6, 8)))
    assert [each.params["season"] for each in plan.games(before)] == ["2019"]


def test_a_window_in_the_past_names_its_seasons(folder: Path, store: Warehouse) -> None:
    asked = Context(store, window=Window(date(2018, 11, 1), date(2019, 4, 30)))
    assert [each.params["season"] for each in plan.games(asked)] == ["2019"]


def test_another_league_has_no_history(folder: Path, store: Warehouse) -> None:
    assert list(plan.games(Context(store, league="nba"))) == []


def test_an_unchanged_file_counts_since_its_season_was_over(folder: Path, store: Warehouse) -> None:
    first = list(plan.games(Context(store)))
    assert all(each.fresh_since and each.fresh_since > NOW for each in first)
    read(store, first)
    assert [each.fresh_since for each in plan.games(Context(store))] == [
        datetime(2019, 7, 1, 4),  # the season is over since then
        TODAY_STARTS,  # the season goes on: more of it may be told each day
    ]


def test_a_changed_file_is_read_again(folder: Path, store: Warehouse) -> None:
    read(store, list(plan.games(Context(store))))
    os.utime(folder / "games.parquet", ns=(1, 1))
    assert all(each.fresh_since and each.fresh_since > NOW for each in plan.games(Context(store)))


def test_rosters_are_read_again_when_what_links_them_has_changed(folder: Path, store: Warehouse) -> None:
    read(store, [*plan.rosters(Context(store)), *plan.odds(Context(store))])
    os.utime(folder / "team_conferences.parquet", ns=(1, 1))
    assert all(each.fresh_since and each.fresh_since > NOW for each in plan.rosters(Context(store)))
    assert all(each.fresh_since and each.fresh_since < NOW for each in plan.odds(Context(store)))


def test_urls_are_looked_at_daily_while_the_season_goes_on(store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "https://example.org/mbb_schedule_{2018..2021}.parquet"
    monkeypatch.setenv("TIPOFF_HISTORY_SOURCE", address)
    requests = list(plan.games(Context(store)))
    assert [(each.params["season"], each.fresh_since, each.optional) for each in requests] == [
        ("2018", NOW - plan.ONCE, False),
        ("2019", NOW - plan.ONCE, False),
        ("2020", TODAY_STARTS, True),
    ]
