from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tipoff import domain
from tipoff.plugins import resolve
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse
from tipoff_espn import plugin

NOW = datetime(2026, 1, 15, 9)
HEAVY = ("pandas", "pyarrow", "duckdb", "numpy", "aiohttp", "msgspec", "airflow")


def test_the_plugin_costs_nothing_to_import() -> None:
    loaded = "import sys, tipoff_espn.plugin as p; p.collectors(), p.checks(), p.commands(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in run.stdout.split()}.isdisjoint(HEAVY)


def test_everything_it_names_is_there() -> None:
    (collector,) = plugin.collectors()
    paths = [collector.client, collector.clock, *plugin.commands()]
    for dataset in collector.datasets:
        paths += [dataset.plan, dataset.parse]
        assert set(dataset.tables) <= set(domain.TABLES)
    for path in paths:
        assert callable(resolve(path))


def test_the_datasets_come_one_after_the_other() -> None:
    (collector,) = plugin.collectors()
    assert [(dataset.name, dataset.after) for dataset in collector.datasets] == [
        ("teams", ()),
        ("games", ("teams",)),
        ("players", ("games",)),
        ("stats", ("players",)),
    ]


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "tipoff.duckdb")
    warehouse.migrate(domain.TABLES.values())
    return warehouse


def load(store: Warehouse, table: str, *rows: dict[str, object]) -> None:
    place = {"league": "m", "season": 2026, "fetched_at": NOW}
    found = pa.Table.from_pylist([{**place, **row} for row in rows])
    with store.write() as con:
        merge(con, domain.TABLES[table], found, run_id="r", source="espn")


def offenders(store: Warehouse, name: str) -> list[str]:
    (check,) = [check for check in plugin.checks() if check.name == name]
    params = {"now": NOW} if "$now" in check.sql else {}
    return sorted(store.query(check.sql, **params)["game_id"].to_pylist())


def game(
    game_id: str, day: date, status: str = "final", score: tuple[int | None, int | None] = (70, 60)
) -> dict[str, object]:
    sides = {"home_id": "1", "away_id": "2", "home_score": score[0], "away_score": score[1]}
    return {"game_id": game_id, "game_date": day, "status": status, **sides}


def box(game_id: str, points: int, **shots: int) -> dict[str, object]:
    made = {"field_goals_made": 25, "three_points_made": 5, "free_throws_made": 15, **shots}
    return {"game_id": game_id, "team_id": "1", "points": points, **made}


def test_players_who_did_not_score_what_their_team_did(store: Warehouse) -> None:
    load(store, "team_stats", box("good", 70), box("bad", 70), box("no lines", 70))
    scored = [("good", "a", 40), ("good", "b", 30), ("good", "c", None), ("bad", "a", 40), ("bad", "b", 31)]
    lines: list[dict[str, object]] = [
        {"game_id": game_id, "athlete_id": who, "team_id": "1", "points": points} for game_id, who, points in scored
    ]
    load(store, "player_stats", *lines)
    assert offenders(store, "espn_player_points_add_up") == ["bad"]


def test_finals_that_never_got_a_box_score(store: Warehouse) -> None:
    load(store, "games", game("good", date(2026, 1, 5)), game("late", date(2026, 1, 5)), game("new", date(2026, 1, 12)))
    load(store, "team_stats", box("good", 70))
    assert offenders(store, "espn_finals_have_a_box_score") == ["late"]


def test_no_check_repeats_one_of_tipoffs(store: Warehouse) -> None:
    names = {check.name for check in plugin.checks()}
    assert names == {"espn_player_points_add_up", "espn_finals_have_a_box_score"}
