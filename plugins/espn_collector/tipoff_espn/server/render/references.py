"""The core API's references (``$ref``) and pages of them."""

from __future__ import annotations

from collections.abc import Sequence

from tipoff_espn.server.render.common import Json, Object

_PUBLIC = "http://sports.core.api.espn.com/v2/sports/basketball"
_PRIVATE = "http://sports.core.api.espn.pvt/v2/sports/basketball"
"""The site's documents name ESPN's own inner host."""


def reference(slug: str, *parts: object, private: bool = False) -> Object:
    """``{"$ref": …}`` to a league's document; without `parts` to the league itself."""
    path = "/".join(str(part) for part in ("leagues", slug, *parts))
    return {"$ref": f"{_PRIVATE if private else _PUBLIC}/{path}?lang=en&region=us"}


def sport(*, private: bool = False) -> Object:
    """The reference to the sport."""
    return {"$ref": f"{_PRIVATE if private else _PUBLIC}?lang=en&region=us"}


def page(items: Sequence[Json], limit: int, number: int = 1) -> Object:
    """One page of a collection, counted from 1; ESPN counts the page of an empty one from 0."""
    if not items:
        return {"count": 0, "pageIndex": 0, "pageSize": limit, "pageCount": 0, "items": []}
    return {
        "count": len(items),
        "pageIndex": number,
        "pageSize": limit,
        "pageCount": -(-len(items) // limit),
        "items": list(items[(number - 1) * limit : number * limit]),
    }
