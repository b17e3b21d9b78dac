"""Sums over a team's games: wins and losses, box scores, players' lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from tipoff_espn.server.model import Athlete, Fixture, PlayerLine, TeamBox


class Record(NamedTuple):
    """Wins and losses, and points, up to an instant."""

    wins: int = 0
    losses: int = 0
    home_wins: int = 0
    home_losses: int = 0
    road_wins: int = 0
    road_losses: int = 0
    conference_wins: int = 0
    conference_losses: int = 0
    points: int = 0
    points_against: int = 0
    streak: int = 0
    """Games won (or, negative, lost) in a row."""

    @property
    def games(self) -> int:
        """Games played."""
        return self.wins + self.losses


BOX_FIELDS = tuple(field.name for field in fields(TeamBox))


class Averages:
    """Sums over the box scores of a team's games so far; a figure that any of them lacks is None."""

    def __init__(self, games: int, sums: Sequence[int | None]) -> None:
        self.games = games
        self._sums = dict(zip(BOX_FIELDS, sums, strict=True))

    def total(self, name: str) -> int | None:
        """Sum of a `TeamBox` field."""
        return self._sums[name]

    def mean(self, *names: str) -> float | None:
        """Mean a game of a field, or of the sum of fields."""
        sums = [self._sums[name] for name in names]
        if not self.games or any(value is None for value in sums):
            return None
        return sum(value for value in sums if value is not None) / self.games

    def share(self, made: str, tried: str) -> float | None:
        """`made` of `tried`, in percent."""
        top, bottom = self._sums[made], self._sums[tried]
        return 100 * top / bottom if top is not None and bottom else None


def after(record: Record, fixture: Fixture, team_id: str) -> Record:
    """A team's record with one more game."""
    result = fixture.result
    if result is None:
        return record
    at_home = fixture.home_id == team_id
    own, other = (result.home, result.away) if at_home else (result.away, result.home)
    won = own > other
    home = at_home and not fixture.neutral_site
    road = not at_home and not fixture.neutral_site
    in_conference = fixture.conference_game and not fixture.tournament_game
    return Record(
        record.wins + won,
        record.losses + (not won),
        record.home_wins + (won and home),
        record.home_losses + (not won and home),
        record.road_wins + (won and road),
        record.road_losses + (not won and road),
        record.conference_wins + (won and in_conference),
        record.conference_losses + (not won and in_conference),
        record.points + own,
        record.points_against + other,
        max(record.streak, 0) + 1 if won else min(record.streak, 0) - 1,
    )


LINE_FIELDS = tuple(field.name for field in fields(PlayerLine) if field.name not in ("athlete", "starter"))


@dataclass(frozen=True, slots=True)
class PlayerTotals:
    """A player's figures over `games` that he played in, in the order of `LINE_FIELDS`."""

    athlete: Athlete
    games: int = 0
    figures: tuple[int, ...] = (0,) * len(LINE_FIELDS)

    def total(self, *names: str) -> int:
        """The sum of one figure, or of several."""
        return sum(self.figures[LINE_FIELDS.index(name)] for name in names)

    def plus(self, line: PlayerLine) -> PlayerTotals:
        """With one more game."""
        figures = (have + getattr(line, name) for have, name in zip(self.figures, LINE_FIELDS, strict=True))
        return PlayerTotals(line.athlete, self.games + 1, tuple(figures))


def with_game(
    so_far: Mapping[str, PlayerTotals],
    lines: tuple[Sequence[PlayerLine], Sequence[PlayerLine]] | None,
    *,
    at_home: bool,
) -> Mapping[str, PlayerTotals]:
    """A team's players' totals with one more game."""
    if lines is None:
        return so_far
    played = [line for line in lines[0 if at_home else 1] if line.minutes > 0]
    more = {line.athlete.id: so_far.get(line.athlete.id, PlayerTotals(line.athlete)).plus(line) for line in played}
    return {**so_far, **more}
