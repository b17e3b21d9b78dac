"""What a power cut may leave of DuckDB's log, at every place of it: the store opens, and the record gives back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tipoff.domain import TABLES
from tipoff.modelling import ledger
from tipoff.warehouse.store import Warehouse

WATERMARK = "INSERT INTO ops.watermark VALUES ('m', $dataset, DATE '2026-01-01', 'r', TIMESTAMP '2026-01-01')"
ROWS = "SELECT dataset FROM ops.watermark ORDER BY ALL"
HOLE = 40
AGE = 20
"""Where the log says of which state of the store it is; without that it looks like one folded in long ago."""

Damage = Callable[[bytearray, int], None]


def hole(log: bytearray, at: int) -> None:
    """What was not written yet reads as zeros."""
    log[at : at + HOLE] = bytes(len(log[at : at + HOLE]))


def end(log: bytearray, at: int) -> None:
    del log[at:]


def zeros(log: bytearray, at: int) -> None:
    """The length was written, and the data was not."""
    log[at:] = bytes(len(log) - at)


def flip(log: bytearray, at: int) -> None:
    log[at] ^= 1


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    """A store with three commits in its log."""
    warehouse = Warehouse(tmp_path / "tipoff.duckdb", record=tmp_path / "record.jsonl")
    warehouse.migrate(TABLES.values())
    for dataset in ("a", "b", "c"):
        with warehouse.write() as con:
            con.execute(WATERMARK, {"dataset": dataset}).fetchall()
            ledger.note(con, "clock", dataset, ledger.last_stamp(con))
    return warehouse


@pytest.mark.parametrize("damage", [hole, end, zeros, flip])
@pytest.mark.parametrize("place", [0, 1, AGE, 100, -300, -150, -60, -10, -1])
def test_a_damaged_log_is_cut_off_and_nothing_of_the_record_is_lost(
    store: Warehouse, damage: Damage, place: int, caplog: pytest.LogCaptureFixture
) -> None:
    log = store.path.with_name("tipoff.duckdb.wal")
    whole = bytearray(log.read_bytes())
    damaged = bytearray(whole)
    damage(damaged, place % len(whole))
    log.write_bytes(damaged)
    left = store.query(ROWS)["dataset"].to_pylist()
    assert left == ["a", "b", "c"][: len(left)], "what comes before the damage stays"
    with store.write() as con:
        con.execute(WATERMARK, {"dataset": "d"}).fetchall()
    assert store.query(ROWS)["dataset"].to_pylist() == [*left, "d"], "what is written later is read again"
    noted = store.query("SELECT said FROM predictions.incident ORDER BY number")["said"].to_pylist()
    assert noted == ["a", "b", "c"]
    if damage is not end and (damage is flip or place != AGE):  # half a last entry is what any kill leaves
        (kept,) = store.path.parent.glob("*.damaged*")
        assert kept.read_bytes() == damaged
        assert str(kept) in caplog.text


def test_a_log_of_another_store_is_set_aside(store: Warehouse, tmp_path: Path) -> None:
    other = Warehouse(tmp_path / "other" / "tipoff.duckdb", record=tmp_path / "other" / "record.jsonl")
    other.migrate(TABLES.values())
    with other.write() as con:
        con.execute(WATERMARK, {"dataset": "z"}).fetchall()
    theirs, ours = (each.path.with_name("tipoff.duckdb.wal") for each in (other, store))
    shutil.copy(theirs, ours)
    assert store.query(ROWS)["dataset"].to_pylist() == []
    (kept,) = store.path.parent.glob("*.damaged*")
    assert kept.read_bytes() == theirs.read_bytes()


def test_a_log_that_is_later_than_the_file_is_set_aside(store: Warehouse, tmp_path: Path) -> None:
    shutil.copy(store.path, tmp_path / "earlier")
    store.fold()
    with store.write() as con:
        con.execute(WATERMARK, {"dataset": "d"}).fetchall()
    shutil.copy(tmp_path / "earlier", store.path)
    assert store.query(ROWS)["dataset"].to_pylist() == []
    assert list(store.path.parent.glob("*.damaged*"))
