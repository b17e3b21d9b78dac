"""``tipoff plugins``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tipoff.cli.output import add, examples, show, table, text
from tipoff.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from tipoff.plugins import Plugin

_COLOURS = {"ok": "green", "failed": "bold red", "incompatible": "bold red", "disabled": "dim"}
_REASON = {"ok": "yellow", "failed": "red", "incompatible": "red", "disabled": "dim"}


@click.command(
    epilog=examples("""
        tipoff plugins
        tipoff plugins --json
        TIPOFF_PLUGINS_STRICT=1 tipoff plugins
        TIPOFF_PLUGINS_DISABLED=espn tipoff plugins
    """)
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def plugins(*, as_json: bool) -> None:
    """List plugins, their states and what they bring.

    A plugin that is not ok brings nothing, and the others work. Exit code 1 with TIPOFF_PLUGINS_STRICT=1 if any
    has failed or is incompatible.
    """
    from tipoff import plugins as manager
    from tipoff import settings

    chosen = settings.load()
    registry = manager.load(chosen.model_copy(update={"plugins_strict": False}))
    found = registry.plugins
    if as_json:
        click.echo(json.dumps([asdict(plugin) for plugin in found], indent=2))
    elif found:
        show(_table(found))
    else:
        click.echo("No plugin is installed; try: pip install tipoff-espn tipoff-features tipoff-models")
    for name in sorted(set(chosen.plugins_disabled) - {plugin.name for plugin in found}):
        click.echo(f"TIPOFF_PLUGINS_DISABLED names `{name}`, which is not installed", err=True)
    broken = [plugin.name for plugin in registry.broken()]
    if chosen.plugins_strict and broken:
        raise PluginError(f"not ok: {', '.join(broken)}; TIPOFF_PLUGINS_STRICT makes that fatal")


def _table(found: Iterable[Plugin]) -> Table:
    made = table(("plugin", "version", "state", "load", "brings"), numbers=("load",))
    for plugin in found:
        brings = text(", ".join(plugin.tasks))
        if plugin.reason:
            brings.append("\n" if plugin.tasks else "")
            brings.append(plugin.reason, _REASON[plugin.state])
        add(
            made,
            text(plugin.name, "bold"),
            plugin.version,
            text(plugin.state, _COLOURS[plugin.state]),
            f"{1000 * plugin.seconds:.0f} ms",
            brings if brings.plain else text("nothing", "dim"),
        )
    return made
