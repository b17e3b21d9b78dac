"""What is known of a season at an instant: states of games, records, season averages and ranks.

Nothing here looks past the instant it is given, apart from the schedule itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from tipoff.clock import day_start

from tipoff_espn.server.model import Fixture, PlayerLine, Poll
from tipoff_espn.server.protocol import Season
from tipoff_espn.server.tally import BOX_FIELDS, Averages, PlayerTotals, Record, after, with_game

UNRANKED = 99
_LINES_KEPT = 6_500
"""How many games' players' lines are held: a season's, 30 MB."""

Lines = tuple[Sequence[PlayerLine], Sequence[PlayerLine]]
"""Of the home and of the away side."""

_FIRST_HALF, _SECOND_HALF = 0.42, 0.54
"""Shares of a game's duration at which the first half ends and the second begins."""

Status = Literal["scheduled", "in_progress", "halftime", "final", "postponed", "canceled", "forfeited"]


@dataclass(frozen=True, slots=True)
class State:
    """A game at an instant.

    Args:
        status: where it stands.
        tip: the scheduled tip-off as announced so far: the day's first instant while the hour is unknown.
        time_valid: whether the hour is known.
        home_id: None while to be determined.
        away_id: likewise.
        home: points so far; 0 for a game that has not begun or was called off.
        away: likewise.
        home_periods: points by period so far; None where the league has none, or before the game.
        away_periods: likewise.
        period: halves or quarters and overtimes begun; None where the number of overtimes is unknown.
        clock: seconds left in the period.
        regulation: halves or quarters without overtime.
    """

    status: Status
    tip: datetime
    time_valid: bool
    home_id: str | None
    away_id: str | None
    home: int = 0
    away: int = 0
    home_periods: tuple[int, ...] | None = None
    away_periods: tuple[int, ...] | None = None
    period: int | None = 0
    clock: float = 0.0
    regulation: int = 2

    @property
    def overtimes(self) -> int:
        """Overtimes begun; 0 where their number is unknown."""
        return max(0, (self.period or 0) - self.regulation)

    @property
    def final(self) -> bool:
        """Whether the game was played to its end."""
        return self.status == "final"

    @property
    def live(self) -> bool:
        """Whether it is being played."""
        return self.status in ("in_progress", "halftime")


def state_of(fixture: Fixture, now: datetime) -> State:
    """What is known of a game at `now`."""
    return replace(_state(fixture, now), regulation=fixture.rules.periods)


def _state(fixture: Fixture, now: datetime) -> State:
    time_known = fixture.time_known_from is None or now >= fixture.time_known_from
    tip = fixture.tip if time_known else day_start(fixture.day)
    home = fixture.home_id if fixture.home_known_from is None or now >= fixture.home_known_from else None
    away = fixture.away_id if fixture.away_known_from is None or now >= fixture.away_known_from else None
    if fixture.called_off and fixture.called_off_from and now >= fixture.called_off_from:
        return State(fixture.called_off, tip, time_known, home, away)
    result = fixture.result
    if result is None or now < fixture.tip:
        return State("scheduled", tip, time_known, home, away)
    if now >= fixture.ends:
        period = None if result.overtimes is None else fixture.rules.periods + result.overtimes
        return State(
            "final", tip, time_known, home, away,
            result.home, result.away, result.home_periods, result.away_periods, period,
        )  # fmt: skip
    if result.home_periods is None or result.away_periods is None:
        # Without the points of each period nothing can be said until the end.
        return State("scheduled", tip, time_known, home, away)
    return _live(fixture, now, home, away)


def _live(fixture: Fixture, now: datetime, home: str | None, away: str | None) -> State:
    result = fixture.result
    home_periods = result.home_periods if result else None
    away_periods = result.away_periods if result else None
    if home_periods is None or away_periods is None:
        raise ValueError(f"game `{fixture.id}` has no periods")
    share = (now - fixture.tip) / (fixture.ends - fixture.tip)
    half = fixture.rules.periods // 2
    if _FIRST_HALF <= share < _SECOND_HALF:
        return State(
            "halftime", fixture.tip, True, home, away,
            sum(home_periods[:half]), sum(away_periods[:half]), home_periods[:half], away_periods[:half], half,
        )  # fmt: skip
    if share < _FIRST_HALF:
        done, part = divmod(share / _FIRST_HALF * half, 1)
    else:
        # The second half's periods and every overtime take equal parts of what is left: nobody needs it better.
        done, part = divmod((share - _SECOND_HALF) / (1 - _SECOND_HALF) * (len(home_periods) - half), 1)
        done += half
    begun = min(int(done), len(home_periods) - 1)
    length = fixture.rules.seconds if begun < fixture.rules.periods else 300
    so_far = [(*periods[:begun], int(periods[begun] * part)) for periods in (home_periods, away_periods)]
    return State(
        "in_progress", fixture.tip, True, home, away,
        sum(so_far[0]), sum(so_far[1]), so_far[0], so_far[1], begun + 1, float(int(length * (1 - part))),
    )  # fmt: skip


