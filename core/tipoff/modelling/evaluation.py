"""Walk-forward predictions against what happened: figures over all games, for each season and for each fold."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tipoff.modelling import metrics

if TYPE_CHECKING:
    import pyarrow as pa

    from tipoff.contracts import Json
    from tipoff.modelling.metrics import FloatArray, Scores


def with_results(predictions: pa.Table, games: pa.Table) -> pa.Table:
    """Adds ``actual`` (margin, points) and ``won`` (0.0 or 1.0) to predictions of games in `games`.

    Args:
        predictions: with game_id.
        games: one league's finished games with the targets.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    place = pc.index_in(predictions["game_id"], value_set=games["game_id"].combine_chunks())
    predictions = predictions.append_column("actual", games["margin"].take(place))
    return predictions.append_column("won", games["home_win"].take(place).cast(pa.float64()))


def scores(judged: pa.Table) -> Scores:
    """Every figure of predictions with results."""
    return metrics.score(*(numbers(judged, name) for name in ("home_win_prob", "margin", "margin_sd", "actual", "won")))


def by_scope(judged: pa.Table) -> list[dict[str, Json]]:
    """Rows of ``models.evaluation``: scope, label and figures; NULL instead of NaN.

    Args:
        judged: predictions with results; without any, the one row says 0 games.
    """
    if not judged.num_rows:
        return [{"scope": "all", "label": "all", "games": 0}]
    rows = [_row("all", "all", scores(judged))]
    for scope, column in (("season", "season"), ("fold", "fold")):
        values = np.array(judged[column].to_pylist())
        rows += [_row(scope, str(label), scores(_where(judged, values == label))) for label in np.unique(values)]
    return rows


def numbers(table: pa.Table, column: str) -> FloatArray:
    """A column as float64, NaN where it is NULL."""
    array: FloatArray = table[column].to_numpy().astype(np.float64)
    return array


def _where(table: pa.Table, mask: npt.NDArray[np.bool_]) -> pa.Table:
    import pyarrow as pa

    return table.filter(pa.array(mask))


def _row(scope: str, label: str, figures: Scores) -> dict[str, Json]:
    plain = {name: None if math.isnan(value) else value for name, value in asdict(figures).items()}
    return {"scope": scope, "label": label, **plain}
