from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tipoff.errors import StoreBusy, StoreError
from tipoff.warehouse.publish import before, publish
from tipoff.warehouse.store import Warehouse

WATERMARK = "INSERT INTO ops.watermark VALUES ('m', $name, DATE '2026-01-01', 'r', TIMESTAMP '2026-01-01')"


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "tipoff.duckdb", lock_wait=0.1)
    warehouse.migrate()
    return warehouse


def names(path: Path) -> list[str]:
    with duckdb.connect(str(path), read_only=True) as con:
        return [name for (name,) in con.execute("SELECT dataset FROM ops.watermark ORDER BY 1").fetchall()]


def test_the_copy_holds_what_was_committed(store: Warehouse, tmp_path: Path) -> None:
    published = tmp_path / "for" / "people.duckdb"
    for number, name in enumerate("ab", start=1):
        with store.write() as con:
            con.execute(WATERMARK, {"name": name}).fetchall()
        assert publish(store, published) == published
        assert len(names(published)) == number
    assert sorted(path.name for path in published.parent.iterdir()) == ["people.duckdb", "people.previous.duckdb"]
    assert names(before(published)) == ["a"]


def test_a_write_ahead_log_is_folded_in_first(store: Warehouse, tmp_path: Path) -> None:
    killed = "import os, duckdb\ncon = duckdb.connect({path!r})\ncon.execute({sql!r}).fetchall()\nos._exit(9)"
    sql = WATERMARK.replace("$name", "'a'")
    subprocess.run([sys.executable, "-c", killed.format(path=str(store.path), sql=sql)], check=False)
    assert store.path.with_name("tipoff.duckdb.wal").exists()
    assert names(publish(store, tmp_path / "published.duckdb")) == ["a"]


def test_readers_of_the_old_copy_are_not_disturbed(store: Warehouse, tmp_path: Path) -> None:
    published = publish(store, tmp_path / "published.duckdb")
    with duckdb.connect(str(published), read_only=True) as reader:
        with store.write() as con:
            con.execute(WATERMARK, {"name": "a"}).fetchall()
        publish(store, published)
        assert reader.execute("SELECT count(*) FROM ops.watermark").fetchall() == [(0,)]
    assert names(published) == ["a"]


def test_a_failed_copy_leaves_the_old_one_and_nothing_else(store: Warehouse, tmp_path: Path) -> None:
    published = publish(store, tmp_path / "for" / "people.duckdb")
    with store.write(), pytest.raises(StoreBusy):
        publish(store, published)
    assert names(published) == []
    with pytest.raises(StoreError, match="no store"):
        publish(Warehouse(tmp_path / "missing.duckdb"), published)
    assert [path.name for path in published.parent.iterdir()] == ["people.duckdb"]


def test_a_store_that_cannot_be_read_to_its_end_replaces_no_copy(store: Warehouse, tmp_path: Path) -> None:
    published = publish(store, tmp_path / "published.duckdb")
    with store.write() as con:
        con.execute("CREATE TABLE raw.long AS SELECT hash(range) AS noise FROM range(500_000)").fetchall()
    content = bytearray(store.path.read_bytes())
    middle = len(content) * 3 // 4
    content[middle : middle + 64] = bytes(64)
    store.path.write_bytes(content)
    copied = published.read_bytes()
    with pytest.raises(StoreError, match="cannot be read to its end"):
        publish(store, published)
    assert published.read_bytes() == copied
    assert not before(published).exists()


def test_a_store_with_fewer_predictions_replaces_no_copy(store: Warehouse, tmp_path: Path) -> None:
    published = publish(store, tmp_path / "published.duckdb")
    with duckdb.connect(str(published)) as con:  # as if this copy had been made later than the store was restored
        con.execute(
            "INSERT INTO predictions.ledger BY NAME SELECT 1 AS seq, 'm' AS league, 2026 AS season, 'g' AS game_id, "
            "'h' AS home_id, 'a' AS away_id, DATE '2026-01-01' AS game_date, TIMESTAMP '2026-01-01' AS tip_utc, "
            "'elo' AS model, 'v' AS version, true AS champion, 0.5 AS home_win_prob, 0 AS margin, 1 AS margin_sd, "
            "0 AS margin_low_80, 0 AS margin_high_80, 0 AS margin_low_95, 0 AS margin_high_95, 'd' AS data_id, "
            "'{}' AS features, TIMESTAMP '2026-01-01' AS predicted_at, 'r' AS run_id, '' AS previous_hash, '' AS hash"
        ).fetchall()
    with pytest.raises(StoreError, match=r"has 0 predictions and the copy .* has 1"):
        publish(store, published)


def test_a_damaged_copy_is_replaced_and_not_kept(store: Warehouse, tmp_path: Path) -> None:
    published = tmp_path / "published.duckdb"
    published.write_bytes(b"torn")
    assert names(publish(store, published)) == []
    assert not before(published).exists()
