"""What a league consists of, as plain records.

The simulated and the recorded league both come down to these; everything that depends on «now» (states,
standings, ranks) is worked out from them in `asof`, and every payload is rendered from them in `render`.
A value that a league does not have is None and never reaches a payload.

Instants are naive UTC, days are US Eastern.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from tipoff_espn.server.rules import MEN, Rules

REGULATION = timedelta(minutes=125)
"""From the tip to the final horn of a game of two halves."""
OVERTIME = timedelta(minutes=13)
"""What each overtime adds to it."""

GROUP_DIVISION_ONE = "50"
GROUP_NCAA_TOURNAMENT = "100"


def hyphened(name: str) -> str:
    """Lower case with hyphens, as in ESPN's addresses."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


@dataclass(frozen=True, slots=True)
class Conference:
    """A conference; `prominent` ones are shown on a scoreboard that was asked for without a group."""

    id: str
    name: str
    short_name: str
    abbreviation: str | None = None
    prominent: bool = False


@dataclass(frozen=True, slots=True)
class Venue:
    """A hall."""

    id: str
    name: str
    city: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A team in one season.

    Args:
        id: numeric, as ESPN's are.
        display_name: school and mascot.
        location: the school.
        name: the mascot.
        logo: the address of its picture; None where there is none.
        listed: whether the endpoint ``/teams`` shows it; ESPN's list lacks some Division I teams.
        division_one: false for the small colleges that are invited early in a season.
    """

    id: str
    display_name: str
    location: str | None = None
    name: str | None = None
    short_name: str | None = None
    abbreviation: str | None = None
    color: str | None = None
    alternate_color: str | None = None
    conference: Conference | None = None
    venue: Venue | None = None
    logo: str | None = None
    listed: bool = True
    division_one: bool = True

    @property
    def slug(self) -> str:
        """Its name as in ESPN's addresses."""
        return hyphened(self.display_name)


@dataclass(frozen=True, slots=True)
class Athlete:
    """A player on a roster. `class_year` is FR, SO, JR, SR or GR; height in inches, weight in pounds."""

    id: str
    name: str
    first_name: str | None = None
    last_name: str | None = None
    position: str | None = None
    height: int | None = None
    weight: int | None = None
    jersey: str | None = None
    class_year: str | None = None
    city: str | None = None
    state: str | None = None

    @property
    def slug(self) -> str:
        """His name as in ESPN's addresses."""
        return hyphened(self.name)

    @property
    def short_name(self) -> str | None:
        """``J. Smith``."""
        return f"{self.first_name[0]}. {self.last_name}" if self.first_name else None


@dataclass(frozen=True, slots=True)
class Result:
    """A played game. `home_periods` and `away_periods` hold the halves or quarters and each overtime."""

    home: int
    away: int
    overtimes: int | None = 0
    home_periods: tuple[int, ...] | None = None
    away_periods: tuple[int, ...] | None = None
    attendance: int | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is known of a game before it starts, by whoever knows best (the simulated league: the truth).

    Args:
        home_win_probability: between 0 and 1.
        margin: expected, home minus away.
        total: expected points of both teams.
    """

    home_win_probability: float
    margin: float
    total: float


@dataclass(frozen=True, slots=True)
class Line:
    """A bookmaker's prices at one time: the spread from the home side, American odds."""

    spread: float
    total: float
    home_moneyline: int
    away_moneyline: int
    home_spread_odds: int = -110
    away_spread_odds: int = -110
    over_odds: int = -110
    under_odds: int = -110


@dataclass(frozen=True, slots=True)
class Odds:
    """First and last prices before the tip."""

    open: Line
    close: Line


@dataclass(frozen=True, slots=True)
class Fixture:
    """A game with everything that will ever be known of it; `asof` shows what is known at an instant.

    Args:
        tip: the tip-off.
        tournament: headline of the event it belongs to.
        tournament_game: decided by a bracket (ESPN's type TRNMNT).
        groups: the scoreboard groups that list it.
        home_known_from: before this instant the home team is to be determined. None: always known.
        away_known_from: likewise.
        time_known_from: before this instant only the day is known.
        listed_from: before this instant the game is on no schedule.
        listed_until: from this instant on it is on none any more; another fixture may go on under the same id.
        called_off: from `called_off_from` on; such a game has no result.
        result: None when it was called off.
        rules: its league's.
    """

    id: str
    season: int
    season_type: int
    tip: datetime
    day: date
    home_id: str
    away_id: str
    neutral_site: bool = False
    conference_game: bool = False
    tournament: str | None = None
    tournament_id: int | None = None
    tournament_game: bool = False
    groups: frozenset[str] = frozenset({GROUP_DIVISION_ONE})
    venue: Venue | None = None
    home_known_from: datetime | None = None
    away_known_from: datetime | None = None
    time_known_from: datetime | None = None
    listed_from: datetime | None = None
    listed_until: datetime | None = None
    called_off: Literal["postponed", "canceled", "forfeited"] | None = None
    called_off_from: datetime | None = None
    result: Result | None = None
    rules: Rules = MEN
    number: int = 0
    """Place in its season's tables (the league's own use)."""

    def is_listed(self, now: datetime) -> bool:
        """Whether it is on the schedule at an instant."""
        begun = self.listed_from is None or now >= self.listed_from
        return begun and (self.listed_until is None or now < self.listed_until)

    @property
    def ends(self) -> datetime:
        """The final horn."""
        overtimes = (self.result.overtimes if self.result else 0) or 0
        return self.tip + REGULATION + overtimes * OVERTIME


@dataclass(frozen=True, slots=True)
class TeamBox:
    """A team's box score. `turnovers` are the players', `total_turnovers` hold the team's own too."""

    points: int
    field_goals_made: int
    field_goals_attempted: int
    three_points_made: int
    three_points_attempted: int
    free_throws_made: int
    free_throws_attempted: int
    offensive_rebounds: int
    defensive_rebounds: int
    assists: int
    blocks: int
    total_turnovers: int
    steals: int | None = None
    turnovers: int | None = None
    team_turnovers: int | None = None
    fouls: int | None = None
    points_in_paint: int | None = None
    fast_break_points: int | None = None
    turnover_points: int | None = None
    largest_lead: int | None = None
    lead_changes: int | None = None
    lead_percentage: int | None = None


@dataclass(frozen=True, slots=True)
class PlayerLine:
    """A player's line in one game; with no minutes he did not play."""

    athlete: Athlete
    starter: bool
    minutes: int
    points: int = 0
    field_goals_made: int = 0
    field_goals_attempted: int = 0
    three_points_made: int = 0
    three_points_attempted: int = 0
    free_throws_made: int = 0
    free_throws_attempted: int = 0
    offensive_rebounds: int = 0
    defensive_rebounds: int = 0
    assists: int = 0
    turnovers: int = 0
    steals: int = 0
    blocks: int = 0
    fouls: int = 0


@dataclass(frozen=True, slots=True)
class RankedTeam:
    """A place in a poll; `previous` is 0 for a team that was unranked the week before."""

    team_id: str
    current: int
    previous: int
    points: float
    first_place_votes: int


@dataclass(frozen=True, slots=True)
class Poll:
    """A week's poll. `kind` is ap or usa, `week` counts from 1 (pre-season) within the season.

    `others` got votes, too few for a rank: their `current` is 0.
    """

    kind: Literal["ap", "usa"]
    week: int
    released: datetime
    season_type: int
    ranks: tuple[RankedTeam, ...]
    others: tuple[RankedTeam, ...] = ()
