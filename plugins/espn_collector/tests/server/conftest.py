from __future__ import annotations

import asyncio
import gzip
import json
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tipoff_espn.server import League, make_app, open_league

LEAGUE = "mens-college-basketball"
SITE = f"/apis/site/v2/sports/basketball/{LEAGUE}"
CORE = f"/v2/sports/basketball/leagues/{LEAGUE}"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Espn:
    """A real server on a loopback port for each call, at one instant."""

    def __init__(self, league: League, now: datetime) -> None:
        self.league = league
        self.now = now

    def get(self, *paths: str, headers: dict[str, str] | None = None) -> list[Answer]:
        return asyncio.run(self._get(paths, headers or {}))

    async def _get(self, paths: tuple[str, ...], headers: dict[str, str]) -> list[Answer]:
        app = make_app(self.league, lambda: self.now)
        answers = []
        async with TestClient(TestServer(app), auto_decompress=False) as client:
            for path in paths:
                address = path if path.startswith(("/apis", "/v2")) else SITE + path
                async with client.get(address, headers={"Accept-Encoding": "identity", **headers}) as response:
                    answers.append(Answer(response.status, await response.read(), dict(response.headers)))
        return answers

    def json(self, path: str) -> Any:
        (answer,) = self.get(path)
        assert answer.status == 200, answer.body
        return answer.json

    def events(self, query: str) -> list[Any]:
        return list(self.json(f"/scoreboard?{query}")["events"])


@pytest.fixture
def running() -> Callable[..., AbstractContextManager[str]]:
    """``with running(app) as address``: the application on a free port, in a thread of its own."""
    return _running


@contextmanager
def _running(app: web.Application) -> Iterator[str]:
    loop = asyncio.new_event_loop()
    started: queue.Queue[str] = queue.Queue()
    stop = asyncio.Event()

    async def serve() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        started.put(f"http://127.0.0.1:{runner.addresses[0][1]}")
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield started.get(timeout=300)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=300)
        loop.close()


@pytest.fixture(scope="session")
def simulated() -> League:
    return open_league("embedded:seed=11,teams=64,first_season=2024", (LEAGUE,))


@pytest.fixture
def espn(simulated: League) -> Callable[[str], Espn]:
    return lambda now: Espn(simulated, datetime.fromisoformat(now))


@pytest.fixture
def serve() -> type[Espn]:
    return Espn


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = os.environ.get("TIPOFF_SHARED", "")
    if not folder:
        pytest.skip("TIPOFF_SHARED is not set: the reference data is not here")
    return Path(folder)


@pytest.fixture(scope="session")
def genuine(shared: Path) -> Callable[[str], Iterator[Any]]:
    """Genuine payloads whose path matches a pattern."""

    def load(pattern: str) -> Iterator[Any]:
        files = sorted((shared / "espn" / "payloads").glob(pattern))
        assert files, pattern
        for file in files:
            data = file.read_bytes()
            yield json.loads(gzip.decompress(data) if file.suffix == ".gz" else data)

    return load