class _Log:
    """A team's finished games in the order in which they ended, with running sums."""

    def __init__(self, team_id: str, fixtures: Sequence[Fixture]) -> None:
        # Of a game that was changed, as it was in the end.
        played = {f.id: f for f in fixtures if f.result}
        self.fixtures = sorted(played.values(), key=lambda f: (f.ends, f.id))
        self.ends = [f.ends for f in self.fixtures]
        self.records = [Record()]
        for fixture in self.fixtures:
            self.records.append(after(self.records[-1], fixture, team_id))
        self.averages: list[Averages] | None = None
        self.totals: list[Mapping[str, PlayerTotals]] = [{}]


@lru_cache(maxsize=_LINES_KEPT)
def _lines(view: SeasonView, fixture: Fixture) -> Lines | None:
    """A league may draw them each time; scoreboard, schedules, summary and both teams' totals want the same ones."""
    return view.season.lines(fixture)


class SeasonView:
    """A season with its indices, made once; each question comes with its instant."""

    def __init__(self, season: Season) -> None:
        self.season = season
        self.by_id: dict[str, list[Fixture]] = {}
        self.by_day: dict[date, list[Fixture]] = {}
        self.by_team: dict[str, list[Fixture]] = {}
        for fixture in season.fixtures:
            self.by_id.setdefault(fixture.id, []).append(fixture)
            self.by_day.setdefault(fixture.day, []).append(fixture)
            for team_id in (fixture.home_id, fixture.away_id):
                self.by_team.setdefault(team_id, []).append(fixture)
        self._logs: dict[str, _Log] = {}
        self._polls: dict[str, tuple[list[datetime], list[dict[str, int]], list[Poll]]] | None = None

    def _log(self, team_id: str) -> _Log:
        log = self._logs.get(team_id)
        if log is None:
            log = self._logs[team_id] = _Log(team_id, self.by_team.get(team_id, ()))
        return log

    def listed(self, fixtures: Sequence[Fixture], now: datetime) -> list[Fixture]:
        """Those of `fixtures` that are on the schedule at `now`."""
        return [fixture for fixture in fixtures if fixture.is_listed(now)]

    def record(self, team_id: str, instant: datetime) -> Record:
        """A team's record at an instant."""
        log = self._log(team_id)
        return log.records[bisect_right(log.ends, instant)]

    def averages(self, team_id: str, instant: datetime) -> Averages:
        """A team's season averages at an instant, over the games that have a box score."""
        log = self._log(team_id)
        if log.averages is None:
            log.averages = self._running(log, team_id)
        return log.averages[bisect_right(log.ends, instant)]

    def _running(self, log: _Log, team_id: str) -> list[Averages]:
        games, sums = 0, [0] * len(BOX_FIELDS)
        lacking: set[int] = set()
        running = [Averages(0, [None] * len(BOX_FIELDS))]
        for fixture in log.fixtures:
            box = self.season.box(fixture)[0 if fixture.home_id == team_id else 1]
            if box is not None:
                games += 1
                for place, name in enumerate(BOX_FIELDS):
                    value = getattr(box, name)
                    if value is None:
                        lacking.add(place)
                    else:
                        sums[place] += value
            running.append(Averages(games, [None if p in lacking else total for p, total in enumerate(sums)]))
        return running

    def finished(self, team_id: str, instant: datetime) -> Sequence[Fixture]:
        """A team's games that were over at an instant, in the order in which they ended."""
        log = self._log(team_id)
        return log.fixtures[: bisect_right(log.ends, instant)]

    def totals(self, team_id: str, instant: datetime) -> Mapping[str, PlayerTotals]:
        """A team's players' season totals at an instant, by athlete; empty where the league has no players' lines."""
        games = self.finished(team_id, instant)
        running = self._log(team_id).totals
        for fixture in games[len(running) - 1 :]:
            running.append(with_game(running[-1], self.lines(fixture), at_home=fixture.home_id == team_id))
        return running[len(games)]

    def lines(self, fixture: Fixture) -> Lines | None:
        """Players' lines of a played game."""
        return _lines(self, fixture)

    def polls(self, kind: str, instant: datetime) -> list[Poll]:
        """The polls released by an instant, the one in force last."""
        releases, _, polls = self._by_kind(kind)
        return polls[: bisect_right(releases, instant)]

    def rank(self, team_id: str | None, instant: datetime) -> int | None:
        """A team's rank in the AP poll in force: 99 when unranked, None where the league has no polls."""
        if not self.season.polls:
            return None
        releases, ranks, _ = self._by_kind("ap")
        place = bisect_right(releases, instant)
        if not place or team_id is None:
            return UNRANKED
        return ranks[place - 1].get(team_id, UNRANKED)

    def _by_kind(self, kind: str) -> tuple[list[datetime], list[dict[str, int]], list[Poll]]:
        if self._polls is None:
            self._polls = {}
            for one in ("ap", "usa"):
                polls = [poll for poll in self.season.polls if poll.kind == one]
                ranks = [{rank.team_id: rank.current for rank in poll.ranks} for poll in polls]
                self._polls[one] = ([poll.released for poll in polls], ranks, polls)
        return self._polls[kind]
