"""Discovery and isolation: entry points one by one, so that a broken plugin harms nobody else.

This is the plugin boundary. A plugin may raise anything, so `Exception` is caught here and becomes a state
with a reason. So is `SystemExit`, which a module that is really a script raises; other `BaseException`s
(Ctrl-C, Airflow's parse timeout) are not a plugin's and go on.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import inspect
import re
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from email.parser import HeaderParser
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import pluggy

from tipoff import hookspecs
from tipoff.errors import PluginError
from tipoff.plugins import validation
from tipoff.plugins.brought import Brought
from tipoff.plugins.graph import builder_graph, settle
from tipoff.plugins.registry import Plugin, Registry, State, command_name, nearest, ordered

if TYPE_CHECKING:
    from tipoff.settings import Settings

BUILT_IN = ("tipoff-espn", "tipoff-features", "tipoff-history", "tipoff-models")
"""Distributions whose plugins win a clash."""

BUDGET_SECONDS = 0.05
"""CPU time for a plugin's import and its hooks, above which a notice is shown."""

HEAVY = ("pandas", "pyarrow", "duckdb", "sklearn", "statsmodels", "scipy", "altair")
_BOUNDARY = (Exception, SystemExit)


class _Refused(Exception):
    """Why a plugin is not taken; it never leaves this module."""


class _Incompatible(_Refused):
    """It was written for another API level."""


class _Found(NamedTuple):
    entry: importlib.metadata.EntryPoint
    distribution: str
    version: str

    @property
    def rank(self) -> tuple[bool, str, str]:
        """Order of precedence: built-in, then by name."""
        return self.distribution not in BUILT_IN, self.entry.name, self.distribution


def load(settings: Settings | None = None) -> Registry:
    """Finds and loads every installed plugin. Nothing is cached: what is installed now is what comes.

    Args:
        settings: which plugins are disabled, and whether a broken one is fatal; the environment's if None.

    Raises:
        PluginError: with ``plugins_strict``, a plugin failed or is incompatible; the message sums them up.
    """
    if settings is None:
        from tipoff.settings import load as load_settings

        settings = load_settings()
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    plugins: dict[str, Plugin] = {}
    brought: dict[str, Brought] = {}
    for found in sorted(_installed(), key=lambda each: each.rank):
        plugin, specs = _load_one(found, manager, settings.plugins_disabled, plugins)
        plugins[plugin.name] = plugin
        if specs is not None:
            brought[plugin.name] = specs
    out = {name: plugin.state for name, plugin in plugins.items() if name not in brought}
    for name, reason in settle(brought, out).items():
        plugins[name] = dataclasses.replace(plugins[name], state="failed", reason=reason, tasks=())
        del brought[name]
    registry = _registry(plugins.values(), Brought.together(brought.values()))
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
    plugin, specs = _load_one(_Found(entry, "", ""), manager, (), ())
    return plugin, specs or Brought()


def _installed() -> Iterator[_Found]:
    """Entry points of the group, of each distribution the first on `sys.path`.

    `importlib.metadata.entry_points` would stop at the first distribution with unreadable metadata.
    """
    seen = set()
    for distribution in importlib.metadata.distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
            if f"[{hookspecs.PROJECT}]" not in text:
                continue
            entries = distribution.entry_points.select(group=hookspecs.PROJECT)
            # Build tools (Pants' sandbox) may make entry points known without any other metadata.
            called = _said(distribution, "Name") or next(iter(entries)).module.partition(".")[0]
            name = re.sub(r"[-_.]+", "-", called).lower()
            version = _said(distribution, "Version") or "unknown"
        except Exception:  # noqa: S112  # another package's damaged metadata: pip's business, not ours
            continue
        if name not in seen:
            seen.add(name)
            yield from (_Found(entry, name, version) for entry in entries)


def _said(distribution: importlib.metadata.Distribution, field: str) -> str:
    """A field of a distribution's metadata, empty where it is missing.

    Not ``distribution.metadata``: with no metadata file it is an empty message from the standard library, and None
    from the backport that Airflow installs as a finder.
    """
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    return str(HeaderParser().parsestr(text).get(field, ""))


