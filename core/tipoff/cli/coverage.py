"""``tipoff coverage``: a season's calendar, and what lacks."""

from __future__ import annotations

import calendar
import json
from collections.abc import Collection, Mapping, Set
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from tipoff import clock
from tipoff.cli.output import add, examples, show, table, text
from tipoff.cli.session import Session
from tipoff.cli.types import SEASON
from tipoff.errors import SettingsError, Skip

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tipoff.quality.coverage import Cell, Coverage, State

_COLOURS: Final[Mapping[State, str]] = {
    "failed": "red",
    "vanished": "magenta",
    "expected": "yellow",
    "overdue": "yellow",
    "empty": "cyan",
    "collected": "green",
    "no games": "dim",
    "ahead": "dim",
}

_ALL_THERE: Final = "Nothing lacks of what is listed. Whether all games are listed: tipoff checks raw"


@click.command(
    epilog=examples("""
        tipoff coverage
        tipoff coverage stats --season 2025
        tipoff coverage --games
        tipoff coverage --json
    """)
)
@click.argument("dataset", default="", metavar="[DATASET]")
@click.option("--season", type=SEASON, help="By the year it ends in; the newest unless given.")
@click.option("--league", default="", help="One league; all that are configured unless given.")
@click.option("--games", "one_by_one", is_flag=True, help="List row by row what lacks.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, with --games every game too.")
def coverage(dataset: str, *, season: int | None, league: str, one_by_one: bool, as_json: bool) -> None:
    """Hold what is collected against the schedule: a calendar, and what lacks, with the command that mends it.

    Each day shows how many games are listed, and by its mark the worst that is known of it. Outside of a season
    nothing lacks.
    """
    session = Session.start()
    _judge(session, dataset)
    found = _read(session, dataset, season, league)
    if as_json:
        click.echo(json.dumps([_plain(each, games=one_by_one) for each in found], indent=2, default=str))
        return
    for each in found:
        _show(each, one_by_one=one_by_one)


def _judge(session: Session, dataset: str) -> None:
    """Refuses a dataset that has nothing to do with the schedule."""
    from tipoff.quality.coverage import covered

    known = [each.name for each in covered(session.registry)]
    if not known:
        raise Skip("no dataset lists games or says which of its tables hold rows of every game (`Dataset.per_game`)")
    if dataset:
        session.registry.dataset(dataset)
        if dataset not in known:
            there = ", ".join(f"`{name}`" for name in known)
            raise SettingsError(f"`{dataset}` cannot be held against the schedule; these can: {there}")


def _read(session: Session, dataset: str, season: int | None, league: str) -> list[Coverage]:
    from tipoff.quality.coverage import newest_season, read

    found, leagues = [], (league,) if league else session.settings.leagues
    with session.warehouse().read() as con:
        for each in leagues:
            chosen = season or newest_season(con, each, session.now)
            if chosen is not None:
                one = read(con, session.registry, league=each, season=chosen, now=session.now, dataset=dataset)
                if one.days.num_rows or one.games.num_rows:
                    found.append(one)
        collected = {each for (each,) in con.execute("SELECT league FROM ops.watermark").fetchall()}
    if not found:
        raise Skip(_nothing(leagues, season, clock.season_of(clock.day_of(session.now)), collected))
    return found


def _nothing(leagues: Collection[str], season: int | None, present: int, collected: Set[str]) -> str:
    """Why there is nothing to show, and what to do; `collected` are the leagues that were asked about."""
    if season is not None and season > present:
        return f"season {season} has not begun; `tipoff clock` shows what day it is here"
    known = f"are known of {', '.join(leagues)}"
    if season is not None:
        return f"no games of season {season} {known}. Next: tipoff collect --season {season}"
    if not collected & set(leagues):
        return f"no games {known}. Next: tipoff collect"
    begun = f"no games up to today {known}; season {present} may not have begun"
    return f"{begun}. Next: tipoff collect --season {present - 1}"


