"""Drift: of the form of the sources' answers, and of what they say.

`observing.observe` runs before the checks of the schema ``raw`` and writes what `checks.CHECKS` read.
"""
