"""Discovery and isolation: entry points one by one, so that a broken plugin harms nobody else.

This is the plugin boundary, with `tipoff.plugins.asking`. A plugin may raise anything, so everything is caught here
and becomes a state with a reason, also the `SystemExit` of a module that is really a script, and the end of its time;
only what interrupts the whole process (Ctrl-C, Airflow's parse timeout) goes on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import inspect
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from tipoff import hookspecs
from tipoff.errors import PluginError
from tipoff.plugins.asking import Refused, ask, ended, is_its_own, one_line
from tipoff.plugins.brought import Brought
from tipoff.plugins.finding import Found, installed, module_of
from tipoff.plugins.first_load import why_not, why_not_alone
from tipoff.plugins.graph import builder_graph, settle
from tipoff.plugins.patience import LIMIT_SECONDS, within
from tipoff.plugins.registry import Plugin, Registry, State, command_name, ordered
from tipoff.plugins.remembered import Remembered
from tipoff.plugins.side_effects import Shared, forget, guarded, told

if TYPE_CHECKING:
    from tipoff.settings import Settings

BUDGET_SECONDS = 0.05
"""CPU time for a plugin's import and its hooks, above which a notice is shown."""

HEAVY = ("pandas", "pyarrow", "duckdb", "sklearn", "statsmodels", "scipy", "altair")


class _Incompatible(Refused):
    """It was written for another API level."""


def load(settings: Settings | None = None) -> Registry:
    """Finds and loads every installed plugin. Nothing is cached: what is installed now is what comes.

    Args:
        settings: which plugins are disabled, and whether a broken one is fatal; the environment's if None.

    Raises:
        PluginError: with ``plugins_strict``, a plugin should bring something and does not; the message sums them up.
    """
    if settings is None:
        from tipoff.settings import load as load_settings

        settings = load_settings()
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    known = Remembered.of(settings)
    objection = _objection(settings)
    # What is not trusted comes last: it takes no name from what is.
    there = tuple(installed())
    memory = known.memory.with_present({each.identity for each in there})
    there = tuple(sorted(there, key=lambda each: (bool(objection(each)), memory.rank(each))))
    shared = Shared()  # with the finder of what the lock holds
    plugins: dict[str, Plugin] = {}
    names: dict[str, Found] = {}
    for found in there:
        plugin = _judge(found, objection(found), settings.plugins_disabled, plugins)
        plugins[plugin.name], names[plugin.name] = plugin, found
    ok = [found for name, found in names.items() if plugins[name].state == "ok"]
    deadly = why_not(ok, known)
    brought: dict[str, Brought] = {}
    for name, found in names.items():
        if reason := deadly.get(found):
            plugins[name] = dataclasses.replace(plugins[name], state="failed", reason=reason)
        elif plugins[name].state == "ok":
            plugins[name], specs = load_one(plugins[name], found.entry, manager, shared=shared)
            if specs is not None:
                brought[name] = specs
    established = {name for name, found in names.items() if memory.is_established(found)}
    out = {name: plugin.state for name, plugin in plugins.items() if name not in brought}
    for name, reason in settle(brought, out, established).items():
        plugins[name] = dataclasses.replace(plugins[name], state="failed", reason=reason, tasks=())
        del brought[name]
    registry = _registry(plugins.values(), Brought.together(brought.values()))
    _remember(known, names, registry)
    if settings.plugins_strict:
        _refuse(registry.broken())
    return registry


