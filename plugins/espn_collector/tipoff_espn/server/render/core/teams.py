"""Teams and athletes."""

from __future__ import annotations

from functools import lru_cache

from tipoff_espn.server.asof import SeasonView
from tipoff_espn.server.model import Athlete, Team
from tipoff_espn.server.render import athletes, common, identity, links, standings
from tipoff_espn.server.render.common import Json, Object, known
from tipoff_espn.server.render.references import reference
from tipoff_espn.server.render.scene import Scene


def team(scene: Scene, of: Team) -> Object:
    """``teams/{id}`` of a season."""
    slug, year = scene.slug, scene.view.season.year
    here = ("seasons", year, "teams", of.id)
    return known(
        **reference(slug, *here),
        id=of.id,
        uid=common.uid(slug, t=of.id),
        guid=common.guid(common.uid(slug, t=of.id)),
        alternateIds={"sdr": of.id},
        slug=of.slug,
        location=of.location or "",
        name=of.name or "",
        nickname=of.short_name,
        abbreviation=of.abbreviation or "",
        displayName=of.display_name,
        shortDisplayName=of.short_name or "",
        color=of.color or "",
        alternateColor=of.alternate_color,
        isActive=True,
        isAllStar=False,
        logos=identity.logos(of),
        record=reference(slug, "seasons", year, "types", 2, "teams", of.id, "record"),
        athletes=reference(slug, *here, "athletes"),
        venue=common.venue(of.venue, indoor=True),
        groups=reference(slug, "seasons", year, "types", 2, "groups", of.conference.id) if of.conference else None,
        links=links.of_team(slug, of, links.FULL),
    )


def references(scene: Scene) -> list[Json]:
    """All teams of a season."""
    year = scene.view.season.year
    return [reference(scene.slug, "seasons", year, "teams", number) for number in scene.view.season.teams]


def record(scene: Scene, of: Team) -> list[Json]:
    """``record``: a team's figures in the standings."""
    if of.conference is None:
        summary = common.wins_losses(scene.view.record(of.id, scene.now))["total"]
        return [{"id": "0", "name": "overall", "type": "total", "summary": summary, "displayValue": summary}]
    row = next(row for row in standings.table(scene, of.conference) if row.team == of)
    counted = [each for each in standings.figures(row) if isinstance(each, dict)]
    stats: list[Json] = [each for each in counted if "value" in each]
    by_kind = [each for each in counted if "summary" in each]
    # The overall record has the figures, the others their wins and losses only.
    return [{**each, "stats": stats if each["type"] == "total" else []} for each in by_kind]


@lru_cache(maxsize=64)
def _athletes(view: SeasonView) -> dict[str, tuple[Team, Athlete]]:
    teams = view.season.teams.values()
    return {athlete.id: (team, athlete) for team in teams for athlete in view.season.roster(team.id)}


def athlete(scene: Scene, number: str) -> Object | None:
    """``athletes/{id}``: None for an unknown one."""
    found = _athletes(scene.view).get(number)
    return athletes.in_core(scene, *found) if found else None


def athlete_references(scene: Scene, of: Team | None = None) -> list[Json]:
    """All athletes of a season, or those of a team."""
    numbers = _athletes(scene.view) if of is None else [athlete.id for athlete in scene.view.season.roster(of.id)]
    return [reference(scene.slug, "seasons", scene.view.season.year, "athletes", number) for number in numbers]


def positions(slug: str) -> list[Json]:
    """``positions``."""
    numbers = [number for number, _ in athletes.POSITIONS.values()]
    return [reference(slug, "positions", number) for number in sorted(numbers)]


def position(slug: str, number: str) -> Object | None:
    """``positions/{id}``."""
    known_ = {of[0]: letter for letter, of in athletes.POSITIONS.items()} | {athletes.NO_POSITION[0]: ""}
    if number not in known_:
        return None
    return {**reference(slug, "positions", number), **athletes.position(known_[number])}
