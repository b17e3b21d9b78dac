"""What ESPN does that its answers do not announce: refusals, limits and error bodies."""

from __future__ import annotations

import re
from http import HTTPStatus

FEATURED_LIMIT = 500
"""The highest limit the scoreboard honours (measured in August 2026)."""
OVER_LIMIT_EVENTS = 25
"""How many events it answers with above that, silently."""
SPAN_EVENTS = 100
"""How many events a month without a limit holds, and a year at most."""
TEAMS_PAGE = 50
CORE_PAGE = 25

_REFUSED = re.compile(r"^(Mozilla/|Deno|node-fetch|node$|Wget|PostmanRuntime|Postman)", re.IGNORECASE)
_KNOWN = re.compile(r"(^|\s|\()(curl|python-requests|aiohttp|Go-http-client|okhttp|axios|python-httpx)/", re.IGNORECASE)
_CONTACT = re.compile(r"\(.*\+https?://", re.IGNORECASE)

ACCESS_DENIED = (
    "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n"
    "You don't have permission to access this server.\n</BODY>\n</HTML>\n"
)


def error_page(status: int) -> str:
    """The edge's page to a request that it does not let through, or that nobody behind it answers."""
    reason = HTTPStatus(status).phrase
    return f"<HTML><HEAD>\n<TITLE>{reason}</TITLE>\n</HEAD><BODY>\n<H1>{reason}</H1>\n</BODY>\n</HTML>\n"


def is_refused(user_agent: str) -> bool:
    """Whether the edge answers 403 (since August 2026).

    Browsers and a few tools are refused, and so is an unknown bare ``Name/1.0``. Known HTTP libraries pass, and so
    does anyone who leaves an address: ``Name/1.0 (+https://…)``.
    """
    if not user_agent.strip() or _REFUSED.match(user_agent):
        return True
    return not (_KNOWN.search(user_agent) or _CONTACT.search(user_agent))


def cut(events: int, limit: int | None, *, span: str) -> int:
    """How many of `events` a scoreboard shows.

    Args:
        events: how many there are.
        limit: as asked for; None when it was not.
        span: ``day``, ``month`` or ``year``.
    """
    if limit is not None and limit > FEATURED_LIMIT:
        return min(events, OVER_LIMIT_EVENTS)
    if span == "year":
        return min(events, SPAN_EVENTS if limit is None else min(limit, SPAN_EVENTS))
    if limit is None:
        return min(events, SPAN_EVENTS) if span == "month" else events
    return min(events, limit)


def bad_team(slug: str, team: str) -> dict[str, object]:
    """Body of the 400 to an abbreviation that no team has."""
    address = f"http://sports.core.api.espn.pvt/v2/sports/basketball/leagues/{slug}/teams/{team}?active=true&limit=100"
    return {
        "code": 400,
        "message": f"error invoking GET: {address}, status=400, duration=9 ms, message=null, cache=CACHE_MISS",
    }


def no_sport_data(sport: str, league: str) -> dict[str, object]:
    """Body of the 404 to a league that the site does not know."""
    return {"code": 404, "message": f"Unable to get sport data for sport: {sport} and league: {league}"}


BAD_DATES: dict[str, object] = {"code": 400, "message": "Failed to get events endpoint."}
"""Body of the 400 to a range of days (since September 2026) or to a day that is none."""
NOT_FOUND: dict[str, object] = {"code": 404}
CORE_NOT_FOUND: dict[str, object] = {"error": {"message": "no instance found", "code": 404}}
CORE_FAILED: dict[str, object] = {"error": {"message": "application error", "code": 500}}


def core_no_event(event_id: str) -> dict[str, object]:
    """Body of the core API's 404 to an unknown event."""
    return {"error": {"message": f"No event found for eventId: {event_id}", "code": 404}}
