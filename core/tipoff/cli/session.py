"""What the commands share: who runs when with which plugins and settings."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

import click

from tipoff import clock, plugins
from tipoff.disk import keep_private
from tipoff.errors import PluginError, TipoffError
from tipoff.run import Run
from tipoff.settings import load as load_settings

if TYPE_CHECKING:
    from tipoff.plugins import Registry
    from tipoff.settings import Settings


class Session(Run):
    """A run of a command."""

    @classmethod
    def start(cls) -> Session:
        """Loads settings and plugins, says which of those are missing, and makes the store on first use."""
        settings = load_settings()
        if changed := keep_private(settings.home):
            click.echo(changed, err=True)
        registry = plugins.load(settings)
        for plugin in registry.broken():
            click.echo(f"plugin `{plugin.name}` is {plugin.state}: see `tipoff plugins`", err=True)
        if not settings.store.exists():
            for line in initialise(registry, settings):
                click.echo(line, err=True)
        now = clock.now()
        return cls(registry, settings, f"cli__{now.isoformat()}__{secrets.token_hex(3)}", now)


def initialise(registry: Registry, settings: Settings, *, new_store: bool = False) -> list[str]:
    """Creates what is missing, and says what that was; with nothing missing it does nothing.

    A source that lives in its own time sets the clock, unless someone has set it already.

    Args:
        registry: of the loaded plugins.
        settings: where everything is; the folder is there (`keep_private`).
        new_store: create a store also where something says that there was one before.

    Returns:
        A line for each thing done.
    """
    from tipoff.warehouse.store import Warehouse

    lines = []
    warehouse = Warehouse.of(settings)
    was_there = warehouse.exists
    left = warehouse.migrate(registry.tables().values(), new=new_store)
    lines += [f"Left as it is: {reason}" for reason in left.values()]
    if not was_there:
        lines.append(f"Created the store {settings.store}")
    for collector in registry.collectors:
        if collector.clock and not clock.is_set():
            instant = source_now(collector.clock)
            if instant is not None:
                clock.set_now(instant)
                lines.append(f"Set the clock to {instant.isoformat()}Z, where `{collector.name}` lives in its own time")
    return lines


def source_now(path: str) -> datetime | None:
    """The present instant of a source, from the collector's `clock`.

    Raises:
        PluginError: the path cannot be imported, is no function, raises, or returns something else.
    """
    function = plugins.resolve(path)
    if not callable(function):
        raise PluginError(f"`{path}` is not a function; see `tipoff plugins`")
    try:
        instant = function()
    except TipoffError:
        raise
    except Exception as error:  # the plugin boundary: a source may raise anything
        raise PluginError(f"`{path}` failed: {type(error).__name__}: {error}; see `tipoff plugins`") from error
    if instant is not None and not isinstance(instant, datetime):
        raise PluginError(f"`{path}` must return an instant or None, got `{instant!r}`")
    return clock.utc(instant) if instant is not None else None
