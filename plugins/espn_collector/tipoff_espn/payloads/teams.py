"""The list of teams, and one team."""

from __future__ import annotations

from msgspec import UNSET, Raw

from tipoff_espn.payloads import Part, Sparse


class Team(Part):
    """A team, as the list, the single look-up, the scoreboard and the roster write it."""

    id: str
    display_name: str
    abbreviation: str | None = None
    short_display_name: str | None = None
    location: str | None = None
    color: Sparse[str] = UNSET
    is_active: bool | None = None
    conference_id: Sparse[str] = UNSET
    is_all_star: Sparse[bool] = UNSET


class OneTeam(Part):
    """``teams/{id}``, and each element of the list."""

    team: Team


class TeamsLeague(Part):
    """``sports[].leagues[]`` of the list."""

    teams: list[Raw]


class TeamsSport(Part):
    """``sports[]`` of the list."""

    leagues: list[TeamsLeague]


class Teams(Part):
    """``teams``."""

    sports: list[TeamsSport]
