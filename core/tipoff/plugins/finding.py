"""Which plugins are installed, by their entry points. Nothing of them is imported."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from email.parser import HeaderParser
from typing import NamedTuple

from tipoff import hookspecs
from tipoff.errors import PluginError

BUILT_IN = ("tipoff-espn", "tipoff-features", "tipoff-history", "tipoff-models")
"""Distributions whose plugins win a clash."""


class Found(NamedTuple):
    """An entry point, and whose it is.

    Args:
        entry: it names the plugin and its module.
        distribution: normalised name of the installed package.
        version: of the package.
        metadata: of the package.
    """

    entry: importlib.metadata.EntryPoint
    distribution: str
    version: str
    metadata: importlib.metadata.Distribution

    @property
    def identity(self) -> tuple[str, str]:
        """Distribution and name of the plugin."""
        return self.distribution, self.entry.name


def installed() -> Iterator[Found]:
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
            name = normalised(called)
            version = _said(distribution, "Version") or "unknown"
        except Exception:  # noqa: S112  # another package's damaged metadata: pip's business, not ours
            continue
        if name not in seen:
            seen.add(name)
            yield from (Found(entry, name, version, distribution) for entry in entries)


def unreadable() -> list[str]:
    """Where metadata of installed distributions lies that cannot be read, so that what they bring is not known."""
    found = []
    for distribution in importlib.metadata.distributions():
        try:
            list(distribution.entry_points)
        except Exception as error:  # another package's damaged metadata may raise anything
            place = distribution.locate_file("")
            name = getattr(distribution, "_path", place)  # its dist-info; not public, and good for a name only
            found.append(f"`{name}`: {type(error).__name__}: {error}")
    return found


def normalised(name: str) -> str:
    """A distribution's name as all spellings of it are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def module_of(entry: importlib.metadata.EntryPoint) -> str:
    """The module that an entry point names.

    Raises:
        PluginError: it names none.
    """
    try:
        return entry.module
    except (AttributeError, ValueError) as error:  # an empty value, or one with a hyphen in it
        raise PluginError(
            f"its entry point `{entry.name} = {entry.value}` names no module; write it like "
            f"`{entry.name} = package.module`, and install it again"
        ) from error


def _said(distribution: importlib.metadata.Distribution, field: str) -> str:
    """A field of a distribution's metadata, empty where it is missing.

    Not ``distribution.metadata``: with no metadata file it is an empty message from the standard library, and None
    from the backport that Airflow installs as a finder.
    """
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    return str(HeaderParser().parsestr(text).get(field, ""))
