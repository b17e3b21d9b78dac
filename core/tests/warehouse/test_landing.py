from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tipoff.errors import StoreError
from tipoff.warehouse.landing import FOLLOW_UPS, PAYLOADS, QUARANTINE, Content, Landing

AT = datetime(2026, 1, 1, 12)


def content(*keys: str) -> Content:
    payload = {
        "url": "https://x", "params": "{}", "context": "{}", "fresh_since": None, "optional": False, "status": 200,
        "fetched_at": AT, "league": "m", "processing_version": "1", "body": b"\x00" * 5000,
    }  # fmt: skip
    return Content(
        payloads=pa.Table.from_pylist([{"key": key, **payload} for key in keys], PAYLOADS),
        rows={"raw.games": [pa.table({"game_id": ["1"]}), pa.table({"game_id": ["2"], "home": [3]})]},
        quarantine=QUARANTINE.empty_table(),
        follow_ups=FOLLOW_UPS.empty_table(),
        rejected=PAYLOADS.empty_table(),
    )


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing", "espn", "m", "games")


def test_a_batch_comes_back_as_it_was_written(landing: Landing) -> None:
    written = content("a", "b")
    batch = landing.write(written)
    assert landing.read(batch, bodies=True) == written
    assert "body" not in landing.read(batch).payloads.column_names
    assert sorted(path.name for path in (landing.folder / batch).iterdir()) == [
        "follow_ups.parquet",
        "payloads.parquet",
        "quarantine.parquet",
        "raw.games.2.parquet",
        "raw.games.parquet",
        "rejected.parquet",
    ]


def test_a_batch_of_an_earlier_version_lacks_what_that_did_not_know(landing: Landing) -> None:
    batch = landing.write(content("a"))
    (landing.folder / batch / "rejected.parquet").unlink()
    old = pq.read_table(landing.folder / batch / "payloads.parquet").drop_columns(["day", "game_id", "rows"])
    pq.write_table(old, landing.folder / batch / "payloads.parquet")
    read = landing.read(batch, bodies=True)
    assert read == content("a")
    assert read.payloads.schema == PAYLOADS


def test_a_batch_says_when_it_began(landing: Landing) -> None:
    assert landing.begun(landing.write(content("a"))) == AT
    assert landing.begun(landing.write(content())) is None


def test_bodies_are_compressed(landing: Landing) -> None:
    batch = landing.write(content(*map(str, range(100))))
    assert (landing.folder / batch / "payloads.parquet").stat().st_size < 50_000


def test_names_sort_by_time(landing: Landing) -> None:
    assert landing.batches() == []
    written = [landing.write(content("a")) for _ in range(11)]
    assert landing.batches() == written == sorted(written)
    assert len(set(written)) == 11


def test_what_a_killed_writer_left_is_no_batch_and_is_swept(landing: Landing) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = landing.folder / f".0000000001-aaaaaaaa.{dead.pid}-0123abcd"
    left.mkdir(parents=True)
    (left / "payloads.parquet").write_bytes(b"PAR1")
    assert landing.batches() == []
    landing.write(content("a"))
    assert not left.exists()


def test_a_damaged_batch_says_which_and_what_to_do(landing: Landing) -> None:
    batch = landing.write(content("a"))
    (landing.folder / batch / "payloads.parquet").write_bytes(b"broken")
    with pytest.raises(StoreError, match=f"{batch}.*move the folder away"):
        landing.read(batch)


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "../x", "/etc", "a\0b"])
def test_no_name_leads_out_of_the_landing_zone(tmp_path: Path, name: str) -> None:
    for names in ((name, "m", "games"), ("espn", name, "games"), ("espn", "m", name)):
        with pytest.raises(StoreError, match="is no name of a file or folder in"):
            Landing(tmp_path / "landing", *names)
    landing = Landing(tmp_path / "landing", "espn", "m", "games")
    for reads in (landing.at, landing.read, landing.read_questions, landing.begun):
        with pytest.raises(StoreError, match="is no name of a file or folder in"):
            reads(name)
