"""``tipoff drift``: what has changed in the form of the sources' answers, and in what they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from tipoff.cli.output import add, counted, examples, show, table, text
from tipoff.cli.session import Session
from tipoff.errors import SettingsError

if TYPE_CHECKING:
    from rich.table import Table

_COLOURS: Final = {"block": "red", "warn": "yellow", "info": "dim"}

_FIELDS: Final = """
    SELECT CASE WHEN change = 'new' THEN 'info' ELSE severity END AS judged, * FROM ops.field
    WHERE change <> ''
    ORDER BY list_position(['block', 'warn', 'info'], judged), since DESC, league, dataset, request, path, state
"""

_SHIFTS: Final = "SELECT * FROM ops.shift WHERE severity <> '' ORDER BY severity, abs(z) DESC, league, metric"

_KNOWN: Final = """
    SELECT (SELECT count(*) FROM ops.drift_look) AS looks, (SELECT count(*) FROM ops.field) AS fields,
        (SELECT count(*) FROM ops.shift) AS figures,
        (SELECT count(*) FROM ops.shift WHERE z IS NULL) AS unjudged,
        greatest((SELECT max(looked_at) FROM ops.drift_look), (SELECT max(looked_at) FROM ops.shift)) AS looked_at
"""

_ACCEPT: Final = "`tipoff drift --accept NAME` says that it is meant to be so from now on"


@click.command(epilog=examples("tipoff drift\ntipoff drift --accept 'events[].competitions[].attendance'"))
@click.option("--accept", default="", metavar="NAME", help="Take what a field or a figure is now as what is usual.")
def drift(accept: str) -> None:
    """Show what has changed in the sources' answers: fields that are new, lost or of another type, and figures that
    are far from what was usual in the same weeks of earlier seasons.

    The look itself is taken by `tipoff checks` and by data_quality.
    """
    session = Session.start()
    if accept:
        _accept(session, accept)
        return
    warehouse = session.warehouse()
    (known,) = warehouse.query(_KNOWN).to_pylist()
    if not known["looks"] and not known["figures"]:
        click.echo("Nothing has been looked at yet: collect something, then run `tipoff checks raw`.")
        return
    fields, shifts = warehouse.query(_FIELDS).to_pylist(), warehouse.query(_SHIFTS).to_pylist()
    if fields:
        show(_fields(fields))
    if shifts:
        show(_shifts(shifts))
    found = counted(known["fields"], "field") + " of answers and " + counted(known["figures"], "figure")
    unjudged = f", {known['unjudged']:,} of them without enough earlier weeks to judge by" if known["unjudged"] else ""
    click.echo(f"{found} known{unjudged}; looked at last on {known['looked_at']:%Y-%m-%d %H:%M} UTC.")
    judged = [row["judged"] for row in fields] + [row["severity"] for row in shifts]
    if "block" in judged:
        click.echo(
            "Predictions wait for what is marked `block`. Look at the source's answer; mend the parser, raise its "
            f"version, and `tipoff collect` reads what has landed again. {_ACCEPT}."
        )
    elif "warn" in judged:
        click.echo(f"Look at the source's answers for what is marked `warn`. {_ACCEPT}.")
    elif not judged:
        click.echo("No drift.")


def _accept(session: Session, name: str) -> None:
    from tipoff.quality.drift.storing import accept

    with session.warehouse().write() as con:
        fields, figures = accept(con, name, session.now)
    if not fields and not figures:
        raise SettingsError(f"no field and no figure called `{name}` has drifted; `tipoff drift` lists those that have")
    click.echo(
        f"Accepted {' and '.join(counted(n, what) for n, what in ((fields, 'field'), (figures, 'figure')) if n)}; "
        "run `tipoff checks raw`, so that predictions know."
    )


def _fields(rows: list[dict[str, Any]]) -> Table:
    made = table(("severity", "change", "field", "of", "state", "since", "before", "now", "perhaps"), ("before", "now"))
    made.title = "Fields"
    for row in rows:
        severity = text(row["judged"], _COLOURS[row["judged"]])
        of = f"{row['league']} {row['dataset']}: {row['request'].partition('?')[0].rpartition('/')[2]}"
        before, now = _percent(row["share_before"]), _percent(row["share_now"])
        if row["change"] == "retyped":
            before, now = _main(row["types"]), _main(row["now_types"])
        since = str(row["since"])
        add(made, severity, row["change"], row["path"], of, row["state"], since, before, now, row["perhaps"])
    return made


def _shifts(rows: list[dict[str, Any]]) -> Table:
    numbers = ("now", "usual", "deviations", "weeks")
    made = table(("severity", "figure", "league", "since", "window", *numbers), numbers)
    made.title = "Figures"
    for row in rows:
        add(
            made,
            text(row["severity"], _COLOURS[row["severity"]]),
            row["metric"],
            row["league"],
            str(row["since"]),
            f"{row['window_start']} to {row['window_end']}",
            f"{row['value']:.4g}",
            f"{row['expected']:.4g}",
            f"{row['z']:+.1f}",
            str(row["windows"]),
        )
    return made


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _main(types: str) -> str:
    counts: dict[str, float] = json.loads(types)
    return max(counts, key=lambda name: counts[name], default="")
