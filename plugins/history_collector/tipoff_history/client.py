"""Reads published files, from this machine or over HTTP; an answer is a season of a file, as an Arrow stream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyarrow as pa
from tipoff import Access, Payload, Request, clock
from tipoff.bounds import PARTS, too_much
from tipoff.errors import MalformedResponse
from tipoff.http.client import HttpClient

from tipoff_history import linking, reading, source
from tipoff_history.athletes import athlete_ids
from tipoff_history.source import File

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")

CONCURRENCY: Final = 2

OF_GAMES: Final = frozenset({"team_box", "player_box", "odds_close_by_game"})
"""Kinds of files whose rows are of games that other files list."""


def open_client(access: Access) -> HistoryClient:
    """The client for the files that ``TIPOFF_HISTORY_SOURCE`` names."""
    return HistoryClient(access, source.files(source.setting()))


class HistoryClient:
    """The files of a source; each is read once while the client is open.

    Args:
        access: limits and credentials for files at URLs.
        files: of the source.
    """

    def __init__(self, access: Access, files: tuple[File, ...]) -> None:
        self._files = {file.url: file for file in files}
        self._http = HttpClient(access)
        self._open = AsyncExitStack()
        self._once: dict[str, asyncio.Future[Any]] = {}

    async def __aenter__(self) -> HistoryClient:
        await self._open.enter_async_context(self._http)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks, self._once = list(self._once.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._open.aclose()

    @property
    def concurrency(self) -> int:
        """How many requests may be under way at once."""
        return CONCURRENCY

    async def fetch(self, request: Request, league: str) -> Payload:
        """The slice; see `tipoff.contracts.Client.fetch`."""
        file = self._files.get(request.url)
        if file is None:
            raise MalformedResponse(f"`{request.url}` is no longer in {source.SETTING}; name it there again")
        season = int(request.params["season"]) if "season" in request.params else None
        table = await self._read(file, league)
        if table is None:
            if request.optional:
                return Payload(request, b"", clock.now(), league, 404)
            raise MalformedResponse(f"`{request.url}` is not there (404); check the address in {source.SETTING}")
        rows = await asyncio.to_thread(reading.of_season, table, season)
        if rows.num_rows > PARTS:
            raise too_much(request.key, f"{rows.num_rows:,} rows", PARTS)
        if file.kind in OF_GAMES:
            games = await self._games(league, season)
            await asyncio.to_thread(linking.check_games, rows, games, file.url)
            if "fgm" in rows.column_names:
                rows = await asyncio.to_thread(linking.with_sides, rows, games)
        elif file.kind == "rosters_ncaa":
            links = await self._shared("links", lambda: self._links(league))
            athletes = await self._shared("athletes", lambda: self._athletes(league))
            rows = await asyncio.to_thread(linking.with_teams, rows, links, athletes)
        return Payload(request, await asyncio.to_thread(_bytes, rows), clock.now(), league)

    async def _read(self, file: File, league: str) -> pa.Table | None:
        """A whole file; None where its server does not have it (404)."""

        async def load() -> pa.Table | None:
            if file.path:
                return await asyncio.to_thread(reading.read, file)
            answer = await self._http.fetch(Request(file.url, optional=True), league)
            return None if answer.status == 404 else await asyncio.to_thread(reading.read, file, answer.body)

        return await self._shared(file.url, load)

    async def _all(self, *kinds: str, league: str, season: int | None = None) -> list[pa.Table]:
        """All files of some kinds, but those that are named for another season."""
        wanted = [file for file in self._files.values() if file.kind in kinds]
        if season is not None:
            wanted = [file for file in wanted if file.season in (None, season)]
        read = [await self._read(file, league) for file in wanted]
        return [table for table in read if table is not None]

    async def _games(self, league: str, season: int | None) -> list[pa.Table]:
        """The games of a season, or all, as their files list them."""
        tables = await self._all("games", "mbb_schedule", league=league, season=season)
        return [await asyncio.to_thread(reading.of_season, table, season) for table in tables]

    async def _links(self, league: str) -> linking.Links:
        rosters = await self._all("rosters_ncaa", league=league)
        conferences = await self._all("team_conferences", league=league)
        games, boxes = await self._games(league, None), []
        for table in await self._all("team_box", league=league):
            if "fgm" in table.column_names:
                boxes.append(await asyncio.to_thread(linking.with_sides, table, games))
        return await asyncio.to_thread(linking.team_links, rosters, conferences, boxes)

    async def _athletes(self, league: str) -> dict[str, str]:
        rosters = await self._all("rosters_ncaa", league=league)
        return await asyncio.to_thread(lambda: athlete_ids(linking.player_seasons(rosters)))

    async def _shared(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` gives, made once while the client is open, however many ask for it at the same time."""
        if name not in self._once:
            self._once[name] = asyncio.ensure_future(make())
        made: T = await asyncio.shield(self._once[name])
        return made


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    body: bytes = sink.getvalue().to_pybytes()
    return body
