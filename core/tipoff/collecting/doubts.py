"""Answers that were usable but for some records: which are asked for again, and when they are too many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tipoff.collecting.batch import Taken
from tipoff.contracts import Request
from tipoff.errors import MalformedResponse

FEWEST: Final = 10
"""Bad records, or answers with any, below which no share of them fails a run that has rows."""

WORTH_A_LOOK: Final = 0.01
"""Share of bad records below which it does not matter in how many answers they are: large ones may all have one."""


@dataclass(frozen=True)
class Doubt:
    """An answer with bad records: when it came, how many, and what is wrong with the first."""

    request: Request
    at: datetime
    bad: int
    reason: str


class Doubts:
    """The answers with bad records of one run.

    Args:
        what: dataset and league, for messages.
        limit: share of records, and of answers, above which the run fails (`Settings.quarantine_limit`).
    """

    def __init__(self, what: str, limit: float) -> None:
        self._what = what
        self._limit = limit
        self._rows: dict[str, int] = {}
        self._doubts: dict[str, Doubt] = {}

    def take(self, request: Request, taken: Taken, at: datetime) -> None:
        """Takes note of an answer; the last one to a request counts."""
        key = request.key
        self._rows[key] = taken.rows
        self._doubts.pop(key, None)
        if taken.bad:
            self._doubts[key] = Doubt(request, at, taken.bad, taken.reason)

    @property
    def requests(self) -> list[Doubt]:
        """Those whose last answer had bad records."""
        return list(self._doubts.values())

    @property
    def records(self) -> int:
        """How many bad records there are."""
        return sum(each.bad for each in self._doubts.values())

    def verdict(self) -> MalformedResponse | None:
        """What the run is to raise at its end, when everything else is loaded."""
        bad, answers, rows = self.records, len(self._doubts), sum(self._rows.values())
        many = bad >= FEWEST and bad > self._limit * (bad + rows)
        everywhere = answers >= FEWEST and answers > self._limit * len(self._rows) and bad > WORTH_A_LOOK * (bad + rows)
        if not many and not everywhere and (rows or not bad):
            return None
        first = next(iter(self._doubts.values()))
        return MalformedResponse(
            f"{self._what}: {bad} of {bad + rows} records, in {answers} of {len(self._rows)} answers, were set aside, "
            f"the first of `{first.request.key}`: {first.reason}. What was usable is loaded; see `tipoff quarantine "
            "list`, mend the parser if the source has changed, then `tipoff quarantine replay`"
        )
