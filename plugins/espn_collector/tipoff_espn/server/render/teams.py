"""The list of teams, one team, its roster and its schedule."""

from __future__ import annotations

from collections.abc import Sequence

from tipoff_espn.server.model import Athlete, Team
from tipoff_espn.server.render import common
from tipoff_espn.server.render.common import Object, known
from tipoff_espn.server.render.scene import Scene

_POSITIONS = {"G": ("3", "Guard"), "F": ("2", "Forward"), "C": ("1", "Center")}
_CLASSES = {
    "FR": (1, "Freshman"),
    "SO": (2, "Sophomore"),
    "JR": (3, "Junior"),
    "SR": (4, "Senior"),
    "GR": (5, "Graduate"),
}


def team_list(slug: str, year: int, teams: Sequence[Team]) -> Object:
    """``/teams``."""
    league = common.league_of(slug)
    return {
        "sports": [
            {
                **common.SPORT,
                "leagues": [
                    {
                        **{name: league[name] for name in ("id", "uid", "name", "abbreviation", "slug")},
                        "shortName": league["abbreviation"],
                        "teams": [{"team": _team(slug, team)} for team in teams],
                        "year": year,
                        "season": {"year": year, "displayName": common.season_name(year)},
                    }
                ],
            }
        ]
    }


def _team(slug: str, team: Team) -> Object:
    return known(
        id=team.id,
        uid=common.uid(slug, t=team.id),
        slug=team.slug,
        # ESPN writes these of every team: an empty text is all that a league can say that does not know them.
        abbreviation=team.abbreviation or "",
        displayName=team.display_name,
        shortDisplayName=team.short_name or "",
        name=team.name,
        nickname=team.short_name,
        location=team.location or "",
        color=team.color or "",
        alternateColor=team.alternate_color,
        isActive=True,
        isAllStar=False,
    )


def one_team(slug: str, team: Team) -> Object:
    """``/teams/{id}``."""
    written = _team(slug, team)
    if team.conference:
        written["groups"] = {"id": team.conference.id, "parent": {"id": "50"}, "isConference": True}
    return {"team": written}


def roster(scene: Scene, team: Team) -> Object:
    """``/teams/{id}/roster``: the present season's."""
    return {
        **common.envelope(scene),
        "athletes": [_athlete(scene.slug, athlete) for athlete in scene.view.season.roster(team.id)],
        "coach": [],
        "team": common.subject(scene, team),
    }


def _athlete(slug: str, athlete: Athlete) -> Object:
    position = _POSITIONS.get(athlete.position or "")
    years = _CLASSES.get(athlete.class_year or "")
    height, weight = athlete.height, athlete.weight
    return known(
        id=athlete.id,
        uid=common.uid(slug, a=athlete.id),
        firstName=athlete.first_name,
        lastName=athlete.last_name,
        fullName=athlete.name,
        displayName=athlete.name,
        shortName=f"{athlete.first_name[0]}. {athlete.last_name}" if athlete.first_name else None,
        # Height and weight are 0, and position and class "NA", where nobody knows them.
        weight=float(weight or 0),
        displayWeight=None if weight is None else f"{weight} lbs",
        height=float(height or 0),
        displayHeight=None if height is None else f"{height // 12}' {height % 12}\"",
        birthPlace=known(city=athlete.city, state=athlete.state, country="USA") if athlete.city else None,
        jersey=athlete.jersey or "",
        position={
            "id": position[0],
            "name": position[1],
            "displayName": position[1],
            "abbreviation": athlete.position,
            "leaf": True,
        }
        if position
        else {"id": "99", "name": "Not Available", "displayName": "Not Available", "abbreviation": "NA", "leaf": True},
        injuries=[],
        experience={"years": years[0], "displayValue": years[1], "abbreviation": athlete.class_year}
        if years
        else {"years": 0, "displayValue": "--", "abbreviation": "--"},
        status={"id": "1", "name": "Active", "type": "active", "abbreviation": "Active"},
    )
