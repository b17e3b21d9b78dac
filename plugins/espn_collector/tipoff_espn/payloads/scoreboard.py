"""A day's games."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Raw

from tipoff_espn.payloads import Part, Sparse
from tipoff_espn.payloads.teams import Team


class StatusType(Part):
    """Where a game stands. ``state`` alone misleads: a postponed game is ``post`` too."""

    name: str
    state: Literal["pre", "in", "post"]
    completed: bool
    detail: Sparse[str] = UNSET

    @property
    def is_final(self) -> bool:
        """Whether the game was played to its end."""
        return self.completed and self.name == "STATUS_FINAL"


class Status(Part):
    """A game's status; ``period`` counts halves (or quarters) and overtimes begun."""

    type: StatusType
    period: int


class Season(Part):
    """A season by the year in which it ends; type 1 comes before it, 2 is regular, 3 postseason, 4 comes after it."""

    year: int
    type: int


class CuratedRank(Part):
    """A poll rank; 99 means unranked."""

    current: int | None = None


class Linescore(Part):
    """Points of a period."""

    value: float


class Competitor(Part):
    """A side of a game on the scoreboard. ``score`` is "0" for a game that was not played."""

    home_away: Literal["home", "away"]
    score: str
    team: Team
    curated_rank: CuratedRank | None = None
    linescores: list[Linescore] | None = None
    winner: Sparse[bool] = UNSET


class Venue(Part):
    """Where a game is played; ESPN numbers its halls."""

    id: str | None = None


class Note(Part):
    """A line over the game, in use for tournaments."""

    headline: str | None = None


class Group(Part):
    """A conference."""

    id: str
    name: Sparse[str] = UNSET


class Regulation(Part):
    """How long a game is without overtime."""

    periods: int


class Format(Part):
    """A game's format."""

    regulation: Regulation


class Kind(Part):
    """What kind of game it is: ``STD``, of a tournament ``TRNMNT``."""

    text: Sparse[str] = UNSET
    abbreviation: Sparse[str] = UNSET
    slug: Sparse[str] = UNSET


class Competition(Part):
    """The game proper, inside its event; `groups` only where it counts for a conference."""

    competitors: list[Competitor]
    neutral_site: bool
    conference_competition: bool
    time_valid: bool
    notes: tuple[Note, ...]
    attendance: int | None = None
    venue: Venue | None = None
    groups: Sparse[Group] = UNSET
    format: Format | None = None
    type: Sparse[Kind] = UNSET


class Event(Part):
    """A game on the scoreboard."""

    id: str
    date: str
    season: Season
    competitions: list[Competition]
    status: Status


class Scoreboard(Part):
    """``scoreboard``: each event an `Event`."""

    events: list[Raw]
