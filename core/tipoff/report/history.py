"""How good the walk-forward predictions were: over time, beside the benchmarks, and how well calibrated.

Forecasters are compared on the same games: those that all of them predicted. Whoever has fewer than half of the
champion's games is left out, since he would narrow the comparison too much.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tipoff.modelling import metrics
from tipoff.report.bundle import Bin, Calibration, Point, Scored, Series

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.modelling.metrics import FloatArray

WEEKS_UNTIL = timedelta(days=240)
"""A shorter history than this is shown by week, a longer one by month."""

MIN_GAMES = 20
"""A period with fewer games is left out of the chart: its mean says nothing."""

_OUTCOMES = """
    SELECT g.game_id, g.game_date, g.season, g.margin,
           o.home_win_prob AS projection, s.spread
    FROM raw.results g
    LEFT JOIN raw.odds o ON o.league = g.league AND o.season = g.season AND o.game_id = g.game_id
        AND o.provider = 'espn_projection'
    LEFT JOIN (
        SELECT league, season, game_id, median(home_spread_close) AS spread
        FROM raw.odds GROUP BY league, season, game_id
    ) s ON s.league = g.league AND s.season = g.season AND s.game_id = g.game_id
    WHERE g.league = $league
    ORDER BY g.game_date, g.game_id
"""

_FORECASTS = """
    SELECT w.game_id, w.home_win_prob, w.margin, w.margin_sd
    FROM models.walk_forward w
    JOIN models.version v ON v.league = w.league AND v.model = w.model AND v.spec_id = w.spec_id
    WHERE w.league = $league AND v.model = $model AND v.version = $version
    QUALIFY row_number() OVER (PARTITION BY w.game_id ORDER BY w.refit) = 1
