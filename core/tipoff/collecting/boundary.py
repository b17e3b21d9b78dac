"""Where core calls a plugin's code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tipoff.errors import PluginError, TipoffError


@contextmanager
def plugin_boundary(what: str) -> Iterator[None]:
    """What a plugin raises by mistake becomes a `PluginError` that names it; what it raises on purpose passes."""
    try:
        yield
    except TipoffError:
        raise
    except Exception as error:
        raise PluginError(f"`{what}` raised {type(error).__name__}: {error}; this is a defect of the plugin") from error
