"""Requests as rows: what the landing zone and ``ops`` keep of a question, so that it can be asked again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from tipoff.contracts import Request
from tipoff.quality.drift.profile import canonical

COLUMNS: Final = ("key", "url", "params", "context", "fresh_since", "optional", "day", "game_id")
"""Names of what describes a request; ``params`` and ``context`` are JSON objects."""


def kind_of(key: str) -> str:
    """The kind of a question, from its key: the address with ``*`` for ids, and the names of its parameters."""
    url, _, query = key.partition("?")
    path = "/".join(canonical(part) for part in url.split("/"))
    names = "&".join(sorted(part.partition("=")[0] for part in query.split("&")))
    return f"{path}?{names}" if names else path


def described(request: Request) -> dict[str, Any]:
    """A request by `COLUMNS`."""
    return {
        "key": request.key,
        "url": request.url,
        "params": json.dumps(dict(request.params), sort_keys=True),
        "context": json.dumps(dict(request.context), sort_keys=True),
        "fresh_since": request.fresh_since,
        "optional": request.optional,
        "day": request.day,
        "game_id": request.game_id or None,
    }


def request_of(row: Mapping[str, Any]) -> Request:
    """The request that a row describes."""
    return Request(
        url=row["url"],
        params=json.loads(row["params"]),
        context=json.loads(row["context"]),
        fresh_since=row["fresh_since"],
        optional=row["optional"],
        day=row["day"],
        game_id=row["game_id"] or "",
    )
