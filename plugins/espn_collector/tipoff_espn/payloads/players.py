"""Rosters and polls."""

from __future__ import annotations

from msgspec import Raw

from tipoff_espn.payloads import Part, TeamRef


class Experience(Part):
    """Class year."""

    abbreviation: str | None = None


class Position(Part):
    """G, F or C."""

    abbreviation: str | None = None


class RosterAthlete(Part):
    """A player on a roster; height in inches, weight in pounds."""

    id: str
    display_name: str
    height: float | None = None
    weight: float | None = None
    jersey: str | None = None
    position: Position | None = None
    experience: Experience | None = None


class RosterSeason(Part):
    """The season a roster is of."""

    year: int


class Roster(Part):
    """``teams/{id}/roster``: each athlete a `RosterAthlete`."""

    season: RosterSeason
    athletes: list[Raw]
    team: TeamRef


class Occurrence(Part):
    """A poll's week, counted through the season, the final poll included."""

    number: int


class Rank(Part):
    """A ranked team; ``previous`` is 0 when it was unranked."""

    current: int
    team: TeamRef
    previous: int | None = None
    points: float | None = None


class Ranking(Part):
    """A poll: each rank a `Rank`."""

    type: str
    occurrence: Occurrence
    season: RosterSeason
    ranks: list[Raw]


class Rankings(Part):
    """``rankings``: each a `Ranking`."""

    rankings: list[Raw]
