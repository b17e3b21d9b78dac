from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tipoff import disk
from tipoff.disk import room_for, write_whole
from tipoff.errors import StoreFull, StoreUnwritable

KILLED = """
import os, signal, sys
from pathlib import Path
from tipoff.disk import write_whole

def half(beside):
    beside.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

write_whole(Path(sys.argv[1]), half)
"""


def test_a_file_is_replaced_whole_and_its_folder_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_whole(path, lambda beside: beside.write_text("one"))
    write_whole(path, lambda beside: beside.write_text("two"))
    assert path.read_text() == "two"
    assert [each.name for each in path.parent.iterdir()] == ["b.txt"]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    path.write_text("before")

    def fails(beside: Path) -> None:
        beside.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_whole(path, fails)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("b.txt", "before")]


def test_a_folder_appears_at_once_and_is_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "version"

    def fill(beside: Path) -> None:
        beside.mkdir()
        (beside / "state.json").write_text("{}")

    write_whole(folder, fill)
    with pytest.raises(OSError, match="not empty"):
        write_whole(folder, fill)
    assert [each.name for each in tmp_path.iterdir()] == ["version"]


def test_what_a_killed_writer_left_goes_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    mine = tmp_path / f".c.txt.{os.getpid()}-01234567"
    mine.write_text("in the making")
    write_whole(path, lambda beside: beside.write_text("whole"))
    assert {each.name for each in tmp_path.iterdir()} == {"b.txt", mine.name}


def test_content_is_on_the_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, synced = tmp_path / "b.txt", list[tuple[bool, bool]]()
    real = disk.fsync

    def watched(what: Path) -> None:
        synced.append((what == tmp_path, path.exists()))
        real(what)

    monkeypatch.setattr(disk, "fsync", watched)
    write_whole(path, lambda beside: beside.write_text("whole"))
    assert synced == [(False, False), (True, True)]


FULL = """
import resource, sys
from pathlib import Path
from tipoff.errors import StoreFull
from tipoff.disk import write_whole
from tipoff.warehouse.store import Warehouse

store = Warehouse(Path(sys.argv[1]) / "tipoff.duckdb")
store.migrate()
with store.write() as con:
    con.execute("CREATE TABLE ops.big AS SELECT 1 AS i, md5('a') AS s").fetchall()
limit = store.path.stat().st_size + 200_000  # stands for the end of the disk
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with store.write() as con:
        con.execute("INSERT INTO ops.big SELECT i, md5(i::VARCHAR) FROM range(1_000_000) t (i)").fetchall()
except StoreFull as error:
    print(error)
try:
    write_whole(Path(sys.argv[1]) / "batch", lambda beside: beside.write_bytes(b"x" * 2 * limit))
except StoreFull as error:
    print(error)
print(store.query("SELECT count(*) AS rows FROM ops.big")["rows"].to_pylist())
"""


def test_a_full_disk_is_told_in_words_and_leaves_what_was_there(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    of_store, of_file, rows = done.stdout.splitlines()
    for said, name in ((of_store, "tipoff.duckdb"), (of_file, "batch")):
        assert f"{name}` could not be written, and is as it was" in said and "tipoff doctor" in said
    assert rows == "[1]"
    assert not (tmp_path / "batch").exists()


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.EIO, StoreUnwritable), (errno.EROFS, StoreUnwritable), (errno.EDQUOT, StoreFull)]
)
def test_what_a_disk_does_not_take_is_told_in_words(number: int, kind: type[Exception], tmp_path: Path) -> None:
    def fail(beside: Path) -> None:
        raise OSError(number, os.strerror(number), str(beside))

    with pytest.raises(kind, match=f"could not be written, and is as it was: .*{os.strerror(number)}") as caught:
        write_whole(tmp_path / "there", fail)
    assert type(caught.value) is kind
    assert list(tmp_path.iterdir()) == []


def test_other_errors_are_left_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="of another kind"), room_for(tmp_path):
        raise ValueError("of another kind")