def load_alone(module: str) -> tuple[Plugin, Brought]:
    """One plugin by itself, installed or not, whatever else there is; for the contract kit (`tipoff.testing`).

    Args:
        module: what an entry point of it names.

    Returns:
        Its state, and what it brings: nothing, where it is not ok.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    entry = importlib.metadata.EntryPoint(module.partition(".")[0], module, hookspecs.PROJECT)
    plugin = Plugin(entry.name, "", "", "ok", module=module)
    if reason := why_not_alone(module):
        return dataclasses.replace(plugin, state="failed", reason=reason), Brought()
    plugin, specs = load_one(plugin, entry, manager)
    return plugin, specs or Brought()


def _objection(settings: Settings) -> Callable[[Found], str]:
    """Why the lock forbids a plugin to be imported; without a lock nothing is forbidden."""
    if settings.plugins_lock is None and not settings.plugins_lock_file.exists():
        return lambda found: ""
    from tipoff.plugins.trust import Trust

    return Trust(settings).objection


def _remember(known: Remembered, names: Mapping[str, Found], registry: Registry) -> None:
    """Those that bring something now are established from now on."""
    well = {plugin.name for plugin in registry.plugins if plugin.state == "ok" and plugin.tasks}
    there = {found.identity for found in names.values()}
    known.write(known.memory.with_present(there, (found.identity for name, found in names.items() if name in well)))


def _judge(found: Found, objection: str, disabled: Iterable[str], before: Iterable[str]) -> Plugin:
    """What can be said of a plugin without importing it: ok, unless it must not be imported."""
    name = found.entry.name
    # Two distributions may have given their plugin the same name; the later one is shown beside the first.
    shown = name if name not in before else f"{name} ({found.distribution})"
    state: State = "ok"
    reason = ""
    if name in disabled:
        state, reason = "disabled", "by TIPOFF_PLUGINS_DISABLED; take it out of there to have it back"
    elif objection:
        state, reason = "untrusted", objection
    elif shown != name:
        state, reason = (
            "failed",
            f"another distribution has a plugin called `{name}`, and goes first; remove one of them",
        )
    return Plugin(shown, found.version, found.distribution, state, reason, module=_without_extras(found.entry.value))


def _without_extras(value: str) -> str:
    return value.partition("[")[0].strip()


def load_one(
    plugin: Plugin,
    entry: importlib.metadata.EntryPoint,
    manager: pluggy.PluginManager,
    *,
    seconds: float = 0.0,
    imported: Callable[[], None] | None = None,
    shared: Shared | None = None,
) -> tuple[Plugin, Brought | None]:
    """One plugin's state so far and, if it is sound in itself, what it brings.

    Args:
        plugin: what is known of it.
        entry: its entry point.
        manager: knows those that are sound.
        seconds: what it may take; `LIMIT_SECONDS` unless given.
        imported: called between its import and its hooks.
        shared: what the process shares, as it was before the first of them.
    """
    wall, modules = time.monotonic(), set(sys.modules)
    module: object = None
    specs: Brought | None = None

    def work() -> tuple[Brought, float]:
        nonlocal module
        _unregister(manager, entry.name, module)  # where it is loaded once more
        cpu = time.thread_time()
        module = _import(entry)
        if imported is not None:
            imported()
        _judge_api(module)
        return ask(entry.name, module, manager), time.thread_time() - cpu

    def quietly(name: str) -> tuple[Brought, float]:
        with _quiet():
            return within(seconds or LIMIT_SECONDS, name, work)

    try:
        name = module_of(entry)
        _forget_if_replaced(name)
        (specs, spent), changed = guarded(name.partition(".")[0], lambda: quietly(name), shared or Shared())
        if changed:
            specs = None
            raise Refused(
                f"its import or its hooks change {told(changed)}, which all in the process share; do that in the "
                "functions that the specs name, or not at all"
            )
    except BaseException as error:
        if not is_its_own(error):
            raise
        _unregister(manager, entry.name, module)
        state: State = "incompatible" if isinstance(error, _Incompatible) else "failed"
        plugin = dataclasses.replace(plugin, state=state, reason=one_line(error))
    else:
        notice = "; ".join(filter(None, (_older(module), _notice(spent, set(sys.modules) - modules))))
        plugin = dataclasses.replace(plugin, state="ok", reason=notice, tasks=specs.tasks())
    api = inspect.getattr_static(module, "TIPOFF_API", None)  # its own `__getattr__` might raise
    return dataclasses.replace(
        plugin, api=api if isinstance(api, int) else None, seconds=time.monotonic() - wall
    ), specs


def _unregister(manager: pluggy.PluginManager, name: str, module: object) -> None:
    if manager.get_name(module) == name:
        manager.unregister(module)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What a plugin prints while it loads goes to stderr: stdout is the command's answer, perhaps as JSON.

    In a server's threads it stays as it is, for stdout is the whole process's.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with contextlib.redirect_stdout(sys.stderr):
        yield


_written: dict[str, int | None] = {}
"""When the file of each plugin's module was written that this process imported."""


