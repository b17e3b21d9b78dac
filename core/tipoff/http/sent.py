"""When a server says that it answered, and how far the machine's clock is from that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from tipoff import clock

TOLERATED: Final = timedelta(minutes=5)
"""By how much two clocks may differ, as in Kerberos: a machine that keeps time is off by far less than a second."""


def ahead(headers: Mapping[str, str], now: datetime) -> timedelta:
    """By how much `now` (naive UTC) is later than the server's ``Date``, less the ``Age`` of an answer from a cache.

    Negative where it is earlier; zero where the server says nothing that can be read.
    """
    try:
        sent = clock.utc(parsedate_to_datetime(headers.get("Date", "")))
    except (ValueError, TypeError):
        return timedelta()
    age = headers.get("Age", "").strip()
    return now - sent - timedelta(seconds=int(age) if age.isdecimal() else 0)
