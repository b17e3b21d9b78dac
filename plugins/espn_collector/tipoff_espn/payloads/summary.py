"""A game's summary: who plays, where it stands, and the box score."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Raw

from tipoff_espn.payloads import NULL, Part, Sparse, TeamRef
from tipoff_espn.payloads.players import Position
from tipoff_espn.payloads.scoreboard import Season, StatusType


class HeaderGroup(Part):
    """What a conference belongs to, or the conference itself."""

    id: str
    parent: HeaderGroup | None = None


class HeaderTeam(Part):
    """A side's team, with its conference."""

    groups: HeaderGroup | None = None


class HeaderLinescore(Part):
    """Points of a period, as text."""

    display_value: Sparse[str] = UNSET


class HeaderCompetitor(Part):
    """A side of a game in a summary; ``score`` is missing before the game."""

    id: str
    home_away: Literal["home", "away"]
    team: HeaderTeam | None = None
    score: str | None = None
    linescores: Sparse[list[HeaderLinescore]] = UNSET
    winner: Sparse[bool] = UNSET


class HeaderStatus(Part):
    """A summary's status, without the period."""

    type: StatusType


class HeaderCompetition(Part):
    """The game proper, inside the header."""

    competitors: list[HeaderCompetitor]
    status: HeaderStatus
    date: Sparse[str] = UNSET
    boxscore_available: bool | None = None
    boxscore_source: str | None = None


class Header(Part):
    """``header`` of a summary."""

    id: str
    season: Season
    competitions: list[HeaderCompetition]


class Statistic(Part):
    """One figure of a team's box score, as text: "27-60", "12", "--"."""

    name: str
    display_value: str


class TeamBox(Part):
    """``boxscore.teams[]``. Before the game the same list holds season averages under other names."""

    team: TeamRef
    statistics: list[Statistic]
    home_away: Sparse[Literal["home", "away"]] = UNSET


class Athlete(Part):
    """A player, as a box score names one."""

    id: str
    display_name: Sparse[str] = UNSET
    position: Sparse[Position] = UNSET


class AthleteLine(Part):
    """A player's figures, in the order of the table's keys; none if he did not play."""

    athlete: Athlete
    starter: bool
    did_not_play: bool
    stats: list[str]


class PlayerTable(Part):
    """Names of the figures, and an `AthleteLine` each player. The order of ``keys`` differs between years."""

    keys: list[str]
    athletes: list[Raw]


class TeamPlayers(Part):
    """``boxscore.players[]``."""

    team: TeamRef
    statistics: list[PlayerTable]


class Boxscore(Part):
    """``boxscore``: each team a `TeamBox`, each of players a `TeamPlayers`, which is missing before the game."""

    teams: tuple[Raw, ...]
    players: tuple[Raw, ...] = ()


class Summary(Part):
    """``summary``, by parts that are decoded on their own; `predictor` is missing after most games."""

    header: Raw
    boxscore: Raw = NULL
    pickcenter: tuple[Raw, ...] | None = None
    predictor: Raw = NULL
