"""A published prediction: a row of the ledger."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date, datetime

from tipoff import clock
from tipoff.modelling.identity import digest_of
from tipoff.modelling.metrics import Z_80, Z_95

_STAMPED = (
    *("seq", "previous_hash", "hash", "predicted_at", "run_id", "data_id"),
    *("features", "champion", "stands_in_for"),
)
"""Columns that say when and how a row came about, and what its version was then: two rows that differ only here say the
same of the game. So another model that comes or goes adds no row."""


@dataclass(frozen=True)
class Prediction:
    """A row of ``predictions.ledger``; seq, hashes and predicted_at are set when it is written."""

    seq: int
    league: str
    season: int
    game_id: str
    home_id: str
    away_id: str
    game_date: date
    tip_utc: datetime
    model: str
    version: str
    champion: bool
    home_win_prob: float
    margin: float
    margin_sd: float
    margin_low_80: float
    margin_high_80: float
    margin_low_95: float
    margin_high_95: float
    total: float | None
    total_sd: float | None
    data_id: str
    features: str
    degraded: str | None
    predicted_at: datetime
    run_id: str
    previous_hash: str = ""
    hash: str = ""
    stands_in_for: str | None = None

    @property
    def said(self) -> dict[str, object]:
        """What it says about the game, and of itself where it is degraded, without the circumstances."""
        return {name: value for name, value in asdict(self).items() if name not in _STAMPED}

    def hashed(self) -> str:
        """SHA-256 of the row without its own hash, in hex."""
        row = dict(vars(self))
        del row["hash"]
        if self.stands_in_for is None:  # rows of before there was this column were hashed without it
            del row["stands_in_for"]
        return digest_of({name: _plain(value) for name, value in row.items()})

    @property
    def closes_utc(self) -> datetime:
        """The tip as it was known then; of one whose time of day was still to be announced, the end of its day."""
        is_day = self.tip_utc == clock.day_start(self.game_date)
        return clock.day_end(self.game_date) if is_day else self.tip_utc


def intervals(margin: float, margin_sd: float) -> dict[str, float]:
    """The central 80 % and 95 % intervals of a normal margin, as ledger columns, points."""
    return {
        "margin_low_80": margin - Z_80 * margin_sd,
        "margin_high_80": margin + Z_80 * margin_sd,
        "margin_low_95": margin - Z_95 * margin_sd,
        "margin_high_95": margin + Z_95 * margin_sd,
    }


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # never written by `append`; JSON has no word for it
    return value.isoformat() if isinstance(value, date) else value
