"""ESPN's addresses, as the site itself calls them.

The addresses here are canonical: they are what a payload's provenance shows, whoever really answered. Only the
client maps the host to an embedded league or to another server.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from tipoff import Request

HOST = "https://site.api.espn.com"
CORE_HOST = "https://sports.core.api.espn.com"

DIVISION_ONE = "50"
NCAA_TOURNAMENT = "100"

TEAMS_LIMIT = 1000
"""Above any league's number of teams; without a limit the list stops at 50."""

EVENTS_LIMIT = 500
"""The most that the scoreboard honours: above it, it answers with 25 events and says nothing."""

REGULAR, POSTSEASON = 2, 3
"""Season types. A schedule holds one of them; conference tournaments are the regular season's."""


def site(league: str) -> str:
    """Base address of a league's resources."""
    return f"{HOST}/apis/site/v2/sports/basketball/{league}"


def core(league: str) -> str:
    """Base address of a league's resources at the core API."""
    return f"{CORE_HOST}/v2/sports/basketball/leagues/{league}"


def is_college(league: str) -> bool:
    """Whether the league has groups, polls, class years and conferences on its scoreboard."""
    return "college" in league


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


def schedule(league: str, team_id: str, season: int, season_type: int, *, fresh_since: datetime) -> Request:
    """A team's games of one part of a season."""
    params = {"season": str(season), "seasontype": str(season_type)}
    return Request(f"{site(league)}/teams/{team_id}/schedule", params, fresh_since=fresh_since, optional=True)


def rankings(league: str, *, fresh_since: datetime) -> Request:
    """The polls of the current week."""
    return Request(f"{site(league)}/rankings", fresh_since=fresh_since, optional=True)


def scoreboards(league: str, day: date, *, fresh_since: datetime) -> list[Request]:
    """A calendar day's games (US Eastern).

    Without ``groups`` a college scoreboard holds featured games only. A range of days is refused with 400 since
    September 2026.
    """
    params = {"dates": f"{day:%Y%m%d}", "limit": str(EVENTS_LIMIT)}
    url = f"{site(league)}/scoreboard"
    return [Request(url, {**params, **group}, fresh_since=fresh_since, day=day) for group in _groups(league, day)]


def events(league: str, day: date, *, fresh_since: datetime) -> list[Request]:
    """The core API's references to a day's games, first pages: the other list, to hold the scoreboard against."""
    params = {"dates": f"{day:%Y%m%d}", "limit": str(EVENTS_LIMIT), "page": "1"}
    url = f"{core(league)}/events"
    return [Request(url, {**params, **group}, fresh_since=fresh_since, day=day) for group in _groups(league, day)]


def _groups(league: str, day: date) -> list[Mapping[str, str]]:
    """The groups that together hold a day's games.

    The NCAA tournament is a group of its own, which some seasons' Division I lists contain and others do not: in its
    months both are asked for.
    """
    if not is_college(league):
        return [{}]
    groups = [DIVISION_ONE, NCAA_TOURNAMENT] if day.month in (3, 4) else [DIVISION_ONE]
    return [{"groups": group} for group in groups]


def summary(league: str, game_id: str, *, fresh_since: datetime) -> Request:
    """A game's box score, odds and projection."""
    url = f"{site(league)}/summary"
    return Request(url, {"event": game_id}, fresh_since=fresh_since, optional=True, game_id=game_id)


def odds(league: str, game_id: str, season: int) -> Request:
    """A past game's odds; asked once ever, where its summary has none any more."""
    url = f"{core(league)}/events/{game_id}/competitions/{game_id}/odds"
    return Request(url, context={"season": str(season)}, optional=True, game_id=game_id)
