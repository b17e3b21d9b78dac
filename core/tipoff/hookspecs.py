"""The hooks a plugin may implement: documentation only, no logic.

A plugin is an installed package with an entry point in the group ``tipoff`` that names a module. The module
states the API level it was written for and holds any of these functions, marked with `tipoff.hookimpl`::

    from tipoff import Collector, Dataset, hookimpl

    TIPOFF_API = 1

    @hookimpl
    def collectors():
        return (Collector(name="polls", conn_id="polls_api", datasets=(...)),)

Each hook is called once a process, when the plugins are loaded: in the scheduler's parse of each DAG file, in
each task and in each ``tipoff`` command. So it must be cheap: at most 50 ms with its module's import, and
nothing heavy imported. A hook may raise; the plugin then ends in the state ``failed`` with the error as its
reason, and everything else goes on without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from tipoff.contracts import Check, Collector, FeatureBuilder, Model

PROJECT = "tipoff"
"""pluggy's project name, and the entry-point group."""

API_LEVEL = 1
"""The level of this contract. A plugin's ``TIPOFF_API`` must not exceed it.

It is raised when something is taken away or changed (``core/api.txt`` records what there is); what is only added
leaves it alone.
"""

OLDEST_API_LEVEL = 1
"""The oldest level whose plugins still work. They are taken, with a notice; those of a level before it are not."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def collectors() -> tuple[Collector, ...]:  # type: ignore[empty-body]
    """Sources of data; each of their datasets becomes a task ``collect_<dataset>`` of ``data_collection``."""


@hookspec
def feature_builders() -> tuple[FeatureBuilder, ...]:  # type: ignore[empty-body]
    """Tables of features; each becomes a task ``<name>_features`` of ``feature_engineering``."""


@hookspec
def models() -> tuple[Model, ...]:  # type: ignore[empty-body]
    """Forecasters; each is trained, evaluated and registered in ``model_training`` and asked in ``prediction``."""


@hookspec
def checks() -> tuple[Check, ...]:  # type: ignore[empty-body]
    """Quality checks, run by ``data_quality`` (schema raw) or ``feature_quality`` (schema features)."""


@hookspec
def commands() -> tuple[str, ...]:  # type: ignore[empty-body]
    """Dotted paths of click commands; each is named after its function, with - for _.

    ``tipoff_espn.server.command:espn_server`` is ``tipoff espn-server``. So the name is known without the import.
    """
