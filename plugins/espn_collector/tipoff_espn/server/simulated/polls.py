"""Weekly polls, from what voters can have seen by then: pre-season opinion and results so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from tipoff_espn.server.dates import eastern, selection_sunday
from tipoff_espn.server.model import Poll, RankedTeam
from tipoff_espn.server.simulated import calendar
from tipoff_espn.server.simulated.strength import HOME_COURT

Floats = npt.NDArray[np.float64]

PRIOR_GAMES = 6.0
"""How many games' worth the pre-season opinion weighs."""
MARGIN_CAP = 20.0
RANKED = 25
VOTERS = 62
OTHERS = 6
"""How many more teams get votes."""


@dataclass(frozen=True)
class Played:
    """Played games as arrays: team indices, margin (home minus away), neutral site, and the final horn."""

    home: npt.NDArray[np.int64]
    away: npt.NDArray[np.int64]
    margin: Floats
    neutral: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.datetime64]

    def before(self, instant: datetime) -> Played:
        """Those that were over at `instant`."""
        over = self.ends <= np.datetime64(instant, "s")
        return Played(self.home[over], self.away[over], self.margin[over], self.neutral[over], self.ends[over])


def power_ratings(played: Played, prior: Floats) -> Floats:
    """Points above average by opponent-adjusted margin, shrunk to `prior` (a simple rating system)."""
    teams = len(prior)
    capped = np.clip(played.margin - np.where(played.neutral, 0, HOME_COURT), -MARGIN_CAP, MARGIN_CAP)
    games = np.bincount(played.home, minlength=teams) + np.bincount(played.away, minlength=teams)
    ratings = prior.copy()
    for _ in range(12):
        total = np.bincount(played.home, capped + ratings[played.away], teams)
        total += np.bincount(played.away, ratings[played.home] - capped, teams)
        ratings = (PRIOR_GAMES * prior + total) / (PRIOR_GAMES + games)
    return ratings


def make_polls(rng: np.random.Generator, season: int, played: Played, prior: Floats, team_ids: list[str]) -> list[Poll]:
    """Both polls of every week, oldest first: pre-season, each Monday, and after the last game.

    Only the teams of `team_ids`, the first ones of `prior`, can be ranked.
    """
    division_one = len(team_ids)
    first = calendar.opening(season)
    releases = [first - timedelta(days=14)]
    monday = first + timedelta(days=7)
    while monday <= selection_sunday(season) + timedelta(days=1):
        releases.append(monday)
        monday += timedelta(days=7)
    releases.append(calendar.last_day(season) + timedelta(days=1))
    ranked = min(RANKED, division_one)
    polls: list[Poll] = []
    last: dict[str, dict[str, int]] = {"ap": {}, "usa": {}}
    kinds: tuple[Literal["ap", "usa"], ...] = ("ap", "usa")
    for week, day in enumerate(releases, start=1):
        released = eastern(day, 12)
        ratings = power_ratings(played.before(released), prior)[:division_one]
        for kind in kinds:
            seen = ratings + rng.normal(0, 0.5, division_one)
            order = np.argsort(-seen, kind="stable").tolist()
            top, rest = order[:ranked], order[ranked : ranked + OTHERS]
            votes = _first_place_votes(seen[top])
            ranks = tuple(
                RankedTeam(
                    team_ids[team],
                    place,
                    last[kind].get(team_ids[team], 0),
                    _points(place, ranked),
                    votes[place - 1],
                )
                for place, team in enumerate(top, start=1)
            )
            fewest = _points(ranked, ranked)
            others = tuple(
                RankedTeam(team_ids[team], 0, last[kind].get(team_ids[team], 0), fewest - 2 * place, 0)
                for place, team in enumerate(rest, start=1)
                if fewest > 2 * place
            )
            last[kind] = {rank.team_id: rank.current for rank in ranks}
            season_type = 3 if day > calendar.last_day(season) else 2
            polls.append(Poll(kind, week, released, season_type, ranks, others))
    return polls


def _points(place: int, ranked: int) -> float:
    return float(VOTERS * (ranked + 1 - place) - (place - 1) * 2)


def _first_place_votes(ratings: Floats) -> list[int]:
    weight = np.exp((ratings - ratings[0]) * 1.2)
    votes = np.floor(VOTERS * weight / weight.sum()).astype(int)
    votes[0] += VOTERS - votes.sum()
    return [int(v) for v in votes]
