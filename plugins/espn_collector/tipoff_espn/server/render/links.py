"""Links to espn.com, in the forms of the several documents.

An address follows from an id by ESPN's own rule: the page behind it is of whoever has that id at ESPN, so that it is
right for records and leads nowhere in particular for a simulated league.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from tipoff_espn.server.model import Athlete, Team
from tipoff_espn.server.render.common import Json, Object
from tipoff_espn.server.render.scene import Game

FULL = ("language", "rel", "href", "text", "shortText", "isExternal", "isPremium")
NAMED = ("rel", "href", "text")
BARE = ("rel", "href")
UNNAMED = ("href", "text")

_TEAM = {"clubhouse": "Clubhouse", "roster": "Roster", "stats": "Statistics", "schedule": "Schedule"}
_ATHLETE = {
    "playercard": "Player Card",
    "stats": "Stats",
    "splits": "Splits",
    "gamelog": "Game Log",
    "news": "News",
    "bio": "Bio",
    "overview": "Overview",
}
_LEAGUE = {
    "index": ("Index", ""),
    "schedule": ("Schedule", "schedule"),
    "standings": ("Standings", "standings"),
    "rankings": ("Rankings", "rankings"),
    "scores": ("Scores", "scoreboard"),
    "stats": ("Statistics", "stats"),
    "teams": ("Teams", "teams"),
}


class Link(NamedTuple):
    """A link: what it is (`rel`), where it leads, and its text."""

    rel: tuple[str, ...]
    href: str
    text: str
    short: str = ""

    def written(self, *fields: str) -> Object:
        """The fields that a document's links have."""
        every: Object = {
            "language": "en-US",
            "rel": list(self.rel),
            "href": self.href,
            "text": self.text,
            "shortText": self.short or self.text,
            "isExternal": "espn" not in self.href,
            "isPremium": False,
            "isHidden": False,
        }
        return {name: every[name] for name in fields}


def page(slug: str, path: str = "") -> str:
    """A page of a league's."""
    return f"https://www.espn.com/{slug}/{path}"


# The same few thousand links stand in document after document: the lists are shared, and nobody may change them.


@lru_cache(maxsize=4_096)
def of_team(slug: str, team: Team, fields: tuple[str, ...], kinds: tuple[str, ...] = tuple(_TEAM)) -> list[Json]:
    """A team's pages: all of them, or the `kinds`."""
    paths = {kind: f"team/{kind}/_/id/{team.id}" for kind in _TEAM} | {"clubhouse": f"team/_/id/{team.id}/{team.slug}"}
    made = (Link((kind, "desktop", "team"), page(slug, paths[kind]), _TEAM[kind]) for kind in kinds)
    return [link.written(*fields) for link in made]


@lru_cache(maxsize=4_096)
def clubhouse(slug: str, team: Team) -> str:
    """The address of a team's front page."""
    return page(slug, f"team/_/id/{team.id}/{team.slug}")


@lru_cache(maxsize=16_384)
def of_athlete(
    slug: str, athlete: Athlete, fields: tuple[str, ...], kinds: tuple[str, ...] = tuple(_ATHLETE)
) -> list[Json]:
    """An athlete's pages: all of them, or the `kinds`."""

    def path(kind: str) -> str:
        front = "player" if kind in ("playercard", "overview") else f"player/{kind}"
        return f"{front}/_/id/{athlete.id}/{athlete.slug}"

    made = (Link((kind, "desktop", "athlete"), page(slug, path(kind)), _ATHLETE[kind]) for kind in kinds)
    return [link.written(*fields) for link in made]


@cache
def of_league(slug: str, fields: tuple[str, ...]) -> list[Json]:
    """A league's pages."""
    made = (Link((kind, "desktop", "league"), page(slug, path), text) for kind, (text, path) in _LEAGUE.items())
    return [link.written(*fields) for link in made]


def of_game(slug: str, game: Game, fields: tuple[str, ...], front: str = "Gamecast") -> list[Json]:
    """A game's pages: its front page (with the short text `front`), and a box score once it has begun."""
    number = game.fixture.id
    names = "-".join(team.slug for team in (game.away.team, game.home.team) if team)
    made = [Link(("summary", "desktop", "event"), page(slug, f"game/_/gameId/{number}/{names}"), "Gamecast", front)]
    if game.state.live or game.state.final:
        made.append(Link(("boxscore", "desktop", "event"), page(slug, f"boxscore/_/gameId/{number}"), "Box Score"))
    return [link.written(*fields) for link in made]
