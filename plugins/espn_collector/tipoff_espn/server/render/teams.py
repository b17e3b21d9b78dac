"""The list of teams, one team, its roster and its schedule."""

from __future__ import annotations

from collections.abc import Sequence

from tipoff_espn.server.model import Team
from tipoff_espn.server.render import athletes, common, identity, links, listing, season
from tipoff_espn.server.render.common import Object, known
from tipoff_espn.server.render.scene import Scene


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
                        "season": {"year": year, "displayName": season.name(year)},
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
        logos=identity.logos(team),
        links=links.of_team(slug, team, (*links.FULL, "isHidden")),
    )


def one_team(slug: str, team: Team) -> Object:
    """``/teams/{id}``."""
    return {"team": _team(slug, team) | known(groups=identity.groups(team))}


def roster(scene: Scene, team: Team) -> Object:
    """``/teams/{id}/roster``: the present season's."""
    return {
        **listing.head(scene),
        "athletes": [athletes.in_roster(scene, team, athlete) for athlete in scene.view.season.roster(team.id)],
        "coach": [],
        "team": listing.subject(scene, team),
    }
