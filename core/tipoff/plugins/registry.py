"""What the loaded plugins bring, in an order in which it can run."""

from __future__ import annotations

import heapq
import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Literal, TypeVar

from tipoff.contracts import Check, Collector, Dataset, FeatureBuilder, Model, Table
from tipoff.contracts.judging import nearest
from tipoff.domain import TABLES
from tipoff.errors import PluginError, SettingsError

State = Literal["ok", "failed", "incompatible", "untrusted", "disabled"]
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Plugin:
    """One installed plugin and what became of it.

    Args:
        name: of its entry point.
        version: of its distribution.
        distribution: the installed package that has the entry point.
        state: ``ok``; ``failed`` (raised or broke the contract); ``incompatible`` (written for another API
            level); ``untrusted`` (the lock does not allow it: not imported); ``disabled`` (by
            ``TIPOFF_PLUGINS_DISABLED``: not imported). Only an ``ok`` plugin brings anything.
        reason: why it is not ok, or a notice about one that is (slow to import); else empty.
        module: what the entry point names.
        api: the ``TIPOFF_API`` it states; None where it was not imported or states none.
        tasks: ids of the tasks, and names of the checks and commands, that it brings.
        seconds: what loading it took.
    """

    name: str
    version: str
    distribution: str
    state: State
    reason: str = ""
    module: str = ""
    api: int | None = None
    tasks: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Registry:
    """Everything that the plugins in state ``ok`` bring.

    Args:
        plugins: every plugin that was found, whatever its state, by name.
        collectors: by name; for the order in which to run see `datasets`.
        builders: each after the builders it needs, then by name.
        models: each after the models it stacks, then by name.
        checks: by name, those of the datasets and builders included.
        commands: dotted paths of click commands, by `command_name`.
    """

    plugins: tuple[Plugin, ...] = ()
    collectors: tuple[Collector, ...] = ()
    builders: tuple[FeatureBuilder, ...] = ()
    models: tuple[Model, ...] = ()
    checks: tuple[Check, ...] = ()
    commands: tuple[str, ...] = ()

    def dataset(self, name: str) -> tuple[Collector, Dataset]:
        """The dataset called `name`, with the collector that brings it.

        Raises:
            SettingsError: no plugin brings it.
        """
        owners = {dataset.name: (collector, dataset) for collector in self.collectors for dataset in collector.datasets}
        return self._pick("dataset", name, owners)

    def datasets(self) -> tuple[Dataset, ...]:
        """Every dataset, each after those in its `Dataset.after`, then by name."""
        datasets = {dataset.name: dataset for collector in self.collectors for dataset in collector.datasets}
        order = ordered({name: dataset.after for name, dataset in datasets.items()})
        return tuple(datasets[name] for name in order)

    def builder(self, name: str) -> FeatureBuilder:
        """The feature builder called `name`.

        Raises:
            SettingsError: no plugin brings it.
        """
        return self._pick("feature builder", name, {builder.name: builder for builder in self.builders})

    def model(self, name: str) -> Model:
        """The model called `name`.

        Raises:
            SettingsError: no plugin brings it.
        """
        return self._pick("model", name, {model.name: model for model in self.models})

    def tables(self) -> dict[str, Table]:
        """Every table by full name: the domain's, then the collectors', then the builders'."""
        own = (table for collector in self.collectors for table in collector.tables)
        built = (builder.table for builder in self.builders)
        return {table.full_name: table for table in (*TABLES.values(), *own, *built)}

    def broken(self) -> tuple[Plugin, ...]:
        """The plugins that should bring something and do not: all that are neither ok nor disabled."""
        return tuple(plugin for plugin in self.plugins if plugin.state not in ("ok", "disabled"))

    def _pick(self, kind: str, name: str, known: Mapping[str, _Found]) -> _Found:
        if name in known:
            return known[name]
        there = ", ".join(f"`{each}`" for each in sorted(known)) or "none"
        out = ", ".join(f"`{each.name}` ({each.state})" for each in self.plugins if each.state != "ok")
        unread = f"; not loaded: {out}" if out else ""
        raise SettingsError(
            f"no plugin brings the {kind} `{name}`{nearest(name, known)}; there are: {there}{unread}; "
            "see `tipoff plugins`"
        )


def command_name(dotted: str) -> str:
    """What to type after ``tipoff`` for the command at `dotted`: ``a.b:espn_server`` is ``espn-server``."""
    return dotted.partition(":")[2].rpartition(".")[2].replace("_", "-")


def resolve(dotted: str) -> object:
    """Imports ``package.module:name`` and returns what it names.

    Raises:
        PluginError: the path is not of that form, or its import fails.
    """
    module, _, names = dotted.partition(":")
    if not module or not names:
        raise PluginError(f"`{dotted}` is not a dotted path; write it like package.module:name")
    try:
        found: object = importlib.import_module(module)
        for name in names.split("."):
            if not hasattr(found, name):
                near = nearest(name, dir(found))
                raise PluginError(f"`{dotted}`: `{module}` has no `{name}`{near}; mend the path in the spec")
            found = getattr(found, name)
        return found
    except PluginError:
        raise
    except (Exception, SystemExit) as error:  # the plugin boundary: its import may raise anything
        raise PluginError(
            f"`{dotted}` cannot be imported: {type(error).__name__}: {error}; "
            f"try `python -c 'import {module}'`, and see `tipoff plugins`"
        ) from error


def ordered(graph: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The graph's names, each after those it points to, and always the smallest of the possible ones next.

    Names that are pointed to and are not in the graph are left out.

    Raises:
        graphlib.CycleError: there is no such order.
    """
    sorter = TopologicalSorter({name: [each for each in before if each in graph] for name, before in graph.items()})
    sorter.prepare()
    ready, names = list(sorter.get_ready()), []
    heapq.heapify(ready)
    while ready:
        name = heapq.heappop(ready)
        names.append(name)
        sorter.done(name)
        for follower in sorter.get_ready():
            heapq.heappush(ready, follower)
    return tuple(names)
