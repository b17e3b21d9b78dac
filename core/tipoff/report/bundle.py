"""What the report shows, as plain data: the page, the command line and Airflow's UI are made from it.

Probabilities are of the home team, margins are points, home minus away. Instants are naive UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from tipoff.plugins import Plugin
from tipoff.report.cards import NOBODY, Card, Decision, Served, Ungraded, Watched
from tipoff.report.operations import CheckState, Covered, Done, Drifted, Freshness, Limit, SetAside, Work


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
    total: float | None = None
    """Points of both teams, where the model forecasts them."""
    unfit: str = ""
    """Why its model cannot serve any more, so that this was said before; else empty."""


@dataclass(frozen=True)
class Line:
    """What sportsbooks say of a game, the median of them; points.

    Args:
        margin: home minus away, the negative of the spread.
        total: of both teams, where there is one.
        closing: it is the last one before the tip.
    """

    margin: float
    total: float | None
    closing: bool


@dataclass(frozen=True)
class Game:
    """A game with its forecasts: that of the champion, or of what stands in for it, first, then by model."""

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
    line: Line | None = None
    called_off: str = ""
    """Why no forecast of it is shown: ``postponed``, ``canceled``, ``forfeited``, or that it counts for nobody; else
    empty."""

    @property
    def forecast(self) -> Forecast:
        """The champion's, or that of what stands in for it, or the first there is."""
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
    accuracy: float


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
    unfit: str = ""
    """Why it cannot serve; empty where it can."""
    stands_in: bool = False


@dataclass(frozen=True)
class League:
    """Everything about one league.

    Args:
        served: who serves, and why the champion does not where it cannot.
        days: days with predictions from today on, the nearest first.
        calibrations: of each model's walk-forward predictions, the champion's first.
        compared: how many games `series` and `benchmarks` are on, the same for every forecaster.
        series: walk-forward scores over time.
        period: ``week`` or ``month``.
        models: walk-forward figures of each current version.
        same_games: every forecaster on the `compared` games, benchmarks included.
        published: graded predictions of the ledger, by model.
        record: the same by month.
        watched: whether they are as good as the backtest promised, by model.
        ungraded: games whose published predictions get no grade, with the reason.
        decisions: newest first; those that leave everything as it was (``registered``) are left out.
        verdicts: the gate's latest verdict on each model, the newest first.
        cards: of each serving version, the champion's first.
    """

    name: str
    title: str
    served: Served = NOBODY
    days: tuple[Day, ...] = ()
    calibrations: tuple[Calibration, ...] = ()
    compared: int = 0
    series: tuple[Series, ...] = ()
    period: str = "month"
    models: tuple[Scored, ...] = ()
    same_games: tuple[Scored, ...] = ()
    published: tuple[Scored, ...] = ()
    record: tuple[Series, ...] = ()
    watched: tuple[Watched, ...] = ()
    ungraded: tuple[Ungraded, ...] = ()
    decisions: tuple[Decision, ...] = ()
    verdicts: tuple[Decision, ...] = ()
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """The whole report, or one part of it (`tipoff.report.read.PARTS`): what was not asked for is empty.

    Args:
        now: tipoff's present instant, by which «tonight» is meant.
        today: the league's calendar day at `now`.
        source: where the data comes from, as `Settings.source` has it.
        published: whether there is a published copy; without it only `plugins` is filled.
        trouble: why the published copy cannot be read, with what to do about it; else empty.
    """

    now: datetime
    today: date
    source: str
    published: bool
    trouble: str = ""
    leagues: tuple[League, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    checks: tuple[CheckState, ...] = ()
    covered: tuple[Covered, ...] = ()
    drifted: tuple[Drifted, ...] = ()
    looked_at: datetime | None = None
    """When drift was looked for last."""
    set_aside: tuple[SetAside, ...] = ()
    work: tuple[Work, ...] = ()
    tasks: tuple[Work, ...] = ()
    limits: tuple[Limit, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    run_id: str = ""
    """The one run that `done` and `rest` are about."""
    task_id: str = ""
    """The one task of it that `done` is about; where it is empty, `done` holds everything and `rest` nothing."""
    done: tuple[Done, ...] = ()
    rest: tuple[Done, ...] = ()

    @property
    def stopping(self) -> tuple[CheckState, ...]:
        """Failed checks that stop predictions."""
        return tuple(each for each in self.checks if not each.passed and each.severity == "block")
