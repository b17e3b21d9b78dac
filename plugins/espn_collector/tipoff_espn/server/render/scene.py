"""A game as it is seen at an instant: what every renderer starts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tipoff_espn.server.asof import UNRANKED, SeasonView, State, state_of
from tipoff_espn.server.model import Conference, Fixture, Team
from tipoff_espn.server.tally import Record

TBD = "-2"
"""Id of a team that is still to be determined."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A league's season at an instant."""

    slug: str
    view: SeasonView
    now: datetime

    def game(self, fixture: Fixture) -> Game:
        """A game as it stands."""
        state = state_of(fixture, self.now)
        return Game(
            fixture,
            state,
            _side("home", state, self._team(state.home_id)),
            _side("away", state, self._team(state.away_id)),
        )

    def _team(self, team_id: str | None) -> Team | None:
        return self.view.season.teams[team_id] if team_id else None

    def rank(self, side: Side, fixture: Fixture) -> int | None:
        """A side's rank when the game began, or now if it has not; colleges without polls are unranked, all of them."""
        rank = self.view.rank(side.team.id if side.team else None, min(self.now, fixture.tip))
        return UNRANKED if rank is None and fixture.rules.college else rank

    def record(self, team: Team, game: Game) -> Record:
        """A team's record right after a finished game, or now."""
        return self.view.record(team.id, self.moment(game))

    def moment(self, game: Game) -> datetime:
        """The end of a finished game, else now."""
        return min(self.now, game.fixture.ends) if game.state.final else self.now


@dataclass(frozen=True, slots=True)
class Side:
    """Home or away. `winner` is None before the end, `periods` before the game."""

    name: Literal["home", "away"]
    team: Team | None
    points: int
    periods: tuple[int, ...] | None
    winner: bool | None

    @property
    def id(self) -> str:
        """The team's id, or ESPN's stand-in."""
        return self.team.id if self.team else TBD

    @property
    def order(self) -> int:
        """Home first."""
        return 0 if self.name == "home" else 1


def _side(name: Literal["home", "away"], state: State, team: Team | None) -> Side:
    own, other = (state.home, state.away) if name == "home" else (state.away, state.home)
    periods = state.home_periods if name == "home" else state.away_periods
    return Side(name, team, own, periods, own > other if state.final else None)


@dataclass(frozen=True, slots=True)
class Game:
    """A game at an instant."""

    fixture: Fixture
    state: State
    home: Side
    away: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        """Home and away."""
        return self.home, self.away

    @property
    def teams(self) -> tuple[Team, Team] | None:
        """Home and away team, once both are known."""
        home, away = self.home.team, self.away.team
        return (home, away) if home and away else None

    @property
    def in_conference(self) -> bool:
        """Whether it counts for a conference, which is said only once both teams are known."""
        return self.fixture.conference_game and self.teams is not None

    @property
    def conference(self) -> Conference | None:
        """The conference it counts for."""
        return self.home.team.conference if self.in_conference and self.home.team else None
