"""What the report shows, as plain data: the page, the command line and Airflow's UI are made from it.

Probabilities are of the home team, margins are points, home minus away. Instants are naive UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from tipoff.plugins import Plugin


@dataclass(frozen=True)
class Side:
    """One team of a game; `rank` is its poll rank, if it has one."""

    name: str
    rank: int | None = None


@dataclass(frozen=True)
class Forecast:
    """What one model said about a game, last before the tip; `degraded` says why it is less than it could be."""

    model: str
    champion: bool
    home_win_prob: float
    margin: float
    low_80: float
    high_80: float
    predicted_at: datetime
    degraded: str | None = None


@dataclass(frozen=True)
class Game:
    """A game with its forecasts, the champion's first, then by model."""

    game_id: str
    tip_utc: datetime
    tip_known: bool
    home: Side
    away: Side
    neutral_site: bool
    forecasts: tuple[Forecast, ...]
    benchmarks: Mapping[str, float] = field(default_factory=dict)
    """Home win probability of each published forecast there is, by its name."""
    score: tuple[int, int] | None = None
    """Home and away points, once the game is final."""

    @property
    def forecast(self) -> Forecast:
        """The champion's, or the first there is."""
        return self.forecasts[0]


@dataclass(frozen=True)
class Day:
    """The games of one calendar day (US Eastern), by tip-off."""

    day: date
    games: tuple[Game, ...]


@dataclass(frozen=True)
class Bin:
    """Forecasts of about the same probability, and how often they came true.

    `low` and `high` hold the share won 95 times in 100 if the forecasts were exactly right.
    """

    games: int
    forecast: float
    won: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """A model's calibration on `games` games, with the error that chance alone would give."""

    model: str
    games: int
    error: float
    noise: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class Point:
    """Scores of one period, named by its first day."""

    start: date
    season: int
    games: int
    log_loss: float
    brier: float


@dataclass(frozen=True)
class Series:
    """A forecaster's scores over time; `benchmark` where it is no model of ours."""

    name: str
    champion: bool
    benchmark: bool
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Scored:
    """A forecaster's figures over many games. Figures that do not exist for it are None."""

    name: str
    games: int
    log_loss: float
    brier: float
    accuracy: float
    mae: float | None = None
    rmse: float | None = None
    calibration_error: float | None = None
    coverage_80: float | None = None
    champion: bool = False
    benchmark: bool = False
    version: str = ""
    fitted_to: date | None = None


@dataclass(frozen=True)
class Watched:
    """A model's latest published predictions against its backtest, as last looked at (`tipoff.modelling.decay`)."""

    name: str
    games: int
    last_day: date
    log_loss: float
    expected: float
    low: float
    high: float
    behind: float | None
    decayed: bool


@dataclass(frozen=True)
class Decision:
    """One event of the model registry."""

    at: datetime
    kind: str
    model: str
    version: str
    reason: str


@dataclass(frozen=True)
class League:
    """Everything about one league.

    Args:
        days: days with predictions from today on, the nearest first.
        calibration: of the champion's walk-forward predictions.
        compared: how many games `series` and `benchmarks` are on, the same for every forecaster.
        series: walk-forward scores over time.
        period: ``week`` or ``month``.
        models: walk-forward figures of each current version.
        same_games: every forecaster on the `compared` games, benchmarks included.
        published: graded predictions of the ledger, by model.
        watched: whether they are as good as the backtest promised, by model.
        decisions: newest first.
    """

    name: str
    title: str
    days: tuple[Day, ...] = ()
    calibration: Calibration | None = None
    compared: int = 0
    series: tuple[Series, ...] = ()
    period: str = "month"
    models: tuple[Scored, ...] = ()
    same_games: tuple[Scored, ...] = ()
    published: tuple[Scored, ...] = ()
    watched: tuple[Watched, ...] = ()
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class Freshness:
    """How far a dataset was collected, and how its last run went; `error` is empty where that went well."""

    league: str
    dataset: str
    day: date | None
    ended_at: datetime | None
    rows: int
    quarantined: int
    error: str


@dataclass(frozen=True)
class CheckState:
    """A quality check's latest result."""

    name: str
    table: str
    severity: str
    passed: bool
    offenders: int
    checked_at: datetime


@dataclass(frozen=True)
class Bundle:
    """The whole report.

    Args:
        now: tipoff's present instant, by which «tonight» is meant.
        today: the league's calendar day at `now`.
        source: where the data comes from, as `Settings.source` has it.
        published: whether there is a published copy; without it only `plugins` is filled.
    """

    now: datetime
    today: date
    source: str
    published: bool
    leagues: tuple[League, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    checks: tuple[CheckState, ...] = ()
    plugins: tuple[Plugin, ...] = ()
