"""``tipoff restore``: the published copy in the place of a store that cannot be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tipoff import clock
from tipoff.cli.output import counted, examples
from tipoff.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection


@click.command(epilog=examples("tipoff restore\ntipoff collect"))
def restore() -> None:
    """Put the published copy in the place of the store.

    The newest copy that can be read to its end is taken, and what was predicted, graded or decided since it was made
    comes back from the record; the ledger's chain notes it. The store that was there is kept beside it. What has
    landed since then is loaded again by the next run, and nothing that has landed is asked for.
    """
    from tipoff.modelling import ledger
    from tipoff.warehouse import restore as engine
    from tipoff.warehouse.store import Warehouse

    settings = load()
    lost = 0

    def note(con: DuckDBPyConnection, copy: Path, replayed: int) -> None:
        nonlocal lost
        lost = ledger.lost(con, settings.head, settings.heads)
        said = f"from {copy.name}, {counted(replayed, 'row')} from the record, {counted(lost, 'prediction')} lost"
        ledger.note(con, "restore", said, clock.now())

    done = engine.restore(settings, note)
    for path in done.kept:
        click.echo(f"Kept {path}")
    with Warehouse.of(settings).write() as con:
        ledger.renew_head(con, settings.head, settings.heads)
    back = f", {counted(done.replayed, 'row')} from the record" if done.replayed else ""
    click.echo(f"Restored {settings.store} from {done.copy}{back}: {counted(done.predictions, 'prediction')}")
    if lost:
        click.echo(f"The ledger had {counted(lost, 'prediction')} more, which neither copy nor record has", err=True)
    click.echo("Next: tipoff collect")
