"""Batches that a clock which was wrong has stamped, told by the order in which they landed.

A batch is never changed, and its number says when it landed among the others of its dataset. So the stamps that are
believed are the most of them that rise with the numbers and are not still to come; a batch whose stamp is outside of
those around it is read with another. Without this a store that is built again from the landing zone would let an
answer win that was stamped a month ahead, and once that month is over nothing would tell.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from tipoff.warehouse.landing import Landing

TOLERATED: Final = timedelta(hours=1)
"""By how much stamps may disagree with the order of batches: two runs at once land as they please."""

_EPOCH: Final = datetime(1970, 1, 1)


class Stamp(NamedTuple):
    """What counts in the place of a batch's own stamps, naive UTC.

    Args:
        at: when it spoke at the latest: just before the next batch that is believed, or now. Rows get it, so that
            nothing is taken to have been known before it was.
        asked: when it was asked at the earliest: with the batch before it. Its questions get it, so that they are
            asked again rather than taken to be answered.
    """

    at: datetime
    asked: datetime


def misdated(landing: Landing, now: datetime) -> dict[str, Stamp]:
    """The batches whose stamps are not believed, by name.

    Args:
        landing: the batches of a dataset.
        now: the present instant.

    Raises:
        StoreError: a batch cannot be read.
    """
    begun = [(name, at) for name in landing.batches() if (at := landing.begun(name))]
    kept = _rising([at if at <= now else None for _, at in begun])
    found: dict[str, Stamp] = {}
    for place, (name, at) in enumerate(begun):
        before = max((begun[each][1] for each in kept if each <= place), default=_EPOCH)
        after = min((begun[each][1] for each in kept if each >= place), default=now)
        if at > now or not before - TOLERATED <= at <= after + TOLERATED:
            found[name] = Stamp(max(after - timedelta(microseconds=1), before), before)
    return found


def _rising(stamps: list[datetime | None]) -> set[int]:
    """Places of the longest run of stamps that never fall, those between them left out."""
    lasts: list[datetime] = []
    places: list[int] = []
    before: dict[int, int] = {}
    for place, at in enumerate(stamps):
        if at is None:
            continue
        length = bisect_right(lasts, at)
        lasts[length : length + 1] = [at]
        places[length : length + 1] = [place]
        before[place] = places[length - 1] if length else -1
    kept = set[int]()
    place = places[-1] if places else -1
    while place >= 0:
        kept.add(place)
        place = before[place]
    return kept
