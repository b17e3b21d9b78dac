"""The plugin against the contract kit that other authors get, over two days of a small simulated league."""

from __future__ import annotations

from datetime import date, datetime

from tipoff import Access, Window
from tipoff.testing import collector_tests

TestEspn = collector_tests(
    "tipoff_espn.plugin",
    access=Access(source="embedded:seed=3,teams=32"),
    now=datetime(2026, 1, 17, 13),
    window=Window(date(2026, 1, 16), date(2026, 1, 17)),
)
