"""The soak's short form: two days of all four DAGs under a real scheduler, tasks killed and answers spoilt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).resolve().parents[1] / "benchmarks" / "soak.py"


def test_two_days_of_trouble_leave_what_two_quiet_days_leave(tmp_path: Path) -> None:
    """Every run succeeds, the tables are equal, the ledger holds, no prediction is lost or doubled."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, str(SOAK), "--days", "2", "--one-in", "8", "--home", str(tmp_path / "soak")]
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    assert " 0 killed" not in done.stdout
    assert " 0 answers spoilt\n" not in done.stdout
    assert done.stdout.endswith("every goal is met\n")
