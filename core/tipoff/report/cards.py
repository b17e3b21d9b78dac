"""What the report shows of the models themselves, as plain data: decisions about them, cards, decay.

Instants are naive UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tipoff.modelling.comparison import Verdict


@dataclass(frozen=True)
class Served:
    """What serves in a league (`tipoff.modelling.serving`).

    Args:
        champion: name of the champion's model, or empty.
        voice: name of the model whose forecasts stand for the league: the champion's, or the one that stands in.
        said: that the champion cannot serve, why, who stands in, and what to do; empty where it can.
        unfit: of the models those that cannot serve, each with the reason.
    """

    champion: str = ""
    voice: str = ""
    said: str = ""
    unfit: Mapping[str, str] = field(default_factory=dict)


NOBODY: Final = Served()
"""Where there is no champion."""


@dataclass(frozen=True)
class Watched:
    """A model's latest published predictions against its backtest, as last looked at (`tipoff.modelling.decay`)."""

    name: str
    games: int
    last_day: date
    log_loss: float
    expected: float
    low: float
    high: float
    behind: float | None
    decayed: bool


@dataclass(frozen=True)
class Ungraded:
    """A game that is over whose published predictions, one a model, get no grade, and why."""

    game_id: str
    day: date
    reason: str
    predictions: int


@dataclass(frozen=True)
class Decision:
    """One event of the model registry; `verdict` is what the gate compared, where it compared anything."""

    at: datetime
    kind: str
    model: str
    version: str
    reason: str
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Season:
    """A version's walk-forward figures on one season."""

    label: str
    games: int
    log_loss: float | None
    brier: float | None
    accuracy: float | None
    mae: float | None


@dataclass(frozen=True)
class Card:
    """What there is to know of a model's serving version.

    Args:
        model: its name.
        version: digest of everything it was made from.
        champion: whether its predictions count.
        pinned: whether a person chose it, so that no refit takes its place.
        unfit: why it cannot serve; empty where it can.
        doc: what its plugin says of it; empty where the plugin is gone.
        first_day: of the games it was fitted on.
        last_day: likewise.
        games: so many.
        fitted_at: when, naive UTC.
        features: version of each feature table that it reads, by name.
        params: hyper-parameters as text, by name.
        stacks: version of each model whose predictions it takes, by name.
        seasons: figures by season, the newest first.
    """

    model: str
    version: str
    champion: bool
    pinned: bool
    unfit: str
    doc: str
    first_day: date
    last_day: date
    games: int
    fitted_at: datetime
    features: Mapping[str, str]
    params: Mapping[str, str]
    stacks: Mapping[str, str]
    seasons: tuple[Season, ...]
