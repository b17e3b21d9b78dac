"""Honest predictions of games that are over: each made as if on the first day of its fold.

A *fold* is a calendar month (or ISO week) of games. For each fold the model is fitted on all games of earlier
days, and asked about the fold's games. Features are as of tip-off by day, so the ratings move on every day
while the fit stays for the fold: what weekly training and daily features do in production.

A model that stacks others gets their walk-forward predictions as inputs, for fitting and for asking, so it never
sees a prediction of a model that had seen the game.

A fold's predictions depend on the spec, the games before it and the fold's own inputs; the digest of these is
their key in the cache, so next week only the newest folds are new.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from tipoff.modelling import fitting
from tipoff.modelling.frame import TARGETS, view
from tipoff.modelling.identity import Spec, digest_of, digest_of_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from tipoff.modelling.cache import FoldCache

Refit: TypeAlias = Literal["month", "week"]
Progress: TypeAlias = Callable[[str, int, int], None]
"""Told the model's name, folds done and folds in all."""

MIN_GAMES = 50
"""Games that must lie before a fold; with fewer there is no model worth asking, and the fold is left out."""

_FLUSH_SECONDS = 20.0


@dataclass(frozen=True)
class Fold:
    """Rows ``[first, stop)`` of a table of games in time order, predicted from rows ``[0, first)``.

    Args:
        name: ``2024-01``, or ``2024-W03`` for a week.
        start: its first calendar day, whether or not games were played on it.
        first: row of its first game.
        stop: row after its last game.
    """

    name: str
    start: date
    first: int
    stop: int


def walk_forward(
    spec: Spec,
    games: pa.Table,
    *,
    cache: FoldCache | None = None,
    refit: Refit = "month",
    since: date | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """Predictions for every game of every fold that has `MIN_GAMES` games before it.

    Args:
        spec: the model to try.
        games: one league's finished games from the dataset, in time order.
        cache: where predictions are looked up and kept.
        refit: length of a fold.
        since: leave out folds that start earlier; a stack's inputs are made for all folds nevertheless.
        progress: called after each fold.

    Returns:
        league, season, game_id, game_date, fold and `fitting.PREDICTED`, in the order of `games`.

    Raises:
        PluginError: the model broke its contract.
    """
    import pyarrow as pa

    seen = inputs(spec, games, cache=cache, refit=refit, progress=progress)
    wanted = [(fold, key) for fold, key in _keyed(seen, refit) if since is None or fold.start >= since]
    league = seen["league"][0].as_py() if seen.num_rows else ""
    known = cache.get(league, spec, {fold.name: key for fold, key in wanted}) if cache else {}
    parts, fresh, flushed = [], [], time.monotonic()
    for done, (fold, key) in enumerate(wanted, start=1):
        asked = seen.slice(fold.first, fold.stop - fold.first).drop_columns(list(TARGETS))
        part = _in_order(known.get(fold.name), asked)
        if part is None:
            part = _predicted(spec, seen.slice(0, fold.first), asked, fold.name)
            fresh.append((key, part))
        parts.append(part)
        if cache and fresh and (done == len(wanted) or time.monotonic() - flushed > _FLUSH_SECONDS):
            cache.put(spec, fresh, seen["game_date"][-1].as_py())
            fresh, flushed = [], time.monotonic()
        if progress:
            progress(spec.name, done, len(wanted))
    return pa.concat_tables([_schema().empty_table(), *parts]).combine_chunks()


def inputs(
    spec: Spec,
    games: pa.Table,
    *,
    cache: FoldCache | None = None,
    refit: Refit = "month",
    progress: Progress | None = None,
) -> pa.Table:
    """What a model may see of finished games: its view, with the walk-forward predictions of those it stacks.

    Games that a stacked model could not predict honestly are left out.
    """
    seen = view(games, spec.model)
    for base in spec.stacks:
        seen = with_stack(seen, base.name, walk_forward(base, games, cache=cache, refit=refit, progress=progress))
    return seen


def with_stack(seen: pa.Table, name: str, predictions: pa.Table) -> pa.Table:
    """Adds ``<name>_home_win_prob`` and ``<name>_margin`` by game, and drops games without them."""
    import pyarrow.compute as pc

    place = pc.index_in(seen["game_id"], value_set=predictions["game_id"].combine_chunks())
    there = pc.is_valid(place)
    seen, place = seen.filter(there), place.filter(there)
    for column in ("home_win_prob", "margin"):
        seen = seen.append_column(f"{name}_{column}", predictions[column].take(place))
    return seen


def folds(days: Sequence[date], refit: Refit = "month") -> Iterator[Fold]:
    """Cuts ascending days into folds, all of them, however few games lie before."""
    first = 0
    for row in range(1, len(days) + 1):
        start = _start(days[first], refit)
        if row == len(days) or _start(days[row], refit) != start:
            name = f"{start:%Y-%m}" if refit == "month" else f"{start:%G-W%V}"
            yield Fold(name, start, first, row)
            first = row


def _keyed(seen: pa.Table, refit: Refit) -> list[tuple[Fold, str]]:
    """The folds to predict, each with the digest of the games before it and of its own inputs."""
    before, keyed = "", []
    for fold in folds(seen["game_date"].to_pylist(), refit):
        rows = seen.slice(fold.first, fold.stop - fold.first)
        if fold.first >= MIN_GAMES:
            asked = rows.drop_columns(list(TARGETS))
            keyed.append((fold, digest_of([before, digest_of_rows(asked)])))
        before = digest_of([before, digest_of_rows(rows)])
    return keyed


def _predicted(spec: Spec, before: pa.Table, asked: pa.Table, fold: str) -> pa.Table:
    import pyarrow as pa

    answer = fitting.predict(spec, fitting.fit(spec, before), asked)
    rows = asked.select(["league", "season", "game_id", "game_date"])
    rows = rows.append_column("fold", pa.array([fold] * len(asked), pa.string()))
    for name in answer.column_names:
        rows = rows.append_column(name, answer[name])
    return rows.cast(_schema())


def _in_order(kept: pa.Table | None, asked: pa.Table) -> pa.Table | None:
    """Kept predictions in the games' order; None where there are none."""
    import pyarrow.compute as pc

    if kept is None:
        return None
    kept = kept.cast(_schema()).combine_chunks()
    return kept.take(pc.index_in(asked["game_id"], value_set=kept["game_id"].combine_chunks()))


def _schema() -> pa.Schema:
    import pyarrow as pa

    head = [(name, pa.string()) for name in ("league", "game_id", "fold")]
    head.insert(1, ("season", pa.int32()))
    head.insert(3, ("game_date", pa.date32()))
    return pa.schema(head + [(name, pa.float64()) for name in fitting.PREDICTED])


def _start(day: date, refit: Refit) -> date:
    return day.replace(day=1) if refit == "month" else day - timedelta(days=day.weekday())
