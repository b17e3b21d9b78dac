"""What the models would have said in past seasons, beside closing line and published forecasts on the same games."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tipoff import clock
from tipoff.errors import PluginError, Skip
from tipoff.modelling import benchmarks, dataset, metrics
from tipoff.modelling.benchmarks import LINE
from tipoff.modelling.breakdown import lined as with_line
from tipoff.modelling.breakdown import of_line
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

log = logging.getLogger(__name__)

_PREDICTIONS = ("game_id", "model", "league", "season", "game_date", "home_win_prob", "margin", "margin_sd")


@dataclass(frozen=True)
class Published:
    """A model beside a published forecast, on the games that both have: log losses in nats."""

    games: int
    log_loss: float
    published_log_loss: float

    @property
    def ratio(self) -> float:
        """The model's log loss over the published forecast's."""
        return self.log_loss / self.published_log_loss


@dataclass(frozen=True)
class Line:
    """Figures of one forecaster over one season, or over all of them.

    Args:
        league: of the games.
        model: its name, or `LINE`.
        season: ``2024``, or ``all``.
        predicted: games it predicted.
        scores: over those of them that have a closing line, where there are lines at all.
        line: the closing line's on the same games; None without lines.
        published: beside each provider of forecasts, by its name.
    """

    league: str
    model: str
    season: str
    predicted: int
    scores: Scores
    line: Scores | None = None
    published: Mapping[str, Published] = field(default_factory=dict)

    @property
    def mae_ratio(self) -> float | None:
        """Mean absolute error over the closing line's."""
        return self.scores.mae / self.line.mae if self.line else None

    @property
    def mse_ratio(self) -> float | None:
        """Mean squared error over the closing line's."""
        return (self.scores.rmse / self.line.rmse) ** 2 if self.line else None

    @property
    def brier_ratio(self) -> float | None:
        """Brier score over the closing line's."""
        return self.scores.brier / self.line.brier if self.line else None

    @property
    def log_loss_ratio(self) -> float | None:
        """Log loss over the closing line's."""
        return self.scores.log_loss / self.line.log_loss if self.line else None

    @property
    def log_loss_behind(self) -> float | None:
        """Log loss minus the closing line's, nats."""
        return self.scores.log_loss - self.line.log_loss if self.line else None

    def as_json(self) -> dict[str, Json]:
        """As plain JSON, NULL instead of NaN."""
        return {
            "league": self.league,
            "model": self.model,
            "season": self.season,
            "predicted": self.predicted,
            **_plain(self.scores),
            "mae_ratio": self.mae_ratio,
            "mse_ratio": self.mse_ratio,
            "brier_ratio": self.brier_ratio,
            "log_loss_ratio": self.log_loss_ratio,
            "log_loss_behind": self.log_loss_behind,
            "closing_line": _plain(self.line) if self.line else None,
            "published": {name: {**asdict(each), "ratio": each.ratio} for name, each in self.published.items()},
        }


