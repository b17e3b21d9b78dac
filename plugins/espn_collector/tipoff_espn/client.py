"""How ``TIPOFF_SOURCE`` becomes an open way to ask: ESPN itself, another server, or a league on this machine.

| source                            | what answers                                                              |
|-----------------------------------|---------------------------------------------------------------------------|
| ``espn``                          | ESPN, politely                                                            |
| a URL                             | that server, in the place of ESPN's hosts, politely                       |
| ``embedded``, ``recorded:FOLDER`` | the ESPN-compatible server, in this process while the client is open      |

A host in `Access` (from the Airflow connection) goes before the source.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from tipoff import Access, Client, Payload, Request, clock, settings
from tipoff.http.client import HttpClient

if TYPE_CHECKING:
    from types import TracebackType

    from tipoff_espn.server import League

EMBEDDED_CONCURRENCY = 16
EMBEDDED_ATTEMPTS = 12
"""At least so many. Who sets a limit on this machine wants to see it borne, and the first answers under it are refused
sixteen at a time, until the client has found the rate."""


def open_client(access: Access) -> Client:
    """The client for the source that `access`, or else the environment, names."""
    source = access.source or settings.load().source
    if access.host or not _is_embedded(source):
        return HttpClient(replace(access, host=access.host or ("" if source == "espn" else source)))
    return EmbeddedClient(source, access)


def source_now() -> datetime | None:
    """The instant at which an embedded or recorded league is worth looking at; None for a live source."""
    chosen = settings.load()
    if not _is_embedded(chosen.source):
        return None
    return _opened(chosen.source, chosen.leagues[0]).default_now()


class EmbeddedClient:
    """The ESPN-compatible server and a client to it, in one event loop, over a free loopback port.

    Nobody needs protection from too many questions here, so the rate is not limited.

    Args:
        source: ``embedded`` or ``recorded:FOLDER``, with options.
        access: its timeout and user agent are kept; host, proxy, attempts and limits are this client's own.
    """

    def __init__(self, source: str, access: Access) -> None:
        self._source = source
        self._access = access
        self._clients: dict[str, HttpClient] = {}
        self._serving = asyncio.Lock()
        self._open: AsyncExitStack | None = None

    async def __aenter__(self) -> EmbeddedClient:
        self._open = AsyncExitStack()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            opened, self._open = self._open, None
            self._clients.clear()
            await opened.aclose()

    @property
    def concurrency(self) -> int:
        """How many requests may be under way at once."""
        return EMBEDDED_CONCURRENCY

    async def fetch(self, request: Request, league: str) -> Payload:
        """The answer; see `tipoff.contracts.Client.fetch`."""
        if self._open is None:
            raise RuntimeError("open the client with `async with` before fetching")
        async with self._serving:
            if league not in self._clients:
                self._clients[league] = await self._serve(league, self._open)
        return await self._clients[league].fetch(request, league)

    async def _serve(self, league: str, opened: AsyncExitStack) -> HttpClient:
        from aiohttp import web

        from tipoff_espn.server import make_app

        runner = web.AppRunner(make_app(_opened(self._source, league), clock.now), access_log=None)
        await runner.setup()
        opened.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        access = replace(
            self._access,
            host=f"http://127.0.0.1:{runner.addresses[0][1]}",
            proxy="",
            max_concurrency=EMBEDDED_CONCURRENCY,
            requests_per_second=math.inf,
            attempts=max(self._access.attempts, EMBEDDED_ATTEMPTS),
        )
        return await opened.enter_async_context(HttpClient(access))


def _is_embedded(source: str) -> bool:
    return source.partition(":")[0] in ("embedded", "recorded")


@cache
def _opened(source: str, league: str) -> League:
    """Opened once in a process: a simulated season takes a while to play."""
    from tipoff_espn.server import open_league

    return open_league(source, (league,))
