"""A run that is killed at any instant, and run again, ends where an undisturbed run ends."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

HERE = Path(__file__).parent

RUN = """
import math, sys
sys.path.insert(0, {here!r})
from datetime import date, datetime
from pathlib import Path
import support_source
from tipoff.collecting import engine, intake
from tipoff.contracts import Access, Window
from tipoff.settings import Settings
intake.BATCH_PAYLOADS = 4
engine.collect(
    "scores", registry=support_source.registry(), run_id="killed", now=datetime(2026, 1, 20, 12),
    settings=Settings(home=Path({home!r}), leagues=("m",), settle_days=3),
    window=Window(date(2026, 1, 1), date(2026, 1, 6)),
    access=Access(host={url!r}, requests_per_second=math.inf, max_concurrency=2, attempts=1),
)
"""
REQUESTS = 24


@pytest.fixture
def undisturbed(collecting: Any, source: Any, tmp_path: Path) -> dict[str, Any]:
    elsewhere = type(collecting)(source, collecting.league, tmp_path / "undisturbed")
    elsewhere(1, 6)
    tables: dict[str, Any] = elsewhere.tables()
    return tables


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again(collecting: Any, undisturbed: dict[str, Any], seed: int) -> None:
    chance = random.Random(seed)
    collecting.store.migrate(collecting.source.registry().tables().values())
    for _ in range(2):
        landed_before = landed(collecting)
        if len(landed_before) == REQUESTS:  # it was quicker than the kill
            break
        kill_at(collecting, chance.randrange(1, REQUESTS - len(landed_before) + 1), chance.uniform(0, 0.1))
        assert not landed_before & set(collecting.league.asked)
    landed_before = landed(collecting)
    report = collecting(1, 6)
    assert not landed_before & set(collecting.league.asked)
    assert report.failed == 0
    assert collecting.tables() == undisturbed
    assert collecting.rows("SELECT count(*) FROM ops.landed_request") == [(REQUESTS,)]
    folder = collecting.settings.landing / "league" / "m" / "scores"
    assert [(len(list(folder.glob("[0-9]*"))),)] == collecting.rows("SELECT count(*) FROM ops.loaded_file")


def kill_at(collecting: Any, request: int, later: float) -> None:
    """Runs in a process of its own, and kills it `later` seconds after its n-th request came in."""
    reached = threading.Event()

    async def hold(path: str) -> None:
        if len(collecting.league.asked) >= request:
            reached.set()
        await asyncio.sleep(0)

    collecting.league.asked.clear()
    collecting.league.before = hold
    script = RUN.format(here=str(HERE), home=str(collecting.settings.home), url=collecting.league.url)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", script], env=environment) as process:
        while not reached.wait(0.02) and process.poll() is None:
            pass
        try:
            process.wait(later)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        assert process.wait() in (0, -signal.SIGKILL)
    collecting.league.before = lambda path: None


def landed(collecting: Any) -> set[str]:
    """Paths of the requests that have landed, loaded or not."""
    batches = (collecting.settings.landing / "league" / "m" / "scores").glob("[0-9]*")
    keys = [key for batch in batches for key in pq.read_table(batch / "payloads.parquet")["key"].to_pylist()]
    assert len(keys) == len(set(keys))
    return {key.removeprefix("https://league.example") for key in keys}
