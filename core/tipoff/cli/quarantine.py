"""``tipoff quarantine`` and ``tipoff reparse``: what could not be used, and another try at what has landed."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from tipoff.cli.output import add, counted, examples, show, table
from tipoff.cli.session import Session
from tipoff.collecting.quarantine import ID, SET_ASIDE
from tipoff.errors import SettingsError


@click.group(epilog=examples("tipoff quarantine list\ntipoff quarantine show games\ntipoff quarantine replay"))
def quarantine() -> None:
    """Look at records that were set aside, and try them again."""


@quarantine.command("list", epilog=examples("tipoff quarantine list\ntipoff quarantine list games"))
@click.argument("dataset", default="")
def list_records(dataset: str) -> None:
    """Count what is set aside, of all datasets or of DATASET: where it stood, why, and one such record."""
    session = Session.start()
    if dataset:
        session.registry.dataset(dataset)
    made = table(("id of one", "dataset", "league", "records", "where", "reason", "since"), ("records",))
    for row in set_aside(session, dataset=dataset):
        add(
            made,
            row["id"],
            row["dataset"],
            row["league"],
            f"{row['records']:,}",
            row["place"],
            row["reason"],
            f"{row['since']:%Y-%m-%d}",
        )
    if made.row_count:
        show(made)
    click.echo("`tipoff quarantine show ID` shows one whole." if made.row_count else "Nothing is set aside.")


@quarantine.command("show", epilog=examples("tipoff quarantine show games\ntipoff quarantine show 3f9a01bc --payload"))
@click.argument("which", metavar="ID|DATASET")
@click.option("--limit", default=5, show_default=True, help="Of a dataset, show so many.")
@click.option("--payload", is_flag=True, help="Write the whole answer that held the record, as it was received.")
def show_records(which: str, limit: int, payload: bool) -> None:
    """Show a record that was set aside, or the newest of a dataset: where it stood, why, since when."""
    session = Session.start()
    rows = session.warehouse().query(_RECORDS, which=which, limit=limit).to_pylist()
    if not rows:
        raise SettingsError(f"nothing is set aside under `{which}`; `tipoff quarantine list` shows what is")
    if payload:
        click.echo(_payload(session, rows[0]), nl=False)
        return
    for row in rows:
        folder = session.settings.landing / row["source"] / row["league"] / row["dataset"] / row["batch"]
        made = table(("record", row["id"]))
        add(made, "dataset", f"{row['dataset']} of {row['source']}, {row['league']}")
        add(made, "answer to", row["key"])
        add(made, "where", row["path"] or "the whole answer")
        add(made, "reason", row["reason"])
        add(made, "seen", f"{row['first_seen']}Z to {row['fetched_at']}Z, by version {row['processing_version']}")
        add(made, "kept in", str(folder))
        add(made, "as received", _pretty(row["record"]))
        show(made)
        click.echo()
    click.echo("A mended parser gets them with `tipoff quarantine replay`.")


@quarantine.command(epilog=examples("tipoff quarantine replay\ntipoff quarantine replay games"))
@click.argument("dataset", default="")
def replay(dataset: str) -> None:
    """Parse again what is set aside, of all datasets or of DATASET, without asking any source."""
    from tipoff.collecting.replay import replay as play

    session = Session.start()
    if dataset:
        session.registry.dataset(dataset)
    found = play(registry=session.registry, settings=session.settings, run_id=session.run_id, dataset=dataset)
    if not found:
        click.echo("Nothing is set aside.")
        return
    made = table(("dataset", "league", "set aside", "now", "rows changed"), ("set aside", "now", "rows changed"))
    for each in found:
        add(made, each.dataset, each.league, f"{each.before:,}", f"{each.after:,}", f"{each.rows:,}")
    show(made)
    session.publish()


@click.command(epilog=examples("tipoff reparse --dry-run\ntipoff reparse\ntipoff reparse --rebuild raw.arenas"))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--rebuild", metavar="TABLE", default="", help="Make a collector's own table anew, in its present shape.")
def reparse(dry_run: bool, rebuild: str) -> None:
    """Build the tables again from what has landed, without asking any source, and say what changed.

    Every answer that was ever received is parsed by the present parsers. Rows that they no longer yield are
    removed, rows that did not change keep the run that wrote them. A version of a dataset that moves does this by
    itself with the next run.

    With --rebuild only what one collector fills is parsed again, and its tables that the store has with another key or
    another type of a column are made anew in the same step.
    """
    from tipoff.cli.bars import bars
    from tipoff.collecting.reparse import reparse as build

    session = Session.start()
    with bars() as progress:
        task = progress.add_task("batches", total=None)
        found = build(
            registry=session.registry,
            settings=session.settings,
            run_id=session.run_id,
            dry_run=dry_run,
            rebuild=rebuild,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if not found.batches and not found.missing and not rebuild:
        click.echo("No loaded plugin has landed anything; see `tipoff plugins`.")
        return
    click.echo(f"{counted(found.answers, 'answer')} in {found.batches:,} batches parsed again.")
    made = table(("table", "added", "changed", "removed"), ("added", "changed", "removed"))
    for each in found.tables:
        add(made, each.table, f"{each.added:,}", f"{each.changed:,}", f"{each.removed:,}")
    if made.row_count:
        show(made)
    else:
        click.echo("The tables are what the present parsers make of them.")
    if found.quarantined:
        click.echo(f"{counted(found.quarantined, 'record')} set aside; see `tipoff quarantine list`")
    if found.missing:
        click.echo(
            f"Batches that the store knows and the landing zone lacks: {found.missing:,}. So no row was removed or set "
            "back that they may have told; put them back and run it again to have it all"
        )
    if found.applied:
        session.publish()
    elif found.tables:
        click.echo("Nothing was changed; run it without --dry-run to do so.")


def set_aside(session: Session, *, dataset: str = "", run_id: str = "") -> list[dict[str, Any]]:
    """What is in quarantine, by dataset, league, place and reason."""
    rows: list[dict[str, Any]] = session.warehouse().query(SET_ASIDE, dataset=dataset, run_id=run_id).to_pylist()
    return rows


def _payload(session: Session, row: dict[str, Any]) -> bytes:
    import pyarrow.compute as pc

    from tipoff.warehouse.landing import Landing

    landing = Landing(session.settings.landing, row["source"], row["league"], row["dataset"])
    content = landing.read(row["batch"], bodies=True)
    for kept in (content.payloads, content.rejected):
        bodies: list[bytes] = kept.filter(pc.equal(kept["key"], row["key"]))["body"].to_pylist()
        if bodies:
            return bodies[-1]
    raise SettingsError(f"the answer to `{row['key']}` had no body; its reason says what came instead")


def _pretty(record: str | None) -> str:
    if record is None:
        return "nothing"
    said = json.loads(record)
    shown = said if isinstance(said, str) else json.dumps(said, indent=2, ensure_ascii=False)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]} … (`--payload` writes the whole answer)"


_SHOWN: Final = 2000
"""Characters of a record that are shown."""


_RECORDS: Final = f"""
    SELECT {ID} AS id, source, league, dataset, key, batch, path, reason, record, fetched_at,
        coalesce(first_seen, fetched_at) AS first_seen, processing_version
    FROM ops.quarantine
    WHERE dataset = $which OR {ID} = $which
    ORDER BY fetched_at DESC, id LIMIT $limit
"""  # noqa: S608 - a constant of ours
