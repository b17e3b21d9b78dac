"""Requests that are owed: they got no usable answer, or one with records that had to be set aside.

An answer may be spoilt on its way, and an address may fail for a day. So the engine asks again for what is owed: once
more at the end of the run, and in the runs after it, whatever days those collect. What fails for good is given up
after a while; it stays in ``ops.failed_request``, and so in the coverage, until a person or a plan asks for it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from tipoff.collecting.kinds import DOUBT, NOTHING
from tipoff.collecting.requests import COLUMNS, described, request_of
from tipoff.contracts import Request
from tipoff.warehouse.landing import FOLLOW_UPS
from tipoff.warehouse.staging import registered

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ASKED_FOR: Final = timedelta(days=14)
"""How long a request without a usable answer is asked again."""

DOUBTS: Final = 100
"""Most answers with bad records that a run asks for again. More of them were not spoilt on their way: the source has
changed, and asking again would not help."""

_ROWS: Final = pa.schema(
    [
        *(FOLLOW_UPS.field(name) for name in COLUMNS),
        pa.field("at", pa.timestamp("us")),
        pa.field("kind", pa.string()),
        pa.field("reason", pa.string()),
    ]
)

_SETTLE = f"""
    DELETE FROM ops.failed_request AS failed
    WHERE source = $source AND league = $league AND dataset = $dataset AND kind <> '{NOTHING}'
        AND EXISTS (
            SELECT 1 FROM tipoff_landed AS landed
            WHERE landed.key = failed.key
                AND (landed.fetched_at >= failed.last_seen OR failed.last_seen > $present)
        )
        AND NOT EXISTS (SELECT 1 FROM tipoff_bad AS bad WHERE bad.key = failed.key)
"""  # noqa: S608 - a constant of ours

_FORGET = """
    DELETE FROM ops.failed_request
    WHERE source = $source AND league = $league AND dataset = $dataset AND list_contains($keys, key)
"""

_SAVE = """
    MERGE INTO ops.failed_request AS target
    USING tipoff_owed AS incoming
    ON target.source = $source AND target.league = $league AND target.dataset = $dataset AND target.key = incoming.key
    WHEN MATCHED THEN UPDATE SET
        first_seen = least(first_seen, incoming.at), last_seen = incoming.at, attempts = attempts + 1,
        kind = incoming.kind, reason = incoming.reason, run_id = $run_id,
        url = incoming.url, params = incoming.params, context = incoming.context,
        fresh_since = incoming.fresh_since, optional = incoming.optional, day = incoming.day,
        game_id = incoming.game_id
    WHEN NOT MATCHED THEN INSERT
        (source, league, dataset, key, first_seen, last_seen, attempts, kind, reason, run_id,
            url, params, context, fresh_since, optional, day, game_id)
        VALUES ($source, $league, $dataset, incoming.key, incoming.at, incoming.at, 1, incoming.kind, incoming.reason,
            $run_id, incoming.url, incoming.params, incoming.context, incoming.fresh_since, incoming.optional,
            incoming.day, incoming.game_id)
"""

_SELECT = """
    SELECT key, url, params, context, fresh_since, optional, day, game_id, first_seen, kind, reason
    FROM ops.failed_request
    WHERE source = $source AND league = $league AND dataset = $dataset AND url IS NOT NULL
    ORDER BY first_seen DESC, key
"""


@dataclass(frozen=True)
class Owed:
    """A request that is owed since an instant (naive UTC).

    Args:
        request: what to ask again.
        since: when it first had no whole, usable answer.
        kind: class of the error, `DOUBT` or `NOTHING`.
        reason: what was wrong when it was asked last.
    """

    request: Request
    since: datetime
    kind: str
    reason: str = ""


@dataclass(frozen=True)
class Trouble:
    """A request of this run without a whole, usable answer: when, and why."""

    request: Request
    at: datetime
    kind: str
    reason: str


def of(con: DuckDBPyConnection, names: dict[str, str]) -> list[Owed]:
    """Everything that is owed to a dataset, the newest first.

    Args:
        con: a connection to the store.
        names: ``source``, ``league`` and ``dataset``.
    """
    columns = (*COLUMNS, "first_seen", "kind", "reason")
    rows = [dict(zip(columns, row, strict=True)) for row in con.execute(_SELECT, names).fetchall()]
    return [Owed(request_of(row), row["first_seen"], row["kind"], row["reason"]) for row in rows]


def due(owed: Iterable[Owed], now: datetime, settle: timedelta) -> list[Request]:
    """What of it a run asks again.

    Args:
        owed: the newest first.
        now: the present instant.
        settle: how long an answer with bad records may still be mended by asking again.
    """
    failed, doubts = list[Request](), list[Request]()
    for each in owed:
        if each.kind == DOUBT:
            if now - each.since <= settle and len(doubts) < DOUBTS:
                doubts.append(each.request)
        elif now - each.since <= ASKED_FOR:
            failed.append(each.request)
    return failed + doubts


def settle(con: DuckDBPyConnection, names: Mapping[str, object]) -> None:
    """Strikes out what the batch that is being loaded answers (``tipoff_landed``) without a bad record.

    Args:
        con: the caller's transaction.
        names: ``source``, ``league``, ``dataset``, and the ``present`` instant.
    """
    con.execute(_SETTLE, names).fetchall()


def forget(con: DuckDBPyConnection, names: dict[str, str], keys: Iterable[str]) -> None:
    """Strikes out requests that are not to be asked again."""
    con.execute(_FORGET, {**names, "keys": list(keys)}).fetchall()


def save(con: DuckDBPyConnection, names: dict[str, str], troubles: Iterable[Trouble], run_id: str) -> None:
    """Remembers what a run leaves owed."""
    rows: list[dict[str, Any]] = [
        {**described(each.request), "at": each.at, "kind": each.kind, "reason": each.reason} for each in troubles
    ]
    with registered(con, {"tipoff_owed": pa.Table.from_pylist(rows, _ROWS)}):
        con.execute(_SAVE, {**names, "run_id": run_id}).fetchall()