"""


@dataclass(frozen=True)
class History:
    """The part of `tipoff.report.bundle.League` that is about past games."""

    calibration: Calibration | None = None
    compared: int = 0
    series: tuple[Series, ...] = ()
    period: str = "month"
    same_games: tuple[Scored, ...] = ()


@dataclass(frozen=True)
class _Forecaster:
    """Forecasts aligned with the outcomes; NaN where there is none."""

    name: str
    probability: FloatArray
    margin: FloatArray
    margin_sd: FloatArray
    champion: bool = False
    benchmark: bool = False


@dataclass(frozen=True)
class _Outcomes:
    days: list[date]
    seasons: npt.NDArray[np.int64]
    margin: FloatArray

    @property
    def won(self) -> FloatArray:
        return (self.margin > 0).astype(np.float64)


def read(con: DuckDBPyConnection, league: str, current: dict[str, str], champion: str, *, embedded: bool) -> History:
    """Everything about past games of a league.

    Args:
        con: to the published copy.
        league: which league.
        current: the version of each model to show.
        champion: name of the champion's model, or empty.
        embedded: the league is simulated, so that its projection is the true probability.
    """
    rows = con.execute(_OUTCOMES, {"league": league}).fetchall()
    place = {row[0]: index for index, row in enumerate(rows)}
    outcomes = _Outcomes(
        [row[1] for row in rows],
        np.array([row[2] for row in rows], dtype=np.int64),
        np.array([row[3] for row in rows], dtype=np.float64),
    )
    models = [
        model
        for name, version in sorted(current.items(), key=lambda item: (item[0] != champion, item[0]))
        if (model := _model(con, league, name, version, place)) is not None
    ]
    if not models:
        return History()
    models = [dataclasses.replace(each, champion=each.name == champion) for each in models]
    compared, same = _same_games([*models, *_benchmarks(rows, embedded)])
    period = "week" if _span(outcomes.days, same) < WEEKS_UNTIL else "month"
    return History(
        calibration=_calibration(models[0], outcomes),
        compared=int(same.sum()),
        series=tuple(_series(each, outcomes, same, period) for each in compared),
        period=period,
        same_games=tuple(_scored(each, outcomes, same) for each in compared) if same.any() else (),
    )


def _model(con: DuckDBPyConnection, league: str, name: str, version: str, place: dict[str, int]) -> _Forecaster | None:
    said = np.full((3, len(place)), np.nan)
    for game_id, *figures in con.execute(_FORECASTS, {"league": league, "model": name, "version": version}).fetchall():
        if game_id in place:
            said[:, place[game_id]] = figures
    return None if np.isnan(said[0]).all() else _Forecaster(name, *said)


def _benchmarks(rows: list[tuple[object, ...]], embedded: bool) -> list[_Forecaster]:
    projection = np.array([row[4] for row in rows], dtype=np.float64)
    spread = np.array([row[5] for row in rows], dtype=np.float64)
    nothing = np.full(len(rows), np.nan)
    return [
        _Forecaster("best possible" if embedded else "ESPN projection", projection, nothing, nothing, benchmark=True),
        _Forecaster("closing line", metrics.closing_line_probability(spread), -spread, nothing, benchmark=True),
    ]


def _same_games(forecasters: list[_Forecaster]) -> tuple[list[_Forecaster], npt.NDArray[np.bool_]]:
    """Who can be compared, and on which games."""
    kept: list[_Forecaster] = []
    same = np.ones(len(forecasters[0].probability), dtype=np.bool_)
    for each in forecasters:
        shared = same & ~np.isnan(each.probability)
        if kept and shared.sum() * 2 < (~np.isnan(kept[0].probability)).sum():
            continue
        kept.append(each)
        same = shared
    return kept, same


def _span(days: list[date], same: npt.NDArray[np.bool_]) -> timedelta:
    used = np.flatnonzero(same)
    return days[used[-1]] - days[used[0]] if len(used) else timedelta()


def _series(each: _Forecaster, outcomes: _Outcomes, same: npt.NDArray[np.bool_], period: str) -> Series:
    groups: dict[tuple[int, date], list[int]] = {}
    for index in np.flatnonzero(same):
        day = outcomes.days[index]
        start = day.replace(day=1) if period == "month" else day - timedelta(days=day.weekday())
        groups.setdefault((int(outcomes.seasons[index]), start), []).append(int(index))
    points = [
        Point(
            start,
            season,
            len(at),
            metrics.log_loss(each.probability[at], outcomes.won[at]),
            metrics.brier(each.probability[at], outcomes.won[at]),
        )
        for (season, start), at in sorted(groups.items())
        if len(at) >= MIN_GAMES
    ]
    return Series(each.name, each.champion, each.benchmark, tuple(points))


def _scored(each: _Forecaster, outcomes: _Outcomes, same: npt.NDArray[np.bool_]) -> Scored:
    probability, won = each.probability[same], outcomes.won[same]
    margin, sd, actual = each.margin[same], each.margin_sd[same], outcomes.margin[same]
    return Scored(
        name=each.name,
        games=int(same.sum()),
        log_loss=metrics.log_loss(probability, won),
        brier=metrics.brier(probability, won),
        accuracy=metrics.accuracy(probability, won),
        mae=_known(metrics.mae(margin, actual)),
        rmse=_known(metrics.rmse(margin, actual)),
        calibration_error=metrics.calibration_error(probability, won),
        coverage_80=_known(metrics.coverage(margin, sd, actual, metrics.Z_80)),
        champion=each.champion,
        benchmark=each.benchmark,
    )


def _known(figure: float) -> float | None:
    return None if np.isnan(figure) else figure


def _calibration(model: _Forecaster, outcomes: _Outcomes) -> Calibration:
    there = ~np.isnan(model.probability)
    probability, won = model.probability[there], outcomes.won[there]
    bins = []
    for found in metrics.reliability(probability, won):
        share, games = found["forecast"], found["games"]
        stray = metrics.Z_95 * float(np.sqrt(share * (1 - share) / games))
        bins.append(Bin(int(games), share, found["won"], max(0.0, share - stray), min(1.0, share + stray)))
    return Calibration(
        model.name,
        len(won),
        metrics.calibration_error(probability, won),
        metrics.calibration_noise(probability),
        tuple(bins),
    )
