"""``tipoff tables`` and ``tipoff quarantine``: a look into the store without opening its file."""

from __future__ import annotations

from typing import Any

import click

from tipoff.cli.output import add, examples, show, table, text
from tipoff.cli.session import Session
from tipoff.errors import SettingsError


@click.command(epilog=examples("tipoff tables\ntipoff tables raw.games"))
@click.argument("name", default="")
def tables(name: str) -> None:
    """List the tables, or the columns of the table NAME with what they hold."""
    from tipoff.plugins.registry import nearest

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


@click.group(epilog=examples("tipoff quarantine list\ntipoff quarantine list games"))
def quarantine() -> None:
    """Look at records that were set aside."""


@quarantine.command("list", epilog=examples("tipoff quarantine list\ntipoff quarantine list games"))
@click.argument("dataset", default="")
def list_records(dataset: str) -> None:
    """Count what is set aside, of all datasets or of DATASET: where it stood, why, and one such record."""
    session = Session.start()
    if dataset:
        session.registry.dataset(dataset)
    made = table(("dataset", "league", "records", "where", "reason", "one of them"), ("records",))
    for row in set_aside(session, dataset=dataset):
        record = (row["record"] or "")[:200]
        add(made, row["dataset"], row["league"], f"{row['records']:,}", row["place"], row["reason"], record)
    if made.row_count:
        show(made)
    click.echo("All of them, whole, are in the table `ops.quarantine`." if made.row_count else "Nothing is set aside.")


def set_aside(session: Session, *, dataset: str = "", run_id: str = "") -> list[dict[str, Any]]:
    """What is in quarantine, the most frequent first, by dataset, league, place and reason.

    Places are alike that differ in numbers of a list only, and reasons that differ in the value between backticks only.
    """
    rows: list[dict[str, Any]] = session.warehouse().query(_SET_ASIDE, dataset=dataset, run_id=run_id).to_pylist()
    return rows


_SET_ASIDE = r"""
    SELECT dataset, league, count(*) AS records, regexp_replace(path, '\[\d+\]', '[…]', 'g') AS place,
        min(reason) AS reason, min(record) AS record
    FROM ops.quarantine
    WHERE $dataset IN ('', dataset) AND $run_id IN ('', run_id)
    GROUP BY dataset, league, place, regexp_replace(reason, '`[^`]*`', '', 'g')
    ORDER BY dataset, league, records DESC, place, reason
"""
