"""Questions that were answered once and are to be asked again, as the landing zone keeps them.

``ops.landed_request`` knows a question by its key only; its batch holds it whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from tipoff import clock
from tipoff.collecting.requests import request_of
from tipoff.contracts import Request
from tipoff.errors import StoreError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.warehouse.landing import Landing

_UNBELIEVED: Final = """
    SELECT key, batch FROM ops.landed_request
    WHERE source = $source AND league = $league AND dataset = $dataset AND fetched_at > $present
    ORDER BY batch, key
"""


def unbelieved(con: DuckDBPyConnection, names: dict[str, str], landing: Landing) -> list[Request]:
    """The questions whose answer is stamped later than the present: by a clock that was ahead.

    Args:
        con: a connection to the store.
        names: ``source``, ``league`` and ``dataset``.
        landing: where their batches are.
    """
    return list(recalled(landing, con.execute(_UNBELIEVED, {**names, "present": clock.now()}).fetchall()).values())


def recalled(landing: Landing, answered: Iterable[tuple[str, str]]) -> dict[str, Request]:
    """The questions by key, from keys with the batch of the answer; those are left out whose batch is gone."""
    wanted: dict[str, set[str]] = {}
    for key, batch in answered:
        wanted.setdefault(batch, set()).add(key)
    found: dict[str, Request] = {}
    for batch, keys in wanted.items():
        try:
            rows = landing.read_questions(batch).to_pylist()
        except StoreError:
            continue  # moved away: the plan asks, if it wants to know
        found |= {row["key"]: request_of(row) for row in rows if row["key"] in keys}
    return found
