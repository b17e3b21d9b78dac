from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tipoff import domain
from tipoff.contracts import Column, Table
from tipoff.errors import StoreBusy, StoreError
from tipoff.warehouse import migrate
from tipoff.warehouse.store import Warehouse

POLLS = Table(
    "polls",
    key=("league", "season", "team"),
    columns=(Column("league", "VARCHAR"), Column("season", "INTEGER"), Column("team", "VARCHAR")),
)


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "new" / "tipoff.duckdb", lock_wait=0.2)
    warehouse.migrate(domain.TABLES.values())
    return warehouse


def test_migrate_makes_every_domain_table_with_its_key_and_provenance(store: Warehouse) -> None:
    with store.read() as con:
        for table in domain.TABLES.values():
            described = con.execute(f"DESCRIBE {table.full_name}").fetchall()
            assert [(row[0], row[1]) for row in described] == [
                (column.name, column.type) for column in (*table.columns, *domain.PROVENANCE)
            ]
            assert {row[0] for row in described if row[3] == "PRI"} == set(table.key)


def test_the_file_opens_in_duckdb_one_point_five(store: Warehouse) -> None:
    tags = "SELECT tags['storage_version'] AS version FROM duckdb_databases() WHERE path = $path"
    assert store.query(tags, path=str(store.path))["version"].to_pylist() == ["v1.5.0+"]


def test_migrate_again_changes_nothing_and_does_not_write(store: Warehouse) -> None:
    before = store.path.stat().st_mtime_ns
    store.migrate(domain.TABLES.values())
    assert store.path.stat().st_mtime_ns == before


def test_no_write_ahead_log_is_left(store: Warehouse) -> None:
    with store.write() as con:
        con.execute("INSERT INTO ops.watermark VALUES ('l', 'd', DATE '2026-01-01', 'r', TIMESTAMP '2026-01-01')")
    assert sorted(path.name for path in store.path.parent.iterdir()) == ["tipoff.duckdb", "tipoff.duckdb.lock"]


def test_a_new_column_is_added_and_rows_stay(store: Warehouse) -> None:
    store.migrate([POLLS])
    with store.write() as con:
        con.execute("INSERT INTO raw.polls (league, season, team) VALUES ('m', 2026, '7')").fetchall()
    store.migrate([Table(POLLS.name, POLLS.key, (*POLLS.columns, Column("votes", "DOUBLE")))])
    assert store.query("SELECT team, votes FROM raw.polls").to_pylist() == [{"team": "7", "votes": None}]


@pytest.mark.parametrize(
    ("key", "columns", "says"),
    [
        (("league", "season"), POLLS.columns, "its key is now"),
        (POLLS.key, (*POLLS.columns[:2], Column("team", "INTEGER")), "column `team` is now `INTEGER`"),
    ],
)
def test_a_plugins_changed_raw_table_is_left_as_it_is_and_the_others_come(
    store: Warehouse, key: tuple[str, ...], columns: tuple[Column, ...], says: str
) -> None:
    assert store.migrate([POLLS]) == {}
    with store.write() as con:
        con.execute("INSERT INTO raw.polls (league, season, team) VALUES ('m', 2026, '7')").fetchall()
    extra = Table("a_new_one", ("x",), (Column("x", "VARCHAR"),))
    changed = [extra, Table(POLLS.name, key, columns)]
    for _ in range(2):  # it is told each time, until somebody has done something about it
        (told,) = store.migrate(changed).items()
        assert told[0] == "raw.polls"
        assert says in told[1]
        assert "`tipoff reparse --rebuild raw.polls` makes it anew from what has landed" in told[1]
        with store.read() as con:
            assert migrate.obstacles(con, changed) == dict([told]), "doctor says the same"
    assert store.query("SELECT team FROM raw.polls")["team"].to_pylist() == ["7"]
    assert store.query("SELECT * FROM raw.a_new_one").num_rows == 0
    with store.write() as con:
        con.execute("DROP TABLE raw.polls").fetchall()
    assert store.migrate(changed) == {}
    assert store.query("SELECT * FROM raw.polls").num_rows == 0


WIDE = Table(
    "polls",
    ("league", "team"),
    (
        Column("league", "VARCHAR"),
        Column("team", "INTEGER"),
        Column("votes", "INTEGER"),
        Column("share", "DOUBLE"),
        Column("first", "BOOLEAN"),
        Column("day", "DATE"),
        Column("at", "TIMESTAMP"),
    ),
)


