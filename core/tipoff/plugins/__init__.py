"""The plugin manager: finds plugins by their entry points, contains what is broken, and holds what they bring.

``load()`` gives the `Registry` from which the engines, the DAG files and the command line are built.
"""

from __future__ import annotations

from tipoff.plugins.loading import load
from tipoff.plugins.registry import Plugin, Registry, State, command_name, resolve

__all__ = ["Plugin", "Registry", "State", "command_name", "load", "resolve"]
