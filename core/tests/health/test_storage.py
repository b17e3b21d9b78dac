"""The store: held, not there, broken, of another shape; and the ledger."""

from __future__ import annotations

import os
from collections.abc import Callable

import duckdb
import pytest
from tipoff.health import Finding, Needs
from tipoff.warehouse.store import Warehouse

Look = Callable[..., list[Finding]]


@pytest.fixture
def store(needs: Needs) -> Warehouse:
    warehouse = Warehouse.of(needs.settings)
    warehouse.migrate(needs.registry.tables().values())
    return warehouse


def test_without_a_store_nothing_is_made(look: Look, needs: Needs) -> None:
    (found,) = look("store")
    assert (found.state, found.mend) == ("warning", "tipoff init")
    assert look("lock") == look("ledger") == []
    assert not needs.settings.home.exists()


@pytest.mark.usefixtures("store")
def test_a_good_store(look: Look) -> None:
    (found,) = look("store")
    assert found.state == "ok"
    assert "rows can be read" in found.found
    assert look("lock") == [Finding("lock", "ok", "nobody holds the store")]
    assert look("ledger") == [Finding("ledger", "ok", "0 predictions, as they were written")]


def test_who_holds_the_store_is_named(look: Look, store: Warehouse) -> None:
    with store.locked():
        (found,) = look("lock")
    assert found.state == "warning"
    assert found.found.startswith(f"process {os.getpid()} holds the store: ")
    assert f"kill {os.getpid()}" in found.mend


def test_a_store_that_stays_held_is_no_broken_one(look: Look, store: Warehouse, needs: Needs) -> None:
    impatient = needs.settings.model_copy(update={"lock_wait_seconds": 0.01})
    with store.locked():
        assert [each.state for each in look("store", settings=impatient)] == ["warning"]
        assert [each.state for each in look("ledger", settings=impatient)] == ["warning"]


def test_a_file_that_is_no_store(look: Look, store: Warehouse) -> None:
    store.path.write_text("this is no database")
    (found,) = look("store")
    assert (found.state, found.mend) == ("failed", "tipoff restore")


def test_a_spoilt_block_is_found(look: Look, store: Warehouse) -> None:
    """Of a table that nobody has asked for; the store itself opens."""
    with store.write() as con:
        con.execute("CREATE TABLE raw.long AS SELECT hash(range) AS noise FROM range(500_000)").fetchall()
    content = bytearray(store.path.read_bytes())
    middle = len(content) * 3 // 4
    content[middle : middle + 64] = bytes(64)
    store.path.write_bytes(content)
    (found,) = look("store")
    assert (found.state, found.mend) == ("failed", "tipoff restore")
    assert "checksum" in found.found
    (found,) = look("store", thorough=False)
    assert found.state == "ok", "nobody reads it"


def test_another_shape(look: Look, store: Warehouse) -> None:
    def states() -> list[tuple[str, str]]:
        return [(each.state, each.mend) for each in look("store")]

    with store.write() as con:
        con.execute("DELETE FROM ops.fingerprint").fetchall()
    assert states() == [("ok", ""), ("warning", "tipoff init")]
    with store.write() as con:
        con.execute("INSERT INTO ops.migration VALUES ('9999_later.sql', 'x', now())").fetchall()
    assert states() == [("ok", ""), ("failed", "install the tipoff that wrote it")]
    assert "9999_later.sql" in look("store")[1].found
    with store.write() as con:
        con.execute("DELETE FROM ops.migration WHERE name = '9999_later.sql'").fetchall()
        con.execute("UPDATE ops.migration SET sha256 = 'x' WHERE name = '0001_ops.sql'").fetchall()
    assert "0001_ops.sql" in look("store")[1].found


def test_a_database_of_somebody_else(look: Look, needs: Needs) -> None:
    needs.settings.home.mkdir()
    duckdb.connect(str(needs.settings.store)).close()
    assert [each.state for each in look("store")] == ["ok", "warning"]
    assert [each.state for each in look("ledger")] == ["warning"]


def test_a_ledger_that_was_cut(look: Look, store: Warehouse, needs: Needs) -> None:
    head = needs.settings.home / "ledger.json"
    head.write_text('{"rows": 3, "hash": "abc"}')
    (found,) = look("ledger")
    assert (found.state, found.mend) == ("failed", "tipoff ledger verify")
    head.write_text("not even JSON")
    (found,) = look("ledger")
    assert found.state == "failed"
    assert f"`{head}`, which remembers where the ledger's chain ends, cannot be read" in found.found


def test_a_store_that_is_not_ours_is_not_to_be_restored(
    look: Look, store: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", f"{store.path}.lock")

    monkeypatch.setattr("tipoff.warehouse.store.FileLock.acquire", refuse)
    (found,) = look("store")
    assert found.state == "failed"
    assert "its lock" in found.found
    assert found.mend == f"chown -R $USER {store.path.parent}"
