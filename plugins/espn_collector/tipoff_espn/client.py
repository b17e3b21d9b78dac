"""How ``TIPOFF_SOURCE`` becomes an open way to ask: ESPN itself, another server, or a league on this machine.

| source                            | what answers                                                              |
|-----------------------------------|---------------------------------------------------------------------------|
| ``espn``                          | ESPN, politely                                                            |
| a URL                             | that server, in the place of ESPN's hosts, politely                       |
| ``embedded``, ``recorded:FOLDER`` | the ESPN-compatible server, in this process while the client is open      |

A host in `Access` (from the Airflow connection) goes before the source.
"""

from __future__ import annotations

import math
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


def open_client(access: Access) -> Client:
    """The client for the source that the settings name."""
    source = settings.load().source
    if access.host or not _is_embedded(source):
        return HttpClient(replace(access, host=access.host or ("" if source == "espn" else source)))
    return EmbeddedClient(access)


def source_now() -> datetime | None:
    """The instant at which an embedded or recorded league is worth looking at; None for a live source."""
    if not _is_embedded(settings.load().source):
        return None
    return _league().default_now()


class EmbeddedClient:
    """The ESPN-compatible server and a client to it, in one event loop, over a free loopback port.

    Nobody needs protection from too many questions here, so the rate is not limited.

    Args:
        access: its timeout, attempts and user agent are kept; host, proxy and limits are this client's own.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._inner: HttpClient | None = None

    async def __aenter__(self) -> EmbeddedClient:
        from aiohttp import web

        from tipoff_espn.server import make_app

        self._runner = web.AppRunner(make_app(_league(), clock.now), access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        access = replace(
            self._access,
            host=f"http://127.0.0.1:{self._runner.addresses[0][1]}",
            proxy="",
            max_concurrency=EMBEDDED_CONCURRENCY,
            requests_per_second=math.inf,
        )
        self._inner = await HttpClient(access).__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._inner is not None:
            await self._inner.__aexit__(kind, error, trace)
        await self._runner.cleanup()

    @property
    def concurrency(self) -> int:
        """How many requests may be under way at once."""
        return EMBEDDED_CONCURRENCY

    async def fetch(self, request: Request, league: str) -> Payload:
        """The answer; see `tipoff.contracts.Client.fetch`."""
        if self._inner is None:
            raise RuntimeError("open the client with `async with` before fetching")
        return await self._inner.fetch(request, league)


def _is_embedded(source: str) -> bool:
    return source.partition(":")[0] in ("embedded", "recorded")


def _league() -> League:
    chosen = settings.load()
    return _opened(chosen.source, chosen.leagues)


@cache
def _opened(source: str, leagues: tuple[str, ...]) -> League:
    """Opened once in a process: a simulated season takes a while to play."""
    from tipoff_espn.server import open_league

    return open_league(source, leagues)
