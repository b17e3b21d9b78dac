"""A team's pieces that several documents share, and its logo."""

from __future__ import annotations

from functools import cache

from tipoff_espn.server.model import Team
from tipoff_espn.server.render import common, links
from tipoff_espn.server.render.common import Json, Object, known, picture
from tipoff_espn.server.render.scene import TBD

NO_LOGO = "https://a.espncdn.com/i/teamlogos/default-team-logo-500.png"
"""ESPN's stand-in for a team without a logo."""


def logo(team: Team) -> str:
    """Where a team's logo is."""
    return team.logo or NO_LOGO


@cache
def logos(team: Team) -> list[Json]:
    """A team's logo on light and on dark ground."""
    light = logo(team)
    return [picture(light, "default"), picture(light.replace("/500/", "/500-dark/"), "dark")]


def groups(team: Team) -> Object | None:
    """The conference that a team is in, by id."""
    return {"id": team.conference.id, "parent": {"id": "50"}, "isConference": True} if team.conference else None


def brief(slug: str, team: Team | None) -> Object:
    """The team in a summary's lists: who it is, its page and its logo."""
    if team is None:
        return {"id": TBD, "uid": common.uid(slug, t=TBD), "displayName": "TBD", "abbreviation": "TBD"}
    return known(
        id=team.id,
        uid=common.uid(slug, t=team.id),
        displayName=team.display_name,
        abbreviation=team.abbreviation,
        links=links.of_team(slug, team, links.UNNAMED, ("clubhouse", "schedule")),
        logo=logo(team),
        logos=logos(team),
    )
