"""Pieces that several payloads share."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TypeAlias
from uuid import NAMESPACE_URL, uuid3

from tipoff_espn.server.model import Conference, Venue
from tipoff_espn.server.render.scene import Game
from tipoff_espn.server.tally import Record

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

_BALL = "https://a.espncdn.com/redesign/assets/img/icons/ESPN-icon-basketball.png"


def picture(href: str, ground: str) -> Object:
    """A logo of the usual size, for light or for dark ground."""
    return {"href": href, "width": 500, "height": 500, "alt": "", "rel": ["full", ground]}


LEAGUE_LOGOS: list[Json] = [picture(_BALL, "default"), picture(_BALL, "dark")]
BARE_LOGOS: list[Json] = [{"href": _BALL, "rel": ["full", ground]} for ground in ("default", "dark")]

ACTIVE: Object = {"id": "1", "name": "Active", "type": "active", "abbreviation": "Active"}
"""An athlete's status."""


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
    return _league_uid(slug) + "".join([f"~{letter}:{value}" for letter, value in parts.items()])


def guid(uid_: str) -> str:
    """A global identifier, made from the compound one: ESPN's own cannot be known."""
    return str(uuid3(NAMESPACE_URL, uid_))


@cache
def _league_uid(slug: str) -> str:
    return str(league_of(slug)["uid"])


def instant(moment: datetime) -> str:
    """``2026-03-02T23:00Z``: no seconds."""
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def ordinal(number: int) -> str:
    """``1st``, ``22nd``, ``13th``."""
    ending = "th" if 11 <= number % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def known(**values: Json) -> Object:
    """An object of the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def titles(game: Game) -> Object:
    """An event's names."""
    teams = [side.team for side in (game.away, game.home)]
    joined = " VS " if game.fixture.neutral_site else " @ "
    short = [team.abbreviation if team else "TBD" for team in teams]
    return known(
        name=" at ".join(team.display_name if team else "TBD" for team in teams),
        shortName=joined.join(text for text in short if text) if all(short) else None,
    )


def venue(place: Venue | None, **flags: Json) -> Object | None:
    """A hall, with what else one of the documents says of all halls."""
    if place is None:
        return None
    address = known(city=place.city, state=place.state) or None
    return known(id=place.id, fullName=place.name, address=address, **flags)


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
