"""The command as a process: what it prints, and that Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from tipoff_espn.server.command import espn_server

RUN = [sys.executable, "-c", "from tipoff_espn.server.command import espn_server; espn_server()"]
SECONDS = 300
"""When to give up: no measure of speed."""


def started(options: list[str], home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*RUN, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "TIPOFF_HOME": str(home)},
    )


def test_it_serves_until_ctrl_c(tmp_path: Path) -> None:
    options = ["--port", "0", "--now", "2026-01-20T13:00Z", "--seed", "3", "--teams", "32"]
    process = started(options, tmp_path)
    try:
        assert process.stdout is not None
        first, example = process.stdout.readline(), process.stdout.readline().strip()
        assert re.search(r"at http://127\.0\.0\.1:\d+, now 2026-01-20T13:00Z", first)
        assert "dates=20260120&groups=50" in example
        request = urllib.request.Request(example, headers={"User-Agent": "curl/8"})
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            assert json.load(answer)["events"]
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_chaos_and_limits_and_two_leagues_by_options(tmp_path: Path) -> None:
    leagues = ["--league", "mens-college-basketball", "--league", "nba"]
    chaos = ["--chaos", "1", "--chaos-kinds", "429,5xx", "--chaos-first", "1", "--chaos-log", str(tmp_path / "log")]
    limit = ["--limit", "50", "--limit-burst", "60", "--limit-retry-after", "no", "--latency", "0-0.001"]
    options = ["--port", "0", "--now", "2026-01-20T13:00Z", "--teams", "32", *leagues, *chaos, *limit]
    process = started(options, tmp_path)
    try:
        assert process.stdout is not None
        _, *examples = (process.stdout.readline().strip() for _ in range(3))
        assert [re.search(r"basketball/([a-z-]+)/", example)[1] for example in examples] == [leagues[1], leagues[3]]  # type: ignore[index]
        for example in examples:
            request = urllib.request.Request(example, headers={"User-Agent": "curl/8"})
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=SECONDS)
            assert refused.value.code in (429, 500, 502, 503, 504)
            refused.value.close()
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                assert json.load(answer)["events"]
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert errors == ""
    assert len((tmp_path / "log").read_text().splitlines()) == 2
    assert not (tmp_path / "chaos.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--now", "yesterday"], "--now: `yesterday`"),
        (["--teams", "5"], "32 to 362"),
        (["--chaos", "0.1", "--chaos-kinds", "429,luck"], "`luck` is no kind"),
        (["--chaos-first", "1"], "add chaos=NUMBER"),
        (["--source", "recorded:/nowhere"], "games.parquet"),
        (["--source", "recorded:/nowhere", "--seed", "1"], "belong to the embedded source"),
    ],
)
def test_mistakes_are_explained(options: list[str], message: str) -> None:
    result = CliRunner().invoke(espn_server, options)
    assert result.exit_code != 0
    assert message in result.output
