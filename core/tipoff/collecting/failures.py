"""Requests that got no usable answer: which of them stop a run, and which fail it.

One bad address must not keep everything else from being collected, and a source that is down must not be asked a
thousand times. So a failed request is passed over, and is owed (`tipoff.collecting.owed`). As long as it has been
failing for no longer than data may still be corrected (`Settings.settle_days`), it is *news* and may fail the run;
after that it is known, and fails nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from tipoff.contracts import Request
from tipoff.errors import MalformedResponse, SourceUnavailable

UNUSABLE_LIMIT: Final = 10
"""Unusable answers after which the source, not a game, has a problem: in a row they stop a run, in all they fail it."""

UNAVAILABLE_LIMIT: Final = 5
"""Requests in a row without an answer after all attempts, after which the source is taken to be down."""

Failure: TypeAlias = MalformedResponse | SourceUnavailable


@dataclass(frozen=True)
class FailedRequest:
    """A request of this run without a usable answer, when, and whether that is news."""

    request: Request
    error: Failure
    at: datetime
    is_news: bool


class Failures:
    """The failed requests of one run.

    Args:
        what: dataset and league, for messages.
        first_seen: since when the requests fail that failed before, by key.
        settle: how long a failure is news.
    """

    def __init__(self, what: str, first_seen: Mapping[str, datetime], settle: timedelta) -> None:
        self._what = what
        self._first_seen = first_seen
        self._settle = settle
        self._in_a_row: list[FailedRequest] = []
        self._failed: dict[str, FailedRequest] = {}
        self.any_usable = False
        """Whether any answer was usable."""

    @property
    def requests(self) -> list[FailedRequest]:
        """Those that have no usable answer so far."""
        return list(self._failed.values())

    @property
    def unusable(self) -> int:
        """How many of them were answered, and unusably."""
        return sum(isinstance(each.error, MalformedResponse) for each in self._failed.values())

    def add(self, request: Request, error: Failure, at: datetime) -> None:
        """Takes note of a failed request.

        Raises:
            MalformedResponse: this was one unusable answer too many in a row.
            SourceUnavailable: this was one request too many in a row without an answer.
        """
        first = self._first_seen.get(request.key)
        failed = FailedRequest(request, error, at, is_news=first is None or at - first <= self._settle)
        # What was owed, or is asked a second time, says nothing about the source as a whole.
        known = first is not None or request.key in self._failed
        self._failed[request.key] = failed
        if known:
            return
        self._in_a_row.append(failed)
        unavailable = [each for each in self._in_a_row if isinstance(each.error, SourceUnavailable)]
        if len(unavailable) >= UNAVAILABLE_LIMIT:
            raise self._unavailable(unavailable, "in a row, so nothing more was asked")
        if len(self._in_a_row) - len(unavailable) >= UNUSABLE_LIMIT:
            raise self._unusable([each for each in self._in_a_row if each not in unavailable])

    def usable(self, request: Request) -> None:
        """Takes note of a request with a usable answer."""
        self.any_usable = True
        self._in_a_row.clear()
        self._failed.pop(request.key, None)

    def verdict(self, fresh: int) -> Failure | None:
        """What the run is to raise at its end, when everything else is loaded.

        Args:
            fresh: requests that were not sent, since they have a fresh answer.
        """
        nothing = not self.any_usable and not fresh
        counted = [each for each in self.requests if nothing or each.is_news]
        unavailable = [each for each in counted if isinstance(each.error, SourceUnavailable)]
        unusable = [each for each in counted if isinstance(each.error, MalformedResponse)]
        if unavailable:
            return self._unavailable(unavailable, "" if nothing else "while the others did and are loaded")
        if len(unusable) >= UNUSABLE_LIMIT or (nothing and unusable):
            return self._unusable(unusable)
        return None

    def __str__(self) -> str:
        """What failed, in one line; empty where nothing did."""
        if not self._failed:
            return ""
        return f"{len(self._failed)} requests failed, the first: {self.requests[0].error}"

    def _unavailable(self, failed: list[FailedRequest], how: str) -> SourceUnavailable:
        counted = f"{len(failed)}, {how}" if how else f"{len(failed)}"
        return SourceUnavailable(
            f"{self._what}: requests without an answer: {counted}; the first: {failed[0].error}. "
            "They are in `ops.failed_request`; the next run asks again"
        )

    def _unusable(self, failed: list[FailedRequest]) -> MalformedResponse:
        return MalformedResponse(
            f"{self._what}: {len(failed)} unusable answers, the first: {failed[0].error}. "
            "See `tipoff quarantine list`; the next run asks again"
        )
