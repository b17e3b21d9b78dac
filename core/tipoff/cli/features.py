"""``tipoff features``: build, list, rebuild and explain."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import click

from tipoff.cli.outcomes import Outcomes
from tipoff.cli.output import add, console, counted, examples, show, table, text
from tipoff.cli.session import Session
from tipoff.cli.types import SEASON
from tipoff.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from rich.table import Table
    from rich.text import Text

    from tipoff.features.explain import Explained, Origin
    from tipoff.features.overview import Overview

_WIDE = 3
"""Rows of one game that are shown side by side; more of them are shown one below the other."""

_SAID = ("league", "season", "game_id", "game_date", "tip_utc")
"""Columns that every feature table has, and that say which game it is."""


class _Building(click.Group):
    """A group whose command is ``build`` where none is named: ``tipoff features team`` is ``features build team``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts ``build`` before the builders and options that stand alone."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["build", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_Building,
    epilog=examples("""
        tipoff features
        tipoff features team game
        tipoff features list
        tipoff features rebuild team --season 2026
        tipoff features explain 401585087
    """),
)
def features() -> None:
    """Bring feature tables up to date; list them, rebuild them, or explain a game's row."""


@features.command(epilog=examples("tipoff features build\ntipoff features build team game\ntipoff features --full"))
@click.argument("builders", nargs=-1, metavar="[BUILDER]...")
@click.option("--full", is_flag=True, help="Compute everything again, also what has not changed.")
def build(builders: tuple[str, ...], *, full: bool) -> None:
    """Bring feature tables up to date: all of them, or that of each BUILDER that is named.

    A builder that fails stops only those that need its table; the exit code is then 1.
    """
    session = Session.start()
    for name in builders:
        session.registry.builder(name)
    names = [each.name for each in session.registry.builders if not builders or each.name in builders]
    _build(session, names, full=full)


@features.command(epilog=examples("tipoff features rebuild\ntipoff features rebuild team --season 2025 --season 2026"))
@click.argument("builders", nargs=-1, metavar="[BUILDER]...")
@click.option("--season", "seasons", type=SEASON, multiple=True, help="Only this; may be repeated.")
def rebuild(builders: tuple[str, ...], *, seasons: tuple[int, ...]) -> None:
    """Compute tables again, changed or not: all of them, or that of each BUILDER and of those built on it.

    Rows that come out as they were keep their time of writing, so a rebuild that finds nothing wrong changes nothing.
    """
    from tipoff.features import overview

    session = Session.start()
    names = overview.with_dependents(session.registry, builders)
    if seasons:
        with session.warehouse().read() as con:
            there = overview.seasons(con, session.registry, names)
        if unknown := sorted(set(seasons) - set(there)):
            have = f"there are: {', '.join(map(str, there))}" if there else "there are none; run `tipoff collect` first"
            raise SettingsError(f"--season `{unknown[0]}`: nothing is stored of it; {have}")
    _build(session, names, full=True, seasons=seasons)


@features.command("list", epilog=examples("tipoff features list"))
def list_builders() -> None:
    """List builders with what they read, how their tables stand, and which seasons are out of step."""
    from tipoff.features.overview import overview

    session = Session.start()
    with session.warehouse().read() as con:
        found = overview(con, session.registry)
    if not found:
        raise _no_builder()
    numbers = ("lookback", "seasons", "rows", "seconds")
    made = table(("builder", "version", "inputs", *numbers, "last built", "stale", "looks ahead"), numbers)
    for each in found:
        stale = [f"{one.partition}: {one.reason}" for one in each.stale]
        more = [f"and {len(stale) - _WIDE} more"] if len(stale) > _WIDE else []
        add(
            made,
            each.builder.name,
            each.builder.version,
            "\n".join(each.builder.inputs),
            "all" if each.builder.lookback is None else str(each.builder.lookback),
            f"{each.seasons:,}",
            f"{each.rows:,}",
            "–" if each.seconds is None else f"{each.seconds:.1f}",
            _instant(each.built_at),
            text("\n".join([*stale[:_WIDE], *more]), "yellow") if stale else text("none", "green"),
            _judged(each),
        )
    show(made)
    for each in found:
        if each.verdict and not each.verdict.passed:
            click.echo(f"Not learned from: {each.verdict.reason}")
        if each.verdict and each.verdict.passed and each.verdict.not_shown:
            click.echo(f"`{each.builder.name}` passed, and it is not shown {each.verdict.not_shown}")
    if any(each.stale for each in found):
        click.echo("Next: tipoff features")


@features.command(epilog=examples("tipoff features explain 401585087\ntipoff features explain 401585087 --json"))
@click.argument("game")
@click.option("--builder", "builders", multiple=True, help="Only this builder's table; may be repeated.")
@click.option("--league", default="", help="Of the game, where several leagues have one of this id.")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def explain(game: str, *, builders: tuple[str, ...], league: str, as_json: bool) -> None:
    """Show each feature of GAME (its id), by whom it was computed when, and from which tables and earlier games."""
    from tipoff.features.explain import explain as asked

    session = Session.start()
    for name in builders:
        session.registry.builder(name)
    with session.warehouse().read() as con:
        found = asked(con, session.registry, game, league)
    origins = [each for each in found.origins if not builders or each.builder.name in builders]
    if as_json:
        click.echo(json.dumps(_plain(found, origins), indent=2, default=str))
        return
    click.echo(f"Game {found.game_id}, {found.league} {found.season}, {found.game_date}, {found.status}")
    for side, place in zip(found.sides, ("home", "away"), strict=False):
        last = f", the last on {side.last}" if side.last else ""
        click.echo(f"{place}: {side.name} ({side.team_id}), {counted(side.games, 'finished game')} before it{last}")
    for origin in origins:
        click.echo()
        _show_origin(origin)


