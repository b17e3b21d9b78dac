"""Requests that got no usable answer: which of them stop a run, fail it, or hold its watermark.

One bad address must not keep everything else from being collected, and a source that is down must not be asked a
thousand times. So a failed request is passed over and asked again by the next run, which finds no answer of it.
As long as it has been failing for no longer than data may still be corrected (`Settings.settle_days`), it is
*news*: it holds the watermark, so that later runs plan it again. After that it is known, and holds nobody up.
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

    key: str
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
        self._any_usable = False
        self.requests: list[FailedRequest] = []

    def add(self, request: Request, error: Failure, at: datetime) -> None:
        """Takes note of a failed request.

        Raises:
            MalformedResponse: this was one unusable answer too many in a row.
            SourceUnavailable: this was one request too many in a row without an answer.
        """
        is_news = at - self._first_seen.get(request.key, at) <= self._settle
        failed = FailedRequest(request.key, error, at, is_news)
        self.requests.append(failed)
        if is_news:
            self._in_a_row.append(failed)
        unavailable = [each for each in self._in_a_row if isinstance(each.error, SourceUnavailable)]
        if len(unavailable) >= UNAVAILABLE_LIMIT:
            raise self._unavailable(unavailable, "in a row, so nothing more was asked")
        if len(self._in_a_row) - len(unavailable) >= UNUSABLE_LIMIT:
            raise self._unusable([each for each in self._in_a_row if each not in unavailable])

    def usable(self) -> None:
        """Takes note of a request with a usable answer."""
        self._any_usable = True
        self._in_a_row.clear()

    @property
    def hold(self) -> bool:
        """Whether the watermark must stay where it is, so that what failed is planned again."""
        return any(each.is_news for each in self.requests)

    def verdict(self, fresh: int) -> Failure | None:
        """What the run is to raise at its end, when everything else is loaded.

        Args:
            fresh: requests that were not sent, since they have a fresh answer.
        """
        nothing = not self._any_usable and not fresh
        counted = self.requests if nothing else [each for each in self.requests if each.is_news]
        unavailable = [each for each in counted if isinstance(each.error, SourceUnavailable)]
        unusable = [each for each in counted if isinstance(each.error, MalformedResponse)]
        if unavailable:
            return self._unavailable(unavailable, "while the others did and are loaded")
        if len(unusable) >= UNUSABLE_LIMIT or (nothing and unusable):
            return self._unusable(unusable)
        return None

    def __str__(self) -> str:
        """What failed, in one line; empty where nothing did."""
        if not self.requests:
            return ""
        return f"{len(self.requests)} requests failed, the first: {self.requests[0].error}"

    def _unavailable(self, failed: list[FailedRequest], how: str) -> SourceUnavailable:
        return SourceUnavailable(
            f"{self._what}: {len(failed)} requests got no answer {how}; the first: {failed[0].error}. "
            "They are in `ops.failed_request`; the next run asks again"
        )

    def _unusable(self, failed: list[FailedRequest]) -> MalformedResponse:
        return MalformedResponse(
            f"{self._what}: {len(failed)} unusable answers, the first: {failed[0].error}. "
            "They are in `ops.quarantine`; the next run asks again"
        )
