"""What a plugin's import and hooks change in the process that all share: told, and undone.

The environment, the working directory, signals, warnings, logging and the like belong to all plugins and to whoever
runs them, and so do other modules' functions: a plugin that sets ``tipoff.clock.now`` or ``json.loads`` sets it for
all.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # what `signal` is built on
import contextlib
import gc
import logging
import os
import random
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final, NamedTuple, TypeVar

_NUMBERS: Final = tuple(map(int, signal.valid_signals()))

_GONE: Final = object()
"""What stands where something was deleted."""

_FUNCTIONS: Final = (FunctionType, BuiltinFunctionType, type)
_MEMBERS: Final = (FunctionType, classmethod, staticmethod, property)


_T = TypeVar("_T")


class Change(NamedTuple):
    """Something that is otherwise than before."""

    undo: Callable[[], object]
    redo: Callable[[], object]


class _Trait(NamedTuple):
    """Something of a process that can be read and set."""

    read: Callable[[], Any]
    write: Callable[[Any], object]


def _set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]  # a list, though typeshed calls it a sequence
    with contextlib.suppress(AttributeError):
        warnings._filters_mutated()  # type: ignore[attr-defined]  # else the registry of what was shown is not renewed


def _set_path(path: list[str]) -> None:
    sys.path[:] = path


def _set_finders(finders: list[Any]) -> None:
    sys.meta_path[:] = finders


def _root() -> tuple[Any, ...]:
    root = logging.getLogger()
    return root.level, list(root.handlers), list(root.filters), root.disabled, logging.root.manager.disable


def _set_root(root: tuple[Any, ...]) -> None:
    logger = logging.getLogger()
    level, logger.handlers[:], logger.filters[:], logger.disabled, logging.root.manager.disable = root
    logger.setLevel(level)


def _umask() -> str:
    """In octal digits, where the system tells it without setting it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("Umask:"):
                return line.split()[1]
    return ""


def _locale() -> str:
    import locale

    return locale.setlocale(locale.LC_ALL)


def _set_locale(name: str) -> None:
    import locale

    locale.setlocale(locale.LC_ALL, name)


def _signals() -> dict[int, Any]:
    return {number: _signal.getsignal(number) for number in _NUMBERS}  # without an enum's member for each


def _set_signals(handlers: Mapping[int, Any]) -> None:
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) is not handler:
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, handler)


def _set_streams(streams: tuple[Any, ...]) -> None:
    sys.stdout, sys.stderr, sys.stdin = streams


_EVERYWHERE: Final[Mapping[str, _Trait]] = {
    "the working directory": _Trait(os.getcwd, os.chdir),
    "sys.path": _Trait(lambda: list(sys.path), _set_path),
    "sys.meta_path": _Trait(lambda: list(sys.meta_path), _set_finders),
    "logging's root": _Trait(_root, _set_root),
    "the limit of recursion": _Trait(sys.getrecursionlimit, sys.setrecursionlimit),
    "the default timeout of sockets": _Trait(socket.getdefaulttimeout, socket.setdefaulttimeout),
    "the thresholds of gc": _Trait(gc.get_threshold, lambda each: gc.set_threshold(*each)),
}
"""What a thread can tell of the whole process while others work."""

_IN_MAIN_THREAD: Final[Mapping[str, _Trait]] = {
    "the filters of warnings": _Trait(lambda: list(warnings.filters), _set_filters),
    "the handlers of signals": _Trait(_signals, _set_signals),
    "the umask": _Trait(_umask, lambda each: each and os.umask(int(each, 8))),
    "the locale": _Trait(_locale, _set_locale),
    "the seed of random": _Trait(random.getstate, random.setstate),
    "standard input or output": _Trait(lambda: (sys.stdout, sys.stderr, sys.stdin), _set_streams),
}


