"""Answers that were usable but for some records: which are asked for again, and when they are too many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    """An answer with bad records: when it came, how many, what is wrong with the first, and whether it was before."""

    request: Request
    at: datetime
    bad: int
    reason: str
    repeated: bool


class Doubts:
    """The answers with bad records of one run.

    Its window is what the plan asks for, with all that leads to, fresh or not: a run's share of bad records is that of
    the window's distinct records. What is only owed is asked again since it was bad, and says nothing about the source.

    Args:
        what: dataset and league, for messages.
        limit: share of records, and of answers, of the window above which the run fails.
        before: what was wrong with the answers that are asked for again, by key.
    """

    def __init__(self, what: str, limit: float, before: Mapping[str, str]) -> None:
        self._what = what
        self._limit = limit
        self._before = dict(before)
        self._beyond: set[str] = set()
        self._rows: dict[str, int] = {}
        self._doubts: dict[str, Doubt] = {}
        self._fresh = self._fresh_rows = 0

    def leave_out(self, requests: Iterable[Request]) -> None:
        """Takes note of what is asked only since it is owed, or since that led to it."""
        self._beyond.update(request.key for request in requests)

    def is_left_out(self, request: Request) -> bool:
        """Whether it is beyond the window."""
        return request.key in self._beyond

    def add_fresh(self, answers: int, rows: int) -> None:
        """Takes note of the window's answers that need not be asked for again, and of the rows that they gave."""
        self._fresh += answers
        self._fresh_rows += rows

    def take(self, request: Request, taken: Taken, at: datetime) -> None:
        """Takes note of an answer; the last one to a request counts."""
        key = request.key
        self._rows[key] = taken.rows
        self._doubts.pop(key, None)
        if taken.bad:
            self._doubts[key] = Doubt(request, at, taken.bad, taken.reason, self._before.get(key) == taken.reason)
            self._before[key] = taken.reason

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
        doubts = [doubt for key, doubt in self._doubts.items() if key not in self._beyond]
        given = [rows for key, rows in self._rows.items() if key not in self._beyond]
        bad, rows, answers = sum(each.bad for each in doubts), sum(given) + self._fresh_rows, len(given) + self._fresh
        many = bad >= FEWEST and bad > self._limit * (bad + rows)
        spread = len(doubts) >= FEWEST and len(doubts) > self._limit * answers
        everywhere = spread and bad > WORTH_A_LOOK * (bad + rows)
        if not many and not everywhere and (rows or not bad):
            return None
        first = doubts[0]
        return MalformedResponse(
            f"{self._what}: {bad} of {bad + rows} records, in {len(doubts)} of {answers} answers, were set aside, "
            f"the first of `{first.request.key}`: {first.reason}. What was usable is loaded; see `tipoff quarantine "
            "list`, mend the parser if the source has changed, then `tipoff quarantine replay`"
        )
