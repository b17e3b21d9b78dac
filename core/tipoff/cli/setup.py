"""``tipoff init`` and ``tipoff clock``."""

from __future__ import annotations

import os
import re
from datetime import timedelta, timezone

import click

from tipoff import clock
from tipoff.cli.output import examples
from tipoff.cli.session import Session, initialise
from tipoff.disk import keep_private
from tipoff.errors import SettingsError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@click.command(
    epilog=examples("""
        tipoff init
        TIPOFF_HOME=/data/tipoff tipoff init
        tipoff init --new-store
    """)
)
@click.option("--new-store", is_flag=True, help="Create an empty store also where there was one before.")
def init(*, new_store: bool) -> None:
    """Create the store, and set the clock of a league in its own time.

    The simulated and the recorded league live in their own time, so tipoff's clock is set to theirs. A clock
    that is set already is left alone, and so is everything that exists: the command may be run at any time.
    """
    from tipoff import plugins, settings

    chosen = settings.load()
    changed = keep_private(chosen.home)
    lines = [*filter(None, [changed]), *initialise(plugins.load(chosen), chosen, new_store=new_store)]
    for line in lines or [f"Nothing to do: {chosen.home} is set up"]:
        click.echo(line)
    click.echo(f"Now is {_describe()}. Next: tipoff collect")


@click.group(
    "clock",
    invoke_without_command=True,
    epilog=examples("""
        tipoff clock
        tipoff clock set 2026-01-15T13:00Z
        tipoff clock advance 1d
        tipoff clock clear
    """),
)
@click.pass_context
def clock_group(ctx: click.Context) -> None:
    """Show or move tipoff's present instant.

    A league that is simulated or recorded is lived day by day by moving this clock; with real data it is the
    wall clock.
    """
    if ctx.invoked_subcommand is None:
        click.echo(_describe())


@clock_group.command("show", epilog=examples("tipoff clock show"))
def show_clock() -> None:
    """Say what time it is, and who says so."""
    click.echo(_describe())


@clock_group.command(
    "set", epilog=examples("tipoff clock set 2026-01-15T13:00Z\ntipoff clock set 2026-01-15 --ticking")
)
@click.argument("instant")
@click.option("--ticking", is_flag=True, help="Go on from there with the wall clock, instead of standing still.")
def set_clock(instant: str, *, ticking: bool) -> None:
    """Make INSTANT (ISO 8601, UTC unless it says otherwise) the present."""
    _refuse_frozen()
    clock.set_now(clock.parse(instant), ticking=ticking)
    click.echo(_describe())


@clock_group.command(epilog=examples("tipoff clock advance 1d\ntipoff clock advance 90m"))
@click.argument("step")
def advance(step: str) -> None:
    """Move the clock forward by STEP: a number and m, h, d or w.

    Days and weeks are the league's (US Eastern): the time of day there stays the same.
    """
    _refuse_frozen()
    if not clock.is_set():
        raise SettingsError(
            "this is the wall clock, which cannot be moved; set another with `tipoff clock set INSTANT`"
        )
    found = re.fullmatch(r"(\d{1,4})([mhdw])", step)
    if not found:
        raise SettingsError(f"`{step}` is not a step; write 90m, 12h, 1d or 2w")
    by = timedelta(**{_UNITS[found[2]]: int(found[1])})
    before = clock.now()
    after = before + by
    if found[2] in "dw":  # a day may be 23 or 25 hours long; arithmetic within a zone is by the wall clock
        after = clock.utc(before.replace(tzinfo=timezone.utc).astimezone(clock.LEAGUE_ZONE) + by)
    clock.set_now(after, ticking=clock.is_ticking())
    click.echo(_describe())


@clock_group.command(epilog=examples("tipoff clock mend"))
def mend() -> None:
    """Stamp anew what tipoff did at an instant that is still to come: a clock was ahead then.

    Set the machine's clock right first. What sources were asked is asked again by `tipoff collect`. Rows of the ledger
    stay as they are; its chain notes that they are stamped ahead, and goes on from now.
    """
    from tipoff.modelling import ledger
    from tipoff.quality.stamps import mend as stamp_anew

    session = Session.start()
    tables = session.registry.tables()
    left = session.warehouse().migrate(tables.values())
    with session.warehouse().write() as con:
        done = stamp_anew(con, {name: table for name, table in tables.items() if name not in left})
        noted = ledger.mend_clock(con, clock.now())
    session.publish()
    for what, rows in done.items():
        click.echo(f"{what}: {rows:,} rows")
    if noted:
        click.echo("the ledger: noted in its chain; it takes predictions of every game ahead again")
    if not done and not noted:
        click.echo("nothing that tipoff did is stamped later than now")


@clock_group.command(epilog=examples("tipoff clock clear"))
def clear() -> None:
    """Go back to the wall clock."""
    _refuse_frozen()
    clock.clear()
    click.echo(_describe())


def _refuse_frozen() -> None:
    if frozen := os.environ.get("TIPOFF_NOW"):
        raise SettingsError(f"TIPOFF_NOW is `{frozen}`, and it wins over the clock; unset it first")


def _describe() -> str:
    now = clock.now()
    if os.environ.get("TIPOFF_NOW"):
        origin = "from TIPOFF_NOW"
    elif clock.is_set():
        origin = f"{'ticking' if clock.is_ticking() else 'standing still'}, from {clock.clock_file()}"
    else:
        origin = "the wall clock"
    day = clock.day_of(now)
    return f"{now:%Y-%m-%d %H:%M:%S}Z, {day:%A} {day} in the league, season {clock.season_of(day)} ({origin})"
