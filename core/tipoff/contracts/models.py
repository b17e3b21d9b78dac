"""Models: games in, probabilities out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tipoff.contracts.tables import Json

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class FitContext:
    """What `Model.fit` receives.

    Args:
        games: finished games, oldest first. Columns: league, season, game_id, game_date, tip_utc, home_id,
            away_id, neutral_site, the declared features by bare name (NULL where missing), and the targets
            ``home_win`` (BOOLEAN), ``margin`` and ``total`` (points; margin is home minus away).
        params: the hyper-parameters of `Model.params`.
        seed: for every random choice; the same games, params and seed give the same model.
    """

    games: pa.Table
    params: Mapping[str, Json]
    seed: int


@dataclass(frozen=True)
class Fitted:
    """A fitted model in storable parts.

    Args:
        state: coefficients and whatever else fits JSON.
        estimators: scikit-learn estimators by name, stored through skops against core's allow-list.
        card: figures for the model card (standard errors, importances); shown, never used.
    """

    state: Mapping[str, Json] = field(default_factory=dict)
    estimators: Mapping[str, object] = field(default_factory=dict)
    card: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """A forecaster of games.

    Args:
        name: unique.
        features: the columns it sees, each ``table.column`` of the features schema
            (``game_features.rest_difference``); nothing else reaches `fit` or `predict`.
        fit: dotted path to ``(FitContext) -> Fitted``.
        predict: dotted path to ``(Fitted, pa.Table) -> pa.Table``: for each game in, one row out in the same
            order, with ``home_win_prob`` (strictly between 0 and 1), ``margin`` and ``margin_sd`` (points,
            DOUBLE; home minus away), and where the model has them ``total`` and ``total_sd``.
        version: raised when fit or predict change their output.
        params: hyper-parameters, handed to `fit`.
        search_space: what ``tipoff models search`` may try for some of `params`, by name: a list of choices
            (``["squared_error", "absolute_error"]``), or ``{"low": 0.01, "high": 0.2}`` with both ends included, of
            whole numbers where both are, and by ratio with ``"log": True``.
        stacks: names of models whose walk-forward predictions it takes as input, as columns
            ``<model>_home_win_prob`` and ``<model>_margin``.
        doc: one or two sentences.
    """

    name: str
    features: tuple[str, ...]
    fit: str
    predict: str
    version: str = "1"
    params: Mapping[str, Json] = field(default_factory=dict)
    stacks: tuple[str, ...] = ()
    search_space: Mapping[str, Json] = field(default_factory=dict)
    doc: str = ""