@pytest.mark.parametrize(
    ("wider", "values"),
    [
        ({"votes": "DOUBLE"}, {"votes": -7.0}),
        ({"team": "DOUBLE"}, {"team": 12.0}),
        ({"team": "VARCHAR", "votes": "DOUBLE"}, {"team": "12", "votes": -7.0}),
        (
            dict.fromkeys(("votes", "share", "first", "day", "at"), "VARCHAR"),
            {"votes": "-7", "share": "0.1", "first": "true", "day": "2026-01-15", "at": "2026-01-15 20:00:00.000001"},
        ),
    ],
    ids=["a value", "a key", "both", "text"],
)
def test_a_wider_type_takes_over_what_was_there(
    store: Warehouse, wider: dict[str, Any], values: dict[str, Any]
) -> None:
    store.migrate([replace(WIDE, columns=(*WIDE.columns, Column("gone", "INTEGER")))])
    with store.write() as con:
        con.execute(
            "INSERT INTO raw.polls BY NAME SELECT 'm' AS league, 12 AS team, -7 AS votes, 0.1 AS share, true AS first, "
            "DATE '2026-01-15' AS day, TIMESTAMP '2026-01-15 20:00:00.000001' AS at, 3 AS gone, 'r' AS run_id"
        ).fetchall()
    (before,) = store.query("SELECT * FROM raw.polls").to_pylist()
    columns = (*(replace(each, type=wider.get(each.name, each.type)) for each in WIDE.columns), Column("new", "DATE"))
    changed = replace(WIDE, columns=columns)
    with store.read() as con:
        assert migrate.obstacles(con, [changed]) == {}
    for _ in range(2):
        assert store.migrate([changed]) == {}
    assert store.query("SELECT * FROM raw.polls").to_pylist() == [{**before, **values, "new": None}]
    with pytest.raises(duckdb.ConstraintException), store.write() as con:
        con.execute("INSERT INTO raw.polls BY NAME SELECT 'm' AS league, 12 AS team").fetchall()
    tables = store.query("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%polls%'")
    assert tables["table_name"].to_pylist() == ["polls"]


def test_a_table_without_rows_is_made_anew(store: Warehouse) -> None:
    store.migrate([POLLS])
    assert store.migrate([replace(POLLS, key=("league", "season"))]) == {}


def test_a_changed_domain_table_is_refused_and_nothing_changes(store: Warehouse) -> None:
    with store.write() as con:
        con.execute("ALTER TABLE raw.games ALTER home_score TYPE DOUBLE").fetchall()
        con.execute("INSERT INTO raw.games (league, season, game_id) VALUES ('m', 2026, '7')").fetchall()
    extra = Table("a_new_one", ("x",), (Column("x", "VARCHAR"),))
    with pytest.raises(StoreError, match="column `home_score` is now `INTEGER`, the store has `DOUBLE`"):
        store.migrate([extra, *domain.TABLES.values()])
    with pytest.raises(StoreError, match="a_new_one"):
        store.query("SELECT * FROM raw.a_new_one")


def test_a_changed_computed_table_is_made_anew(store: Warehouse) -> None:
    old = Table("form", ("game_id",), (Column("game_id", "VARCHAR"), Column("x", "INTEGER")), schema="features")
    new = Table("form", ("game_id",), (Column("game_id", "VARCHAR"), Column("x", "DOUBLE")), schema="features")
    store.migrate([old])
    with store.write() as con:
        con.execute("INSERT INTO features.form (game_id, x) VALUES ('1', 2)").fetchall()
    store.migrate([new])
    assert store.query("SELECT x FROM features.form").num_rows == 0


def test_why_a_check_could_not_run_moves_out_of_its_sample(tmp_path: Path) -> None:
    store = Warehouse(tmp_path / "store.duckdb")
    (new,) = (each for each in migrate.migrations() if each.name == "0013_check_error.sql")
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.FOLDER, folder, ignore=lambda _, names: [name for name in names if name >= new.name])
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(migrate, "FOLDER", folder)
        store.migrate()
    rows = """('r', 'broken', 't', 'warn', false, 0, '[{"error": "no table"}]', TIMESTAMP '2026-01-15'),
        ('r', 'found', 't', 'warn', false, 1, '[{"error": "a column"}]', TIMESTAMP '2026-01-15')"""
    with store.write() as con:
        con.execute(f"INSERT INTO ops.check_result VALUES {rows}").fetchall()
    store.migrate()
    found = store.query("SELECT name, sample, error FROM ops.check_result ORDER BY name").to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("broken", "[]", "no table"), ("found", '[{"error": "a column"}]', ""),
    ]  # fmt: skip


def test_migrations_run_in_order_once_and_are_guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_a.sql").write_text("CREATE TABLE ops.a (x INTEGER); INSERT INTO ops.a VALUES (1);")
    (folder / "0002_b.sql").write_text("INSERT INTO ops.a VALUES (2); -- and a comment; with a semicolon")
    monkeypatch.setattr(migrate, "FOLDER", folder)
    store = Warehouse(tmp_path / "store.duckdb")
    store.migrate()
    store.migrate()
    assert store.query("SELECT x FROM ops.a ORDER BY x")["x"].to_pylist() == [1, 2]

    (folder / "0003_broken.sql").write_text("INSERT INTO ops.a VALUES (3); INSERT INTO ops.nowhere VALUES (1);")
    with pytest.raises(StoreError, match="0003_broken"):
        store.migrate()
    assert store.query("SELECT x FROM ops.a ORDER BY x")["x"].to_pylist() == [1, 2]

    (folder / "0003_broken.sql").unlink()
    (folder / "0002_b.sql").write_text("INSERT INTO ops.a VALUES (20);")
    with pytest.raises(StoreError, match=r"`0002_b\.sql` was changed"):
        store.migrate()


