"""A backtest looked at more closely: by days into the season, by forecast probability, by size of the miss.

`judged` is a model's rows of `Backtest.judged`, of one league.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tipoff.modelling import metrics
from tipoff.modelling.evaluation import numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from tipoff.contracts import Json
    from tipoff.modelling.metrics import FloatArray

DAYS = 15
"""Length of a stretch of the season."""

MIN_GAMES = 50
"""A stretch with fewer games is left out: its mean says nothing."""

MISS = 4.0
"""Points: width of a bar of the histogram of misses."""

WIDEST_MISS = 40.0
"""Points; what is further off is counted in the last bar."""


class Said(NamedTuple):
    """A forecaster's words and what happened, an entry a game; see `tipoff.modelling.metrics.score`."""

    probability: FloatArray
    margin: FloatArray
    margin_sd: FloatArray
    actual: FloatArray
    won: FloatArray


@dataclass(frozen=True)
class Stretch:
    """Games from `first` to `last` days after the season's first; the closing line's figures are on the same games."""

    first: int
    last: int
    games: int
    mae: float
    log_loss: float
    line_mae: float
    line_log_loss: float


@dataclass(frozen=True)
class Miss:
    """Share of games whose margin was between `low` and `low` + `MISS` points above the forecast."""

    low: float
    share: float
    expected: float
    """The share that the forecast's own standard deviations promise."""


def lined(judged: pa.Table) -> pa.Table:
    """The games that have a closing line."""
    import pyarrow.compute as pc

    return judged.filter(pc.is_valid(judged["spread"]))


def by_days(judged: pa.Table) -> list[Stretch]:
    """Errors by days into the season, beside the closing line, on the games that have one."""
    rows = lined(judged)
    own, line = of_model(rows), of_line(rows)
    day = numbers(rows, "day").astype(np.int64) // DAYS
    found = []
    for stretch in np.unique(day):
        at = day == stretch
        if at.sum() < MIN_GAMES:
            continue
        figures = [
            figure
            for said in (own, line)
            for figure in (
                metrics.mae(said.margin[at], said.actual[at]),
                metrics.log_loss(said.probability[at], said.won[at]),
            )
        ]
        first = int(stretch) * DAYS
        found.append(Stretch(first, first + DAYS - 1, int(at.sum()), *figures))
    return found


def misses(said: Said) -> list[Miss]:
    """Histogram of actual minus forecast margin, beside what normal errors of the forecast's own size would give."""
    miss = np.clip(said.actual - said.margin, -WIDEST_MISS, WIDEST_MISS - 1e-9)
    edges = np.arange(-WIDEST_MISS, WIDEST_MISS + MISS, MISS)
    counts, _ = np.histogram(miss, edges)
    below = np.array([metrics.normal_cdf(edge / said.margin_sd).mean() for edge in edges])
    below[0], below[-1] = 0.0, 1.0
    shares, expected = counts / len(miss), np.diff(below)
    return [Miss(float(low), float(s), float(e)) for low, s, e in zip(edges, shares, expected, strict=False)]


def of_line(judged: pa.Table) -> Said:
    """The closing line as a forecaster, on the games that have one."""
    rows = lined(judged)
    spread: FloatArray = numbers(rows, "spread")
    sd: FloatArray = np.full(len(spread), metrics.CLOSING_LINE_SD)
    probability = metrics.closing_line_probability(spread)
    return Said(probability, -spread, sd, numbers(rows, "actual"), numbers(rows, "won"))


def of_model(judged: pa.Table) -> Said:
    """The model, on all of its games."""
    return Said(*(numbers(judged, name) for name in ("home_win_prob", "margin", "margin_sd", "actual", "won")))


def each_model(judged: pa.Table) -> Iterator[tuple[str, str, pa.Table]]:
    """League, model and rows, in the order in which they were walked."""
    import pyarrow.compute as pc

    for league in judged["league"].unique().to_pylist():
        rows = judged.filter(pc.equal(judged["league"], league))
        for model in rows["model"].unique().to_pylist():
            yield league, model, rows.filter(pc.equal(rows["model"], model))


def as_json(judged: pa.Table) -> list[dict[str, Json]]:
    """For each league and model its stretches, calibration and misses, as plain JSON."""
    found: list[dict[str, Json]] = []
    for league, model, rows in each_model(judged):
        said = of_model(rows)
        stretches: list[Json] = [asdict(each) for each in by_days(rows)]
        calibration: list[Json] = [dict(each) for each in metrics.reliability(said.probability, said.won)]
        histogram: list[Json] = [asdict(each) for each in misses(said)]
        found.append(
            {
                "league": league,
                "model": model,
                "by_days": stretches,
                "calibration": calibration,
                "misses": histogram,
            }
        )
    return found