def _build(session: Session, names: Sequence[str], *, full: bool, seasons: Collection[int] = ()) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from tipoff.features import lookahead
    from tipoff.features.engine import build as engine
    from tipoff.plugins.graph import builder_graph

    if not names:
        raise _no_builder()
    numbers = ("seasons", "rows", "changed", "seconds")
    made = table(("builder", *numbers, "why"), numbers)
    outcomes = Outcomes(made, builder_graph(session.registry.builders))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:

        def step(name: str) -> None:
            bar = bars.add_task(f"{name}_features", total=None)
            report = engine(
                name,
                registry=session.registry,
                settings=session.settings,
                run_id=session.run_id,
                now=session.now,
                full=full,
                seasons=seasons,
                progress=lambda done, total, _: bars.update(bar, completed=done, total=total),
            )
            bars.remove_task(bar)
            add(
                made,
                report.builder,
                f"{report.partitions:,}",
                f"{report.rows:,}",
                f"{report.written + report.removed:,}",
                f"{report.seconds:.1f}",
                report.reason,
            )

        for name in names:
            outcomes.attempt(name, partial(step, name))
    for verdict in lookahead.judge(session.registry, session.warehouse(), session.now, names):
        if verdict.reason:
            click.echo(f"Not learned from: {verdict.reason}", err=True)
    session.publish()
    outcomes.conclude()


def _judged(each: Overview) -> Text:
    """Whether a builder looks ahead."""
    if each.verdict is None:
        return text("not judged yet")
    if not each.verdict.passed:
        return text("yes" if each.verdict.columns or each.verdict.day else "not shown", "red")
    return text("no, as far as shown", "yellow") if each.verdict.not_shown else text("no", "green")


def _show_origin(origin: Origin) -> None:
    builder = origin.builder
    if not origin.version:
        click.echo(f"{builder.table.full_name}: not computed yet; run `tipoff features {builder.name}`")
        return
    click.echo(
        f"{builder.table.full_name}: by `{builder.name}` version {origin.version}, computed "
        f"{_instant(origin.computed_at)} by {origin.run_id}; its rows last changed {_instant(origin.changed_at)}"
    )
    if origin.stale:
        click.echo(f"stale: {origin.stale}; run `tipoff features {builder.name}`")
    numbers = ("rows in reach", "rows behind it")
    made = table(("from", *numbers, "newest row", "digest"), numbers)
    for each in origin.inputs:
        add(made, each.table, f"{each.rows:,}", f"{each.about:,}", _instant(each.loaded_at), each.digest[:12])
    show(made)
    if not origin.rows:
        click.echo("no row of this game")
        return
    click.echo()
    show(_beside(origin) if len(origin.rows) <= _WIDE else _below(origin))


def _beside(origin: Origin) -> Table:
    """A line a feature, a column a row of the game."""
    names = [_entity(origin, row) or "value" for row in origin.rows]
    made = table(("feature", *names, "what it is"), names)
    for column in origin.builder.table.columns:
        if column.name not in (*_SAID, *origin.builder.table.key):
            add(made, column.name, *(_shown(row[column.name]) for row in origin.rows), column.doc)
    return made


def _below(origin: Origin) -> Table:
    """A line a row of the game, a column a feature."""
    names = [name for name in origin.builder.table.column_names if name not in (*_SAID, *origin.builder.table.key)]
    made = table((", ".join(_entities(origin)), *names), names)
    for row in origin.rows:
        add(made, _entity(origin, row), *(_shown(row[name]) for name in names))
    return made


def _entities(origin: Origin) -> list[str]:
    return [name for name in origin.builder.table.key if name not in _SAID]


def _entity(origin: Origin, row: Mapping[str, object]) -> str:
    return ", ".join(str(row[name]) for name in _entities(origin))


def _shown(value: object) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _instant(at: datetime | None) -> str:
    return "–" if at is None else f"{at:%Y-%m-%d %H:%M}Z"


def _plain(found: Explained, origins: Sequence[Origin]) -> dict[str, object]:
    return {
        "league": found.league,
        "season": found.season,
        "game_id": found.game_id,
        "game_date": found.game_date,
        "status": found.status,
        "sides": [vars(side) for side in found.sides],
        "tables": [
            {
                "table": each.builder.table.full_name,
                "builder": each.builder.name,
                "version": each.version,
                "computed_at": each.computed_at,
                "run_id": each.run_id,
                "stale": each.stale,
                "changed_at": each.changed_at,
                "inputs": [vars(one) for one in each.inputs],
                "rows": each.rows,
            }
            for each in origins
        ],
    }


def _no_builder() -> SettingsError:
    return SettingsError("no plugin brings a feature builder; see `tipoff plugins`")
