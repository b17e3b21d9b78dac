"""The one interface between leagues and this server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tipoff_espn.server.model import Athlete, Fixture, Forecast, Odds, PlayerLine, Poll, Team, TeamBox


class Season(Protocol):
    """One season of one league."""

    @property
    def year(self) -> int:
        """The year it ends in."""

    @property
    def teams(self) -> Mapping[str, Team]:
        """Every team that plays in it, by id."""

    @property
    def fixtures(self) -> Sequence[Fixture]:
        """Every game, by tip and id."""

    @property
    def polls(self) -> Sequence[Poll]:
        """Every poll by release; empty where the league has none."""

    def roster(self, team_id: str) -> Sequence[Athlete]:
        """The team's players; empty where they are unknown."""

    def box(self, fixture: Fixture) -> tuple[TeamBox | None, TeamBox | None]:
        """Home and away box score of a played game; None for a side without one."""

    def lines(self, fixture: Fixture) -> tuple[Sequence[PlayerLine], Sequence[PlayerLine]] | None:
        """Home and away players' lines of a played game; None where the league has none."""

    def forecast(self, fixture: Fixture) -> Forecast | None:
        """The pre-game forecast; None where the league has none."""

    def odds(self, fixture: Fixture) -> Odds | None:
        """The bookmaker's prices; None where the league has none."""


class League(Protocol):
    """Where a server's payloads come from: one or more leagues, each by its slug."""

    @property
    def slugs(self) -> tuple[str, ...]:
        """The leagues it serves, e.g. ``("mens-college-basketball",)``."""

    def season(self, slug: str, year: int) -> Season | None:
        """The season named by the year it ends in, or None. The same object each time."""

    def season_of_event(self, slug: str, event_id: str) -> int | None:
        """The season an event id belongs to, without building it; None for an unknown one."""

    def team(self, slug: str, team_id: str) -> Team | None:
        """A team of any season, as last known; None for an unknown id."""

    def default_now(self) -> datetime:
        """A morning in mid-season with many games the same evening, naive UTC."""
