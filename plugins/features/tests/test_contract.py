"""The plugin against the contract kit that other authors get."""

from __future__ import annotations

from tipoff.features.tiny_league import TinyLeague
from tipoff.testing import features_tests

TestFeatures = features_tests("tipoff_features.plugin", league=TinyLeague(teams=4, games=10))