class Shared:
    """The state of what all share, at one instant.

    Args:
        every: look into all modules and into their classes, and not only into tipoff's and at the functions of Python's
            own modules (without those in packages). That takes some hundred milliseconds, and not one.
    """

    def __init__(self, *, every: bool = False) -> None:
        in_main_thread = threading.current_thread() is threading.main_thread()
        self._traits = {**_EVERYWHERE, **(_IN_MAIN_THREAD if in_main_thread else {})}
        self._every = every
        self.accept()

    def accept(self) -> None:
        """Takes everything as it is now for what it should be."""
        self._values = {name: trait.read() for name, trait in self._traits.items()}
        self._environment = dict(os.environ)
        self._modules: dict[str, tuple[ModuleType, Mapping[str, Any], dict[str, Any]]] = {}
        self._classes: list[tuple[type, Mapping[str, Any], dict[str, Any]]] = []
        self._seen: set[str] = set()
        self.watch()

    def watch(self) -> None:
        """Looks at modules, too, that have been imported since."""
        for name in sys.modules.keys() - self._seen:
            module = sys.modules.get(name)
            if not isinstance(module, ModuleType) or not _is_watched(name, every=self._every):
                continue
            self._modules[name] = module, vars(module), dict(vars(module))
            if self._every or _is_tipoffs(name):
                kinds = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == name]
                self._classes += [(kind, vars(kind), dict(vars(kind))) for kind in kinds]
        self._seen |= sys.modules.keys()

    def changes(self) -> dict[str, Change]:
        """What is otherwise now, by name."""
        found: dict[str, Change] = {}
        for name, trait in self._traits.items():
            if (now := trait.read()) != self._values[name]:
                found[name] = Change(_call(trait.write, self._values[name]), _call(trait.write, now))
        environment = dict(os.environ)
        for name in sorted({*self._environment, *environment}) if environment != self._environment else ():
            before, now = self._environment.get(name), environment.get(name)
            if before != now:
                undo, redo = _set_variable(name, before), _set_variable(name, now)
                found[f"the environment variable {name}"] = Change(undo, redo)
        for where, (module, present, values) in self._modules.items():
            for name, before, now in () if _is_same(values, present) else _replaced(values, present):
                if isinstance(before, _FUNCTIONS) or (_is_tipoffs(where) and not name.startswith("_")):
                    found[f"{where}.{name}"] = Change(_put(module, name, before), _put(module, name, now))
        for kind, present, members in self._classes:
            for name, before, now in () if _is_same(members, present) else _replaced(members, present):
                if isinstance(before, _MEMBERS):
                    of = f"{kind.__module__}.{kind.__qualname__}"
                    found[f"{of}.{name}"] = Change(_put(kind, name, before), _put(kind, name, now))
        return found


def guarded(package: str, load: Callable[[], _T], shared: Shared) -> tuple[_T, list[str]]:
    """What `load` returns, and what it changed that all share, which is undone.

    What a library changes on its first import is not held against the plugin that imports it: where there was one, the
    plugin is loaded once more, now that the library is there, and only what comes again is the plugin's.

    Args:
        package: of the plugin; forgotten where it changes something, so that its next import is judged as this one.
        load: imports it and asks its hooks.
        shared: how everything was before.
    """
    modules = set(sys.modules)
    shared.watch()
    changes: dict[str, Change] = {}
    try:
        loaded = load()
    finally:
        changes = _undone(shared)
    if changes and _imported_besides(package, modules):
        forget(package)
        first = changes
        try:
            loaded = load()
        finally:
            changes = _undone(shared)
            if of_libraries := first.keys() - changes.keys():
                for name in of_libraries:
                    _do(first[name].redo)
                shared.accept()  # else the next plugin would be told to have changed it
    if changes:
        forget(package)
    return loaded, list(changes)


def _undone(shared: Shared) -> dict[str, Change]:
    changes = shared.changes()
    for change in changes.values():
        _do(change.undo)
    return changes


def _do(step: Callable[[], object]) -> None:
    with contextlib.suppress(Exception):  # what cannot be undone is told all the same
        step()


def told(changes: Iterable[str], most: int = 4) -> str:
    """The first of the changes in words."""
    every = list(changes)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return f"{', '.join(every[:most])}{more}"


def forget(package: str) -> None:
    """Drops a package's modules, so that its next import runs them again."""
    for name in [each for each in sys.modules if each == package or each.startswith(f"{package}.")]:
        del sys.modules[name]


def _imported_besides(package: str, before: Iterable[str]) -> bool:
    """Whether anything else than the package, tipoff and Python's own modules was imported since."""
    new = {name.partition(".")[0] for name in set(sys.modules) - set(before)}
    return bool(new - {package, "tipoff"} - sys.stdlib_module_names)


def _call(function: Callable[..., object], *values: object) -> Callable[[], object]:
    return lambda: function(*values)


def _set_variable(name: str, value: str | None) -> Callable[[], object]:
    return _call(os.environ.pop, name, None) if value is None else _call(os.environ.__setitem__, name, value)


def _put(owner: object, name: str, value: object) -> Callable[[], object]:
    return _call(delattr, owner, name) if value is _GONE else _call(setattr, owner, name, value)


def _is_watched(name: str, *, every: bool) -> bool:
    return name not in ("__main__", "__mp_main__") and (every or _is_tipoffs(name) or name in sys.stdlib_module_names)


def _is_tipoffs(name: str) -> bool:
    return name.partition(".")[0] == "tipoff"


def _is_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether nothing was replaced, seen at once, as nearly always."""
    try:
        return bool(before == now)
    except Exception:  # some object in it cannot be compared
        return False


def _replaced(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What stood where there is something else now, or nothing; and that."""
    for name, value in before.items():
        if (present := now.get(name, _GONE)) is not value:
            yield name, value, present
