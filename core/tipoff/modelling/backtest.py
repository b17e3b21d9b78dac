"""What the models would have said in past seasons, beside the closing line and ESPN's projection on the same games."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tipoff import clock
from tipoff.errors import SettingsError, Skip
from tipoff.modelling import dataset, metrics
from tipoff.modelling.cache import FoldCache
from tipoff.modelling.evaluation import numbers, scores, with_results
from tipoff.modelling.frame import of_league
from tipoff.modelling.identity import spec_of
from tipoff.modelling.walkforward import Progress, Refit, walk_forward

if TYPE_CHECKING:
    import pyarrow as pa

    from tipoff.contracts import Json
    from tipoff.modelling.metrics import Scores
    from tipoff.run import Run
    from tipoff.warehouse.store import Warehouse

LINE = "closing line"

MAX_SOURCE_RANGE = 8.0
"""Points by which sources of one closing spread may differ; where they differ more, one of them is wrong."""

_LINES = """
    SELECT league, game_id, median(home_spread_close) AS spread
    FROM raw.odds
    WHERE provider <> 'espn_projection' AND home_spread_close IS NOT NULL AND season BETWEEN $first AND $last
    GROUP BY ALL
"""

_PROJECTIONS = """
    SELECT league, game_id, home_win_prob AS probability
    FROM raw.odds
    WHERE provider = 'espn_projection' AND home_win_prob > 0 AND home_win_prob < 1 AND season BETWEEN $first AND $last
