"""``tipoff plugin``."""

from __future__ import annotations

from pathlib import Path

import click

from tipoff.cli.output import examples
from tipoff.scaffold import KINDS


@click.group(epilog=examples("tipoff plugin new collector arenas\ntipoff plugin new --help"))
def plugin() -> None:
    """Start a plugin of your own: a package that works, with its tests, for you to change."""


@plugin.command(
    epilog=examples("""
        tipoff plugin new collector arenas
        tipoff plugin new features travel --to ~/work/tipoff-travel
        tipoff plugin new model travelled --to plugins/travelled
        tipoff plugin new collector-with-features crowds
        tipoff plugin new check low_scores
        tipoff plugin new command who_is_next
    """)
)
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("name")
@click.option("--to", type=click.Path(path_type=Path), help="The folder to make; ./tipoff-NAME unless given.")
def new(*, kind: str, name: str, to: Path | None) -> None:
    """Write a plugin that works, and its tests, for you to make your own.

    NAME is lower-case letters, digits and _; the package is tipoff_NAME. It works in any folder; inside tipoff's own
    repository it gets a BUILD for Pants, too.
    """
    from tipoff import plugins, scaffold

    folder = (to or Path(f"tipoff-{name.replace('_', '-')}")).expanduser()
    written = scaffold.create(kind, name, folder.absolute(), plugins.load())
    for path in written:
        click.echo(f"  {folder / path}")
    click.echo(f"\nIts tests are green; see for yourself:\n  cd {folder}")
    tests = "sh check.sh" if Path("check.sh") in written else "python -m pytest"
    shows, *_ = KINDS[kind].commands(name)
    for line in ('pip install -e ".[test]"', tests, "tipoff plugins", shows):
        click.echo(f"  {line}")
    if Path("BUILD") in written:
        click.echo(f"\nIt stands in tipoff's repository: name {folder} in PACKAGES of the Makefile,")
        click.echo("and in mypy_path and the import rules of pyproject.toml.")
    click.echo("\nThen make it yours: plugin.py says what it brings, work.py does it, and README.md explains both.")
