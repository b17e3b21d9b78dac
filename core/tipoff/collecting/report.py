"""What came of collecting one dataset of one league."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from tipoff.contracts import Json, Window


@dataclass(frozen=True)
class CollectReport:
    """What one run brought.

    Args:
        dataset: its name.
        league: e.g. ``mens-college-basketball``.
        source: the collector's name.
        window: the days that were collected.
        requests: questions that were sent.
        fresh: questions that were not sent, since a fresh answer had landed.
        rows: rows inserted or changed in the store.
        tables: the same by full name of the table.
        failed: questions that were sent and got no usable answer; they are asked again, see ``ops.failed_request``.
        quarantined: records set aside, and unusable answers.
        recovered: batches of earlier runs that had landed and were loaded now.
        seconds: taken.
        watermark: the last day up to which everything has been asked for.
        reached_end: whether all of the plan was asked for, if not answered.
    """

    dataset: str
    league: str
    source: str
    window: Window
    requests: int = 0
    fresh: int = 0
    rows: int = 0
    tables: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0
    quarantined: int = 0
    recovered: int = 0
    seconds: float = 0.0
    watermark: date | None = None
    reached_end: bool = True

    def as_dict(self) -> dict[str, Json]:
        """The report in JSON's types, with days in ISO 8601."""
        return asdict(self) | {
            "window": {"start": self.window.start.isoformat(), "end": self.window.end.isoformat()},
            "watermark": self.watermark.isoformat() if self.watermark else None,
        }
