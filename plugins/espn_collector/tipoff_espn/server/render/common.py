"""Pieces that several payloads share."""

from __future__ import annotations

from datetime import date, datetime, timezone
from functools import cache
from typing import TypeAlias

from tipoff.clock import LEAGUE_ZONE, day_of, day_start, season_end, season_start

from tipoff_espn.server.asof import Record, SeasonView, State
from tipoff_espn.server.model import Conference, Team, Venue
from tipoff_espn.server.render.scene import Game, Scene

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = "dict[str, Json]"

SPORT: Object = {"id": "40", "uid": "s:40", "name": "Basketball", "slug": "basketball"}

LEAGUES: dict[str, Object] = {
    "mens-college-basketball": {
        "id": "41",
        "uid": "s:40~l:41",
        "name": "NCAA Men's Basketball",
        "abbreviation": "NCAAM",
        "midsizeName": "NCAAM Basketball",
        "slug": "mens-college-basketball",
    },
    "womens-college-basketball": {
        "id": "54",
        "uid": "s:40~l:54",
        "name": "NCAA Women's Basketball",
        "abbreviation": "NCAAW",
        "midsizeName": "NCAAW Basketball",
        "slug": "womens-college-basketball",
    },
    "nba": {
        "id": "46",
        "uid": "s:40~l:46",
        "name": "National Basketball Association",
        "abbreviation": "NBA",
        "midsizeName": "NBA",
        "slug": "nba",
    },
}

_SEASON_TYPES = {
    2: ("Regular Season", "reg", "regular-season"),
    3: ("Postseason", "post", "post-season"),
    4: ("Off Season", "off", "off-season"),
}
_STATUSES = {
    "scheduled": ("1", "STATUS_SCHEDULED", "pre", "Scheduled"),
    "in_progress": ("2", "STATUS_IN_PROGRESS", "in", "In Progress"),
    "halftime": ("23", "STATUS_HALFTIME", "in", "Halftime"),
    "final": ("3", "STATUS_FINAL", "post", "Final"),
    "postponed": ("6", "STATUS_POSTPONED", "post", "Postponed"),
    "forfeited": ("4", "STATUS_FORFEIT", "post", "Forfeit"),
    "canceled": ("5", "STATUS_CANCELED", "post", "Canceled"),
}


def league_of(slug: str) -> Object:
    """A league's identity; leagues that ESPN does not have get one made from their slug."""
    made: Object = {
        "id": slug,
        "uid": f"s:40~l:{slug}",
        "name": slug,
        "abbreviation": slug.upper(),
        "midsizeName": slug,
        "slug": slug,
    }
    return dict(LEAGUES.get(slug, made))


def uid(slug: str, **parts: str) -> str:
    """ESPN's compound identifier, ``s:40~l:41~e:…``."""
    return "~".join([_league_uid(slug), *(f"{letter}:{value}" for letter, value in parts.items())])


@cache
def _league_uid(slug: str) -> str:
    return str(league_of(slug)["uid"])


def instant(moment: datetime) -> str:
    """``2026-03-02T23:00Z``: no seconds."""
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def known(**values: Json) -> Object:
    """An object of the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def season_name(year: int) -> str:
    """``2025-26``."""
    return f"{year - 1}-{year % 100:02d}"


def season_type(number: int) -> Object:
    """A season type in full."""
    name, abbreviation, _ = _SEASON_TYPES[number]
    return {"id": str(number), "type": number, "name": name, "abbreviation": abbreviation}


def season_slug(number: int) -> str:
    """``regular-season``, ``post-season``."""
    return _SEASON_TYPES[number][2]


def season_span(year: int) -> tuple[str, str]:
    """First and last instant of a season's year, as written."""
    return instant(day_start(season_start(year))), instant(day_start(season_end(year)))


def type_on(view: SeasonView, day: date) -> int:
    """The season type in force on a day: the one of the last games that began by then, or off-season after all."""
    fixtures = view.season.fixtures
    if not fixtures or day > fixtures[-1].day:
        return 4
    postseason = next((f.day for f in fixtures if f.season_type == 3), None)
    return 3 if postseason and day >= postseason else 2


