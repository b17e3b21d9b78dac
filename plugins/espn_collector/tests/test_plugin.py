from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tipoff import Check, domain
from tipoff.plugins import resolve
from tipoff.quality.checks import run_check
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse
from tipoff_espn import plugin, tables

NOW = datetime(2026, 1, 15, 9)
TABLES = {**domain.TABLES, **{table.name: table for table in tables.TABLES}}
HEAVY = ("pandas", "pyarrow", "duckdb", "numpy", "aiohttp", "msgspec", "airflow")


def test_the_plugin_costs_nothing_to_import() -> None:
    loaded = "import sys, tipoff_espn.plugin as p; p.collectors(), p.commands(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in run.stdout.split()}.isdisjoint(HEAVY)


def test_everything_it_names_is_there() -> None:
    (collector,) = plugin.collectors()
    paths = [collector.client, collector.clock, *plugin.commands()]
    for dataset in collector.datasets:
        paths += [dataset.plan, dataset.parse]
        assert set(dataset.tables) <= {*domain.TABLES, *(table.name for table in collector.tables)}
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
    warehouse.migrate(TABLES.values())
    return warehouse


def load(store: Warehouse, table: str, *rows: dict[str, object]) -> None:
    place = {"league": "m", "season": 2026, "fetched_at": NOW}
    known = {*TABLES[table].column_names, "fetched_at"}
    found = pa.Table.from_pylist([{k: v for k, v in {**place, **row}.items() if k in known} for row in rows])
    with store.write() as con:
        merge(con, TABLES[table], found, run_id="r", source="espn")


def checks() -> dict[str, Check]:
    (collector,) = plugin.collectors()
    return {check.name: check for dataset in collector.datasets for check in dataset.checks}


def offenders(
    store: Warehouse, name: str, column: str = "game_id", now: datetime = NOW, settle_days: int = 3
) -> list[str]:
    with store.read() as con:
        found = run_check(con, checks()[name], now=now, leagues=(), settle_days=settle_days)
    assert not found.error
    return sorted(str(row[column]) for row in found.sample)


def game(
    game_id: str, day: date, status: str = "final", score: tuple[int | None, int | None] = (70, 60)
) -> dict[str, object]:
    sides = {"home_id": "1", "away_id": f"guest of {game_id}", "home_score": score[0], "away_score": score[1]}
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
    assert offenders(store, "espn_finals_have_a_box_score", settle_days=30) == []


def test_every_check_runs_and_an_empty_store_passes_it(store: Warehouse) -> None:
    assert len(checks()) == 10
    for name in checks():
        assert name.startswith("espn_")
        assert offenders(store, name) == []


def name_of(team_id: str, name: str, as_of: date, last_seen: date) -> dict[str, object]:
    return {"league": "m", "team_id": team_id, "name": name, "as_of": as_of, "last_seen": last_seen, "fetched_at": NOW}


def test_an_id_with_another_name_than_before(store: Warehouse) -> None:
    rows = [
        name_of("1", "Duke", date(2025, 11, 1), date(2026, 1, 15)),
        name_of("2", "IUPUI", date(2025, 1, 1), date(2026, 1, 9)),
        name_of("2", "Indy", date(2026, 1, 10), date(2026, 1, 15)),
        name_of("3", "Old", date(2024, 1, 1), date(2025, 6, 1)),
        name_of("3", "New", date(2025, 7, 1), date(2026, 1, 15)),
    ]
    with store.write() as con:
        merge(con, TABLES["espn_team_names"], pa.Table.from_pylist(rows), run_id="r", source="espn")
    assert offenders(store, "espn_team_renamed", "team_id") == ["2"]


def days(store: Warehouse, *rows: tuple[date, str, int, date]) -> None:
    load(
        store,
        "espn_days",
        *(
            {"game_date": day, "list": name, "events": events, "as_of": seen, "last_seen": seen}
            for day, name, events, seen in rows
        ),
    )


def test_a_day_of_25_to_which_the_core_api_does_not_agree(store: Warehouse) -> None:
    cut, right, alone, whole, seen = *(date(2026, 1, day) for day in (5, 6, 7, 8)), date(2026, 1, 10)
    days(
        store,
        (cut, "scoreboard/50", 25, seen), (cut, "core/50", 140, seen),
        (right, "scoreboard/50", 25, seen), (right, "core/50", 25, seen),
        (alone, "scoreboard/50", 100, seen),
        (whole, "scoreboard/50", 25, seen), (whole, "core/50", 140, seen), (whole, "scoreboard/50", 140, NOW.date()),
    )  # fmt: skip
    assert offenders(store, "espn_days_cut_short", "game_date") == [f"{cut}", f"{alone}"]


