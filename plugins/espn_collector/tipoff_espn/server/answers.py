"""How an answer leaves: as JSON, compressed for who accepts it, and in ESPN's words when something is wrong."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from tipoff_espn.server import quirks

COMPRESS_FROM = 1_000
"""Bytes from which an answer is compressed."""

encode = msgspec.json.Encoder().encode
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """An answer other than 200, from wherever it is known."""

    def __init__(self, status: int, body: dict[str, object]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The edge's 403, and errors with ESPN's bodies."""
    if quirks.is_refused(request.headers.get("User-Agent", "")):
        return web.Response(status=403, text=quirks.ACCESS_DENIED, content_type="text/html")
    try:
        return await handler(request)
    except Refusal as refusal:
        return respond(request, refusal.body, refusal.status)
    except web.HTTPNotFound:
        return respond(request, quirks.NOT_FOUND, 404)


def respond(request: web.Request, body: object, status: int = 200) -> web.Response:
    """`body` as JSON."""
    return send(request, encode(body), status)


def send(request: web.Request, data: bytes, status: int = 200) -> web.Response:
    """`data`, which is JSON or was."""
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    if len(data) >= COMPRESS_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
        # The lowest level: on one machine time matters and size does not. No time stamp: the same bytes each time.
        data = gzip.compress(data, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return web.Response(status=status, body=data, headers=headers)
