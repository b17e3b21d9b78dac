"""ESPN's addresses, as the site itself calls them.

The addresses here are canonical: they are what a payload's provenance shows, whoever really answered. Only the
client maps the host to an embedded league or to another server.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from tipoff import Request

HOST = "https://site.api.espn.com"

DIVISION_ONE = "50"
NCAA_TOURNAMENT = "100"

TEAMS_LIMIT = 1000
"""Above any league's number of teams; without a limit the list stops at 50."""

EVENTS_LIMIT = 500
"""The most that the scoreboard honours: above it, it answers with 25 events and says nothing."""


def site(league: str) -> str:
    """Base address of a league's resources."""
    return f"{HOST}/apis/site/v2/sports/basketball/{league}"


def teams(league: str, *, fresh_since: datetime) -> Request:
    """The list of teams, first page. A few are missing from it: former and very new members."""
    return Request(f"{site(league)}/teams", {"limit": str(TEAMS_LIMIT), "page": "1"}, fresh_since=fresh_since)


def team(league: str, team_id: str) -> Request:
    """One team; asked once ever, since only teams that the list lacks are asked for like this."""
    return Request(f"{site(league)}/teams/{team_id}", optional=True)


def roster(league: str, team_id: str, *, fresh_since: datetime) -> Request:
    """A team's players now; there is no way to ask for another season's."""
    url = f"{site(league)}/teams/{team_id}/roster"
    return Request(url, context={"team_id": team_id}, fresh_since=fresh_since, optional=True)


def rankings(league: str, *, fresh_since: datetime) -> Request:
    """The polls of the current week."""
    return Request(f"{site(league)}/rankings", fresh_since=fresh_since, optional=True)


def scoreboards(league: str, day: date, *, fresh_since: datetime) -> list[Request]:
    """A calendar day's games (US Eastern).

    Without ``groups`` a college scoreboard holds featured games only. The NCAA tournament is a group of its own,
    which some seasons' Division I scoreboards contain and others do not: in its months both are asked for.
    A range of days is refused with 400 since September 2026.
    """
    groups = [DIVISION_ONE, NCAA_TOURNAMENT] if day.month in (3, 4) else [DIVISION_ONE]
    asked: list[Mapping[str, str]] = [{"groups": group} for group in groups] if "college" in league else [{}]
    params = {"dates": f"{day:%Y%m%d}", "limit": str(EVENTS_LIMIT)}
    return [Request(f"{site(league)}/scoreboard", {**params, **group}, fresh_since=fresh_since) for group in asked]


def summary(league: str, game_id: str, *, fresh_since: datetime) -> Request:
    """A game's box score, odds and projection."""
    return Request(f"{site(league)}/summary", {"event": game_id}, fresh_since=fresh_since, optional=True)