def _forget_if_replaced(module: str) -> None:
    """Drops a plugin's modules where something else was installed since, so that a server imports them anew."""
    if module in sys.modules and _written.get(module) != _when_written(module):
        forget(module.partition(".")[0])


def _when_written(module: str) -> int | None:
    try:
        return Path(str(sys.modules[module].__file__)).stat().st_mtime_ns
    except (OSError, AttributeError):
        return None


def _import(entry: importlib.metadata.EntryPoint) -> object:
    try:
        loaded: object = entry.load()
        _written[entry.module] = _when_written(entry.module)
        return loaded
    except BaseException as error:
        if not is_its_own(error):
            raise
        raise Refused(f"import of `{entry.value}` {ended(error)}; try `python -c 'import {entry.module}'`") from error


def _judge_api(module: object) -> None:
    api, ours = getattr(module, "TIPOFF_API", None), hookspecs.API_LEVEL
    if api is None:
        raise _Incompatible(f"it does not state its API level; write `TIPOFF_API = {ours}` into the module")
    if not isinstance(api, int) or isinstance(api, bool) or api < 1:
        raise _Incompatible(f"`TIPOFF_API` must be a whole number from 1 to {ours}, got `{api!r}`")
    if api < hookspecs.OLDEST_API_LEVEL:
        raise _Incompatible(
            f"it was written for API level `{api}`, and this tipoff takes {hookspecs.OLDEST_API_LEVEL} to {ours}; "
            "upgrade the plugin"
        )
    if api > ours:
        raise _Incompatible(f"it needs API level `{api}`, and this tipoff has {ours}; upgrade tipoff")


def _older(module: object) -> str:
    """A word to the author of a plugin that was written for an earlier level and still works."""
    api, ours = getattr(module, "TIPOFF_API", None), hookspecs.API_LEVEL
    if api == ours:
        return ""
    return (
        f"written for API level {api}, and this tipoff has {ours}: it still works; see CHANGELOG.md for what changed, "
        f"then write `TIPOFF_API = {ours}`"
    )


def _notice(cpu: float, modules: set[str]) -> str:
    """A word to the author of a plugin that works and makes every process start slowly."""
    if heavy := [name for name in HEAVY if name in modules]:
        return f"its import also imports {', '.join(heavy)}; import them inside the functions that need them"
    if cpu > BUDGET_SECONDS:
        return f"slow: {cpu:.2f} s of CPU time to load, and {BUDGET_SECONDS} s are allowed; every task pays it"
    return ""


def _refuse(broken: Iterable[Plugin]) -> None:
    if broken:
        lines = "; ".join(f"plugin `{plugin.name}` is {plugin.state}: {plugin.reason}" for plugin in broken)
        raise PluginError(f"{lines}. TIPOFF_PLUGINS_STRICT makes this fatal; mend, remove or disable them")


def _registry(plugins: Iterable[Plugin], whole: Brought) -> Registry:
    builders = {builder.name: builder for builder in whole.feature_builders}
    models = {model.name: model for model in whole.models}
    return Registry(
        plugins=tuple(sorted(plugins, key=lambda plugin: plugin.name)),
        collectors=tuple(sorted(whole.collectors, key=lambda collector: collector.name)),
        builders=tuple(builders[name] for name in ordered(builder_graph(whole.feature_builders))),
        models=tuple(models[name] for name in ordered({model.name: model.stacks for model in whole.models})),
        checks=tuple(sorted(whole.all_checks(), key=lambda check: check.name)),
        commands=tuple(sorted(whole.commands, key=command_name)),
    )
