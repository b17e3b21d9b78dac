"""The regular season: who meets whom, where and when.

A season is a row of half-weeks (Monday to Wednesday, Thursday to Sunday). In each, a team plays at most once;
the games of a half-week are spread over its days so that every day has some and few teams play two days running.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tipoff_espn.server.simulated import calendar
from tipoff_espn.server.simulated.seeds import generator
from tipoff_espn.server.simulated.teams import Universe

NON_CONFERENCE_GAMES = 13
MAX_CONFERENCE_ROUNDS = 18
NEUTRAL_SHARE = 0.12
SMALL_COLLEGE_HALF_WEEKS = 5
DAY_WEIGHT = (0.8, 1.0, 1.1, 1.0, 0.7, 2.4, 1.0)
"""How many games a weekday draws, from Monday on."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A regular-season game before it has a tip-off: team indices and a day."""

    day: date
    home: int
    away: int
    conference: bool
    neutral: bool


def regular_season(seed: int, slug: str, season: int, universe: Universe) -> list[Meeting]:
    """Every game of the regular season, by day."""
    rng = generator(seed, slug, "schedule", season)
    halves = calendar.half_weeks(season)
    early = 2 * calendar.NON_CONFERENCE_WEEKS
    planner = _Planner(rng)
    conference_rounds = _conference_rounds(rng, universe, len(halves) - early)
    rest = rng.permutation(universe.division_one)
    met: set[tuple[int, int]] = set()
    for number, days in enumerate(halves):
        if number < early:
            pairs = _non_conference(rng, universe, number, early, rest=rest, met=met)
        else:
            pairs = [(home, away, True, False) for home, away in conference_rounds[number - early]]
        planner.place(days, pairs)
    planner.meetings.sort(key=lambda meeting: (meeting.day, meeting.home))
    return planner.meetings


def _non_conference(
    rng: np.random.Generator,
    universe: Universe,
    number: int,
    rounds: int,
    *,
    rest: np.typing.NDArray[np.int64],
    met: set[tuple[int, int]],
) -> list[tuple[int, int, bool, bool]]:
    """Pairs of one half-week: everyone but those who rest, never within a conference, no pair twice."""
    off = rounds - NON_CONFERENCE_GAMES
    step = rounds / off
    resting = {
        int(t)
        for t in range(universe.division_one)
        if int((number + rest[t]) % rounds / step) != int((number + rest[t] - 1) % rounds / step)
    }
    waiting = [int(t) for t in rng.permutation(universe.division_one) if int(t) not in resting]
    pairs: list[tuple[int, int, bool, bool]] = []
    while waiting:
        home = waiting.pop()
        for place in range(len(waiting) - 1, -1, -1):
            away = waiting[place]
            pair = (min(home, away), max(home, away))
            if universe.conference_of[home] != universe.conference_of[away] and pair not in met:
                met.add(pair)
                waiting.pop(place)
                pairs.append((home, away, False, bool(rng.random() < NEUTRAL_SHARE)))
                break
    if number < SMALL_COLLEGE_HALF_WEEKS:
        guests = rng.permutation(np.arange(universe.division_one, len(universe.teams))).tolist()
        hosts = sorted(resting)[: max(1, len(guests) // 3)]
        pairs += [(host, guest, False, False) for host, guest in zip(hosts, guests, strict=False)]
    return pairs


def _conference_rounds(rng: np.random.Generator, universe: Universe, slots: int) -> list[list[tuple[int, int]]]:
    """Home-and-home within each conference, its rounds spread evenly over the half-weeks, conferences staggered."""
    by_slot: list[list[tuple[int, int]]] = [[] for _ in range(slots)]
    for number, members in enumerate(universe.members):
        rounds = double_round_robin([int(t) for t in rng.permutation(members)])[:MAX_CONFERENCE_ROUNDS]
        shift = number / len(universe.members)
        for place, pairs in enumerate(rounds):
            by_slot[min(int((place + shift) * slots / len(rounds)), slots - 1)].extend(pairs)
    return by_slot


def double_round_robin(members: list[int]) -> list[list[tuple[int, int]]]:
    """Everyone meets everyone once at home and once away (circle method): rounds of (home, away)."""
    ring: list[int | None] = [*members, None] if len(members) % 2 else [*members]
    half = len(ring) // 2
    first = []
    for number in range(len(ring) - 1):
        pairs = []
        for place in range(half):
            one, other = ring[place], ring[-1 - place]
            if one is not None and other is not None:
                pairs.append((one, other) if (number + place) % 2 else (other, one))
        first.append(pairs)
        ring = [ring[0], ring[-1], *ring[1:-1]]
    return first + [[(away, home) for home, away in pairs] for pairs in first]


class _Planner:
    """Gives each pair of a half-week its day."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._last: dict[int, date] = {}
        self.meetings: list[Meeting] = []

    def place(self, days: list[date], pairs: list[tuple[int, int, bool, bool]]) -> None:
        """The least loaded day on which neither team plays for the second day running."""
        load = dict.fromkeys(days, 0)
        jitter = self._rng.random(len(pairs) * len(days)).tolist()
        for home, away, conference, neutral in pairs:
            rested = max(self._last.get(home, date.min), self._last.get(away, date.min)) + timedelta(days=1)
            day = min(
                days,
                key=lambda d: (
                    (load[d] + 0.5 + 0.3 * jitter.pop()) / DAY_WEIGHT[d.weekday()] + (1000 if d <= rested else 0)
                ),
            )
            load[day] += 1
            self._last[home] = self._last[away] = day
            self.meetings.append(Meeting(day, home, away, conference, neutral))
