"""``tipoff tables``: the store's shape without opening its file."""

from __future__ import annotations

import click

from tipoff.cli.output import add, examples, show, table, text
from tipoff.cli.session import Session
from tipoff.errors import SettingsError


@click.command(epilog=examples("tipoff tables\ntipoff tables raw.games"))
@click.argument("name", default="")
def tables(name: str) -> None:
    """List the tables, or the columns of the table NAME with what they hold."""
    from tipoff.contracts.judging import nearest

    known = Session.start().registry.tables()
    if not name:
        made = table(("table", "key", "a row is"))
        for full_name, each in sorted(known.items()):
            add(made, text(full_name, "bold"), ", ".join(each.key), each.doc)
        show(made)
        return
    found = [each for full_name, each in known.items() if name in (full_name, each.name)]
    if len(found) != 1:
        raise SettingsError(f"there is no table `{name}`{nearest(name, known)}; `tipoff tables` lists them all")
    made = table(("column", "type", "key", "holds"))
    for column in found[0].columns:
        add(made, text(column.name, "bold"), column.type, "key" if column.name in found[0].key else "", column.doc)
    show(made)