"""


@dataclass(frozen=True)
class Line:
    """Figures of one forecaster over one season, or over all of them.

    Args:
        league: of the games.
        model: its name, or `LINE`.
        season: ``2024``, or ``all``.
        predicted: games it predicted.
        scores: over those of them that have a closing line, where there are lines at all.
        mae_ratio: its mean absolute error over the closing line's on the same games; None without lines.
        mse_ratio: likewise of the mean squared error.
        log_loss_behind: its log loss minus the closing line's on the same games.
        projection: on the games that ESPN's projection has: ``games``, ``log_loss``, ``projection_log_loss`` and
            ``log_loss_ratio``; empty without any.
    """

    league: str
    model: str
    season: str
    predicted: int
    scores: Scores
    mae_ratio: float | None = None
    mse_ratio: float | None = None
    log_loss_behind: float | None = None
    projection: Mapping[str, float] | None = None

    def as_json(self) -> dict[str, Json]:
        """As plain JSON, NULL instead of NaN."""
        row = asdict(self)
        figures = {name: None if math.isnan(value) else value for name, value in row.pop("scores").items()}
        return {**row, **figures}


@dataclass(frozen=True)
class Backtest:
    """A finished backtest.

    Args:
        lines: by league, season and model.
        predictions: game_id, model, league, season, game_date, home_win_prob, margin, margin_sd.
        dataset: the reference of the data.
    """

    lines: tuple[Line, ...]
    predictions: pa.Table
    dataset: dict[str, Json]


def backtest(
    run: Run,
    store: Warehouse,
    seasons: Sequence[int],
    *,
    odds: Path | None = None,
    refit: Refit = "month",
    models: Sequence[str] = (),
    progress: Progress | None = None,
) -> Backtest:
    """Walks every model forward over the seasons in the store, and scores it there.

    Args:
        run: who asks.
        store: the store, migrated.
        seasons: to score, oldest first; earlier ones in the store are learned from.
        odds: Parquet with game_id, home_spread_close (points, negative when the home team is favoured) and perhaps
            source_range; without it the closing lines are those of ``raw.odds``.
        refit: how often a model is fitted anew.
        models: names; all that are installed unless given.
        progress: see `walk_forward`.

    Raises:
        Skip: the store has no finished games, or none that could be predicted.
        SettingsError: the odds file cannot be used, or a model is unknown.
    """
    import pyarrow as pa

    ref = dataset.prepare(run.registry, run.settings, store, run.now)
    frame = dataset.read(run.settings, ref)
    lines, projections = _benchmarks(store, seasons, odds)
    names = list(models) or [model.name for model in run.registry.models]
    found: list[Line] = []
    said: list[pa.Table] = []
    for league in ref.leagues:
        games = of_league(frame, league)
        for name in names:
            predictions = walk_forward(
                spec_of(run.registry, name),
                games,
                cache=FoldCache(store, refit),
                refit=refit,
                since=clock.season_start(seasons[0]),
                progress=progress,
            )
            judged = _benchmarked(_in_seasons(with_results(predictions, games), seasons), league, lines, projections)
            found += _scored(league, name, judged)
            said.append(judged.append_column("model", pa.array([name] * judged.num_rows, pa.string())))
    if not found:
        raise Skip(f"no game of seasons {seasons[0]} to {seasons[-1]} could be predicted; collect them first")
    columns = ["game_id", "model", "league", "season", "game_date", "home_win_prob", "margin", "margin_sd"]
    return Backtest(_in_table_order(found, names), pa.concat_tables(said).select(columns), ref.as_json())


def _benchmarks(store: Warehouse, seasons: Sequence[int], odds: Path | None) -> tuple[pa.Table, pa.Table]:
    span = {"first": seasons[0], "last": seasons[-1]}
    lines = store.query(_LINES, **span) if odds is None else _read_odds(odds)
    return lines, store.query(_PROJECTIONS, **span)


def _read_odds(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(path, partitioning=None)
    except (OSError, pa.ArrowInvalid) as error:
        raise SettingsError(f"--odds `{path}` cannot be read as Parquet: {error}") from error
    if missing := {"game_id", "home_spread_close"} - set(rows.column_names):
        raise SettingsError(f"--odds `{path}` lacks the columns `{', '.join(sorted(missing))}`")
    rows = rows.filter(pc.is_valid(rows["home_spread_close"]))
    if "source_range" in rows.column_names:
        rows = rows.filter(pc.fill_null(pc.less_equal(rows["source_range"], MAX_SOURCE_RANGE), True))
    columns = {"game_id": rows["game_id"].cast(pa.string()), "spread": rows["home_spread_close"].cast(pa.float64())}
    return pa.table(columns)


def _in_seasons(rows: pa.Table, seasons: Sequence[int]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    return rows.filter(pc.is_in(rows["season"], value_set=pa.array(seasons, pa.int32())))


def _benchmarked(rows: pa.Table, league: str, lines: pa.Table, projections: pa.Table) -> pa.Table:
    """Adds ``spread`` and ``projection`` by game, NULL where there is none."""
    import pyarrow.compute as pc

    for name, column, table in (("spread", "spread", lines), ("projection", "probability", projections)):
        known = of_league(table, league) if "league" in table.column_names else table
        place = pc.index_in(rows["game_id"], value_set=known["game_id"].combine_chunks())
        rows = rows.append_column(name, known[column].take(place))
    return rows


def _scored(league: str, model: str, judged: pa.Table) -> list[Line]:
    import pyarrow.compute as pc

    seasons = sorted(judged["season"].unique().to_pylist())
    parts = {str(season): judged.filter(pc.equal(judged["season"], season)) for season in seasons}
    if len(parts) > 1:
        parts["all"] = judged
    return [line for season, rows in parts.items() for line in _scored_season(league, model, season, rows)]


def _scored_season(league: str, model: str, season: str, rows: pa.Table) -> list[Line]:
    """The model's figures, then the closing line's on the same games where there is one."""
    import pyarrow.compute as pc

    against = _against_projection(rows)
    lined = rows.filter(pc.is_valid(rows["spread"]))
    if not lined.num_rows:
        return [Line(league, model, season, rows.num_rows, scores(rows), projection=against)]
    own, line = scores(lined), _line_scores(lined)
    return [
        Line(
            league=league,
            model=model,
            season=season,
            predicted=rows.num_rows,
            scores=own,
            mae_ratio=own.mae / line.mae,
            mse_ratio=(own.rmse / line.rmse) ** 2,
            log_loss_behind=own.log_loss - line.log_loss,
            projection=against,
        ),
        Line(league, LINE, season, lined.num_rows, line, 1.0, 1.0, 0.0),
    ]


def _line_scores(rows: pa.Table) -> Scores:
    spread = numbers(rows, "spread")
    return metrics.score(
        metrics.closing_line_probability(spread),
        -spread,
        np.full(len(spread), metrics.CLOSING_LINE_SD),
        numbers(rows, "actual"),
        numbers(rows, "won"),
    )


def _against_projection(rows: pa.Table) -> dict[str, float] | None:
    import pyarrow.compute as pc

    known = rows.filter(pc.is_valid(rows["projection"]))
    if not known.num_rows:
        return None
    won = numbers(known, "won")
    own = metrics.log_loss(numbers(known, "home_win_prob"), won)
    projected = metrics.log_loss(numbers(known, "projection"), won)
    return {
        "games": float(len(won)),
        "log_loss": own,
        "projection_log_loss": projected,
        "log_loss_ratio": own / projected,
    }


def _in_table_order(lines: Sequence[Line], names: Sequence[str]) -> tuple[Line, ...]:
    """By league, season and model; of the closing lines the one on the most games, last in its season."""
    place = {name: number for number, name in enumerate(names)}
    widest: dict[tuple[str, str, str], Line] = {}
    for line in lines:
        key = (line.league, line.season, line.model)
        if key not in widest or widest[key].predicted < line.predicted:
            widest[key] = line
    return tuple(widest[key] for key in sorted(widest, key=lambda key: (key[0], key[1], place.get(key[2], len(place)))))
