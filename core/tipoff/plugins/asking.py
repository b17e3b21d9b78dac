"""Asks a plugin's module for what it brings: each hook by itself, and each answer is judged."""

from __future__ import annotations

import dataclasses
import inspect
import traceback
from pathlib import Path
from types import ModuleType
from typing import Final

import pluggy

from tipoff import contracts, hookspecs
from tipoff.contracts.judging import nearest
from tipoff.errors import SpecError
from tipoff.plugins import validation
from tipoff.plugins.brought import Brought
from tipoff.plugins.patience import LATE, TookTooLong

_CONTRACTS: Final = Path(str(contracts.__file__)).parent


def _makes_specs(file: str) -> bool:
    """Whether a frame is of the specs themselves, or of a dataclass's generated code."""
    return file in ("<string>", dataclasses.__file__) or Path(file).parent == _CONTRACTS


def is_its_own(error: BaseException) -> bool:
    """Whether what came out of a plugin's code becomes its state: all but Ctrl-C and Airflow's timeouts.

    These interrupt the whole process. Airflow's are known by their name, for core does not import it.
    """
    interrupts = isinstance(error, KeyboardInterrupt) or type(error).__module__.startswith("airflow.")
    return isinstance(error, Exception) or not interrupts


class Refused(Exception):
    """Why a plugin is not taken; it never leaves `tipoff.plugins`."""


def ask(name: str, module: object, manager: pluggy.PluginManager) -> Brought:
    """Registers the plugin, calls each of its hooks by itself, and judges what they return."""
    _look_for_unmarked(module)
    if other := manager.get_name(module):
        raise Refused(f"plugin `{other}` is the same module; remove one of the two entry points")
    try:
        manager.register(module, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise Refused(_pending(module, manager) or one_line(error)) from error
    answers = {hook: _call(hook, module, manager) for hook in validation.SPECS}
    return Brought(**answers)  # type: ignore[arg-type]  # `_call` checked each by its hook's type


def _look_for_unmarked(module: object) -> None:
    if isinstance(module, ModuleType):
        for hook in validation.SPECS:
            function = getattr(module, hook, None)
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if own and not hasattr(function, f"{hookspecs.PROJECT}_impl"):
                raise Refused(f"{hook}() is not marked as a hook; put `@hookimpl` above it")


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
            raise Refused(f"hook {hook}() is a wrapper; a plugin brings its own and does not change others'")
        try:
            returned = implementation.function()
        except BaseException as error:
            if not is_its_own(error):
                raise
            raise Refused(f"hook {hook}() {ended(error)}") from error
        answer.extend(_judged(hook, returned))
    return tuple(answer)


def _judged(hook: str, returned: object) -> tuple[object, ...]:
    kind = validation.SPECS[hook]
    wanted = f"hook {hook}() must return a tuple of {kind.__name__}"
    hint = "; return dotted paths such as 'package.module:function'" if kind is str else ""
    if not isinstance(returned, tuple):
        raise Refused(f"{wanted}, got `{_short(returned)}`{hint}")
    for spec in returned:
        if not isinstance(spec, kind):
            raise Refused(f"{wanted}, and `{_short(spec)}` is in it{hint}")
        for breach in validation.breaches(spec):
            raise Refused(f"hook {hook}(): {breach}")
    return returned


def ended(error: BaseException) -> str:
    """How a plugin's code ended that did not end well, and where that was."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, SpecError):  # the last frames are of the spec itself
        *_, own = (frame for frame in frames if not _makes_specs(frame.filename))
        return f"makes a spec of nonsense: {one_line(error)} ({own.filename}:{own.lineno})"
    if isinstance(error, TookTooLong):  # the last frame is the one that stopped it
        how, where = f"{LATE} {error.args[0]:g} s and was stopped", frames[-2]
    else:
        how, where = f"raised {type(error).__name__}: {one_line(error)}", frames[-1]
    return f"{how} ({where.filename}:{where.lineno})"


def one_line(error: BaseException) -> str:
    """An error's message in one line that is not too long."""
    return _short(str(error).strip() or type(error).__name__, plain=True)


def _short(value: object, *, plain: bool = False, limit: int = 400) -> str:
    text = " ".join((value if plain and isinstance(value, str) else repr(value)).split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