def _show(found: Coverage, *, one_by_one: bool) -> None:
    from rich.columns import Columns

    from tipoff.quality.coverage import MARKS, MEANING
    from tipoff.quality.coverage import calendar as cells_of

    cells = cells_of(found)
    click.echo(f"{found.league}, season {found.season}\n")
    months = sorted({(day.year, day.month) for day in cells})
    show(Columns([_month(year, month, cells) for year, month in months], padding=(1, 4)))
    there = {cell.state for cell in cells.values()}
    legend = [f"47{mark} {MEANING[state]}" for state, mark in MARKS.items() if state in there]
    click.echo("\n" + ", ".join(legend).replace("47·", "·") + "\n")
    show(_totals(found))
    if found.unasked:
        first = clock.season_start(found.season)
        days = f"--from {first} --to {first + timedelta(days=found.unasked - 1)}"
        click.echo(f"\nNo run was about the season's days before those: tipoff collect {days}")
    if one_by_one:
        _show_rows(found)
    else:
        _show_gaps(found)


def _month(year: int, month: int, cells: Mapping[date, Cell]) -> RenderableType:
    from tipoff.quality.coverage import MARKS

    made = table(calendar.day_abbr, calendar.day_abbr)
    made.title = f"{calendar.month_name[month]} {year}"
    made.padding = (0, 1, 0, 0)
    for column in made.columns:
        column.width = 4
    for week in calendar.Calendar().monthdatescalendar(year, month):
        shown = [text("")] * 7
        for place, day in enumerate(week):
            if day.month == month and day in cells:
                mark = MARKS[cells[day].state]
                number = str(cells[day].games) if cells[day].games or mark not in ("·", "") else ""
                shown[place] = text(f"{number}{mark}", _COLOURS[cells[day].state])
        if any(shown):
            add(made, *shown)
    return made


def _totals(found: Coverage) -> RenderableType:
    from tipoff.quality.coverage import STATES, totals

    rows = totals(found)
    states = [state for state in reversed(STATES) if any(total.counts.get(state) for total in rows)]
    made = table(("dataset", "of", *states, "there"), (*states, "there"))
    for total in rows:
        counts = [f"{total.counts.get(state, 0):,}" for state in states]
        share = "" if total.share is None else f"{total.share:.1%}"
        add(made, text(total.dataset, "bold"), total.what, *counts, share)
    return made


def _show_gaps(found: Coverage) -> None:
    from tipoff.quality.coverage import gaps

    lacking = gaps(found)
    if not lacking:
        click.echo(f"\n{_ALL_THERE}")
        return
    made = table(("lacks", "of", "state", "days", "last asked", "why, and next"), ("lacks",))
    for gap in lacking:
        days = f"{gap.first}" if gap.first == gap.last else f"{gap.first} to {gap.last}"
        asked = "never" if gap.asked_at is None else f"{gap.asked_at:%Y-%m-%d %H:%M}"
        why = text(gap.reason)
        why.append(f"\n{gap.next}", "bold" if gap.next.startswith("tipoff ") else "dim")
        state = text(gap.state, _COLOURS[gap.state])
        add(made, f"{gap.count:,}", f"{gap.dataset}: {gap.what}", state, days, asked, why)
    click.echo()
    show(made)


def _show_rows(found: Coverage) -> None:
    from tipoff.quality.coverage import LACKING

    made = table(("of", "day", "game", "state", "last asked", "why"))
    rows = [*found.days.to_pylist(), *found.games.to_pylist()]
    for row in rows:
        if row["state"] in LACKING:
            what, day = row.get("table_name", "days"), row.get("day") or row["game_date"]
            asked = "never" if row["asked_at"] is None else f"{row['asked_at']:%Y-%m-%d %H:%M}"
            state = text(row["state"], _COLOURS[row["state"]])
            add(made, f"{row['dataset']}: {what}", str(day), row.get("game_id", ""), state, asked, row["reason"])
    click.echo()
    if made.row_count:
        show(made)
    else:
        click.echo(_ALL_THERE)


def _plain(found: Coverage, *, games: bool) -> dict[str, Any]:
    from tipoff.quality.coverage import gaps, totals

    plain: dict[str, Any] = {
        "league": found.league,
        "season": found.season,
        "unasked": found.unasked,
        "totals": [{**asdict(total), "share": total.share} for total in totals(found)],
        "gaps": [asdict(gap) for gap in gaps(found)],
        "days": found.days.to_pylist(),
    }
    return {**plain, "games": found.games.to_pylist()} if games else plain