def test_an_error_rolls_everything_back(store: Warehouse) -> None:
    store.migrate([POLLS])
    with pytest.raises(ZeroDivisionError), store.write() as con:
        con.execute("INSERT INTO raw.polls (league, season, team) VALUES ('m', 2026, '7')").fetchall()
        raise ZeroDivisionError
    assert store.query("SELECT * FROM raw.polls").num_rows == 0


def test_a_reader_cannot_write(store: Warehouse) -> None:
    with pytest.raises(duckdb.Error, match="read-only"), store.read() as con:
        con.execute("DELETE FROM raw.games").fetchall()


def test_a_query_takes_parameters_and_names_what_failed(store: Warehouse) -> None:
    assert store.query("SELECT $day::DATE AS day, $n AS n", day="2026-01-02", n=3).num_rows == 1
    with pytest.raises(StoreError, match=r"SELECT \* FROM raw\.nothing"):
        store.query("SELECT * FROM raw.nothing")


def test_a_misspelt_table_never_becomes_a_local_variable(store: Warehouse) -> None:
    games = store.query("SELECT 1 AS x")
    assert games.num_rows == 1
    with pytest.raises(StoreError, match="games does not exist"):
        store.query("SELECT * FROM games")


def test_before_the_store_exists_the_error_says_what_to_do(tmp_path: Path) -> None:
    store = Warehouse(tmp_path / "tipoff.duckdb")
    assert not store.exists
    with pytest.raises(StoreError, match="tipoff init"):
        store.query("SELECT 1")
    with pytest.raises(StoreError, match="tipoff init"), store.write():
        pass


def test_a_store_that_is_busy_names_its_holder(store: Warehouse) -> None:
    with store.write(), pytest.raises(StoreBusy, match=f"process {os.getpid()} for 0.2 s"):
        store.query("SELECT 1")
    assert store.query("SELECT 1").num_rows == 1


def test_a_shell_that_has_the_file_open_is_busy_too(store: Warehouse) -> None:
    script = f"import duckdb; con = duckdb.connect({str(store.path)!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == "open\n"
        with pytest.raises(StoreBusy, match=f"PID {shell.pid}"):
            store.query("SELECT 1")
        shell.communicate("\n")


def test_a_file_that_is_no_store_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "tipoff.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="cannot open the store"):
        Warehouse(path).query("SELECT 1")


@pytest.mark.parametrize(
    ("change", "scheduled", "finished"),
    [
        ("home_score = 70", 1, 1),
        ("status = 'scheduled'", 1, 0),
        ("status = 'forfeited'", 1, 0),
        ("home_score = NULL", 1, 0),
        ("home_score = 65", 1, 0),
        ("home_id = NULL", 0, 0),
        ("tip_utc = NULL", 0, 0),
    ],
)
def test_a_result_is_a_final_game_of_two_known_teams_that_one_of_them_won(
    store: Warehouse, change: str, scheduled: int, finished: int
) -> None:
    add_game(store)
    with store.write() as con:
        con.execute(f"UPDATE raw.games SET {change}").fetchall()
    assert store.query("SELECT game_id FROM raw.schedule").num_rows == scheduled
    assert store.query("SELECT home_win, margin, total FROM raw.results").to_pylist() == [
        {"home_win": True, "margin": 5.0, "total": 135.0}
    ] * (finished)


@pytest.mark.parametrize(
    ("tip_known", "closes"), [("true", "2025-03-08 05:00"), ("NULL", "2025-03-08 05:00"), ("false", "2025-03-09 05:00")]
)
def test_predictions_close_at_the_tip_or_at_the_days_end_while_it_is_not_known(
    store: Warehouse, tip_known: str, closes: str
) -> None:
    add_game(store)
    with store.write() as con:
        con.execute("SET TimeZone = 'Asia/Tokyo'").fetchall()
        con.execute(f"UPDATE raw.games SET tip_known = {tip_known}").fetchall()
        rows = con.execute("SELECT CAST(closes_utc AS VARCHAR) FROM raw.schedule").fetchall()
    assert rows == [(f"{closes}:00",)]


def test_views_of_an_older_shape_are_replaced(store: Warehouse) -> None:
    with store.write() as con:
        con.execute("CREATE OR REPLACE VIEW raw.results AS SELECT 1 AS old").fetchall()
        con.execute("DELETE FROM ops.fingerprint").fetchall()
    store.migrate(domain.TABLES.values())
    assert "closes_utc" in store.query("SELECT * FROM raw.results").column_names


def add_game(store: Warehouse) -> None:
    with store.write() as con:
        con.execute(
            "INSERT INTO raw.games (league, season, game_id, game_date, tip_utc, status, home_id, away_id, home_score, "
            "away_score) VALUES ('m', 2025, '1', '2025-03-08', '2025-03-08 05:00', 'final', 'a', 'b', 70, 65)"
        ).fetchall()
