"""What is too good to be true: figures that no honest forecast has.

A version that fails here saw in its backtest what nobody knows before the tip, and would fail on the first morning.
Where the numbers come from stands in ``docs/guides/judging-models.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from tipoff.modelling import benchmarks, metrics
from tipoff.modelling.comparison import compare, log_losses
from tipoff.modelling.frame import of_league

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.modelling.decisions import Version
    from tipoff.modelling.metrics import FloatArray

MIN_GAMES: Final = 300
"""Games in common with a benchmark from which on it can tell."""

LEAD: Final = 0.03
"""Nats by which no honest forecast beats the closing line or the best public forecast over so many games."""

INFORMED: Final = 0.85
"""A benchmark counts whose log loss is at most this share of that of a forecaster who gives every home team the same
chance: a line of the wrong sign, or the same for every game, is no measure."""

NOISE: Final = 9.0
"""Points: what is left of a final margin when everything knowable is known, at the least. The closing line leaves
10.5 (`metrics.CLOSING_LINE_SD`)."""

NOISE_SHARE: Final = 0.65
"""The same as a share of the standard deviation of all margins, for a league of closer scores; the line leaves 0.75."""


def too_good(con: DuckDBPyConnection, version: Version) -> str:
    """Why a version's walk-forward figures cannot be true; empty: they can.

    Args:
        con: any connection to the store.
        version: a registered one.
    """
    losses = log_losses(con, version)
    if len(losses) < MIN_GAMES:
        return ""
    margins = _margins(con, version.league)
    verdicts = []
    for name, theirs in _benchmarks(con, version.league, margins):
        verdict = compare(losses, theirs)
        won = [margins[game] > 0 for game in losses.keys() & theirs.keys()]
        if verdict.games >= MIN_GAMES and verdict.champion <= INFORMED * _entropy(np.array([np.mean(won)]))[0]:
            verdicts.append((name, verdict))
    if verdicts:
        if all(verdict.high < -LEAD for _, verdict in verdicts):
            name, verdict = min(verdicts, key=lambda each: each[1].champion)
            return (
                f"it is too good to be true, against the {name}: {verdict}; no honest forecast is better by more than "
                f"{LEAD}, so a feature knows the result"
            )
        return ""
    mean, bound = float(np.mean(list(losses.values()))), least_log_loss(np.array([margins[game] for game in losses]))
    _, high = metrics.paired_interval(np.array(list(losses.values())) - bound)
    if high >= 0:
        return ""
    return (
        f"it is too good to be true: log loss {mean:.4f} on {len(losses)} games, and the chance in the games leaves at "
        f"least {bound:.4f}; a feature knows the result"
    )


def least_log_loss(margins: FloatArray) -> float:
    """What the log loss cannot fall below, however much is known before the tip, nats.

    Of the variance of final margins at least that of `NOISE` is chance. The rest, taken as normal, is how far teams are
    apart; each game then has the entropy of its own probability.

    Args:
        margins: final ones, home minus away, points.
    """
    spread = float(margins.std())
    noise = min(NOISE, NOISE_SHARE * spread)
    if noise <= 0:
        return 0.0
    apart = float(np.sqrt(spread**2 - noise**2))
    quantiles = np.linspace(-4.0, 4.0, 801)
    weights = np.exp(-0.5 * quantiles**2)
    won = metrics.normal_cdf((float(margins.mean()) + apart * quantiles) / noise)
    return float((_entropy(won) * weights).sum() / weights.sum())


def _entropy(probability: FloatArray) -> FloatArray:
    """The log loss of a right probability, nats."""
    lost = 1.0 - probability
    found: FloatArray = -(probability * np.log(np.clip(probability, 1e-12, 1)) + lost * np.log(np.clip(lost, 1e-12, 1)))
    return found


def _margins(con: DuckDBPyConnection, league: str) -> dict[str, float]:
    return dict(
        con.execute("SELECT game_id, margin FROM raw.results WHERE league = $league", {"league": league}).fetchall()
    )


def _benchmarks(
    con: DuckDBPyConnection, league: str, margins: Mapping[str, float]
) -> Iterator[tuple[str, dict[str, float]]]:
    """The closing line and each public forecast: log loss by game."""
    lines = of_league(benchmarks.closing_lines(con), league)
    said = {benchmarks.LINE: (lines["game_id"], metrics.closing_line_probability(lines["spread"].to_numpy()))}
    for name, rows in benchmarks.published_forecasts(con).items():
        theirs = of_league(rows, league)
        said[f"forecast of {name}"] = (theirs["game_id"], theirs["probability"].to_numpy())
    for name, (games, probability) in said.items():
        ids = games.to_pylist()
        there = np.array([game in margins for game in ids], dtype=bool)
        if there.any():
            kept = [game for game in ids if game in margins]
            won = np.array([margins[game] > 0 for game in kept], dtype=np.float64)
            yield name, dict(zip(kept, metrics.log_losses(probability[there], won).tolist(), strict=True))
