"""What something else than tipoff writes to the store is seen, whoever it was; and nothing is said of tipoff's own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tipoff import domain
from tipoff.collecting.boundary import plugin_boundary
from tipoff.errors import PluginError
from tipoff.warehouse import last_writer
from tipoff.warehouse.last_writer import LastWriter, said, watched
from tipoff.warehouse.store import Warehouse

FOREIGN = "CREATE TABLE raw.mine AS SELECT 1 AS x"


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "tipoff.duckdb", lock_wait=5)
    warehouse.migrate(domain.TABLES.values())
    return warehouse


def write(store: Warehouse, game: str = "1") -> None:
    with store.write() as con:
        con.execute(
            "INSERT INTO raw.games (league, season, game_id) VALUES ('m', 2026, $game)", {"game": game}
        ).fetchall()


def write_around(store: Warehouse, sql: str = FOREIGN) -> None:
    """As a plugin does that knows the path."""
    with duckdb.connect(str(store.path)) as con:
        con.execute(sql).fetchall()


def attach_around(store: Warehouse) -> None:
    """Likewise, from a database of its own."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{store.path}' AS theirs").fetchall()
        con.execute("CREATE TABLE theirs.raw.mine AS SELECT 1 AS x").fetchall()


def in_another_process(store: Warehouse) -> None:
    script = f"import duckdb; duckdb.connect({str(store.path)!r}).execute({FOREIGN!r})"
    subprocess.run([sys.executable, "-c", script], check=True)


def found(store: Warehouse) -> str:
    with store.read() as con:
        return said(con, store.path)


def test_nothing_is_said_of_what_tipoff_writes(store: Warehouse) -> None:
    for game in "123":
        with watched("a:b"):
            write(store, game)
        store.query("SELECT count(*) FROM raw.games")
        with pytest.raises(ZeroDivisionError), store.write() as con:
            con.execute("DELETE FROM raw.games").fetchall()
            raise ZeroDivisionError
    with store.settled():
        pass
    assert found(store) == ""


@pytest.mark.parametrize("others", [write_around, attach_around, in_another_process])
def test_the_function_that_ran_meanwhile_is_named(store: Warehouse, others: object) -> None:
    write(store)
    assert callable(others)
    says = r"while `polls:parse` ran, something else than tipoff wrote to the store"
    with pytest.raises(PluginError, match=says), plugin_boundary("polls:parse", "a request"):
        others(store)
    assert "something else than tipoff wrote to it while `polls:parse` ran, as was seen at 2" in found(store)
    with watched("polls:parse"):
        pass  # it is told once
    write(store, "2")
    (row,) = store.query("SELECT * FROM ops.foreign_write").to_pylist()
    assert row["during"] == "polls:parse"
    assert "while `polls:parse` ran" in found(store)


def test_what_nobody_ran_meanwhile_is_seen_at_the_next_opening(store: Warehouse) -> None:
    write(store)
    write_around(store)
    with watched("polls:parse"):
        pass  # it was there before
    assert found(store).startswith("something else than tipoff wrote to it, as was seen at ")
    write(store, "2")
    write_around(store, "DROP TABLE raw.mine")
    write(store, "3")
    assert store.query("SELECT during FROM ops.foreign_write")["during"].to_pylist() == ["", ""]
    assert found(store).endswith(", and 1 times more: it may hold anything")


def test_what_a_plugin_raises_besides_is_raised_and_its_writing_is_seen(store: Warehouse) -> None:
    write(store)
    with pytest.raises(ZeroDivisionError), watched("polls:parse"):
        write_around(store)
        raise ZeroDivisionError
    assert "while `polls:parse` ran" in found(store)


def test_a_look_into_the_file_is_no_writing(store: Warehouse) -> None:
    write(store)
    with watched("polls:parse"):
        for read_only in (True, False):
            with duckdb.connect(str(store.path), read_only=read_only) as con:
                con.execute("SELECT count(*) FROM raw.games").fetchall()
    assert found(store) == ""


def test_of_a_copy_nothing_is_said(store: Warehouse, tmp_path: Path) -> None:
    write(store)
    shutil.copytree(store.path.parent, tmp_path / "elsewhere")
    copy = Warehouse(tmp_path / "elsewhere/tipoff.duckdb")
    assert copy.path.stat().st_mtime_ns != store.path.stat().st_mtime_ns or copy.path.stat().st_ino
    assert found(copy) == ""
    write(copy, "2")
    assert found(copy) == ""
    write_around(copy)
    assert found(copy) != ""


def test_after_a_writer_that_was_killed_nothing_can_be_said(store: Warehouse) -> None:
    write(store)
    script = f"""
import os, signal
from pathlib import Path
from tipoff.warehouse.store import Warehouse
with Warehouse(Path({str(store.path)!r})).write() as con:
    con.execute("INSERT INTO raw.games (league, season, game_id) VALUES ('m', 2026, '9')").fetchall()
    con.execute("COMMIT").fetchall()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    with watched("polls:parse"):
        pass
    assert store.query("SELECT game_id FROM raw.games ORDER BY game_id")["game_id"].to_pylist() == ["1", "9"]
    assert found(store) == ""
    write(store, "2")
    assert found(store) == ""
    write_around(store)
    assert found(store) != "", "from then on it is known again"


def test_after_a_restart_of_the_machine_nothing_can_be_said(store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of the mark may be older than that of the store: only the latter is synced."""
    write(store)
    write_around(store)
    monkeypatch.setattr(last_writer, "_boot", lambda: "another")
    assert found(store) == ""


@pytest.mark.parametrize("left", [b"", b"12345", b"\x00\xff" * 600, b"12345\n" + b" " * 2000])
def test_a_lock_file_without_a_mark_says_nothing(store: Warehouse, left: bytes) -> None:
    Path(f"{store.path}.lock").write_bytes(left)
    assert found(store) == ""
    write(store)
    write_around(store)
    assert found(store) != ""


def test_who_holds_the_store_stands_before_the_mark(store: Warehouse) -> None:
    write(store)
    with store.locked():
        assert store.holder() == str(os.getpid())
    assert LastWriter(store.path).note().state
    Path(f"{store.path}.lock").write_text("77")
    assert store.holder() == "77"


def test_a_long_name_leaves_the_mark_whole(store: Warehouse) -> None:
    write(store)
    with pytest.raises(PluginError), watched("ä" * 5000):
        write_around(store)
    assert "ä" * 50 in LastWriter(store.path).note().during


def test_a_store_that_is_no_more_is_nobodys_fault(store: Warehouse) -> None:
    write(store)
    with watched("polls:parse"):
        store.path.unlink()
    with watched("polls:parse"):
        pass


def test_a_store_that_was_removed_is_made_anew(store: Warehouse) -> None:
    write(store)
    write_around(store)
    assert found(store) != ""
    store.path.unlink()
    store.migrate(domain.TABLES.values())
    write(store)
    assert found(store) == ""


def test_while_tipoff_itself_is_at_it_nobody_waits(store: Warehouse) -> None:
    """The next batch is loaded in another thread while answers are parsed."""
    write(store)
    with watched("polls:parse"), store.write() as con:
        con.execute("INSERT INTO raw.games (league, season, game_id) VALUES ('m', 2026, '2')").fetchall()
        with watched("polls:parse"):
            pass
    assert found(store) == ""
