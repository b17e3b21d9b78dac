"""What a source's name says of chaos and limits."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from tipoff.errors import SettingsError
from tipoff_espn.server import Chaos, League, make_app, open_league
from tipoff_espn.server.chaos import KINDS
from tipoff_espn.server.faults import Troubled

LEAGUES = ("mens-college-basketball",)
NOW = datetime(2026, 1, 24, 14)
TEAMS = "/apis/site/v2/sports/basketball/mens-college-basketball/teams?limit=1"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path))
    return tmp_path


def opened(options: str) -> Troubled:
    league = open_league(f"embedded:{options}", LEAGUES)
    assert isinstance(league, Troubled)
    return league


def statuses(league: League, times: int, chaos: Chaos | None = None) -> list[int]:
    async def ask() -> list[int]:
        async with TestClient(TestServer(make_app(league, lambda: NOW, chaos=chaos))) as client:
            return [(await client.get(TEAMS, headers={"User-Agent": "curl/8"})).status for _ in range(times)]

    return asyncio.run(ask())


def test_chaos_in_a_sources_name(home: Path) -> None:
    league = opened("seed=3,chaos=0.25,teams=40,chaos_kinds=429+stall,chaos_seed=8,chaos_first=2,chaos_stall=0.5")
    assert league.chaos == Chaos(
        seed=8, rate=0.25, kinds=("429", "stall"), first=2, stall_seconds=0.5, log=home / "chaos.jsonl"
    )
    assert league.limit is None
    season = league.season(LEAGUES[0], 2026)
    assert season is not None
    assert sum(team.division_one for team in season.teams.values()) == 40
    assert opened("chaos=1").chaos == Chaos(rate=1.0, kinds=KINDS, log=home / "chaos.jsonl")
    assert opened("chaos=1,chaos_log=").chaos == Chaos(rate=1.0)


def test_a_limit_in_a_sources_name() -> None:
    limit = opened("limit=20,limit_burst=5,limit_retry_after=no,latency=0.02-0.2").limit
    assert limit is not None
    assert (limit.requests_per_second, limit.retry_after) == (20, False)
    assert [limit.take() == 0 for _ in range(6)] == [True] * 5 + [False]
    assert 0.02 <= limit.latency() <= 0.2
    late = opened("latency=0.1").limit
    assert late is not None
    assert late.latency() == 0.1
    assert all(late.take() == 0 for _ in range(1000))


def test_a_league_without_troubles_is_itself() -> None:
    assert not isinstance(open_league("embedded:teams=40", LEAGUES), Troubled)


def test_recorded_seasons_have_them_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"a folder, with a comma.*games\.parquet"):
        open_league(f"recorded:{tmp_path}/a folder, with a comma,chaos=0.1", LEAGUES)


def test_the_server_has_the_leagues_troubles_unless_it_is_given_others(home: Path) -> None:
    assert statuses(opened("chaos=1,chaos_kinds=429"), 2) == [429, 429]
    assert statuses(opened("chaos=1,chaos_kinds=429"), 2, Chaos(rate=1.0, kinds=("403",))) == [403, 403]
    assert statuses(opened("limit=0.01,limit_burst=1"), 2) == [200, 429]


def test_another_process_in_the_same_home_meets_another_fate(home: Path) -> None:
    source = "chaos=1,chaos_kinds=403,chaos_first=1"
    assert statuses(opened(source), 1) == [403]
    assert statuses(opened(source), 1) == [200]
    assert [json.loads(line)["kind"] for line in (home / "chaos.jsonl").read_text().splitlines()] == ["403"]
    shutil.rmtree(home)
    assert statuses(opened(source), 1) == [403]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("chaos=much", "chaos is `much`"),
        ("chaos=2", "`2.0`"),
        ("chaos=0.1,chaos_kinds=429+luck", "`luck` is no kind of chaos"),
        ("chaos_kinds=429", "`chaos_kinds` does nothing by itself; add chaos=NUMBER"),
        ("limit_burst=3", "`limit_burst` does nothing by itself; add limit=NUMBER"),
        ("limit=0", "more than 0"),
        ("limit=5,limit_retry_after=maybe", "`maybe`"),
        ("latency=fast", "latency is `fast`"),
    ],
)
def test_what_is_wrong_is_named(options: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        open_league(f"embedded:{options}", LEAGUES)
