"""What to ask for: the plan, and which of its questions already have a fresh answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tipoff import clock
from tipoff.collecting.kinds import NOTHING
from tipoff.collecting.requests import COLUMNS, request_of
from tipoff.contracts import Request, Window
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_ASKED = pa.schema({"position": pa.int64(), "key": pa.string(), "fresh_since": pa.timestamp("us")})

_FRESH = """
    SELECT asked.position, coalesce(landed.rows, 0)
    FROM tipoff_asked AS asked
    JOIN ops.landed_request AS landed
        ON landed.source = $source AND landed.league = $league AND landed.dataset = $dataset AND landed.key = asked.key
    WHERE (asked.fresh_since IS NULL OR landed.fetched_at >= asked.fresh_since) AND landed.fetched_at <= $present
        AND NOT EXISTS (
            FROM ops.failed_request AS failed
            WHERE failed.source = $source AND failed.league = $league AND failed.dataset = $dataset
                AND failed.key = asked.key AND failed.kind = $nothing
        )
"""
"""What the source says it has nothing of, and is not believed, has no fresh answer."""

_FOLLOW_UPS = """
    SELECT follow_up.key, follow_up.url, follow_up.params, follow_up.context, follow_up.fresh_since,
        follow_up.optional, follow_up.day, follow_up.game_id
    FROM tipoff_asked AS asked
    JOIN ops.follow_up AS follow_up
        ON follow_up.source = $source AND follow_up.league = $league AND follow_up.dataset = $dataset
        AND follow_up.parent = asked.key
    ORDER BY asked.position, follow_up.position
"""


@dataclass(frozen=True)
class Plan:
    """What `Dataset.plan` receives; see `tipoff.contracts.PlanContext`."""

    league: str
    window: Window
    now: datetime
    settle: timedelta
    select: Callable[..., pa.Table]
    """`Warehouse.query`, by itself: a plan has no means to write, and need not know where the store is."""

    def query(self, sql: str, **params: object) -> list[dict[str, Any]]:
        """Rows of a read-only SELECT over the store."""
        rows: list[dict[str, Any]] = self.select(sql, **params).to_pylist()
        return rows


def reading(warehouse: Warehouse) -> Callable[..., pa.Table]:
    """What a plan may ask the store with: a function that is bound to no store, and tells of none."""

    def select(sql: str, **params: object) -> pa.Table:
        return warehouse.query(sql, **params)

    return select


def unanswered(
    con: DuckDBPyConnection,
    names: dict[str, str],
    requests: Iterable[Request],
    seen: set[str],
    owed: Collection[str] = (),
) -> tuple[list[Request], list[int]]:
    """Those of `requests` without a fresh answer, in order, and of each of the others how many rows its answer gave.

    A request with a fresh answer is not sent, but the follow-ups which that answer led to are looked at in
    the same way: a killed run may have landed the answer and not them.

    Args:
        con: a connection to the store.
        names: ``source``, ``league`` and ``dataset``.
        requests: what is wanted.
        seen: keys already dealt with in this run; grows.
        owed: keys that are asked for whatever there is.
    """
    to_send: list[Request] = []
    fresh: list[int] = []
    wave = list(requests)
    while wave:
        new: dict[str, Request] = {}
        for request in wave:
            key = request.key
            if key not in seen:
                seen.add(key)
                new[key] = request
        rows = dict(_select(con, _FRESH, {**names, "present": clock.now(), "nothing": NOTHING}, new))
        answered = {
            key: request for number, (key, request) in enumerate(new.items()) if number in rows and key not in owed
        }
        to_send += [request for key, request in new.items() if key not in answered]
        fresh += [rows[number] for number, key in enumerate(new) if key in answered]
        wave = [request_of(dict(zip(COLUMNS, row, strict=True))) for row in _select(con, _FOLLOW_UPS, names, answered)]
    return to_send, fresh


def days_of(con: DuckDBPyConnection, league: str, requests: Iterable[Request]) -> dict[str, date]:
    """The day that each request is about, by key: its own or its game's; those about none are left out."""
    asked = {request.key: request for request in requests}
    games = [request.game_id for request in asked.values() if request.game_id and request.day is None]
    known: dict[str, date] = (
        dict(con.execute(_GAME_DAYS, {"league": league, "games": games}).fetchall()) if games else {}
    )
    days = {key: request.day or known.get(request.game_id) for key, request in asked.items()}
    return {key: day for key, day in days.items() if day is not None}


_GAME_DAYS = """
    SELECT game_id, max(game_date) FROM raw.games
    WHERE league = $league AND list_contains($games, game_id) AND game_date IS NOT NULL GROUP BY game_id
"""


def _select(
    con: DuckDBPyConnection, sql: str, names: Mapping[str, object], requests: dict[str, Request]
) -> list[tuple[Any, ...]]:
    if not requests:
        return []
    asked = [
        {"position": number, "key": key, "fresh_since": request.fresh_since}
        for number, (key, request) in enumerate(requests.items())
    ]
    con.register("tipoff_asked", pa.Table.from_pylist(asked, _ASKED))
    try:
        return con.execute(sql, names).fetchall()
    finally:
        con.unregister("tipoff_asked")
