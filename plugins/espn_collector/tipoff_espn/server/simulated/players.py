"""Rosters over the seasons: graduates leave, some transfer, freshmen come, and those who stay get better.

An athlete keeps his id, name and build wherever he plays. All arrays have the shape (teams, `ROSTER`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tipoff_espn.server.simulated.seeds import generator

ROSTER = 13
POSITIONS = np.array([0, 0, 1, 1, 2, 0, 0, 1, 1, 2, 0, 1, 2])
"""Guard, forward or centre in each of a roster's places; whoever fills a place has its position."""
MEAN_HEIGHT = np.array([74.5, 79.0, 82.5])
FIRST_ATHLETE_ID = 4_100_000

GRADUATE_RETURNS = 0.15
LEAVES_EARLY = 0.08
TRANSFERS = 0.13
SKILL_SD = 2.6
"""Spread of skill within a recruiting class, points per 100 possessions at full use."""
FRESHMAN = -1.5
YEARLY_GAIN = 1.0

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Players:
    """Who plays where in one season.

    Args:
        ids: athletes' numbers.
        years: 1 freshman … 4 senior, 5 graduate.
        offense: points a player adds per 100 possessions, were he on the floor with four of his kind.
        defense: points he saves, likewise.
        heights: inches.
        weights: pounds.
        looks: random whole numbers that names, jerseys and home towns are read from.
        next_id: the first number that is free.
    """

    ids: Ints
    years: Ints
    offense: Floats
    defense: Floats
    heights: Ints
    weights: Ints
    looks: Ints
    next_id: int


def first_rosters(seed: int, slug: str, season: int, programs: Floats) -> Players:
    """The rosters with which the league begins. `programs` (teams, 2) draw recruits of that mean skill."""
    rng = generator(seed, slug, "players", season)
    teams = len(programs)
    shape = (teams, ROSTER)
    whole, real = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    empty = Players(
        ids=whole.copy(),
        years=whole.copy(),
        offense=real.copy(),
        defense=real.copy(),
        heights=whole.copy(),
        weights=whole.copy(),
        looks=whole.copy(),
        next_id=FIRST_ATHLETE_ID,
    )
    filled = _recruit(rng, empty, np.ones(shape, dtype=bool), programs)
    years = rng.integers(1, 5, size=shape)
    gain = YEARLY_GAIN * (years - 1)
    return replace(filled, years=years, offense=filled.offense + gain, defense=filled.defense + gain)


def next_rosters(seed: int, slug: str, season: int, last: Players, programs: Floats) -> Players:
    """The rosters of `season`, from those of the season before."""
    rng = generator(seed, slug, "players", season)
    shape = last.ids.shape
    chance = rng.random(shape)
    done = (last.years >= 5) | ((last.years == 4) & (chance > GRADUATE_RETURNS))
    early = (last.years < 4) & (chance < LEAVES_EARLY)
    moves = (last.years < 4) & (chance > 1 - TRANSFERS)
    grown = replace(
        last,
        years=last.years + 1,
        offense=last.offense + YEARLY_GAIN + rng.normal(0, 0.8, shape),
        defense=last.defense + YEARLY_GAIN + rng.normal(0, 0.8, shape),
        ids=last.ids.copy(),
        heights=last.heights.copy(),
        weights=last.weights + rng.integers(0, 5, shape),
        looks=last.looks.copy(),
    )
    vacant = _transfer(rng, grown, moves, done | early | moves, programs)
    return _recruit(rng, grown, vacant, programs)


def _transfer(
    rng: np.random.Generator,
    players: Players,
    moves: npt.NDArray[np.bool_],
    open_: npt.NDArray[np.bool_],
    programs: Floats,
) -> npt.NDArray[np.bool_]:
    """Moves the movers into open places of their position, better ones rather to better programs, in place.

    Returns:
        The places that are still open.
    """
    vacant = open_.copy()
    level = programs.sum(axis=1)
    position = np.broadcast_to(POSITIONS, open_.shape)
    for kind in range(3):
        movers = np.argwhere(moves & (position == kind))
        places = np.argwhere(open_ & (position == kind))
        skill = (players.offense + players.defense)[tuple(movers.T)]
        movers = movers[np.argsort(-(skill + rng.normal(0, 4, len(movers))), kind="stable")]
        places = rng.permutation(places)[: len(movers)]
        places = places[np.argsort(-(level[places[:, 0]] + rng.normal(0, 4, len(places))), kind="stable")]
        source, target = tuple(movers.T), tuple(places.T)
        for values in (
            players.ids,
            players.years,
            players.offense,
            players.defense,
            players.heights,
            players.weights,
            players.looks,
        ):
            values[target] = values[source]
        vacant[target] = False
    return vacant


def _recruit(rng: np.random.Generator, players: Players, vacant: npt.NDArray[np.bool_], programs: Floats) -> Players:
    """Fills the vacant places with freshmen, in place."""
    count = int(vacant.sum())
    team = np.argwhere(vacant)[:, 0]
    position = np.broadcast_to(POSITIONS, vacant.shape)[vacant]
    players.ids[vacant] = players.next_id + np.arange(count)
    players.years[vacant] = 1
    players.offense[vacant] = programs[team, 0] + FRESHMAN + rng.normal(0, SKILL_SD, count)
    players.defense[vacant] = programs[team, 1] + FRESHMAN + rng.normal(0, SKILL_SD, count)
    players.heights[vacant] = np.rint(MEAN_HEIGHT[position] + rng.normal(0, 1.8, count)).astype(np.int64)
    players.weights[vacant] = np.rint(players.heights[vacant] * 4.4 - 145 + rng.normal(0, 10, count)).astype(np.int64)
    players.looks[vacant] = rng.integers(0, 2**48, count)
    return replace(players, next_id=players.next_id + count)