def test_tonights_list_is_judged_when_the_leagues_day_is_over(store: Warehouse) -> None:
    tonight = date(2026, 1, 14)
    days(store, (tonight, "scoreboard/50", 25, tonight))
    late = datetime(2026, 1, 15, 3)  # of the 14th in the league
    assert offenders(store, "espn_days_cut_short", "game_date", late) == []
    assert offenders(store, "espn_days_cut_short", "game_date", NOW) == [f"{tonight}"]


def test_games_that_only_other_lists_know(store: Warehouse) -> None:
    day, seen = date(2026, 1, 5), date(2026, 1, 10)
    days(store, (day, "scoreboard/50", 2, seen), (day, "core/50", 3, NOW.date()))
    load(store, "games", game("known", day))
    rows = [
        {"game_id": name, "list": source, "game_date": when, "as_of": seen, "last_seen": last}
        for name, source, when, last in (
            ("known", "core", day, NOW.date()),
            ("lacking", "core", day, NOW.date()),
            ("deleted there too", "core", day, seen),
            ("in a schedule", "schedule", day, seen),
            ("of a day that nobody asked about", "schedule", date(2026, 1, 6), seen),
        )
    ]
    load(store, "espn_listed", *rows)
    assert offenders(store, "espn_days_incomplete") == ["in a schedule", "lacking"]


def test_a_game_that_the_scoreboard_no_longer_lists(store: Warehouse) -> None:
    day = date(2026, 1, 5)
    days(store, (day, "scoreboard/50", 1, date(2026, 1, 8)))
    before = {"fetched_at": datetime(2026, 1, 4, 12)}
    load(
        store,
        "games",
        {**game("gone", day, "scheduled", (None, None)), **before},
        {**game("listed", day, "scheduled", (None, None)), "fetched_at": datetime(2026, 1, 8, 12)},
        {**game("not looked at", date(2026, 1, 6), "scheduled", (None, None)), **before},
    )
    assert offenders(store, "espn_games_gone") == ["gone"]


def test_a_score_that_a_schedule_corrects(store: Warehouse) -> None:
    day, seen = date(2026, 1, 5), NOW.date()
    load(store, "games", *({**game(name, day), "fetched_at": datetime(2026, 1, 9)} for name in ("right", "wrong")))
    load(store, "games", {**game("asked again since", day), "fetched_at": NOW})
    rows = [
        {"game_id": name, "list": "schedule", "game_date": day, "as_of": seen, "last_seen": seen}
        | {"home_score": points, "away_score": 60}
        for name, points in (("right", 70), ("wrong", 71), ("asked again since", 71))
    ]
    load(store, "espn_listed", *rows)
    assert offenders(store, "espn_scores_agree") == ["wrong"]


@pytest.mark.parametrize(("ranked", "found"), [(0, ["m"]), (4, []), (60, ["m"])])
def test_nobody_is_ranked_or_everybody(store: Warehouse, ranked: int, found: list[str]) -> None:
    load(store, "rankings", {"poll": "ap", "week": 1, "team_id": "1", "rank": 1})
    load(
        store,
        "games",
        *(
            {**game(str(n), date(2026, 1, 12)), "home_id": f"h{n}", "away_id": f"a{n}", "home_rank": 9}
            | ({} if n < ranked else {"home_rank": None})
            for n in range(60)
        ),
    )
    assert offenders(store, "espn_ranked_share", "league") == found


def test_home_teams_that_have_never_played(store: Warehouse) -> None:
    old = [{**game(f"o{n}", date(2025, 11, 5)), "home_id": f"h{n}", "away_id": "x"} for n in range(20)]
    new = [{**game(f"n{n}", date(2026, 1, 12)), "home_id": f"h{n}", "away_id": "x"} for n in range(20)]
    load(store, "games", *({**row, "neutral_site": False} for row in (*old, *new)))
    assert offenders(store, "espn_teams_unseen", "team_id") == []
    strange = [{**game(f"s{n}", date(2026, 1, 13)), "home_id": f"s{n}", "neutral_site": False} for n in range(2)]
    load(store, "games", *strange)
    assert offenders(store, "espn_teams_unseen", "team_id") == ["s0", "s1"]


def test_projections_that_stopped_coming(store: Warehouse) -> None:
    old, new = [str(n) for n in range(10)], [str(n) for n in range(10, 20)]
    load(store, "games", *(game(n, date(2025, 12, 28)) for n in old), *(game(n, date(2026, 1, 12)) for n in new))
    load(store, "odds", *({"game_id": n, "provider": "espn_projection", "home_win_prob": 0.5} for n in (*old, "10")))
    assert offenders(store, "espn_projections_come", "league") == ["m"]
