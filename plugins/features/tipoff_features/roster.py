"""What a team's roster says of its season before the first game: who stayed, who came and from where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tipoff_features.season import Floats

USUAL_RETURN = 0.66
"""Share of a team's minutes that usually stays or is replaced by transfers, these counted seven tenths."""

_YEARS = {"FR": 1, "SO": 2, "JR": 3, "SR": 4, "GR": 5}
_HEIGHT = 77.0
_SLIGHT = 0.03
"""Weight of a player who has not played yet in means over the roster, beside shares of the minutes."""


@dataclass(frozen=True)
class Player:
    """A row of sql/squads.sql; shares are 0 for one who has not played."""

    team: str
    former: str | None
    seasons_ago: int
    minutes: float
    starts: float
    rate: float
    year: int | None
    height: float | None

    @property
    def stayed(self) -> bool:
        """Played here last season."""
        return self.former == self.team and self.seasons_ago == 1

    @property
    def came(self) -> bool:
        """Played elsewhere last season."""
        return self.former is not None and self.former != self.team and self.seasons_ago == 1


@dataclass(frozen=True)
class Standing:
    """What a team's earlier seasons say: its rating in the last one, over several, and its conference's mean."""

    last: float
    usual: float
    conference: float


def players_of(squads: pa.Table) -> dict[int, dict[str, list[Player]]]:
    """The players by season and team."""
    found: dict[int, dict[str, list[Player]]] = {}
    for row in squads.to_pylist():
        player = Player(
            team=row["team_id"],
            former=row["former_team_id"],
            seasons_ago=row["seasons_ago"] or 0,
            minutes=row["minutes_share"] or 0.0,
            starts=row["starts_share"] or 0.0,
            rate=row["minutes_rate"] or 0.0,
            year=_YEARS.get(row["class_year"] or ""),
            height=row["height_in"],
        )
        found.setdefault(row["season"], {}).setdefault(player.team, []).append(player)
    return found


def returning(squad: Sequence[Player]) -> float:
    """Share of last season's minutes by players who are still there."""
    return sum(player.minutes for player in squad if player.stayed)


def incoming(squad: Sequence[Player]) -> float:
    """Shares of their former teams' minutes that those who came had, summed."""
    return sum(player.minutes for player in squad if player.came)


def describe(squad: Sequence[Player], standing: Standing, ratings: Mapping[str, float], low: float) -> Floats:
    """Numbers that a linear model of the team's next rating can use.

    Args:
        squad: the team's players; empty where no roster is known, and then all is NaN.
        standing: of the team.
        ratings: of all teams last season, by id.
        low: rating of teams that did not play then.
    """
    if not squad:
        return np.full(len(NAMES), np.nan)
    stayed = [player for player in squad if player.stayed]
    came = [player for player in squad if player.came]
    better = [ratings.get(player.former or "", low) - standing.last for player in came]
    sat_out = [player for player in squad if player.former is not None and player.seasons_ago > 1]
    new = [player for player in squad if player.former is None]
    weights = np.array([player.minutes + _SLIGHT for player in squad])
    heights = np.array([(player.height or _HEIGHT) - _HEIGHT for player in squad])
    years = np.array([(player.year or 2.5) - 2.5 for player in squad])
    stay = returning(squad)
    values = {
        "returning": stay,
        "returning_starts": sum(player.starts for player in stayed),
        "returning_better_than_conference": stay * (standing.last - standing.conference),
        "returning_better_than_usual": stay * (standing.last - standing.usual),
        "returning_freshmen": sum(player.minutes for player in stayed if player.year == 2),
        "returning_sophomores": sum(player.minutes for player in stayed if player.year == 3),
        "returning_juniors": sum(player.minutes for player in stayed if player.year == 4),
        "incoming": incoming(squad),
        "incoming_starts": sum(player.starts for player in came),
        "incoming_minutes_from_better": sum(p.minutes * gap for p, gap in zip(came, better, strict=True)),
        "incoming_starts_from_better": sum(p.starts * gap for p, gap in zip(came, better, strict=True)),
        "incoming_bench_from_better": sum(max(1.0 - p.rate, 0.0) * gap for p, gap in zip(came, better, strict=True)),
        "back_after_a_season": sum(player.minutes for player in sat_out if player.former == player.team),
        "came_after_a_season": sum(player.minutes for player in sat_out if player.former != player.team),
        "newcomers_freshmen": float(sum(player.year == 1 for player in new)),
        "newcomers_older": float(sum((player.year or 0) > 1 for player in new)),
        "height": float((weights * heights).sum() / weights.sum()),
        "experience": float((weights * years).sum() / weights.sum()),
    }
    return np.array([values[name] for name in NAMES])


NAMES = (
    "returning",
    "returning_starts",
    "returning_better_than_conference",
    "returning_better_than_usual",
    "returning_freshmen",
    "returning_sophomores",
    "returning_juniors",
    "incoming",
    "incoming_starts",
    "incoming_minutes_from_better",
    "incoming_starts_from_better",
    "incoming_bench_from_better",
    "back_after_a_season",
    "came_after_a_season",
    "newcomers_freshmen",
    "newcomers_older",
    "height",
    "experience",
)
"""Of what `describe` gives, in order."""
