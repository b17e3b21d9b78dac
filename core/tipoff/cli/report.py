"""``tipoff report``."""

from __future__ import annotations

from pathlib import Path

import click

from tipoff.cli.output import examples
from tipoff.cli.session import Session
from tipoff.errors import StoreError


@click.command(epilog=examples("tipoff report\ntipoff report --open\ntipoff report --to tonight.html"))
@click.option(
    "--to", type=click.Path(path_type=Path), help="An .html file, or a folder; $TIPOFF_HOME/report unless given."
)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
def report(*, to: Path | None, open_it: bool) -> None:
    """Write the report: one page to open in a browser.

    The page is one file without scripts, with its charts inside, and asks the network for nothing.
    """
    from tipoff.report import write

    session = Session.start()
    published = session.settings.published
    if not published.exists() or published.stat().st_mtime < session.settings.store.stat().st_mtime:
        session.publish()
    target = (to or session.settings.report).absolute()
    try:
        path = write(session.settings, target)
    except StoreError:  # a copy that is damaged, or of an older tipoff
        session.publish()
        path = write(session.settings, target)
    click.echo(str(path))
    if open_it:
        click.launch(path.as_uri())
