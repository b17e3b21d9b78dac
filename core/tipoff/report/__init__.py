"""The report: one bundle of figures from the published copy, and a page made from it."""

from __future__ import annotations

from tipoff.report.page import write

__all__ = ["write"]
