"""What happens to games after they were scheduled or played: moved, deleted, forfeited, corrected, replaced.

A league has a few postponements and cancellations of its own. These here happen to the games that a test chooses:
a game goes on under its id as another fixture from an instant on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tipoff.clock import day_of

from tipoff_espn.server.model import Athlete, Fixture, Forecast, Odds, PlayerLine, Poll, Result, Team, TeamBox
from tipoff_espn.server.protocol import League, Season

Versions = tuple[Fixture, ...]
"""One after the other; each but the last ends when the next begins, and a deleted game's last one ends, too."""


def moved(fixture: Fixture, at: datetime, tip: datetime) -> Versions:
    """Another time or day, under the same id."""
    before = replace(fixture, listed_until=at)
    return before, replace(fixture, listed_from=at, tip=tip, day=day_of(tip))


def deleted(fixture: Fixture, at: datetime) -> Versions:
    """Gone from every list; its summary is not found."""
    return (replace(fixture, listed_until=at),)


def forfeited(fixture: Fixture, at: datetime, score: tuple[int, int] | None = None) -> Versions:
    """``STATUS_FORFEIT``; or, with a score, filed as a final of 1–0 or 2–0 as some are."""
    changed = replace(fixture, listed_from=at, called_off="forfeited", called_off_from=at)
    if score is not None:
        changed = replace(fixture, listed_from=at, result=Result(*score, overtimes=0))
    return replace(fixture, listed_until=at), changed


def corrected(fixture: Fixture, at: datetime, home: int, away: int) -> Versions:
    """Another final score than the one first filed, by its last period. Its box scores stay as they were."""
    if fixture.result is None:
        raise ValueError(f"game `{fixture.id}` was not played: there is no score to correct")
    result = replace(
        fixture.result,
        home=home,
        away=away,
        home_periods=_ending(fixture.result.home_periods, home),
        away_periods=_ending(fixture.result.away_periods, away),
    )
    return replace(fixture, listed_until=at), replace(fixture, listed_from=at, result=result)


def _ending(periods: tuple[int, ...] | None, points: int) -> tuple[int, ...] | None:
    """The periods with so many points in the last that they add up to `points`."""
    return periods and (*periods[:-1], points - sum(periods[:-1]))


def postponed(fixture: Fixture, at: datetime, again: datetime, new_id: str) -> Versions:
    """Called off, and played on another day under a new id."""
    called_off = replace(fixture, called_off="postponed", called_off_from=at, result=None)
    return called_off, replace(fixture, id=new_id, tip=again, day=day_of(again), listed_from=at)


class ChangedLeague:
    """A league to some of whose games things happen.

    Args:
        league: as it would have been.
        changes: for games by id, what becomes of them, from the functions above.
    """

    def __init__(self, league: League, changes: Mapping[str, Versions]) -> None:
        self._league = league
        self._changes = changes
        self._new_ids = {each.id: each.season for versions in changes.values() for each in versions}
        self._seasons: dict[tuple[str, int], ChangedSeason] = {}

    @property
    def slugs(self) -> tuple[str, ...]:
        """See `League`."""
        return self._league.slugs

    def season(self, slug: str, year: int) -> Season | None:
        """See `League`."""
        if (slug, year) not in self._seasons:
            season = self._league.season(slug, year)
            if season is None:
                return None
            self._seasons[slug, year] = ChangedSeason(season, self._changes)
        return self._seasons[slug, year]

    def season_of_event(self, slug: str, event_id: str) -> int | None:
        """See `League`."""
        return self._new_ids.get(event_id) or self._league.season_of_event(slug, event_id)

    def team(self, slug: str, team_id: str) -> Team | None:
        """See `League`."""
        return self._league.team(slug, team_id)

    def default_now(self) -> datetime:
        """See `League`."""
        return self._league.default_now()


class ChangedSeason:
    """A season with its changes; everything but the schedule is the season's own."""

    def __init__(self, season: Season, changes: Mapping[str, Versions]) -> None:
        self._season = season
        self.fixtures: Sequence[Fixture] = sorted(
            (version for fixture in season.fixtures for version in changes.get(fixture.id, (fixture,))),
            key=lambda fixture: (fixture.tip, fixture.id),
        )

    @property
    def year(self) -> int:
        """See `Season`."""
        return self._season.year

    @property
    def teams(self) -> Mapping[str, Team]:
        """See `Season`."""
        return self._season.teams

    @property
    def polls(self) -> Sequence[Poll]:
        """See `Season`."""
        return self._season.polls

    def roster(self, team_id: str) -> Sequence[Athlete]:
        """See `Season`."""
        return self._season.roster(team_id)

    def box(self, fixture: Fixture) -> tuple[TeamBox | None, TeamBox | None]:
        """See `Season`."""
        return self._season.box(fixture)

    def lines(self, fixture: Fixture) -> tuple[Sequence[PlayerLine], Sequence[PlayerLine]] | None:
        """See `Season`."""
        return self._season.lines(fixture)

    def forecast(self, fixture: Fixture) -> Forecast | None:
        """See `Season`."""
        return self._season.forecast(fixture)

    def odds(self, fixture: Fixture) -> Odds | None:
        """See `Season`."""
        return self._season.odds(fixture)
