"""Shows plugins that are not ok among Airflow's Import Errors; the DAGs themselves go on without them.

A DAG file that raised because of a plugin would take its good tasks with it. This file holds no DAG, so it may.
"""

from __future__ import annotations

from tipoff import plugins
from tipoff.errors import PluginError

if broken := plugins.load().broken():
    lines = [f"{plugin.name} {plugin.version} is {plugin.state}: {plugin.reason}" for plugin in broken]
    raise PluginError("\n".join(["some plugins cannot be used (see `tipoff plugins`):", *lines]))
