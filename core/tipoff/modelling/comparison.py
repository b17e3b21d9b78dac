"""Two versions beside each other: the log losses of walk-forward predictions, on games that both predicted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tipoff.modelling import metrics

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.contracts import Json
    from tipoff.modelling.decisions import Version
    from tipoff.modelling.metrics import FloatArray

MIN_JUDGED_GAMES = 30
"""With fewer games there is no verdict on a version, and between two of them the champion stays."""

MIN_FIRST_GAMES = 300
"""Games in common that are enough to choose the best, among whatever models predicted them."""

_LOSSES = """
    SELECT game_id, w.home_win_prob, r.home_win
    FROM models.walk_forward AS w
    JOIN raw.results AS r USING (league, season, game_id)
    WHERE w.league = $league AND w.spec_id = $spec_id AND w.refit = 'month' AND w.game_date >= $since
"""


@dataclass(frozen=True)
class Verdict:
    """A comparison of log losses, challenger minus champion: negative speaks for the challenger.

    Args:
        games: in common.
        challenger: mean log loss.
        champion: likewise.
        low: lower end of the 95 % interval of the difference.
        high: upper end.
    """

    games: int
    challenger: float
    champion: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: Mapping[str, Any]) -> Verdict | None:
        """From `figures`; None from those of another decision."""
        names = ("games", "log_loss", "champion_log_loss", "difference_low", "difference_high")
        return cls(*(figures[name] for name in names)) if figures.keys() >= set(names) else None

    @property
    def difference(self) -> float:
        """Of the mean log losses."""
        return self.challenger - self.champion

    @property
    def passed(self) -> bool:
        """Whether the challenger is better beyond doubt."""
        return self.games >= MIN_JUDGED_GAMES and self.high < 0

    @property
    def figures(self) -> dict[str, Json]:
        """As JSON."""
        if self.games < MIN_JUDGED_GAMES:
            return {"games": self.games}
        return {
            "games": self.games,
            "log_loss": self.challenger,
            "champion_log_loss": self.champion,
            "difference_low": self.low,
            "difference_high": self.high,
        }

    def __str__(self) -> str:
        if self.games < MIN_JUDGED_GAMES:
            return f"only {self.games} games in common, {MIN_JUDGED_GAMES} are needed"
        return (
            f"log loss {self.challenger:.4f} against {self.champion:.4f} on {self.games} games, "
            f"difference {self.difference:+.4f} (95 % interval {self.low:+.4f} to {self.high:+.4f})"
        )


def compare(challenger: Mapping[str, float], champion: Mapping[str, float]) -> Verdict:
    """Compares log losses by game on the games in common.

    Args:
        challenger: log loss of each game, by game.
        champion: likewise.
    """
    common = sorted(challenger.keys() & champion.keys())
    if len(common) < MIN_JUDGED_GAMES:
        return Verdict(len(common), math.nan, math.nan, math.nan, math.nan)
    one, other = np.array([challenger[game] for game in common]), np.array([champion[game] for game in common])
    low, high = metrics.paired_interval(one - other)
    return Verdict(len(common), float(one.mean()), float(other.mean()), low, high)


def log_losses(con: DuckDBPyConnection, version: Version, since: date = date.min) -> dict[str, float]:
    """The log loss of each game that a version's spec was asked about by walking forward, by game.

    Args:
        con: any connection to the store.
        version: a registered one.
        since: leave out games of earlier days.
    """
    games: Sequence[tuple[str, float, bool]] = con.execute(
        _LOSSES, {"league": version.league, "spec_id": version.spec_id, "since": since}
    ).fetchall()
    if not games:
        return {}
    names, probability, won = zip(*games, strict=True)
    found: FloatArray = metrics.log_losses(np.array(probability), np.array(won, dtype=np.float64))
    return dict(zip(names, found.tolist(), strict=True))


class Best(NamedTuple):
    """The best of several models.

    Args:
        model: its name.
        games: that all of them predicted.
        means: log loss on these games, by model.
    """

    model: str
    games: int
    means: Mapping[str, float]

    def __str__(self) -> str:
        return f"best log loss of {len(self.means)} models on {self.games} games: {self.means[self.model]:.4f}"


def best(losses: Mapping[str, Mapping[str, float]]) -> Best | None:
    """The model with the least mean log loss on the games that all predicted; None where there is no game.

    Args:
        losses: log loss of each game, by game, by model.
    """
    kept, common = _comparable(losses)
    if not common:
        return None
    means = {model: float(np.mean([by_game[game] for game in common])) for model, by_game in kept.items()}
    return Best(min(means, key=lambda model: (means[model], model)), len(common), means)


def _comparable(losses: Mapping[str, Mapping[str, float]]) -> tuple[dict[str, Mapping[str, float]], list[str]]:
    """Those models that can be told apart, and the games that all of them predicted.

    A model is left out that would narrow the games to fewer than `MIN_FIRST_GAMES`, and to fewer than half of those
    that the most predicted model has; it may become champion through the gate later.
    """
    kept: dict[str, Mapping[str, float]] = {}
    common: set[str] = set()
    for model, by_game in sorted(losses.items(), key=lambda item: (-len(item[1]), item[0])):
        shared = common & by_game.keys() if kept else set(by_game)
        if not kept or len(shared) >= min(MIN_FIRST_GAMES, len(next(iter(kept.values()))) / 2):
            kept[model], common = by_game, shared
    return kept, sorted(common)
