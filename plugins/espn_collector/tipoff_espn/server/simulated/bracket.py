"""Knock-out tournaments: conference championships, the NCAA tournament and the invitation tournament."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tipoff_espn.server.model import Fixture

ROUND_NAMES = {1: "Final", 2: "Semifinal", 4: "Quarterfinal", 8: "2nd Round", 16: "1st Round"}


@dataclass(frozen=True, slots=True)
class Pairing:
    """A game of a bracket: team indices, and the instants from which each is known to play in it."""

    day: date
    home: int
    away: int
    home_known_from: datetime
    away_known_from: datetime
    round_name: str


Entry = tuple[int, datetime] | None
Play = Callable[[list[Pairing]], list[Fixture]]


def seed_order(size: int) -> list[int]:
    """Seeds (from 0) in bracket order, so that the best two can meet in the final only."""
    order = [0]
    while len(order) < size:
        doubled = 2 * len(order)
        order = [seed for one in order for seed in (one, doubled - 1 - one)]
    return order


def run(
    seeds: Sequence[int],
    known_from: datetime,
    days: Sequence[Sequence[date]],
    play: Play,
) -> list[Fixture]:
    """Plays a bracket to its end.

    Args:
        seeds: team indices, best first; the best get a bye where the number is no power of 2.
        known_from: when the seeding is known.
        days: for each round its days; games take them in turn.
        play: gives each pairing of a round its fixture, with the result.
    """
    size = 1 << (len(seeds) - 1).bit_length()
    entries: list[Entry] = [(seeds[seed], known_from) if seed < len(seeds) else None for seed in seed_order(size)]
    rank = {team: place for place, team in enumerate(seeds)}
    fixtures: list[Fixture] = []
    for round_days in days:
        pairs = list(zip(entries[::2], entries[1::2], strict=True))
        pairings: list[Pairing] = []
        for one, other in pairs:
            if one is None or other is None:
                continue
            home, away = sorted((one, other), key=lambda entry: rank[entry[0]])
            day = round_days[len(pairings) % len(round_days)]
            pairings.append(Pairing(day, home[0], away[0], home[1], away[1], ROUND_NAMES.get(len(pairs), "1st Round")))
        played = iter(zip(play(pairings), pairings, strict=True))
        entries = []
        for one, other in pairs:
            if one is None or other is None:
                entries.append(one or other)
                continue
            fixture, pairing = next(played)
            fixtures.append(fixture)
            won = fixture.result is not None and fixture.result.home > fixture.result.away
            entries.append((pairing.home if won else pairing.away, fixture.ends))
    return fixtures
