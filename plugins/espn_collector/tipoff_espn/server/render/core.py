"""The core API's events: pages of references, and what a reference leads to."""

from __future__ import annotations

from collections.abc import Sequence

from tipoff_espn.server import quirks
from tipoff_espn.server.model import Fixture
from tipoff_espn.server.render import common
from tipoff_espn.server.render.common import Json, Object, instant
from tipoff_espn.server.render.odds import core as prices_of_core
from tipoff_espn.server.render.scene import Scene


def _reference(slug: str, event_id: str) -> str:
    base = f"http://sports.core.api.espn.com/v2/sports/basketball/leagues/{slug}"
    return f"{base}/events/{event_id}?lang=en&region=us"


def events(slug: str, dates: str, ids: Sequence[str], limit: int, page: int) -> Object:
    """``/events``: one page of references."""
    pages = -(-len(ids) // limit)
    items: list[Json] = [{"$ref": _reference(slug, event_id)} for event_id in ids[(page - 1) * limit : page * limit]]
    if not ids:
        return {"count": 0, "pageIndex": 0, "pageSize": limit, "pageCount": 0, "items": []}
    return {
        "$meta": {"parameters": {"dates": [dates]}},
        "count": len(ids),
        "pageIndex": page,
        "pageSize": limit,
        "pageCount": pages,
        "items": items,
    }


def event(scene: Scene, fixture: Fixture) -> Object:
    """``/events/{id}``: what identifies an event."""
    game = scene.game(fixture)
    return {
        "$ref": _reference(scene.slug, fixture.id),
        "id": fixture.id,
        "uid": common.uid(scene.slug, e=fixture.id),
        "date": instant(game.state.tip),
        **common.titles(game),
        "timeValid": game.state.time_valid,
    }


def odds(scene: Scene, fixture: Fixture) -> Object:
    """``/events/{id}/competitions/{id}/odds``: the one book there is, as of the tip or now."""
    game = scene.game(fixture)
    prices = scene.view.season.odds(fixture) if game.teams else None
    items: list[Json] = [prices_of_core(_reference(scene.slug, fixture.id), prices)] if prices else []
    return {
        "count": len(items),
        "pageIndex": 1 if items else 0,
        "pageSize": quirks.CORE_PAGE,
        "pageCount": len(items),
        "items": items,
    }