def status(state: State) -> Object:
    """A scoreboard's status."""
    clock = int(state.clock)
    return known(
        clock=state.clock,
        displayClock=f"{clock // 60}:{clock % 60:02d}",
        # A game whose overtimes are unknown counts no periods.
        period=state.period or 0,
        type=status_type(state),
    )


def status_type(state: State) -> Object:
    """``status.type``."""
    number, name, phase, description = _STATUSES[state.status]
    detail, short = _details(state, description)
    written: Object = {
        "id": number,
        "name": name,
        "state": phase,
        "completed": state.final,
        "description": description,
        "detail": detail,
        "shortDetail": short,
    }
    if state.final and state.overtimes:
        written["altDetail"] = _overtimes(state.overtimes)
    return written


def _overtimes(count: int) -> str:
    return "OT" if count == 1 else f"{count}OT"


def _details(state: State, description: str) -> tuple[str, str]:
    if state.status == "scheduled":
        return _when(state)
    if state.final and state.overtimes:
        return f"Final/{_overtimes(state.overtimes)}", f"Final/{_overtimes(state.overtimes)}"
    if state.status == "in_progress":
        clock = f"{int(state.clock) // 60}:{int(state.clock) % 60:02d}"
        if state.overtimes:
            return f"{clock} - {_overtimes(state.overtimes)}", f"{clock} - {_overtimes(state.overtimes)}"
        ordinal = ("1st", "2nd", "3rd", "4th")[(state.period or 1) - 1]
        return f"{clock} - {ordinal} {'Half' if state.regulation == 2 else 'Quarter'}", f"{clock} - {ordinal}"
    return description, description


def _when(state: State) -> tuple[str, str]:
    """``Wed, March 4th at 5:00 PM EST`` and ``3/4 - 5:00 PM EST``."""
    if not state.time_valid:
        return "TBD", "TBD"
    local = state.tip.replace(tzinfo=timezone.utc).astimezone(LEAGUE_ZONE)
    day = local.day
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    hour = f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'} {local.tzname()}"
    return f"{local:%a, %B} {day}{ending} at {hour}", f"{local.month}/{day} - {hour}"


def titles(game: Game) -> Object:
    """An event's names."""
    teams = [side.team for side in (game.away, game.home)]
    joined = " VS " if game.fixture.neutral_site else " @ "
    short = [team.abbreviation if team else "TBD" for team in teams]
    return known(
        name=" at ".join(team.display_name if team else "TBD" for team in teams),
        shortName=joined.join(text for text in short if text) if all(short) else None,
    )


def venue(place: Venue | None, *, indoor: bool) -> Object | None:
    """A hall, with the flag that the scoreboard writes where `indoor` is set."""
    if place is None:
        return None
    written = known(id=place.id, fullName=place.name, address=known(city=place.city, state=place.state) or None)
    if indoor:
        written["indoor"] = True
    return written


def conference(group: Conference) -> Object:
    """``competitions[].groups`` of the scoreboard."""
    return {"id": group.id, "name": group.name, "shortName": group.short_name, "isConference": True}


def wins_losses(record: Record) -> dict[str, str]:
    """A record by ESPN's types."""
    return {
        "total": f"{record.wins}-{record.losses}",
        "home": f"{record.home_wins}-{record.home_losses}",
        "road": f"{record.road_wins}-{record.road_losses}",
        "vsconf": f"{record.conference_wins}-{record.conference_losses}",
    }


def rank_or_unranked(rank: int | None) -> Object | None:
    """``curatedRank``; absent where the league has no polls."""
    return None if rank is None else {"current": rank}


def envelope(scene: Scene) -> Object:
    """When it was asked, and the season it is about."""
    number = type_on(scene.view, day_of(scene.now))
    return {
        "timestamp": f"{scene.now:%Y-%m-%dT%H:%M:%SZ}",
        "status": "success",
        "season": {
            "year": scene.view.season.year,
            "displayName": season_name(scene.view.season.year),
            "type": number,
            "name": season_type(number)["name"],
        },
    }


def subject(scene: Scene, team: Team) -> Object:
    """The team that a roster or a schedule is of."""
    return known(
        id=team.id,
        abbreviation=team.abbreviation,
        location=team.location,
        name=team.name,
        displayName=team.display_name,
        color=team.color,
        recordSummary=wins_losses(scene.view.record(team.id, scene.now))["total"],
    )
