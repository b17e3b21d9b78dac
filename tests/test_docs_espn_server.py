"""The guide to the ESPN-compatible server, held against it: kinds, options, addresses, and its example."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer
from tipoff_espn.server import make_app, open_league
from tipoff_espn.server.chaos import KINDS
from tipoff_espn.server.command import espn_server
from tipoff_espn.server.faults import OPTIONS

PAGE = Path(__file__).resolve().parents[1] / "docs/guides/espn-server.md"
LEAGUES = ("mens-college-basketball", "womens-college-basketball", "nba")


def first_cells(heading: str) -> list[list[str]]:
    """What stands between backticks in the first cell of each row under a heading."""
    part = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| ([^|]+)\|", part, re.M)
    return [names for cell in cells if (names := re.findall(r"`([^`]+)`", cell))]


def test_every_kind_and_option_is_documented() -> None:
    named = [name for names in first_cells("Chaos") + first_cells("Limits") for name in names]
    chaos = [option for option in OPTIONS if option.startswith("chaos")]
    limits = [option for option in OPTIONS if not option.startswith("chaos")]
    assert named == [*sorted(KINDS, key=named.index), *chaos, *limits]
    flags = {flag for param in espn_server.params for flag in param.opts}
    assert {f"--{option.replace('_', '-')}" for option in OPTIONS} <= flags
    text = PAGE.read_text()
    assert all(f"`--{option.replace('_', '-')}`" in text for option in OPTIONS)


def test_every_league_is_served_at_the_documented_addresses() -> None:
    assert [name for (name,) in first_cells("Leagues")] == list(LEAGUES)
    # Without a heading of its own: the first table of the page.
    addresses = re.findall(r"^\| ((?:`[/…][^|]+`(?:, )?)+) \|", PAGE.read_text(), re.M)
    paths = [path for cell in addresses for path in re.findall(r"`([^`]+)`", cell)]
    base = paths[0].rpartition("/")[0]
    assert len(paths) == 12

    async def statuses(league: str) -> list[int]:
        opened = open_league("embedded:teams=32,first_season=2026", LEAGUES)
        season = opened.season(league, 2026)
        assert season is not None
        team, event = next(iter(season.teams)), season.fixtures[0].id
        async with TestClient(TestServer(make_app(opened, lambda: datetime(2026, 1, 24, 14)))) as client:
            asked = [
                path.replace("…", base)
                .replace("LEAGUE", league)
                .replace("event=ID", f"event={event}")
                .replace("GAME", event)
                for path in paths
            ]
            answers = [await client.get(path.replace("ID", team), headers={"User-Agent": "curl/8"}) for path in asked]
            return [answer.status for answer in answers]

    assert asyncio.run(statuses(LEAGUES[0])) == [200] * 12
    polls = next(place for place, path in enumerate(paths) if path.endswith("rankings"))
    assert asyncio.run(statuses("nba")) == [404 if place == polls else 200 for place in range(12)]


def test_the_example_runs_under_pytest(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    (tmp_path / "test_example.py").write_text(example)
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "test_example.py"]
    # Pants' sandbox names the packages by paths relative to it.
    env = os.environ | {"PYTHONPATH": os.pathsep.join(str(Path(path).resolve()) for path in sys.path if path)}
    done = subprocess.run(run, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
