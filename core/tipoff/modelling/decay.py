"""Whether a model's published predictions have become worse than its backtest promised.

Two comparisons of the latest graded games, each a bootstrap interval of a difference of mean log losses:

- with the walk-forward predictions at the same time of earlier seasons, since games of November are easier to call
  than those of March: the league, the model or its data has changed;
- with the walk-forward predictions of the same games, where they have been made since: what was published was worse
  than what the model can say, so features were missing or stale when it was asked.

A model has decayed when either interval lies above `WORSE`. With few games nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from tipoff import clock
from tipoff.modelling import metrics

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.modelling.decisions import Note
    from tipoff.modelling.metrics import FloatArray
    from tipoff.warehouse.store import Warehouse

LATEST = 400
"""Graded games that are looked at, the latest."""

MIN_GAMES = 100
"""With fewer, published or to compare with, there is no verdict."""

WORSE = 0.01
"""Nats: a difference that is not worth an alert."""

AROUND = timedelta(days=7)
"""By how much the stretch of earlier seasons reaches further at both ends."""

_PUBLISHED = """
    SELECT model, version, game_id, season, game_date, log_loss FROM predictions.graded WHERE league = $league
    QUALIFY row_number() OVER (PARTITION BY model ORDER BY game_date DESC, game_id DESC) <= $latest
    ORDER BY model, game_date, game_id
"""

_BACKTEST = """
    SELECT w.game_id, w.season, w.game_date,
        -ln(CASE WHEN r.home_win THEN w.home_win_prob ELSE 1 - w.home_win_prob END) AS log_loss
    FROM models.walk_forward AS w
    JOIN models.version AS v ON v.league = w.league AND v.spec_id = w.spec_id
    JOIN raw.results AS r ON r.league = w.league AND r.season = w.season AND r.game_id = w.game_id
    WHERE w.league = $league AND v.model = $model AND v.version = $version AND w.refit = 'month'
    ORDER BY w.game_date, w.game_id
"""


@dataclass(frozen=True)
class Decay:
    """One look at one model; see `models.decay` for the figures."""

    league: str
    model: str
    games: int
    first_day: date
    last_day: date
    log_loss: float
    expected: float
    expected_games: int
    low: float
    high: float
    same_games: int
    behind: float | None
    behind_low: float | None
    behind_high: float | None

    @property
    def decayed(self) -> bool:
        """Whether one of the differences is beyond doubt, and worth an alert."""
        return self.low > WORSE or (self.behind_low is not None and self.behind_low > WORSE)

    def __str__(self) -> str:
        said = (
            f"log loss {self.log_loss:.4f} on the latest {self.games} graded games, from {self.first_day} to "
            f"{self.last_day}; its backtest at this time of earlier seasons {self.expected:.4f}, difference "
            f"{self.log_loss - self.expected:+.4f} (95 % interval {self.low:+.4f} to {self.high:+.4f})"
        )
        if self.behind is None:
            return said
        return (
            f"{said}; on the same {self.same_games} games {self.behind:+.4f} ({self.behind_low:+.4f} to "
            f"{self.behind_high:+.4f})"
        )


def look(warehouse: Warehouse, league: str) -> list[Decay]:
    """Every model of a league of which enough has been published and graded, by name.

    Args:
        warehouse: the store, which is closed again before anything is reckoned.
        league: which league.
    """
    published: dict[str, list[_Game]] = {}
    backtest: dict[str, list[_Game]] = {}
    with warehouse.read() as con:
        versions: dict[str, str] = {}
        for model, version, *game in con.execute(_PUBLISHED, {"league": league, "latest": LATEST}).fetchall():
            published.setdefault(model, []).append(_Game(*game))
            versions[model] = version
        for model, version in versions.items():
            where = {"league": league, "model": model, "version": version}
            backtest[model] = [_Game(*row) for row in con.execute(_BACKTEST, where).fetchall()]
    found = (_compared(league, model, games, backtest[model]) for model, games in published.items())
    return [each for each in found if each]


def record(con: DuckDBPyConnection, found: list[Decay], note: Note) -> None:
    """Keeps a look.

    Args:
        con: a connection from `Warehouse.write`.
        found: by `look`.
        note: who looked when.
    """
    for each in found:
        who = {"league": each.league, "model": each.model, "run_id": note.run_id}
        con.execute(
            "DELETE FROM models.decay WHERE league = $league AND model = $model AND run_id = $run_id", who
        ).fetchall()
        con.execute(
            "INSERT INTO models.decay VALUES ($league, $model, $run_id, $games, $first_day, $last_day, $log_loss, "
            "$expected, $expected_games, $low, $high, $same_games, $behind, $behind_low, $behind_high, $decayed, $now)",
            {**asdict(each), "run_id": note.run_id, "decayed": each.decayed, "now": note.now},
        ).fetchall()


@dataclass(frozen=True)
class _Game:
    game_id: str
    season: int
    day: date
    loss: float

    @property
    def place(self) -> timedelta:
        """How far into the season's year."""
        return self.day - clock.season_start(self.season)


def _compared(league: str, model: str, games: list[_Game], backtest: list[_Game]) -> Decay | None:
    reference = _earlier(games, backtest)
    if len(games) < MIN_GAMES or len(reference) < MIN_GAMES:
        return None
    losses = _losses(games)
    low, high = metrics.difference_interval(losses, _losses(reference))
    again: Mapping[str, float] = {each.game_id: each.loss for each in backtest}
    paired = np.array([each.loss - again[each.game_id] for each in games if each.game_id in again])
    behind = behind_low = behind_high = None
    if len(paired) >= MIN_GAMES:
        behind = float(paired.mean())
        behind_low, behind_high = metrics.paired_interval(paired)
    return Decay(
        league=league,
        model=model,
        games=len(games),
        first_day=games[0].day,
        last_day=games[-1].day,
        log_loss=float(losses.mean()),
        expected=float(_losses(reference).mean()),
        expected_games=len(reference),
        low=low,
        high=high,
        same_games=len(paired),
        behind=behind,
        behind_low=behind_low,
        behind_high=behind_high,
    )


def _earlier(games: list[_Game], backtest: list[_Game]) -> list[_Game]:
    """The backtest's games at this time of earlier seasons, or where those are few all that were before."""
    places = [each.place for each in games]
    first, last, season = min(places) - AROUND, max(places) + AROUND, games[-1].season
    same = [each for each in backtest if each.season < season and first <= each.place <= last]
    return same if len(same) >= MIN_GAMES else [each for each in backtest if each.day < games[0].day]


def _losses(games: list[_Game]) -> FloatArray:
    return np.array([each.loss for each in games], dtype=np.float64)
