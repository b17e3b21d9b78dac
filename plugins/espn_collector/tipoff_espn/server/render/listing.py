"""What a roster and a schedule begin with."""

from __future__ import annotations

from tipoff.clock import day_of

from tipoff_espn.server.model import Team
from tipoff_espn.server.render import common, identity, links, season, standings
from tipoff_espn.server.render.common import Object, known
from tipoff_espn.server.render.scene import Scene


def head(scene: Scene) -> Object:
    """When it was asked, and the season it is about."""
    year, number = scene.view.season.year, season.type_on(scene.view, day_of(scene.now))
    return {
        "timestamp": season.stamp(scene.now),
        "status": "success",
        "season": {
            "year": year,
            "displayName": season.name(year),
            "type": number,
            "name": season.kind(number)["name"],
        },
    }


def subject(scene: Scene, of: Team) -> Object:
    """The team it is of."""
    return known(
        id=of.id,
        abbreviation=of.abbreviation,
        location=of.location,
        name=of.name,
        displayName=of.display_name,
        clubhouse=links.clubhouse(scene.slug, of),
        color=of.color,
        logo=identity.logo(of),
        recordSummary=common.wins_losses(scene.view.record(of.id, scene.now))["total"],
        standingSummary=standings.place(scene, of),
    )