def _load_one(
    found: _Found, manager: pluggy.PluginManager, disabled: Iterable[str], before: Iterable[str]
) -> tuple[Plugin, Brought | None]:
    """One plugin's state so far and, if it is sound in itself, what it brings."""
    entry = found.entry
    # Two distributions may have given their plugin the same name; the later one is shown beside the first.
    name = entry.name if entry.name not in before else f"{entry.name} ({found.distribution})"
    plugin = Plugin(name, found.version, found.distribution, "disabled", module=entry.value)
    if entry.name in disabled:
        reason = "by TIPOFF_PLUGINS_DISABLED; take it out of there to have it back"
        return dataclasses.replace(plugin, reason=reason), None
    wall, cpu, modules = time.monotonic(), time.thread_time(), set(sys.modules)
    module: object = None
    specs: Brought | None = None
    try:
        if name != entry.name:
            raise _Refused(f"another distribution has a plugin called `{entry.name}`; remove one of them")
        module = _import(entry)
        _judge_api(module)
        specs = _ask(entry.name, module, manager)
    except _BOUNDARY as error:
        if module is not None and manager.is_registered(module):
            manager.unregister(module)
        state: State = "incompatible" if isinstance(error, _Incompatible) else "failed"
        plugin = dataclasses.replace(plugin, state=state, reason=_one_line(error))
    else:
        spent, brought_in = time.thread_time() - cpu, set(sys.modules) - modules
        notice = "; ".join(filter(None, (_older(module), _notice(spent, brought_in))))
        plugin = dataclasses.replace(plugin, state="ok", reason=notice, tasks=specs.tasks())
    api = inspect.getattr_static(module, "TIPOFF_API", None)  # its own `__getattr__` might raise
    return dataclasses.replace(
        plugin, api=api if isinstance(api, int) else None, seconds=time.monotonic() - wall
    ), specs


def _import(entry: importlib.metadata.EntryPoint) -> object:
    try:
        return entry.load()
    except _BOUNDARY as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        raise _Refused(
            f"import of `{entry.value}` raised {type(error).__name__}: {_one_line(error)} "
            f"({where.filename}:{where.lineno}); try `python -c 'import {entry.module}'`"
        ) from error


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


def _ask(name: str, module: object, manager: pluggy.PluginManager) -> Brought:
    """Registers the plugin, calls each of its hooks by itself, and judges what they return."""
    _look_for_unmarked(module)
    try:
        manager.register(module, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise _Refused(_pending(module, manager) or _one_line(error)) from error
    answers = {hook: _call(hook, module, manager) for hook in validation.SPECS}
    return Brought(**answers)  # type: ignore[arg-type]  # `_call` checked each by its hook's type


def _look_for_unmarked(module: object) -> None:
    if isinstance(module, ModuleType):
        for hook in validation.SPECS:
            function = getattr(module, hook, None)
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if own and not hasattr(function, f"{hookspecs.PROJECT}_impl"):
                raise _Refused(f"{hook}() is not marked as a hook; put `@hookimpl` above it")


def _pending(module: object, manager: pluggy.PluginManager) -> str:
    """Which hook of the plugin does not exist, and which was perhaps meant."""
    for caller in manager.get_hookcallers(module) or ():
        if not caller.has_spec():
            there = ", ".join(validation.SPECS)
            return f"there is no hook `{caller.name}`{nearest(caller.name, validation.SPECS)}; the hooks are: {there}"
    return ""


def _call(hook: str, module: object, manager: pluggy.PluginManager) -> tuple[object, ...]:
    caller = getattr(manager.hook, hook)
    answer: list[object] = []
    for implementation in caller.get_hookimpls():
        if implementation.plugin is not module:
            continue
        if implementation.hookwrapper or implementation.wrapper:
            raise _Refused(f"hook {hook}() is a wrapper; a plugin brings its own and does not change others'")
        try:
            returned = implementation.function()
        except _BOUNDARY as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            raise _Refused(
                f"hook {hook}() raised {type(error).__name__}: {_one_line(error)} ({where.filename}:{where.lineno})"
            ) from error
        answer.extend(_judged(hook, returned))
    return tuple(answer)


def _judged(hook: str, returned: object) -> tuple[object, ...]:
    kind = validation.SPECS[hook]
    wanted = f"hook {hook}() must return a tuple of {kind.__name__}"
    hint = "; return dotted paths such as 'package.module:function'" if kind is str else ""
    if not isinstance(returned, tuple):
        raise _Refused(f"{wanted}, got `{_short(returned)}`{hint}")
    for spec in returned:
        if not isinstance(spec, kind):
            raise _Refused(f"{wanted}, and `{_short(spec)}` is in it{hint}")
        for breach in validation.breaches(hook, spec):
            raise _Refused(f"hook {hook}(): {breach}")
    return returned


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


def _one_line(error: BaseException) -> str:
    return _short(str(error).strip() or type(error).__name__, plain=True)


def _short(value: object, *, plain: bool = False, limit: int = 300) -> str:
    text = " ".join((value if plain and isinstance(value, str) else repr(value)).split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
