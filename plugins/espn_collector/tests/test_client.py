from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import web
from tipoff import Access, Client, Payload, Request
from tipoff.errors import MalformedResponse
from tipoff.http.client import HttpClient
from tipoff_espn import client, endpoints
from tipoff_espn.server import make_app, open_league

LEAGUE = "mens-college-basketball"
NOW = datetime(2026, 1, 17, 13)
SMALL = "embedded:seed=3,teams=32"
TEAMS = endpoints.teams(LEAGUE, fresh_since=NOW)


@pytest.fixture(autouse=True)
def league_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    monkeypatch.setenv("TIPOFF_SOURCE", SMALL)
    yield
    client._opened.cache_clear()


async def asked(opened: Client, *requests: Request) -> list[Payload]:
    async with opened:
        return list(await asyncio.gather(*(opened.fetch(request, LEAGUE) for request in requests)))


def test_an_embedded_league_answers_under_espns_addresses() -> None:
    board = endpoints.scoreboards(LEAGUE, NOW.date(), fresh_since=NOW)[0]
    teams, games = asyncio.run(asked(client.open_client(Access()), TEAMS, board))
    assert len(json.loads(teams.body)["sports"][0]["leagues"][0]["teams"]) > 25
    assert json.loads(games.body)["events"]
    assert (teams.status, teams.league, teams.fetched_at) == (200, LEAGUE, NOW)
    assert teams.request.url.startswith("https://site.api.espn.com/")


def test_an_embedded_league_is_asked_as_fast_as_it_goes() -> None:
    slow = Access(requests_per_second=0.001, max_concurrency=1, proxy="http://127.0.0.1:9")
    opened = client.open_client(slow)
    assert opened.concurrency == client.EMBEDDED_CONCURRENCY
    days = [
        request
        for day in range(1, 11)
        for request in endpoints.scoreboards(LEAGUE, NOW.date().replace(day=day), fresh_since=NOW)
    ]
    assert len(asyncio.run(asked(opened, *days))) == 10


def test_a_strict_limit_is_borne(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path))
    monkeypatch.setenv("TIPOFF_SOURCE", f"{SMALL},limit=5,limit_burst=1")
    days = [
        request
        for day in range(1, 9)
        for request in endpoints.scoreboards(LEAGUE, NOW.date().replace(day=day), fresh_since=NOW)
    ]
    # All but one of eight at once are refused at first.
    answers = asyncio.run(asked(client.open_client(Access(attempts=1)), *days))
    assert [answer.status for answer in answers] == [200] * 8


def test_what_is_not_there_is_an_answer_where_it_may_be() -> None:
    absent = endpoints.team(LEAGUE, "999999")
    (answer,) = asyncio.run(asked(client.open_client(Access()), absent))
    assert (answer.status, answer.body) == (404, b"")


def test_a_range_of_days_is_refused_as_espn_does() -> None:
    days = Request(f"{endpoints.site(LEAGUE)}/scoreboard", {"dates": "20260101-20260103", "groups": "50"})
    with pytest.raises(MalformedResponse, match="400"):
        asyncio.run(asked(client.open_client(Access()), days))


def test_nobody_fetches_through_a_closed_client() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(client.open_client(Access()).fetch(TEAMS, LEAGUE))


def test_a_league_is_opened_once_in_a_process() -> None:
    assert client._opened(SMALL, LEAGUE) is client._opened(SMALL, LEAGUE)


@pytest.mark.parametrize(
    ("source", "host", "embedded"),
    [
        ("espn", "", False),
        ("http://127.0.0.1:8642", "", False),
        ("embedded", "", True),
        ("recorded:/nowhere", "", True),
        ("embedded", "http://127.0.0.1:8642", False),
    ],
)
def test_the_source_decides_who_answers(
    monkeypatch: pytest.MonkeyPatch, source: str, host: str, embedded: bool
) -> None:
    wanted = client.EmbeddedClient if embedded else HttpClient
    assert isinstance(client.open_client(Access(source=source, host=host)), wanted)
    monkeypatch.setenv("TIPOFF_SOURCE", source)
    assert isinstance(client.open_client(Access(host=host)), wanted)


def test_a_url_stands_in_for_espns_hosts() -> None:
    async def through_a_server() -> list[Payload]:
        runner = web.AppRunner(make_app(open_league(SMALL, (LEAGUE,)), lambda: NOW), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        source = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            return await asked(client.open_client(Access(source=source, requests_per_second=math.inf)), TEAMS)
        finally:
            await runner.cleanup()

    (answer,) = asyncio.run(through_a_server())
    assert answer.request == TEAMS
    assert json.loads(answer.body)["sports"]


def test_each_league_is_served_by_its_own() -> None:
    women = endpoints.teams("womens-college-basketball", fresh_since=NOW)

    async def both() -> list[Payload]:
        async with client.open_client(Access()) as opened:
            return [await opened.fetch(TEAMS, LEAGUE), await opened.fetch(women, "womens-college-basketball")]

    slugs = [json.loads(answer.body)["sports"][0]["leagues"][0]["slug"] for answer in asyncio.run(both())]
    assert slugs == [LEAGUE, "womens-college-basketball"]


def test_only_a_league_of_its_own_has_a_time_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    middle = client.source_now()
    assert middle is not None
    assert middle.month in (11, 12, 1, 2, 3)
    monkeypatch.setenv("TIPOFF_SOURCE", "espn")
    assert client.source_now() is None
