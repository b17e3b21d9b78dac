"""``tipoff restore``: the published copy in the place of a store that cannot be opened."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import click

from tipoff import clock
from tipoff.cli.output import examples
from tipoff.errors import SettingsError, StoreError
from tipoff.settings import load


@click.command(epilog=examples("tipoff restore\ntipoff collect"))
def restore() -> None:
    """Put the published copy in the place of the store.

    The store that was there is kept beside it. What has landed since the copy was made is loaded again by the next
    run, and nothing that has landed is asked for. Predictions that were stored since then are lost; the ledger goes on
    from the copy's last one, and what it remembered is kept beside it.
    """
    from tipoff.modelling.ledger import remember
    from tipoff.warehouse.disk import write_whole
    from tipoff.warehouse.last_writer import LastWriter
    from tipoff.warehouse.store import Warehouse

    settings = load()
    if not settings.published.exists():
        raise SettingsError(
            f"there is no copy at `{settings.published}`; move `{settings.store}` away and run `tipoff collect`, "
            "which makes a store from what has landed"
        )
    try:
        with Warehouse(settings.published, settings.lock_wait_seconds).read():
            pass
    except StoreError as error:
        why = error.__cause__ or error
        raise StoreError(
            f"the copy `{settings.published}` cannot be opened either, so nothing was done: {why}"
        ) from error
    warehouse = Warehouse.of(settings)
    with warehouse.locked():
        head = settings.home / "ledger.json"
        there = [path for path in (settings.store, _wal(settings.store), head) if path.exists()]
        for path, kept in zip(there, _free(there), strict=True):
            path.rename(kept)
            click.echo(f"Kept {path.name} as {kept}")
        write_whole(settings.store, lambda beside: shutil.copyfile(settings.published, beside))
        LastWriter(settings.store).forget()
    with warehouse.read() as con:
        remember(con, head)
        click.echo(f"Restored {settings.store} from {settings.published}; run `tipoff collect`")


def _free(paths: Sequence[Path]) -> list[Path]:
    """Names for what is set aside, ending alike. The instant alone may be taken: a simulated league's stands still."""
    now = f"{clock.now():%Y%m%dT%H%M%S}"
    tried = ([path.with_name(f"{path.name}.{now}-{number}") for path in paths] for number in count(1))
    return next(names for names in tried if not any(name.exists() for name in names))


def _wal(store: Path) -> Path:
    return store.with_name(f"{store.name}.wal")
