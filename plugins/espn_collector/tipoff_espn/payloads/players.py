"""Rosters and polls."""

from __future__ import annotations

from msgspec import UNSET, Raw

from tipoff_espn.payloads import Part, Sparse, TeamRef


class Experience(Part):
    """Class year."""

    abbreviation: Sparse[str] = UNSET


class Position(Part):
    """G, F or C."""

    abbreviation: Sparse[str] = UNSET


class RosterAthlete(Part):
    """A player on a roster; height in inches, weight in pounds."""

    id: str
    display_name: str
    height: Sparse[float] = UNSET
    weight: Sparse[float] = UNSET
    jersey: Sparse[str] = UNSET
    position: Sparse[Position] = UNSET
    experience: Sparse[Experience] = UNSET


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
