"""Predictions, grades and decisions outside the store: written first, given back, compared."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from tipoff.domain import TABLES
from tipoff.errors import LedgerError, StoreFull
from tipoff.modelling import decisions
from tipoff.modelling.decisions import Note, Version
from tipoff.warehouse.record import Record
from tipoff.warehouse.store import Warehouse

NOW = datetime(2026, 1, 20, 13)
VERSION = Version(
    "elo", "v1", "m", "s", "{}", "{}", "d", "{}", 10, NOW.date(), NOW.date(), "elo/v1", "0" * 64, NOW, "r"
)
EVENTS = "SELECT seq, kind, reason, figures, decided_at FROM models.event ORDER BY seq"
VERSIONS = "SELECT * FROM models.version ORDER BY ALL"


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "tipoff.duckdb", record=tmp_path / "record.jsonl")
    warehouse.migrate(TABLES.values())
    with warehouse.write() as con:
        decisions.add(con, VERSION)
    return warehouse


@pytest.fixture
def decide(store: Warehouse) -> Callable[..., None]:
    def decide(*kinds: str, warehouse: Warehouse = store) -> None:
        with warehouse.write() as con:
            for kind in kinds:
                decisions.record(
                    con, VERSION, kind, f"it is \u201c{kind}\u201d", figures={"x": 0.1}, note=Note("r", NOW)
                )

    return decide


def kinds(store: Warehouse) -> list[str]:
    return [row["kind"] for row in store.query(EVENTS).to_pylist()]


def record_of(store: Warehouse) -> Record:
    assert store.record is not None
    return store.record


def copied(store: Warehouse, to: Path) -> Path:
    with store.settled() as path:
        return Path(shutil.copy(path, to))


def put_back(store: Warehouse, copy: Path) -> None:
    store.path.with_name(f"{store.path.name}.wal").unlink(missing_ok=True)
    shutil.copy(copy, store.path)


def remove(store: Warehouse) -> None:
    for path in store.path.parent.glob(f"{store.path.name}*"):
        path.unlink()


def verify(store: Warehouse) -> None:
    with store.read() as con:
        record_of(store).verify(con)


def test_an_older_store_is_given_back_what_it_lacks_with_the_versions(
    store: Warehouse, decide: Callable[..., None], tmp_path: Path
) -> None:
    older = copied(store, tmp_path / "older")
    decide("registered", "first")
    decide("kept")
    rows, versions = store.query(EVENTS), store.query(VERSIONS)
    put_back(store, older)
    with store.write() as con:
        con.execute("DELETE FROM models.version").fetchall()
    assert store.query(EVENTS).equals(rows)
    put_back(store, older)
    decide("promoted")
    assert kinds(store) == ["registered", "first", "kept", "promoted"]
    verify(store)
    assert store.query(VERSIONS).equals(versions)


def test_a_new_store_is_given_everything(store: Warehouse, decide: Callable[..., None]) -> None:
    decide("registered", "first")
    rows, versions = store.query(EVENTS), store.query(VERSIONS)
    remove(store)
    store.migrate(TABLES.values())
    with store.write():
        pass
    assert store.query(EVENTS).equals(rows)
    assert store.query(VERSIONS).equals(versions)
    verify(store)


def test_what_is_not_committed_is_recorded_first_and_comes_with_the_next_write(
    store: Warehouse, decide: Callable[..., None], tmp_path: Path
) -> None:
    before = copied(store, tmp_path / "before")
    decide("registered")
    put_back(store, before)  # as after a kill between the record and the commit
    with store.read() as con:
        assert record_of(store).missing(con) == 1
    decide()
    assert kinds(store) == ["registered"]


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_line_that_was_cut_off_was_never_committed_and_is_dropped(
    store: Warehouse, decide: Callable[..., None], cut: int, tmp_path: Path
) -> None:
    decide("registered")
    whole = record_of(store).path.read_bytes()
    before = copied(store, tmp_path / "before")
    decide("first")
    torn = record_of(store).path.read_bytes()[:-cut]
    put_back(store, before)
    record_of(store).path.write_bytes(torn)
    verify(store)
    decide("kept")
    assert kinds(store) == ["registered", "kept"]
    assert record_of(store).path.read_bytes().startswith(whole)
    verify(store)


def test_a_transaction_that_fails_records_nothing(store: Warehouse, decide: Callable[..., None]) -> None:
    decide("registered")
    whole = record_of(store).path.read_bytes()
    with pytest.raises(ZeroDivisionError), store.write() as con:
        decisions.record(con, VERSION, "first", "why", note=Note("r", NOW))
        raise ZeroDivisionError
    assert record_of(store).path.read_bytes() == whole
    assert kinds(store) == ["registered"]


def test_where_the_record_cannot_be_written_nothing_is_committed(
    store: Warehouse, decide: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    decide("registered")

    def full(record: Record, start: int, lines: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Record, "_append", full)
        with pytest.raises(StoreFull):
            decide("first")
    assert kinds(store) == ["registered"]
    verify(store)


def test_a_damaged_line_is_told_and_not_replayed(store: Warehouse, decide: Callable[..., None]) -> None:
    decide("registered", "first", "kept")
    path = record_of(store).path
    path.write_bytes(path.read_bytes().replace(b'"first"', b'"worst"'))
    with pytest.raises(LedgerError, match=r"record .* is damaged after byte \d+"):
        verify(store)
    remove(store)
    store.migrate(TABLES.values())
    with pytest.raises(LedgerError, match="is damaged"):
        decide()
    assert kinds(store) == []


def test_a_damaged_last_line_is_told(store: Warehouse, decide: Callable[..., None]) -> None:
    decide("registered", "first")
    path = record_of(store).path
    path.write_bytes(path.read_bytes()[:-2] + b"?\n")
    with pytest.raises(LedgerError, match="is damaged"):
        verify(store)


def test_a_row_that_was_changed_in_the_store_shows(store: Warehouse, decide: Callable[..., None]) -> None:
    decide("registered", "first")
    with store.write() as con:
        con.execute("UPDATE models.event SET reason = 'another' WHERE seq = 2").fetchall()
    with pytest.raises(LedgerError, match="line 2 of the record"):
        verify(store)


def test_a_store_that_went_on_without_the_record_is_not_mixed_with_it(
    store: Warehouse, decide: Callable[..., None], tmp_path: Path
) -> None:
    older = copied(store, tmp_path / "older.duckdb")
    decide("registered", "first")
    with Warehouse(older).write() as con:
        decisions.record(con, replace(VERSION), "manual", "elsewhere", note=Note("r", NOW))
    put_back(store, older)
    with pytest.raises(LedgerError, match=r"another event `m, 1` than the store"):
        decide("kept")


@pytest.mark.parametrize("left", [0, 30])
def test_a_record_that_is_gone_or_shortened_is_written_anew_from_the_store(
    store: Warehouse, decide: Callable[..., None], left: int, caplog: pytest.LogCaptureFixture
) -> None:
    decide("registered", "first")
    path = record_of(store).path
    whole = path.read_bytes()
    if left:
        path.write_bytes(whole[:left])
    else:
        path.unlink()
    with pytest.raises(LedgerError, match="ends before"):
        verify(store)
    decide()
    assert path.read_bytes() == whole
    assert "written anew" in caplog.text
    verify(store)
    assert [kept.read_bytes() for kept in path.parent.glob("*.short-*")] == ([whole[:left]] if left else [])
