"""How good the walk-forward predictions were: over time, beside the benchmarks, and how well calibrated.

Forecasters are compared on the same games: those that all of them predicted. Whoever has fewer than half of the
champion's games is left out, since he would narrow the comparison too much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
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

# Of a game that was predicted for more than one length of a fold the monthly one counts, and so comes last.
_FORECASTS = """
    SELECT w.spec_id, w.game_id, w.home_win_prob, w.margin, w.margin_sd
    FROM models.walk_forward w
    WHERE w.league = $league AND w.spec_id IN (
        SELECT spec_id FROM models.version WHERE league = $league AND version IN (SELECT unnest($versions))
    )
    ORDER BY w.refit DESC
"""

_SPECS = """
    SELECT model, version, spec_id FROM models.version
    WHERE league = $league AND version IN (SELECT unnest($versions))
"""


@dataclass(frozen=True)
class History:
    """The part of `tipoff.report.bundle.League` that is about past games."""

    calibrations: tuple[Calibration, ...] = ()
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
    """Finished games, by day."""

    ids: pa.ChunkedArray
    days: npt.NDArray[np.datetime64]
    seasons: npt.NDArray[np.int64]
    margin: FloatArray

    @cached_property
    def won(self) -> FloatArray:
        """1.0 where the home team won."""
        return (self.margin > 0).astype(np.float64)

    def place(self, ids: pa.ChunkedArray) -> npt.NDArray[np.int64]:
        """Where games stand among these; −1 for one that is not among them."""
        import pyarrow.compute as pc

        found: npt.NDArray[np.int64] = pc.fill_null(pc.index_in(ids, value_set=self.ids), -1).to_numpy()
        return found

    def align(self, rows: pa.Table, *columns: str) -> FloatArray:
        """Columns by game, NaN where there is none; of several rows of a game the last counts."""
        at = self.place(rows["game_id"])
        found = np.full((len(columns), len(self.days)), np.nan)
        for line, name in enumerate(columns):
            found[line, at[at >= 0]] = rows[name].to_numpy()[at >= 0]
        return found


def read(con: DuckDBPyConnection, league: str, current: dict[str, str], champion: str, *, embedded: bool) -> History:
    """Everything about past games of a league.

    Args:
        con: to the published copy.
        league: which league.
        current: the version of each model to show.
        champion: name of the champion's model, or empty.
        embedded: the league is simulated, so that its projection is the true probability.
    """
    outcomes = _outcomes(con, league)
    models = _models(con, league, current, champion, outcomes)
    if not models:
        return History()
    compared, same = _same_games([*models, *_benchmarks(con, league, outcomes, embedded)])
    period = "week" if _span(outcomes.days, same) < WEEKS_UNTIL else "month"
    return History(
        calibrations=tuple(_calibration(each, outcomes) for each in models),
        compared=int(same.sum()),
        series=tuple(_series(each, outcomes, same, period) for each in compared),
        period=period,
        same_games=tuple(_scored(each, outcomes, same) for each in compared) if same.any() else (),
    )


def _outcomes(con: DuckDBPyConnection, league: str) -> _Outcomes:
    rows = con.sql(_OUTCOMES, params={"league": league}).to_arrow_table()
    return _Outcomes(
        rows["game_id"],
        rows["game_date"].to_numpy().astype("datetime64[D]"),
        rows["season"].to_numpy().astype(np.int64),
        rows["margin"].to_numpy().astype(np.float64),
    )


def _models(
    con: DuckDBPyConnection, league: str, current: dict[str, str], champion: str, outcomes: _Outcomes
) -> list[_Forecaster]:
    """The models that have walk-forward predictions, the champion first."""
    import pyarrow.compute as pc

    asked = {"league": league, "versions": list(current.values())}
    specs = {(model, version): spec for model, version, spec in con.execute(_SPECS, asked).fetchall()}
    rows = con.sql(_FORECASTS, params=asked).to_arrow_table()
    found = []
    for name, version in sorted(current.items(), key=lambda item: (item[0] != champion, item[0])):
        mine = rows.filter(pc.equal(rows["spec_id"], specs.get((name, version), "")))
        probability, margin, margin_sd = outcomes.align(mine, "home_win_prob", "margin", "margin_sd")
        if not np.isnan(probability).all():
            found.append(_Forecaster(name, probability, margin, margin_sd, champion=name == champion))
    return found


def _benchmarks(con: DuckDBPyConnection, league: str, outcomes: _Outcomes, embedded: bool) -> Iterator[_Forecaster]:
    """Each published forecast, then the closing line."""
    nothing = np.full(len(outcomes.days), np.nan)
    for provider, rows in benchmarks.published_forecasts(con).items():
        (said,) = outcomes.align(of_league(rows, league), "probability")
        yield _Forecaster(named(provider, embedded=embedded), said, nothing, nothing, benchmark=True)
    (spread,) = outcomes.align(of_league(benchmarks.closing_lines(con), league), "spread")
    probability = metrics.closing_line_probability(spread)
    yield _Forecaster(benchmarks.LINE, probability, -spread, nothing, benchmark=True)


def named(provider: str, *, embedded: bool) -> str:
    """A published forecast's name for people; that of a simulated league is the truth."""
    return "best possible" if embedded else provider.replace("_", " ")


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


def _span(days: npt.NDArray[np.datetime64], same: npt.NDArray[np.bool_]) -> timedelta:
    used = days[same]
    return (used[-1] - used[0]).astype(timedelta) if len(used) else timedelta()


def _series(each: _Forecaster, outcomes: _Outcomes, same: npt.NDArray[np.bool_], period: str) -> Series:
    used = np.flatnonzero(same)
    starts = _starts(outcomes.days[used], period)
    # Games stand by day, so that those of a season and period stand together.
    change = (np.diff(starts).astype(np.int64) != 0) | (np.diff(outcomes.seasons[used]) != 0)
    points = []
    for at in np.split(used, np.flatnonzero(change) + 1) if len(used) else ():
        if len(at) >= MIN_GAMES:
            probability, won = each.probability[at], outcomes.won[at]
            (start,) = _starts(outcomes.days[at[:1]], period).tolist()
            points.append(
                Point(
                    start,
                    int(outcomes.seasons[at[0]]),
                    len(at),
                    metrics.log_loss(probability, won),
                    metrics.brier(probability, won),
                    metrics.accuracy(probability, won),
                )
            )
    return Series(each.name, each.champion, each.benchmark, tuple(points))


def _starts(days: npt.NDArray[np.datetime64], period: str) -> npt.NDArray[np.datetime64]:
    """The first day of each day's month or week, which begins on Monday."""
    if period == "month":
        return days.astype("datetime64[M]").astype("datetime64[D]")
    return days - (days.astype(np.int64) + 3) % 7  # day 0, 1 January 1970, was a Thursday


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
