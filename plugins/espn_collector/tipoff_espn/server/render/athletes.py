"""An athlete, as a roster and the core API write one."""

from __future__ import annotations

from tipoff_espn.server.model import Athlete, Team
from tipoff_espn.server.render import common, links
from tipoff_espn.server.render.common import Object, known
from tipoff_espn.server.render.references import reference
from tipoff_espn.server.render.scene import Scene

POSITIONS = {"G": ("3", "Guard"), "F": ("2", "Forward"), "C": ("1", "Center")}
NO_POSITION = ("99", "Not Available")
_CLASSES = {
    "FR": (1, "Freshman"),
    "SO": (2, "Sophomore"),
    "JR": (3, "Junior"),
    "SR": (4, "Senior"),
    "GR": (5, "Graduate"),
}
_FLAG: Object = {
    "href": "https://a.espncdn.com/i/teamlogos/countries/500/usa.png",
    "alt": "USA",
    "rel": ["country-flag"],
}


def in_roster(scene: Scene, team: Team, athlete: Athlete) -> Object:
    """An athlete of a roster."""
    own_team = reference(scene.slug, "seasons", scene.view.season.year, "teams", team.id, private=True)
    return _facts(scene.slug, athlete) | {
        "jersey": athlete.jersey or "",
        "position": position(athlete.position),
        "injuries": [],
        "teams": [own_team],
    }


def in_core(scene: Scene, team: Team, athlete: Athlete) -> Object:
    """``athletes/{id}`` of the core API."""
    slug, year = scene.slug, scene.view.season.year
    return {
        **reference(slug, "seasons", year, "athletes", athlete.id),
        **_facts(slug, athlete),
        "guid": common.guid(common.uid(slug, a=athlete.id)),
        "type": "basketball",
        "linked": True,
        "jersey": athlete.jersey or "",
        "position": {**reference(slug, "positions", position_id(athlete)), **position(athlete.position)},
        "team": reference(slug, "seasons", year, "teams", team.id),
        "active": True,
    }


def position_id(athlete: Athlete) -> str:
    """The number of an athlete's position."""
    return POSITIONS.get(athlete.position or "", NO_POSITION)[0]


def position(abbreviation: str | None) -> Object:
    """A position by its letter; ``NA`` where nobody knows it."""
    number, name = POSITIONS.get(abbreviation or "", NO_POSITION)
    shown = abbreviation if abbreviation in POSITIONS else "NA"
    return {"id": number, "name": name, "displayName": name, "abbreviation": shown, "leaf": True}


def _facts(slug: str, athlete: Athlete) -> Object:
    years = _CLASSES.get(athlete.class_year or "")
    height, weight = athlete.height, athlete.weight
    return known(
        id=athlete.id,
        uid=common.uid(slug, a=athlete.id),
        alternateIds={"sdr": athlete.id},
        firstName=athlete.first_name,
        lastName=athlete.last_name,
        fullName=athlete.name,
        displayName=athlete.name,
        shortName=athlete.short_name,
        # Height and weight are 0, and position and class "NA", where nobody knows them.
        weight=float(weight or 0),
        displayWeight=None if weight is None else f"{weight} lbs",
        height=float(height or 0),
        displayHeight=None if height is None else f"{height // 12}' {height % 12}\"",
        links=links.of_athlete(slug, athlete, links.FULL),
        slug=athlete.slug,
        **_home(athlete),
        experience={"years": years[0], "displayValue": years[1], "abbreviation": athlete.class_year}
        if years
        else {"years": 0, "displayValue": "--", "abbreviation": "--"},
        status=common.ACTIVE,
    )


def _home(athlete: Athlete) -> Object:
    if not athlete.city:
        return {}
    text = ", ".join(part for part in (athlete.city, athlete.state) if part)
    return {
        "birthPlace": known(city=athlete.city, state=athlete.state, country="USA", displayText=text),
        "birthCountry": {"alternateId": "1", "abbreviation": "USA"},
        "flag": _FLAG,
    }
