"""The boundary to a model plugin: calls its `fit` and `predict`, and checks what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from tipoff.contracts import FitContext, Fitted
from tipoff.errors import PluginError, TipoffError
from tipoff.plugins import resolve
from tipoff.plugins.endless import limit
from tipoff.warehouse.last_writer import watched

if TYPE_CHECKING:
    import pyarrow as pa

    from tipoff.modelling.identity import Spec

PREDICTED = ("home_win_prob", "margin", "margin_sd", "total", "total_sd")
"""Columns of a prediction; the last two may be NULL."""

_REQUIRED = PREDICTED[:3]


def fit(spec: Spec, games: pa.Table) -> Fitted:
    """Fits a model.

    Args:
        spec: which model, with which parameters and seed.
        games: as `FitContext.games`.

    Raises:
        PluginError: `fit` raised, or returned something else than a `Fitted`.
    """
    function = cast("Callable[[FitContext], object]", resolve(spec.model.fit))
    try:
        with watched(spec.model.fit), limit("fit", spec.model.fit):
            fitted = function(FitContext(games=games, params=spec.params, seed=spec.seed))
    except TipoffError:
        raise
    except (Exception, SystemExit) as error:  # the plugin boundary: a model may raise anything
        raise PluginError(_says(spec, "fit", f"raised {type(error).__name__}: {error}")) from error
    if not isinstance(fitted, Fitted):
        raise PluginError(_says(spec, "fit", f"returned `{type(fitted).__name__}` instead of a Fitted"))
    return fitted


def predict(spec: Spec, fitted: Fitted, games: pa.Table) -> pa.Table:
    """Asks a model, and makes sure that the answer can be published.

    Args:
        spec: which model.
        fitted: by `fit`, or loaded from an artifact.
        games: the same columns as for fitting, targets left out.

    Returns:
        The columns `PREDICTED`, DOUBLE, a row for each game in the same order.

    Raises:
        PluginError: `predict` raised, or an answer is missing, not finite or out of range.
    """
    import pyarrow as pa

    function = cast("Callable[[Fitted, pa.Table], object]", resolve(spec.model.predict))
    try:
        with watched(spec.model.predict), limit("predict", spec.model.predict):
            answer = function(fitted, games)
        if isinstance(answer, pa.Table):
            answer = _as_doubles(answer)
    except TipoffError:
        raise
    except (Exception, SystemExit) as error:  # the plugin boundary: a model may raise anything
        raise PluginError(_says(spec, "predict", f"raised {type(error).__name__}: {error}")) from error
    return _checked(spec, answer, games)


def _as_doubles(answer: pa.Table) -> pa.Table:
    import pyarrow as pa

    return pa.table({name: answer[name].cast(pa.float64()) for name in PREDICTED if name in answer.column_names})


def _checked(spec: Spec, answer: object, games: pa.Table) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not isinstance(answer, pa.Table) or not set(_REQUIRED) <= set(answer.column_names):
        raise PluginError(_says(spec, "predict", f"must return an Arrow table with `{', '.join(_REQUIRED)}`"))
    if answer.num_rows != games.num_rows:
        raise PluginError(
            _says(spec, "predict", f"returned `{answer.num_rows}` rows for `{games.num_rows}` games; one each")
        )
    empty = pa.nulls(games.num_rows, pa.float64())
    columns = {name: answer[name] if name in answer.column_names else empty for name in PREDICTED}
    for name, values in columns.items():
        good = pc.is_finite(values)
        if name.endswith(("_sd", "_prob")):
            good = pc.and_(good, pc.greater(values, 0.0))
        if name.endswith("_prob"):
            good = pc.and_(good, pc.less(values, 1.0))
        wrong = pc.index(pc.fill_null(good, name not in _REQUIRED), value=False).as_py()
        if wrong >= 0:
            value, game = values[wrong].as_py(), games["game_id"][wrong].as_py()
            rule = "strictly between 0 and 1" if name.endswith("_prob") else "finite"
            rule = "finite and greater than 0" if name.endswith("_sd") else rule
            what = f"gave `{name}` = `{value}` for game `{game}`, and it must be {rule}"
            raise PluginError(_says(spec, "predict", what))
    return pa.table(columns)


def _says(spec: Spec, function: str, what: str) -> str:
    return f"model `{spec.name}`: {function} {what}; mend the plugin or disable it with TIPOFF_PLUGINS_DISABLED"