@dataclass(frozen=True)
class Backtest:
    """A finished backtest.

    Args:
        lines: by league, season and model; the closing line last in its season.
        judged: a row a model and game: the predictions, what happened (``actual``, ``won``), the closing ``spread``
            where there is one, and ``day`` (days since the season's first game).
        dataset: the reference of the data.
    """

    lines: tuple[Line, ...]
    judged: pa.Table
    dataset: dict[str, Json]

    @property
    def predictions(self) -> pa.Table:
        """game_id, model, league, season, game_date, home_win_prob, margin and margin_sd."""
        return self.judged.select(list(_PREDICTIONS))


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
        odds: Parquet of closing lines (`benchmarks.lines_of_file`); without it they are those of ``raw.odds``.
        refit: how often a model is fitted anew.
        models: names; all that are installed unless given.
        progress: see `walk_forward`.

    Raises:
        Skip: the store has no finished games, or none that could be predicted.
        SettingsError: the odds file cannot be used, or a model is unknown.
        PluginError: a model that was asked for sees features that are not learned from; without names it is left out.
    """
    import pyarrow as pa

    with store.read() as con:
        lines = benchmarks.closing_lines(con, (seasons[0], seasons[-1]))
        published = benchmarks.published_forecasts(con, (seasons[0], seasons[-1]))
    if odds is not None:
        lines = benchmarks.lines_of_file(odds)
    ref = dataset.prepare(run.registry, run.settings, store, run.now)
    frame = dataset.read(run.settings, ref)
    names = list(models) or [model.name for model in run.registry.models]
    found: list[Line] = []
    judged: list[pa.Table] = []
    for league in ref.leagues:
        games = with_day(of_league(frame, league))
        for name in names:
            spec = spec_of(run.registry, name)
            try:
                dataset.must_be_sound(spec, ref)
            except PluginError as error:
                if models:
                    raise
                log.warning("left out: %s", error)
                continue
            predictions = walk_forward(
                spec,
                games,
                cache=FoldCache(store, refit),
                refit=refit,
                since=clock.season_start(seasons[0]),
                progress=progress,
            )
            said = _looked_up(_in_seasons(with_results(predictions, games), seasons), "day", games, "day")
            said = _looked_up(said, "spread", _of(lines, league), "spread")
            found += _scored(league, name, said, {each: _of(rows, league) for each, rows in published.items()})
            judged.append(said.append_column("model", pa.array([name] * said.num_rows, pa.string())))
    if not found:
        raise Skip(f"no game of seasons {seasons[0]} to {seasons[-1]} could be predicted; collect them first")
    return Backtest(_in_table_order(found, names), pa.concat_tables(judged), ref.as_json())


def with_day(games: pa.Table) -> pa.Table:
    """Adds ``day``: days since the first game of the season that is in `games`, of one league."""
    import pyarrow as pa

    first: dict[int, object] = {}
    days = games.select(["season", "game_date"]).to_pylist()
    for row in days:  # in time order
        first.setdefault(row["season"], row["game_date"])
    return games.append_column("day", pa.array([(row["game_date"] - first[row["season"]]).days for row in days]))


def _in_seasons(rows: pa.Table, seasons: Sequence[int]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    return rows.filter(pc.is_in(rows["season"], value_set=pa.array(seasons, pa.int32())))


def _of(rows: pa.Table, league: str) -> pa.Table:
    """The league's rows; those of a file name no league and are all games' own."""
    return of_league(rows, league) if "league" in rows.column_names else rows


def _looked_up(rows: pa.Table, name: str, known: pa.Table, column: str) -> pa.Table:
    """Adds `name` by game, NULL where `known` has none."""
    import pyarrow.compute as pc

    place = pc.index_in(rows["game_id"], value_set=known["game_id"].combine_chunks())
    return rows.append_column(name, known[column].take(place))


def _scored(league: str, model: str, judged: pa.Table, published: Mapping[str, pa.Table]) -> Iterator[Line]:
    import pyarrow.compute as pc

    seasons = sorted(judged["season"].unique().to_pylist())
    parts = {str(season): judged.filter(pc.equal(judged["season"], season)) for season in seasons}
    if len(parts) > 1:
        parts["all"] = judged
    for season, rows in parts.items():
        yield from _scored_season(league, model, season, rows, published)


def _scored_season(
    league: str, model: str, season: str, rows: pa.Table, published: Mapping[str, pa.Table]
) -> Iterator[Line]:
    """The model's figures, then the closing line's on the same games where there is one."""
    beside = {name: each for name, known in published.items() if (each := _beside(rows, known))}
    lined = with_line(rows)
    if not lined.num_rows:
        yield Line(league, model, season, rows.num_rows, scores(rows), published=beside)
        return
    line = metrics.score(*of_line(lined))
    yield Line(league, model, season, rows.num_rows, scores(lined), line, beside)
    yield Line(league, LINE, season, lined.num_rows, line, line)


def _beside(rows: pa.Table, published: pa.Table) -> Published | None:
    import pyarrow.compute as pc

    known = _looked_up(rows, "published", published, "probability")
    known = known.filter(pc.is_valid(known["published"]))
    if not known.num_rows:
        return None
    won = numbers(known, "won")
    said = (metrics.log_loss(numbers(known, name), won) for name in ("home_win_prob", "published"))
    return Published(known.num_rows, *said)


def _in_table_order(lines: Sequence[Line], names: Sequence[str]) -> tuple[Line, ...]:
    """By league, season and model; of the closing lines the one on the most games, last in its season."""
    place = {name: number for number, name in enumerate(names)}
    widest: dict[tuple[str, str, str], Line] = {}
    for line in lines:
        key = (line.league, line.season, line.model)
        if key not in widest or widest[key].predicted < line.predicted:
            widest[key] = line
    return tuple(widest[key] for key in sorted(widest, key=lambda key: (key[0], key[1], place.get(key[2], len(place)))))


def _plain(figures: Scores) -> dict[str, Json]:
    return {name: None if math.isnan(value) else value for name, value in asdict(figures).items()}
