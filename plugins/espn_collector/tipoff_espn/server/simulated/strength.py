"""How good every team truly is on every day, and what that makes of a game.

A team's offence and defence (points per 100 possessions, better is higher, 0 is average) are

    coaching, AR(1) over seasons  +  its players' skill, weighted by minutes  +  form, AR(1) over days

and its tempo is AR(1) over seasons. In a game of expected possessions ``n = PACE + tempo_home + tempo_away``:

    margin mu = n/100 * (off_home + def_home - off_away - def_away) + HOME_COURT (0 at a neutral site)
    total     = n/100 * (2 * EFFICIENCY + off_home - def_home + off_away - def_away)
    P(home wins) = Phi(mu / MARGIN_SD)

The margin is drawn from Normal(mu, MARGIN_SD) and rounded to a whole number that is never 0 but stays on its side
of it (`game`). So the probability is exact, and the expected margin differs from mu by less than 0.001 points.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import erf, sqrt

import numpy as np
import numpy.typing as npt

from tipoff_espn.server.simulated import calendar
from tipoff_espn.server.simulated.players import Players, first_rosters, next_rosters
from tipoff_espn.server.simulated.seeds import generator

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HOME_COURT = 3.0
MARGIN_SD = 11.0
PACE = 68.0
EFFICIENCY = 105.0

MINUTES = np.array([0.165, 0.155, 0.145, 0.135, 0.12, 0.1, 0.08, 0.06, 0.04, 0, 0, 0, 0])
"""Share of the minutes by place in the order of skill."""
PROGRAM_SD, PROGRAM_PHI = 4.5, 0.93
"""What a school's name draws: spread over schools, and how much of it lasts from season to season."""
COACHING_SD, COACHING_PHI = 2.2, 0.75
FORM_SD, FORM_PHI = 1.5, 0.975
TEMPO_SD, TEMPO_PHI = 1.8, 0.8
SMALL_COLLEGE = -13.0
"""Where a small college's programme stands, for offence and for defence."""


@dataclass(frozen=True)
class Programs:
    """What carries over from season to season: arrays by team, (teams, 2) for offence and defence."""

    level: Floats
    coaching: Floats
    tempo: Floats


@dataclass(frozen=True)
class Strength:
    """One season's truth.

    Args:
        programs: what carries over.
        players: who plays where.
        offense: by team and day of the season.
        defense: likewise.
        tempo: by team.
        order: each team's players from the best on.
    """

    season: int
    programs: Programs
    players: Players
    offense: Floats
    defense: Floats
    tempo: Floats
    order: Ints

    def possessions(self, home: Ints, away: Ints) -> Floats:
        """Expected possessions of each side."""
        return np.asarray(PACE + self.tempo[home] + self.tempo[away], dtype=np.float64)

    def expect(self, home: Ints, away: Ints, days: Ints, neutral: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """True expected margin (home minus away) and total of games, by the formulas above."""
        per = self.possessions(home, away) / 100
        oh, dh = self.offense[home, days], self.defense[home, days]
        oa, da = self.offense[away, days], self.defense[away, days]
        margin = per * (oh + dh - oa - da) + np.where(neutral, 0.0, HOME_COURT)
        total = per * (2 * EFFICIENCY + oh - dh + oa - da)
        return margin, total

    def day_number(self, day: date) -> int:
        """Column of a day in `offense` and `defense`."""
        return (day - calendar.opening(self.season)).days


def win_probability(margin: float) -> float:
    """P(home wins) for an expected margin: the normal distribution function of ``margin / MARGIN_SD``."""
    return 0.5 * (1 + erf(margin / (MARGIN_SD * sqrt(2))))


def first_season(seed: int, slug: str, season: int, teams: int, division_one: int) -> Strength:
    """The league's first season, drawn from the processes' stationary laws."""
    rng = generator(seed, slug, "programs", season)
    level = rng.normal(0, PROGRAM_SD, (teams, 2)) * 0.6 + rng.normal(0, PROGRAM_SD, (teams, 1)) * 0.8
    level[division_one:] = SMALL_COLLEGE
    programs = Programs(level, rng.normal(0, COACHING_SD, (teams, 2)), rng.normal(0, TEMPO_SD, teams))
    return _season(seed, slug, season, programs, first_rosters(seed, slug, season, level), division_one=division_one)


def next_season(seed: int, slug: str, last: Strength, division_one: int) -> Strength:
    """The season after `last`."""
    season = last.season + 1
    rng = generator(seed, slug, "programs", season)
    teams = len(last.tempo)
    fresh = rng.normal(0, PROGRAM_SD, (teams, 2)) * 0.6 + rng.normal(0, PROGRAM_SD, (teams, 1)) * 0.8
    level = _ar1(last.programs.level, PROGRAM_PHI, fresh)
    level[division_one:] = SMALL_COLLEGE
    programs = Programs(
        level,
        _ar1(last.programs.coaching, COACHING_PHI, rng.normal(0, COACHING_SD, (teams, 2))),
        _ar1(last.programs.tempo, TEMPO_PHI, rng.normal(0, TEMPO_SD, teams)),
    )
    return _season(
        seed, slug, season, programs, next_rosters(seed, slug, season, last.players, level), division_one=division_one
    )


def _ar1(last: Floats, phi: float, fresh: Floats) -> Floats:
    """One step of an AR(1) process whose stationary law is that of `fresh`."""
    return phi * last + sqrt(1 - phi * phi) * fresh


def _season(seed: int, slug: str, season: int, programs: Programs, players: Players, *, division_one: int) -> Strength:
    rng = generator(seed, slug, "form", season)
    teams = len(programs.tempo)
    days = calendar.length(season)
    noise = rng.normal(0, FORM_SD, (days, 2, teams))
    form = np.empty_like(noise)
    form[0] = noise[0]
    for day in range(1, days):
        form[day] = _ar1(form[day - 1], FORM_PHI, noise[day])
    order = np.argsort(-(players.offense + players.defense), axis=1, kind="stable")
    skill = [np.take_along_axis(values, order, axis=1) @ MINUTES for values in (players.offense, players.defense)]
    base = [values + programs.coaching[:, side] for side, values in enumerate(skill)]
    # The league's average is 0 by definition: only differences win games.
    base = [values - values[:division_one].mean() for values in base]
    offense, defense = (base[side][:, None] + form[:, side].T for side in (0, 1))
    return Strength(season, programs, players, offense, defense, programs.tempo, order)
