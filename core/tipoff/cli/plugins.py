"""``tipoff plugins``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tipoff.cli.output import add, examples, show, table, text
from tipoff.errors import PluginError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.table import Table

    from tipoff.plugins import Plugin
    from tipoff.plugins.trust import Pin

_COLOURS = {"ok": "green", "disabled": "dim"}
_REASON = {"ok": "yellow", "disabled": "dim"}


@click.group(
    invoke_without_command=True,
    epilog=examples("""
        tipoff plugins
        tipoff plugins --json
        TIPOFF_PLUGINS_STRICT=1 tipoff plugins
        TIPOFF_PLUGINS_DISABLED=espn tipoff plugins
        tipoff plugins lock
        tipoff plugins retry
    """),
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_context
def plugins(ctx: click.Context, *, as_json: bool) -> None:
    """List plugins, their states and what they bring; lock what may be imported, or try one again.

    A plugin that is not ok brings nothing, and the others work. Exit code 1 with TIPOFF_PLUGINS_STRICT=1 if any
    has failed, is incompatible or is not trusted.
    """
    if ctx.invoked_subcommand is None:
        _list(as_json=as_json)


def _list(*, as_json: bool) -> None:
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
    if not as_json and chosen.plugins_lock_file.exists():
        click.echo(f"What may be imported is locked by {chosen.plugins_lock_file}.")
    for name in sorted(set(chosen.plugins_disabled) - {plugin.name for plugin in found}):
        click.echo(f"TIPOFF_PLUGINS_DISABLED names `{name}`, which is not installed", err=True)
    broken = [plugin.name for plugin in registry.broken()]
    if chosen.plugins_strict and broken:
        raise PluginError(f"not ok: {', '.join(broken)}; TIPOFF_PLUGINS_STRICT makes that fatal")


@plugins.command(
    epilog=examples("""
        tipoff plugins lock
        tipoff plugins lock tipoff-arenas
    """)
)
@click.argument("distributions", nargs=-1)
def lock(*, distributions: tuple[str, ...]) -> None:
    """Allow the plugins that are installed now, and nothing else.

    It writes their versions and the hashes of their files into plugins.lock in TIPOFF_HOME (or TIPOFF_PLUGINS_LOCK),
    and imports none of them. From then on another plugin, another version or a changed file is not imported, and
    `tipoff plugins` says why. With DISTRIBUTIONS only these are allowed anew, and the rest of the lock stays. Remove
    the file to allow everything again.
    """
    from tipoff import settings
    from tipoff.plugins import trust

    path = settings.load().plugins_lock_file
    before = _locked_before(path, needed=bool(distributions))
    chosen = trust.pins(distributions)
    pins = {**before, **chosen} if distributions else chosen
    trust.write(path, pins)
    for name in sorted(before.keys() | pins):
        was, now = before.get(name), pins.get(name)
        what = (
            "no longer allowed" if now is None else "new" if was is None else "as before" if was == now else "changed"
        )
        click.echo(f"{name} {(now or was).version}: {what}")  # type: ignore[union-attr]  # it is in one of the two
    click.echo(f"Nothing else is imported from now on: {path}")


@plugins.command(
    epilog=examples("""
        tipoff plugins retry
        tipoff plugins retry arenas
    """)
)
@click.argument("names", nargs=-1)
def retry(*, names: tuple[str, ...]) -> None:
    """Load plugins again whose first load ended the process it was made in, or did not end.

    A first load is made in a process of its own, and what came of it is remembered until the plugin, or what is
    installed beside it, changes. Where something else was to blame, this tries NAMES again, or all.
    """
    from tipoff import settings
    from tipoff.plugins import first_load
    from tipoff.plugins.remembered import Remembered

    forgotten = first_load.forget(names, Remembered.of(settings.load()))
    for name in sorted(set(names) - set(forgotten)):
        click.echo(f"`{name}` has no bad first load that is remembered", err=True)
    if not forgotten:
        click.echo("Nothing to do: no bad first load is remembered")
        return
    _list(as_json=False)


def _locked_before(path: Path, *, needed: bool) -> dict[str, Pin]:
    """What the lock held. One that is damaged is only in the way where some of it is to stay."""
    from tipoff.plugins import trust

    try:
        return trust.read(path) if path.exists() else {}
    except SettingsError:
        if needed:
            raise
        return {}


def _table(found: Iterable[Plugin]) -> Table:
    made = table(("plugin", "version", "state", "load", "brings"), numbers=("load",))
    for plugin in found:
        brings = text(", ".join(plugin.tasks))
        if plugin.reason:
            brings.append("\n" if plugin.tasks else "")
            brings.append(plugin.reason, _REASON.get(plugin.state, "red"))
        add(
            made,
            text(plugin.name, "bold"),
            plugin.version,
            text(plugin.state, _COLOURS.get(plugin.state, "bold red")),
            f"{1000 * plugin.seconds:.0f} ms",
            brings if brings.plain else text("nothing", "dim"),
        )
    return made
