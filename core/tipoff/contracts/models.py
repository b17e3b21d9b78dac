"""Models: games in, probabilities out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tipoff.contracts import judging
from tipoff.contracts.judging import GAME_KEY
from tipoff.contracts.tables import Json

if TYPE_CHECKING:
    import pyarrow as pa

_GIVEN: Final = frozenset({*GAME_KEY, "game_date", "tip_utc", "home_id", "away_id", "neutral_site"})
_TARGETS: Final = frozenset({"home_win", "margin", "total"})
_FEATURE: Final = re.compile(rf"{judging.NAME.pattern}\.{judging.NAME.pattern}")


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

    Raises:
        SpecError: it makes no sense.
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

    def __post_init__(self) -> None:
        judging.judge(self, self._breaches)

    def _breaches(self) -> Iterator[str]:
        yield from judging.name(self.name)
        yield from judging.version(self.version)
        yield from judging.dotted("fit", self.fit)
        yield from judging.dotted("predict", self.predict)
        for feature in self.features:
            if not _FEATURE.fullmatch(feature):
                yield f"a feature is written table.column, like game_features.rest_difference, got `{feature}`"
        bare = [feature.rpartition(".")[2] for feature in self.features]
        yield from judging.unique("feature", bare)
        for name in bare:
            if name in _GIVEN | _TARGETS:
                yield f"the feature `{name}` is a column that every model gets, or its target; rename it"
        yield from judging.unique("stacked model", self.stacks)
        for name in self.stacks:
            yield from judging.name(name, "`stacks` names models")
        if self.name in self.stacks:
            yield f"`stacks` names `{self.name}`, which is itself; take it out"
