from __future__ import annotations

import fcntl
import math
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tipoff.http.pace import Pace, Ticket
from tipoff.http.shared import Shared, known

HOLD = """
import os, sys
from pathlib import Path
from tipoff.http.shared import Shared
shared = Shared(Path(sys.argv[1]), 2)
assert shared.enter() is not None
with shared.pace(0.0) as pace:
    pace.permitted = 99.0
    print("held", flush=True)
    sys.stdin.read()
"""


def test_what_one_learns_the_other_knows(tmp_path: Path) -> None:
    with Shared(tmp_path / "host", 1).pace(1.0) as pace:
        pace.permitted, pace.next = 17.5, 3.0
    with Shared(tmp_path / "host", 1).pace(2.0) as pace:
        assert pace == Pace(permitted=17.5, next=3.0)


def test_hosts_are_apart(tmp_path: Path) -> None:
    with Shared(tmp_path / "one", 1).pace(1.0) as pace:
        pace.permitted = 17.5
    with Shared(tmp_path / "other", 1).pace(1.0) as pace:
        assert pace == Pace()


def test_an_error_leaves_everything_as_it_was(tmp_path: Path) -> None:
    shared = Shared(tmp_path, 1)
    with pytest.raises(ZeroDivisionError), shared.pace(1.0) as pace:
        pace.permitted = 1 / 0
    with shared.pace(1.0) as pace:
        assert pace == Pace()


def test_a_killed_process_leaves_neither_a_lock_nor_half_a_record_nor_a_place_taken(tmp_path: Path) -> None:
    shared = Shared(tmp_path, 2)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        place = shared.enter()
        assert place is not None
        assert shared.enter() is None
        os.close(place)
        other.send_signal(signal.SIGKILL)
    assert None not in [shared.enter(), shared.enter()]
    with shared.pace(1.0) as pace:
        assert pace == Pace()


def test_a_stopped_process_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("tipoff.http.shared.time.sleep", waits.append)
    shared = Shared(tmp_path, 1)
    with (tmp_path / "pace").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with shared.pace(1.0) as pace:
            assert isinstance(pace.start(1.0, 1.0, math.inf), Ticket)
    assert 0.5 < sum(waits) < 2
    with shared.pace(1.0) as pace:
        assert pace.issued == 1


def test_after_a_restart_of_the_machine_the_rate_is_kept_and_the_instants_are_not(tmp_path: Path) -> None:
    shared = Shared(tmp_path, 1)
    with shared.pace(90_000.0) as pace:
        pace.permitted, pace.next, pace.quiet_until = 17.5, 90_001.0, 90_060.0
    with shared.pace(89_999.0) as pace:
        assert pace.quiet_until == 90_060.0
    with shared.pace(30.0) as pace:
        assert pace == Pace(permitted=17.5)


def test_a_folder_that_is_removed_while_it_is_looked_at_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "other"):
        with Shared(tmp_path / name, 1).pace(1.0) as pace:
            pace.permitted = 17.5
    read = Path.read_bytes

    def late(record: Path) -> bytes:
        if record.parent.name == "one":
            shutil.rmtree(record.parent)
        return read(record)

    monkeypatch.setattr(Path, "read_bytes", late)
    assert known(tmp_path) == {"other": Pace(permitted=17.5)}


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 5000, b"tipoff 1" + b"\xff" * 200])
def test_a_record_that_is_none_is_replaced(tmp_path: Path, content: bytes) -> None:
    shared = Shared(tmp_path, 1)
    (tmp_path / "pace").write_bytes(content)
    with shared.pace(1.0) as pace:
        assert pace == Pace()
        pace.permitted = 17.5
    with shared.pace(1.0) as pace:
        assert pace.permitted == 17.5


def test_what_is_known_is_nobody_elses_to_read(tmp_path: Path) -> None:
    shared = Shared(tmp_path, 1)
    with shared.pace(1.0):
        place = shared.enter()
    assert place is not None
    assert {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {
        "pace": 0o600,
        "under-way-0": 0o600,
    }
    os.close(place)


def test_a_waiting_process_looks_again_a_thousand_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("tipoff.http.shared.time.sleep", waits.append)
    with (tmp_path / "pace").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with Shared(tmp_path, 1).pace(1.0):
            pass
    assert waits == [0.001] * 1000


def test_a_record_is_of_the_future_only_if_it_is_ten_seconds_ahead(tmp_path: Path) -> None:
    """A process that waited for the lock looked at its clock before the one that wrote."""
    shared = Shared(tmp_path, 1)
    with shared.pace(100.0) as pace:
        pace.next = 500.0
    with shared.pace(90.0) as pace:
        assert pace.next == 500.0
    with shared.pace(79.9) as pace:
        assert pace.next == -math.inf
