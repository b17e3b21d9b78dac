"""The league, its seasons, their types, calendars and groups."""

from __future__ import annotations

from datetime import date, timedelta

from tipoff.clock import day_of, day_start, season_end, season_start

from tipoff_espn.server.model import Conference
from tipoff_espn.server.render import common, identity, links, season, standings
from tipoff_espn.server.render.common import Json, Object, instant, known
from tipoff_espn.server.render.references import reference, sport
from tipoff_espn.server.render.scene import Scene

CALENDARS = ("ondays", "offdays", "whitelist", "blacklist")
"""Days with games, days without, and either under its other name."""

DIVISION_ONE = "50"


def of_sport() -> Object:
    """The sport."""
    return {**sport(), **common.SPORT, "displayName": "Basketball", "logos": common.LEAGUE_LOGOS}


def league(scene: Scene) -> Object:
    """The league."""
    slug = scene.slug
    return {
        **reference(slug),
        **common.league_of(slug),
        "shortName": common.league_of(slug)["abbreviation"],
        "season": of_year(scene),
        "seasons": reference(slug, "seasons"),
        "teams": reference(slug, "teams"),
        "events": reference(slug, "events"),
        "calendar": reference(slug, "calendar"),
        "logos": common.LEAGUE_LOGOS,
        "links": links.of_league(slug, links.FULL),
    }


def of_year(scene: Scene) -> Object:
    """``seasons/{year}``."""
    slug, year = scene.slug, scene.view.season.year
    start, end = season.span(year)
    return {
        **reference(slug, "seasons", year),
        "year": year,
        "startDate": start,
        "endDate": end,
        "displayName": season.name(year),
        "type": of_type(scene, season.type_on(scene.view, day_of(scene.now))),
        "types": reference(slug, "seasons", year, "types"),
        "teams": reference(slug, "seasons", year, "teams"),
        "athletes": reference(slug, "seasons", year, "athletes"),
    }


def types(scene: Scene) -> list[Json]:
    """``seasons/{year}/types``."""
    return [reference(scene.slug, "seasons", scene.view.season.year, "types", number) for number in season.TYPES]


def of_type(scene: Scene, number: int) -> Object:
    """``seasons/{year}/types/{type}``."""
    slug, year = scene.slug, scene.view.season.year
    here = ("seasons", year, "types", number)
    first, last = days_of(scene, number)
    return {
        **reference(slug, *here),
        **season.kind(number),
        "year": year,
        "startDate": instant(day_start(first)),
        "endDate": instant(day_start(last + timedelta(days=1)) - timedelta(minutes=1)),
        "hasGroups": True,
        "hasStandings": True,
        "groups": reference(slug, *here, "groups"),
        "calendar": reference(slug, *here, "calendar"),
        "slug": season.slug_of(number),
    }


def days_of(scene: Scene, number: int) -> tuple[date, date]:
    """First and last day of a season type; the regular season has the days before its first game too."""
    year = scene.view.season.year
    starts = [season.first_day(scene.view, kind) for kind in season.TYPES]
    starts[0] = season_start(year)
    place = season.TYPES.index(number)
    later = [start for start in starts[place + 1 :] if start]
    last = later[0] - timedelta(days=1) if later else season_end(year)
    return starts[place] or last + timedelta(days=1), last


def calendars(slug: str, *here: object) -> list[Json]:
    """``calendar``: the lists of days that there are."""
    return [reference(slug, *here, "calendar", kind) for kind in CALENDARS]


def calendar(scene: Scene, kind: str, number: int | None = None) -> Object:
    """A list of days, of a season or of one of its types: with games (``ondays``), or without."""
    slug, year = scene.slug, scene.view.season.year
    first, last = days_of(scene, number) if number else (season_start(year), season_end(year))
    here: tuple[object, ...] = ("seasons", year, "types", number) if number else ()
    wanted = kind in ("ondays", "whitelist")
    dates: list[Json] = [
        season.written_day(day) for day, played in season.calendar(scene.view, first, last) if played == wanted
    ]
    return {
        **reference(slug, *here, "calendar", kind),
        "eventDate": {"type": kind, "dates": dates},
        "sections": [],
    }


def groups(scene: Scene, number: int) -> list[Json]:
    """``groups``: the one that holds all conferences."""
    return [reference(scene.slug, "seasons", scene.view.season.year, "types", number, "groups", DIVISION_ONE)]


def conference_references(scene: Scene, number: int) -> list[Json]:
    """``groups/50/children``."""
    here = ("seasons", scene.view.season.year, "types", number, "groups")
    return [reference(scene.slug, *here, group.id) for group in standings.conferences(scene)]


def conference(scene: Scene, group_id: str) -> Conference | None:
    """A conference by its id."""
    return next((group for group in standings.conferences(scene) if group.id == group_id), None)


def group(scene: Scene, number: int, group_id: str) -> Object | None:
    """``groups/{id}``: a conference, or all of them; None for an unknown one."""
    slug, year = scene.slug, scene.view.season.year
    here = ("seasons", year, "types", number, "groups", group_id)
    found = conference(scene, group_id)
    if found:
        named = known(
            name=found.name,
            abbreviation=found.abbreviation,
            shortName=found.short_name,
            parent=reference(slug, *here[:-1], DIVISION_ONE),
            isConference=True,
        )
    elif group_id == DIVISION_ONE:
        named = {
            "name": standings.DIVISION_ONE["name"],
            "abbreviation": standings.DIVISION_ONE["abbreviation"],
            "children": reference(slug, *here, "children"),
            "isConference": False,
        }
    else:
        return None
    return {
        **reference(slug, *here),
        "id": group_id,
        **named,
        "season": reference(slug, "seasons", year),
        "standings": reference(slug, *here, "standings"),
        "teams": reference(slug, *here, "teams"),
    }


def members(scene: Scene, group_id: str) -> list[Json]:
    """``groups/{id}/teams``."""
    teams = scene.view.season.teams.values()
    inside = [team for team in teams if team.conference and group_id in (team.conference.id, DIVISION_ONE)]
    return [reference(scene.slug, "seasons", scene.view.season.year, "teams", team.id) for team in inside]


def group_standings(scene: Scene, number: int, group_id: str) -> Object:
    """``groups/{id}/standings/0``: teams with their records, conference by conference, the best first."""
    year = scene.view.season.year
    rows = [
        row
        for group in standings.conferences(scene)
        if group_id in (group.id, DIVISION_ONE)
        for row in standings.table(scene, group)
    ]
    return {
        **reference(scene.slug, "seasons", year, "types", number, "groups", group_id, "standings", 0),
        "id": "0",
        "name": "overall",
        "displayName": "Overall Standings",
        "standings": [
            {
                "team": reference(scene.slug, "seasons", year, "teams", row.team.id),
                "records": [{"id": "0", "name": "overall", "type": "total", "stats": standings.figures(row)}],
            }
            for row in rows
        ],
    }


def conferences_of_site(scene: Scene) -> Object:
    """The site's ``/groups``: conferences with their teams."""
    children: list[Json] = [
        known(
            groupId=group.id,
            name=group.name,
            shortName=group.short_name,
            abbreviation=group.abbreviation,
            teams=[identity.brief(scene.slug, row.team) for row in standings.table(scene, group)],
        )
        for group in standings.conferences(scene)
    ]
    whole: Object = {
        "groupId": DIVISION_ONE,
        "name": standings.DIVISION_ONE["name"],
        "abbreviation": standings.DIVISION_ONE["abbreviation"],
        "children": children,
    }
    return {"status": "success", "groups": [whole]}
