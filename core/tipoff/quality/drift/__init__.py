"""Drift: of the form of the sources' answers, and of what they say.

`observe` runs before the checks of the schema ``raw`` and writes what `CHECKS` read.
"""

from __future__ import annotations

from tipoff.quality.drift.checks import CHECKS
from tipoff.quality.drift.observing import observe

__all__ = ["CHECKS", "observe"]
