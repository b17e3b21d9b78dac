"""A small source as a plugin would bring it, and its server.

The league plays two games a day. ``/days/<day>`` lists them in pages of one; each game's ``/games/<id>`` gives
the score. What the server says can be changed by path while it runs.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web
from tipoff import clock
from tipoff.contracts import (
    Access,
    Bad,
    Client,
    Collector,
    Column,
    Dataset,
    Parsed,
    Payload,
    PlanContext,
    Request,
    Row,
    Table,
)
from tipoff.errors import MalformedResponse, Quarantine
from tipoff.http.client import HttpClient, open_client
from tipoff.plugins import Registry

BASE = "https://league.example"

SCORES = Table(
    "scores",
    key=("league", "season", "game_id"),
    columns=(
        Column("league", "VARCHAR"),
        Column("season", "INTEGER"),
        Column("game_id", "VARCHAR"),
        Column("day", "DATE"),
        Column("tip", "TIMESTAMP"),
        Column("home", "INTEGER"),
        Column("pace", "DOUBLE"),
        Column("final", "BOOLEAN"),
    ),
)
SQUADS = Table(
    "squads",
    key=("athlete", "since"),
    columns=(
        Column("athlete", "VARCHAR"),
        Column("since", "DATE"),
        Column("until", "DATE"),
        Column("jersey", "VARCHAR"),
    ),
    history=("since", "until"),
)
CLUBS = Table("clubs", key=("club",), columns=(Column("club", "VARCHAR"), Column("seen_on", "VARCHAR")))


def plan(context: PlanContext) -> Iterable[Request]:
    for day in context.window.days():
        yield Request(f"{BASE}/days/{day}", {"page": "1"}, fresh_since=clock.day_end(day) + context.settle)


def parse(payload: Payload) -> Iterable[Parsed]:
    try:
        answer = json.loads(payload.body)
    except ValueError:
        raise MalformedResponse(f"`{payload.request.key}` is not JSON") from None
    if "error" in answer:
        raise {"quarantine": Quarantine("the whole day is void", "error"), "bug": KeyError("boom")}[answer["error"]]
    for row in answer.get("rows", ()):
        values = dict(row)
        table = values.pop("table", "scores")
        for name, read in (("day", date.fromisoformat), ("tip", datetime.fromisoformat)):
            if isinstance(values.get(name), str):
                values[name] = read(values[name])
        yield Row(table, values)
    for record in answer.get("bad", ()):
        yield Bad(Quarantine("no opponent", "games[0].away"), record)
    for path in answer.get("follow", ()):
        yield Request(f"{BASE}{path}", context={"from": payload.request.key}, optional=True)
    if answer.get("nonsense"):
        yield "a string"  # type: ignore[misc]


def parse_without_pace(payload: Payload) -> Iterable[Parsed]:
    for item in parse(payload):
        if isinstance(item, Row) and item.table == "scores":
            yield Row(item.table, {**item.values, "pace": None})
        else:
            yield item


def plan_with_days(context: PlanContext) -> Iterable[Request]:
    for request, day in zip(plan(context), context.window.days(), strict=True):
        yield replace(request, day=day)


def parse_listed(payload: Payload) -> Iterable[Parsed]:
    for item in parse(payload):
        if isinstance(item, Row) and (day := item.values.get("game_date")):
            yield Row("games", {**item.values, "game_date": date.fromisoformat(str(day))})


def plan_by_league(context: PlanContext) -> Iterable[Request]:
    for day in context.window.days():
        yield Request(f"{BASE}/days/{day}", {"league": context.league})


def plan_squad(context: PlanContext) -> Iterable[Request]:
    yield Request(f"{BASE}/squad", fresh_since=clock.day_start(clock.day_of(context.now)), optional=True)


def parse_squad(payload: Payload) -> Iterable[Parsed]:
    day = clock.day_of(payload.fetched_at)
    for athlete, jersey in json.loads(payload.body).items():
        yield Row("squads", {"athlete": athlete, "since": day, "until": day, "jersey": jersey})


def parse_without_clubs(payload: Payload) -> Iterable[Parsed]:
    return [item for item in parse(payload) if not (isinstance(item, Row) and item.table == "clubs")]


def parse_with_days(payload: Payload) -> Iterable[Parsed]:
    for item in parse(payload):
        if isinstance(item, Row) and item.table == "clubs":
            yield Row(item.table, {**item.values, "seen_on": date.fromisoformat(str(item.values["seen_on"])[:10])})
        else:
            yield item


def parse_html_too(payload: Payload) -> Iterable[Parsed]:
    if payload.body == b"<html>":
        return [Row("scores", {"season": 2026, "game_id": payload.request.url.rpartition("/")[2], "home": 99})]
    return parse(payload)


def parse_no_pages(payload: Payload) -> Iterable[Parsed]:
    if "/days/" in payload.request.url:
        raise MalformedResponse("pages are no longer read")
    return parse(payload)


def parse_and_break(payload: Payload) -> Iterable[Parsed]:
    return [Row("scores", {"season": 1 // 0})]


def parse_and_exit(payload: Payload) -> Iterable[Parsed]:
    raise SystemExit(3)


def client(access: Access) -> Client:
    return open_client(access)


class Backwards(HttpClient):
    """As if each answer had come before the one that was asked for before it."""

    count = 0

    async def fetch(self, request: Request, league: str) -> Payload:
        self.count += 1
        earlier = timedelta(seconds=self.count)
        payload = await super().fetch(request, league)
        return replace(payload, fetched_at=payload.fetched_at - earlier)


def backwards_client(access: Access) -> Client:
    return Backwards(access)


def collector(**changes: Any) -> Collector:
    dataset = {
        "name": "scores",
        "tables": ("scores", "clubs"),
        "plan": f"{__name__}:plan",
        "parse": f"{__name__}:parse",
    }
    return Collector(
        name="league",
        conn_id="league",
        datasets=(Dataset(**{**dataset, **changes}),),
        tables=(SCORES, CLUBS, SQUADS),
        client=f"{__name__}:client",
    )


def registry(**changes: Any) -> Registry:
    return Registry(collectors=(collector(**changes),))


def honest(path: str, query: str) -> dict[str, Any]:
    """What the league has to say where a test has not changed it."""
    _, kind, name = path.split("/")
    if kind == "games":
        day, number = name[:10], int(name[11:])
        season = clock.season_of(date.fromisoformat(day))
        return {"rows": [{"season": season, "game_id": name, "home": 60 + number, "pace": 70.5, "final": True}]}
    page = int(query.removeprefix("page="))
    season = clock.season_of(date.fromisoformat(name))
    game = {"season": season, "game_id": f"{name}-{page}", "day": name, "tip": f"{name}T20:00:00"}
    club = {"table": "clubs", "club": "rovers", "seen_on": f"{name}-{page}"}
    more = [f"/days/{name}?page={page + 1}"] if page < 2 else []
    return {"rows": [game, club], "follow": [f"/games/{name}-{page}", *more]}


Answer = Callable[[], web.StreamResponse]


class League:
    """The server, in a thread of its own."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.keys: list[str] = []
        self.says: dict[str, dict[str, Any] | int | str] = {}
        self.before: Callable[[str], Any] = lambda path: None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._runner: web.AppRunner | None = None
        self.url = ""

    def __enter__(self) -> League:
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._runner is not None
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> str:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.keys.append(request.headers.get("Authorization", ""))
        waiting = self.before(request.path_qs)
        if waiting is not None:
            await waiting
        said = self.says.get(request.path_qs)
        if isinstance(said, int):
            return web.Response(status=said)
        if isinstance(said, str):
            return web.Response(text=said)
        return web.json_response(honest(request.path, request.query_string) if said is None else said)
