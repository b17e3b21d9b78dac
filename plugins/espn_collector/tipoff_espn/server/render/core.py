"""The core API's events: pages of references, and what a reference leads to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tipoff_espn.server.asof import SeasonView, state_of
from tipoff_espn.server.model import Fixture
from tipoff_espn.server.render import common
from tipoff_espn.server.render.common import Json, Object, instant


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


def event(slug: str, view: SeasonView, fixture: Fixture, now: datetime) -> Object:
    """``/events/{id}``: what identifies an event."""
    state = state_of(fixture, now)
    home = view.season.teams[state.home_id] if state.home_id else None
    away = view.season.teams[state.away_id] if state.away_id else None
    return {
        "$ref": _reference(slug, fixture.id),
        "id": fixture.id,
        "uid": common.uid(slug, e=fixture.id),
        "date": instant(state.tip),
        **common.titles(fixture, home, away),
        "timeValid": state.time_valid,
    }
