"""The fault injector's short form: a kill, half a write, three errors of the disk and a power cut, amid publishing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FAULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "faults.py"


def test_no_fault_loses_or_doubles_anything(tmp_path: Path) -> None:
    """One point of each kind, in predicting and grading: the step that people would miss most."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the injector is preloaded, as Linux does it")
    if not shutil.which("cc") and not os.environ.get("CI"):
        pytest.skip("needs a C compiler: install gcc or clang")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TMPDIR": str(tmp_path)}
    command = [sys.executable, str(FAULTS), "--points", "1", "--step", "grade and predict"]
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    assert done.stdout.count("    1 points, 0 with something wrong") == 6
