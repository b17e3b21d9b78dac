"""The command as a process: what it prints, and that Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from tipoff_espn.server.command import espn_server

RUN = [sys.executable, "-c", "from tipoff_espn.server.command import espn_server; espn_server()"]


def test_it_serves_until_ctrl_c(tmp_path: Path) -> None:
    options = ["--port", "0", "--now", "2026-01-20T13:00Z", "--seed", "3", "--teams", "32"]
    process = subprocess.Popen(
        [*RUN, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "TIPOFF_HOME": str(tmp_path)},
    )
    try:
        assert process.stdout is not None
        first, example = process.stdout.readline(), process.stdout.readline().strip()
        assert re.search(r"at http://127\.0\.0\.1:\d+, now 2026-01-20T13:00Z", first)
        assert "dates=20260120&groups=50" in example
        request = urllib.request.Request(example, headers={"User-Agent": "curl/8"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert json.load(answer)["events"]
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--now", "yesterday"], "--now: `yesterday`"),
        (["--teams", "5"], "32 to 362"),
        (["--source", "recorded:/nowhere"], "games.parquet"),
        (["--source", "recorded:/nowhere", "--seed", "1"], "belong to the embedded source"),
    ],
)
def test_mistakes_are_explained(options: list[str], message: str) -> None:
    result = CliRunner().invoke(espn_server, options)
    assert result.exit_code != 0
    assert message in result.output
