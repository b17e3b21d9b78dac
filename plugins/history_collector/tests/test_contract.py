"""The plugin against the contract kit that other authors get, over two published seasons."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path

from tipoff import Window
from tipoff.testing import collector_tests

from .conftest import seasons, write

# Without files the plugin brings nothing, so they are there before it is asked.
_FILES = tempfile.TemporaryDirectory(prefix="tipoff-history-")

TestHistory = collector_tests(
    "tipoff_history.plugin",
    env={"TIPOFF_HISTORY_SOURCE": str(write(Path(_FILES.name), seasons()))},
    now=datetime(2020, 6, 1, 12),
    window=Window(date(2014, 7, 1), date(2020, 6, 1)),
)
