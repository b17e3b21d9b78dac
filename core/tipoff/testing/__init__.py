"""The contract kit: one line gives a plugin a suite of tests, each law for each dataset, builder or model a test.

::

    from tipoff.testing import plugin_tests

    TestArenas = plugin_tests("tipoff_arenas.plugin", answers={"https://arenas.example/v1/arenas.json": ANSWER})

`plugin_tests` gives what applies to what the plugin brings; `collector_tests`, `features_tests`, `model_tests` and
`check_tests` give one kind, and fail where the plugin brings none of it. `given` makes of a few rows what a builder's
`compute` receives. It needs pytest.
"""

from __future__ import annotations

from tipoff.testing.given import given
from tipoff.testing.installing import installed
from tipoff.testing.suites import check_tests, collector_tests, features_tests, model_tests, plugin_tests

__all__ = ["check_tests", "collector_tests", "features_tests", "given", "installed", "model_tests", "plugin_tests"]
