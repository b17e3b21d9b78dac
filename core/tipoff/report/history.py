"""How good the walk-forward predictions were: over time, beside the benchmarks, and how well calibrated.

Forecasters are compared on the same games: those that all of them predicted. Whoever has fewer than half of the
champion's games is left out, since he would narrow the comparison too much.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tipoff.modelling import benchmarks, metrics
from tipoff.modelling.frame import of_league
from tipoff.report.bundle import Bin, Calibration, Point, Scored, Series

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from tipoff.modelling.metrics import FloatArray

WEEKS_UNTIL = timedelta(days=240)
"""A shorter history than this is shown by week, a longer one by month."""

MIN_GAMES = 20
"""A period with fewer games is left out of the chart: its mean says nothing."""

_OUTCOMES = """
    SELECT game_id, game_date, season, margin FROM raw.results WHERE league = $league ORDER BY game_date, game_id
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
    compared, same = _same_games([*models, *_benchmarks(con, league, place, embedded)])
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


def _benchmarks(con: DuckDBPyConnection, league: str, place: dict[str, int], embedded: bool) -> Iterator[_Forecaster]:
    """Each published forecast, then the closing line."""
    nothing = np.full(len(place), np.nan)
    for provider, rows in benchmarks.published_forecasts(con).items():
        said = _placed(of_league(rows, league), "probability", place)
        yield _Forecaster(named(provider, embedded=embedded), said, nothing, nothing, benchmark=True)
    spread = _placed(of_league(benchmarks.closing_lines(con), league), "spread", place)
    probability = metrics.closing_line_probability(spread)
    yield _Forecaster(benchmarks.LINE, probability, -spread, nothing, benchmark=True)


def named(provider: str, *, embedded: bool) -> str:
    """A published forecast's name for people; that of a simulated league is the truth."""
    return "best possible" if embedded else provider.replace("_", " ")


def _placed(rows: pa.Table, column: str, place: dict[str, int]) -> FloatArray:
    """A column by game, NaN where there is none."""
    found = np.full(len(place), np.nan)
    for game, value in zip(rows["game_id"].to_pylist(), rows[column].to_pylist(), strict=True):
        if game in place:
            found[place[game]] = value
    return found


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
    return calibration_of(model.name, model.probability[there], outcomes.won[there])


def calibration_of(name: str, probability: FloatArray, won: FloatArray) -> Calibration:
    """How often a forecaster's probabilities came true, in ten bins of equal width."""
    bins = []
    for found in metrics.reliability(probability, won):
        share, games = found["forecast"], found["games"]
        stray = metrics.Z_95 * float(np.sqrt(share * (1 - share) / games))
        bins.append(Bin(int(games), share, found["won"], max(0.0, share - stray), min(1.0, share + stray)))
    error, noise = metrics.calibration_error(probability, won), metrics.calibration_noise(probability)
    return Calibration(name, len(won), error, noise, tuple(bins))
