"""What benchmarks of collecting share: an ESPN-compatible server in a thread, and two stores held side by side."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import duckdb
from aiohttp import web
from aiohttp.typedefs import Middleware
from tipoff import Table
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.store import Warehouse
from tipoff_espn.server import Chaos, League, make_app

Row = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LocalEspn:
    """A running server: its address, and what it was asked, in order."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []


def canonical(address: str) -> str:
    """Path and query of an address, the parameters in order: the same for a request's key and for what came in."""
    parts = urlsplit(address)
    query = urlencode(sorted(parse_qsl(parts.query)))
    return f"{parts.path}?{query}" if query else parts.path


@contextmanager
def serving(
    league: League, now: Callable[[], datetime], chaos: Chaos | None = None, first: Middleware | None = None
) -> Iterator[LocalEspn]:
    """Serves a league while the block runs.

    Args:
        league: which.
        now: the present instant, naive UTC.
        chaos: spoils some of the answers.
        first: a middleware of the caller's, before all others.
    """
    local, loop = LocalEspn(), asyncio.new_event_loop()

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        local.asked.append(canonical(request.path_qs))
        return await handler(request)

    async def start() -> web.AppRunner:
        app = make_app(league, now, chaos=chaos)
        app.middlewares.insert(0, note)
        if first is not None:
            app.middlewares.insert(0, first)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(start(), loop).result()
    local.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield local
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def differing(table: Table, mine: Warehouse, theirs: Warehouse) -> tuple[list[Row], list[Row]]:
    """Rows of a table that only `mine` has, and those that only `theirs` has (EXCEPT ALL), provenance left out."""
    columns = ", ".join(str(Identifier(name)) for name in table.column_names)
    rows = f"SELECT {columns} FROM {Identifier.of(table)}"
    with duckdb.connect() as con:
        con.register("mine", mine.query(rows))
        con.register("theirs", theirs.query(rows))
        found = [
            con.sql(f"FROM {one} EXCEPT ALL FROM {other} ORDER BY ALL").to_arrow_table().to_pylist()
            for one, other in (("mine", "theirs"), ("theirs", "mine"))
        ]
    return found[0], found[1]
