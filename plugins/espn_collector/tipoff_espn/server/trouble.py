"""The middlewares between a client and the league: a rate limit, and chaos."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import math
import socket
import struct
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware
from tipoff.clock import day_of, season_of

from tipoff_espn.server import damage, quirks
from tipoff_espn.server.answers import Handler, encode, send
from tipoff_espn.server.chaos import Chaos, Draw, Kind
from tipoff_espn.server.limit import Limit

MID_SEASON: Final = (1, 15)
"""Month and day from which on keys are renamed."""

_ERRORS = (500, 502, 503, 504)
_CLOSING = web.AppKey("closing", asyncio.Event)


def limited(limit: Limit) -> Middleware:
    """Answers 429 to what `limit` does not permit, and takes the time to answer that it wants."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        await asyncio.sleep(limit.latency())
        wait = limit.take()
        if not wait:
            return await handler(request)
        return _too_many({"Retry-After": str(max(1, math.ceil(wait)))} if limit.retry_after else {})

    return middleware


def troubled(chaos: Chaos, now: Callable[[], datetime]) -> Middleware:
    """Spoils what `chaos` draws."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        draw = chaos.ask(request)
        return await (_Struck(chaos, now(), request, handler, draw).answer() if draw else handler(request))

    return middleware


def let_go_on_shutdown(app: web.Application) -> None:
    """Stalled answers must not hold up a server that is to end."""
    app[_CLOSING] = asyncio.Event()

    async def close(app: web.Application) -> None:
        app[_CLOSING].set()

    app.on_shutdown.append(close)


class _Struck:
    """One request that is to be struck."""

    def __init__(self, chaos: Chaos, now: datetime, request: web.Request, handler: Handler, draw: Draw) -> None:
        self._chaos, self._now, self._request, self._handler, self._draw = chaos, now, request, handler, draw
        self._rng = draw.rng

    async def answer(self) -> web.StreamResponse:
        """The first of the drawn kinds that this answer allows."""
        whole: web.StreamResponse | None = None
        on_the_way = self._on_the_way()
        for kind in self._draw.kinds:
            if kind in on_the_way:
                self._chaos.note(self._draw, kind)
                return await on_the_way[kind]()
            whole = whole or await self._handler(self._request)
            spoilt = self._spoilt(kind, _body(whole))
            if spoilt is not None:
                self._chaos.note(self._draw, kind)
                return send(self._request, spoilt)
        return whole or await self._handler(self._request)

    def _on_the_way(self) -> dict[Kind, Callable[[], Awaitable[web.StreamResponse]]]:
        return {
            "429": self._busy,
            "429-retry-after": self._busy_until,
            "5xx": self._failed,
            "403": self._refused,
            "stall": self._stall,
            "reset": self._reset,
        }

    def _spoilt(self, kind: Kind, data: bytes) -> bytes | None:
        if kind == "truncated":
            return damage.truncate(self._rng, data)
        if kind == "renamed":
            present = day_of(self._now)
            if present < date(season_of(present), *MID_SEASON):
                return None
            resource = self._request.match_info.route.resource
            place = resource.canonical if resource else ""
            body = damage.rename(self._chaos.seed, place, self._chaos.renames, damage.decode(data))
        else:
            body = damage.CONTENTS[kind](self._rng, damage.decode(data))
        return None if body is None else encode(body)

    async def _busy(self) -> web.StreamResponse:
        return _too_many({})

    async def _busy_until(self) -> web.StreamResponse:
        seconds = self._chaos.retry_after
        if self._rng.random() < 0.5:
            return _too_many({"Retry-After": str(seconds)})
        # As a date, which counts from the answer's own.
        sent = self._now.replace(tzinfo=timezone.utc)
        dates = {"Date": sent, "Retry-After": sent + timedelta(seconds=seconds)}
        return _too_many({name: format_datetime(instant, usegmt=True) for name, instant in dates.items()})

    async def _failed(self) -> web.StreamResponse:
        status = self._rng.choice(_ERRORS)
        return web.Response(status=status, text=quirks.error_page(status), content_type="text/html")

    async def _refused(self) -> web.StreamResponse:
        return web.Response(status=403, text=quirks.ACCESS_DENIED, content_type="text/html")

    async def _stall(self) -> web.StreamResponse:
        if self._rng.random() < 0.5:
            await self._pause()
            return await self._handler(self._request)
        return await self._in_two_parts(self._pause)

    async def _reset(self) -> web.StreamResponse:
        if self._rng.random() < 0.5:
            self._hang_up()
            return web.Response()
        return await self._in_two_parts(self._hang_up_after)

    async def _in_two_parts(self, between: Callable[[], Awaitable[None]]) -> web.StreamResponse:
        """Half of the answer's body, then `between`, then the rest if anyone is there still."""
        whole = await self._handler(self._request)
        data = _body(whole)
        response = web.StreamResponse(headers={"Content-Type": whole.headers["Content-Type"]})
        response.content_length = len(data)
        with contextlib.suppress(ConnectionError):
            await response.prepare(self._request)
            await response.write(data[: len(data) // 2])
            await between()
            await response.write(data[len(data) // 2 :])
        return response

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._request.app[_CLOSING].wait(), self._chaos.stall_seconds)

    async def _hang_up_after(self) -> None:
        self._hang_up()

    def _hang_up(self) -> None:
        transport = self._request.transport
        if transport is None:
            return
        if isinstance(transport, asyncio.Transport):
            connection = transport.get_extra_info("socket")
            # Without lingering the peer is sent a reset, not an orderly end.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()


def _too_many(headers: dict[str, str]) -> web.Response:
    return web.Response(status=429, text=quirks.error_page(429), content_type="text/html", headers=headers)


def _body(response: web.StreamResponse) -> bytes:
    """An answer's JSON, uncompressed."""
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        raise TypeError(f"only whole answers can be spoilt, got `{type(response).__name__}`")
    packed = response.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(response.body) if packed else response.body
