"""The first load of each plugin's version: in a process of its own, for it may end the one it happens in.

A plugin that calls ``os._exit``, crashes in C or never ends harms this process alone. How it ended is remembered
(`tipoff.plugins.remembered`), so that it costs its time once, and a sound plugin nothing ever after: what tells one
version from another is the distribution, its version and RECORD, and size and time of each file of its package.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tipoff import __version__, hookspecs
from tipoff.errors import PluginError
from tipoff.plugins.finding import Found, module_of
from tipoff.plugins.remembered import Ended, Memory, Remembered
from tipoff.plugins.trying import UNDER_TRIAL, tried

RETRY: Final = "tipoff plugins retry"
"""The command that makes a first load again."""

_HERE: Final = (__version__, str(hookspecs.API_LEVEL), sys.version, sys.prefix)

_came_through: Final = set[str]()
"""Marks of what this process has found to be harmless, be it that nothing can be written."""


def why_not(found: Sequence[Found], known: Remembered) -> dict[Found, str]:
    """Why each of these plugins must not be loaded in this process; those that may are left out.

    Args:
        found: what is to be loaded, in this order. What must not be imported at all is not among it.
        known: from earlier processes; it grows.
    """
    marks = {each: _mark(each) for each in found if _names_a_module(each)}
    reasons = _reasons(marks, known)
    unknown = [each for each, mark in marks.items() if mark not in reasons]
    if unknown and UNDER_TRIAL not in os.environ:
        with known.alone():
            reasons |= _reasons(marks, known)  # another process may have tried the same meanwhile
            reasons |= _try([each for each in unknown if marks[each] not in reasons], marks, known)
    _came_through.update(mark for mark, reason in reasons.items() if not reason)
    return {each: why for each, mark in marks.items() if (why := reasons.get(mark))}


def why_not_alone(module: str) -> str:
    """The same of one module, installed or not, of which nothing is remembered."""
    if UNDER_TRIAL in os.environ:
        return ""
    ((_, outcome),) = tried([(module.partition(".")[0], module)])
    return outcome.reason


def forget(names: Iterable[str], known: Remembered) -> list[str]:
    """Forgets the bad first loads of the plugins of these names, or of all; gives the names of those."""
    wanted = set(names)
    with known.alone():
        bad = [each for each in known.memory.ended if each.reason and (not wanted or each.plugin in wanted)]
        kept = tuple(each for each in known.memory.ended if each not in bad)
        known.write(Memory(kept, known.memory.established))
    return sorted({each.plugin for each in bad})


def _reasons(marks: Mapping[Found, str], known: Remembered) -> dict[str, str]:
    """What is known of these marks: a reason, or empty for what is harmless."""
    reasons = {mark: "" for mark in marks.values() if mark in _came_through}
    remembered = {each.mark: each for each in known.memory.ended}
    bad = False
    for mark in marks.values():
        if each := remembered.get(mark):
            reasons[mark], bad = each.reason, bad or bool(each.reason)
    if bad:
        beside = _beside(marks)
        for mark in [mark for mark, reason in reasons.items() if reason and remembered[mark].beside != beside]:
            del reasons[mark]
    return reasons


def _try(unknown: Sequence[Found], marks: Mapping[Found, str], known: Remembered) -> dict[str, str]:
    """Tries them, remembers what came of each, and tells it by mark."""
    reasons: dict[str, str] = {}
    well = list[Ended]()
    for number, outcome in tried([(each.entry.name, each.entry.value) for each in unknown]):
        each = unknown[number]
        mark = marks[each]
        reason = (
            f"{outcome.reason}; once that is mended: {RETRY} {each.entry.name}" if outcome.lasting else outcome.reason
        )
        reasons[mark] = reason if outcome.reason else ""
        if not outcome.reason:
            well.append(Ended(each.distribution, each.entry.name, mark))
        elif outcome.lasting:  # at once: this process may be stopped before it has tried all of them
            bad = Ended(each.distribution, each.entry.name, mark, reason, _beside(marks))
            known.write(known.memory.with_ended([*well, bad]))
    known.write(known.memory.with_ended(well))
    return reasons


def _names_a_module(found: Found) -> bool:
    try:
        return bool(module_of(found.entry))
    except PluginError:
        return False  # which its load says, without importing anything


def _mark(found: Found) -> str:
    """Tells one content of a plugin from another, in this environment. Nothing is imported."""
    record = found.metadata.read_text("RECORD") or ""
    parts = (
        *_HERE,
        found.distribution,
        found.version,
        found.entry.name,
        found.entry.value,
        record,
        *_files(found.entry.module),
    )
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def _files(module: str) -> Iterator[tuple[str, int, int]]:
    """Each file of the module's package, its size and when it was written."""
    names = module.split(".")
    try:
        spec = importlib.util.find_spec(names[0])
    except (ImportError, ValueError):
        return
    if spec is None:
        return
    folders = list(spec.submodule_search_locations or ())
    if spec.origin is None:  # a namespace that others share: only its own part of it
        folders = [str(Path(folder, *names[1:2])) for folder in folders]
    elif not folders and (file := Path(spec.origin)).exists():
        status = file.stat()
        yield spec.origin, status.st_size, status.st_mtime_ns
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in sorted(entries, key=lambda each: each.name):
                    if entry.is_dir():
                        folders += [] if entry.name == "__pycache__" or entry.is_symlink() else [entry.path]
                    else:
                        status = entry.stat()
                        yield entry.path, status.st_size, status.st_mtime_ns
        except OSError:
            continue


def _beside(found: Iterable[Found]) -> str:
    """Changes with what is installed beside these plugins: a library that mends one, say."""
    folders = {Path(str(each.metadata.locate_file(""))) for each in found}
    return repr(sorted((str(folder), folder.stat().st_mtime_ns) for folder in folders if folder.is_dir()))
