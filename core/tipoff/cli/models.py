"""``tipoff models`` and ``tipoff ledger``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tipoff import clock
from tipoff.cli.output import add, examples, show, table, text
from tipoff.cli.searching import search
from tipoff.cli.session import Session
from tipoff.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb import DuckDBPyConnection

    from tipoff.modelling.decisions import Event, Note

_LEAGUE = click.option("--league", default="", help="Which league; the first configured one unless given.")


@click.group(
    epilog=examples("""
        tipoff models list
        tipoff models show elo
        tipoff models promote elo 1f3a9c --reason "calibrated better in March"
        tipoff models rollback
        tipoff models unpin
        tipoff models search boosting --budget 30 --seed 7
    """)
)
def models() -> None:
    """Show versions; promote one, roll back, or search hyper-parameters."""


@models.command("list", epilog=examples("tipoff models list\ntipoff models list --all"))
@click.option("--all", "everything", is_flag=True, help="Every version, also those that no longer serve.")
def list_versions(*, everything: bool) -> None:
    """List the versions that serve, the champion first.

    A version is fitted to all games but judged on fewer: the first ones are only learned from.
    """
    from tipoff.features import lookahead
    from tipoff.modelling import decisions, serving

    session = Session.start()
    numbers = ("games fitted", "games judged", "log loss", "Brier", "MAE")
    made = table(("model", "version", "league", "state", "fitted to", *numbers), numbers)
    told = dict[str, None]()
    with session.warehouse().read() as con:
        scores = {
            (model, version): rest
            for model, version, *rest in con.execute(
                "SELECT model, version, games, log_loss, brier, mae FROM models.evaluation WHERE scope = 'all'"
            ).fetchall()
        }
        for league in session.settings.leagues:
            now = serving.look(con, session.registry, session.settings.artifacts, league)
            top, current = now.champion, decisions.current(con, league)
            rows = []
            if now.absent:
                told[f"{league}: {now}"] = None
            for each in decisions.versions(con, league):
                champion = top is not None and (top.model, top.version) == (each.model, each.version)
                state = "current" if current.get(each.model) == each.version else ""
                if champion:
                    state = "champion, pinned" if decisions.pinned(con, league) else "champion"
                if now.stands_in_for(each.model, each.version):
                    state = f"stands in for {top.model if top else ''}"
                if state or everything:
                    unfit = serving.trouble(con, session.registry, session.settings.artifacts, each)
                    if unfit and not (champion and now.absent):
                        told[f"{each.model} {each.version} ({league}) cannot serve: {unfit}"] = None
                    state = ", ".join(filter(None, (state, "cannot serve" if unfit else "")))
                    rows.append((not champion, each, state, "red" if unfit else "green" if champion else ""))
            for _, each, state, colour in sorted(rows, key=lambda row: (row[0], row[1].model)):
                judged, *figures = scores.get((each.model, each.version), (0, None, None, None))
                add(
                    made,
                    each.model,
                    each.version,
                    league,
                    text(state, colour),
                    str(each.last_day),
                    f"{each.games:,}",
                    f"{judged:,}",
                    *("–" if figure is None else f"{figure:.4f}" for figure in figures),
                )
        told |= dict.fromkeys(each.reason for each in lookahead.verdicts(con, session.registry).values() if each.reason)
    if made.row_count:
        show(made)
    else:
        click.echo("No model has been trained yet. Next: tipoff train")
    for line in told:
        click.echo(f"{line[:1].upper()}{line[1:]}")


@models.command("show", epilog=examples("tipoff models show elo\ntipoff models show elo 1f3a9c"))
@click.argument("model")
@click.argument("version", default="")
@_LEAGUE
def show_version(model: str, version: str, league: str) -> None:
    """Print what MODEL's serving version (or VERSION) was made from, its card, figures and history, as JSON."""
    from tipoff.modelling import artifacts, decisions

    session = Session.start()
    league = _league(session, league)
    with session.warehouse().read() as con:
        found = (
            decisions.get(con, model, _full(con, model, version)) if version else decisions.serving(con, league, model)
        )
        if found is None:
            raise SettingsError(
                f"model `{model}` has no version for `{league}` that may serve; see `tipoff models list`"
            )
        cursor = con.execute(
            "SELECT * EXCLUDE (model, version, league) FROM models.evaluation "
            "WHERE model = $model AND version = $version ORDER BY scope, label",
            {"model": model, "version": found.version},
        )
        names = [each[0] for each in cursor.description]
        figures = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        history = [event for event in decisions.events(con, found.league) if event.version == found.version]
    shown = {
        **vars(found),
        "spec": json.loads(found.spec),
        "stacks": json.loads(found.stacks),
        "dataset": json.loads(found.dataset),
        "card": artifacts.card(session.settings.artifacts / found.artifact, found.artifact_sha256),
        "evaluation": figures,
        "history": [f"{event.kind}: {event.reason}" for event in history],
    }
    click.echo(json.dumps(shown, indent=2, default=str))


@models.command(epilog=examples('tipoff models promote elo 1f3a9c --reason "the gate is too strict in November"'))
@click.argument("model")
@click.argument("version")
@click.option("--reason", required=True, help="Why; it is kept with the decision.")
def promote(model: str, version: str, reason: str) -> None:
    """Make VERSION of MODEL champion, whatever the gate says. The beginning of the version's name is enough.

    What the gate would have said is printed and kept with the decision. It is pinned: its refits do not take its
    place until `tipoff models unpin`.
    """
    from tipoff.modelling import decisions, gate

    session = Session.start()

    def decision(con: DuckDBPyConnection, _: str, note: Note) -> Event:
        chosen = decisions.get(con, model, _full(con, model, version))
        words, figures = gate.outlook(con, chosen, session.registry, session.now)
        click.echo(f"{model} {chosen.version}: {words}")
        return decisions.promote(con, chosen, reason, note, figures)

    _decide(decision)


@models.command(epilog=examples("tipoff models rollback"))
@_LEAGUE
def rollback(league: str) -> None:
    """Go back to the champion before the present one, and pin that."""
    from tipoff.modelling import decisions

    _decide(decisions.rollback, league)


@models.command(epilog=examples("tipoff models unpin"))
@_LEAGUE
def unpin(league: str) -> None:
    """Let refits of a champion that a person chose take its place again, the newest one at once."""
    from tipoff.modelling import decisions

    _decide(decisions.unpin, league)


models.add_command(search)


@models.command(epilog=examples("tipoff models decay"))
def decay() -> None:
    """Compare the latest published predictions of each model with its backtest.

    At the same time of earlier seasons, and on the same games where the backtest has predicted them since. Grading
    (`tipoff predict`, or the task evaluate_preds) looks at this, too, and tells people once when a model has decayed.
    """
    from tipoff.modelling import decay as engine

    session = Session.start()
    numbers = ("games", "log loss", "backtest", "difference", "95 % interval", "same games", "behind")
    made = table(("model", "league", "up to", *numbers, "state"), numbers)
    found = [each for league in session.settings.leagues for each in engine.look(session.warehouse(), league)]
    for each in found:
        add(
            made,
            each.model,
            each.league,
            str(each.last_day),
            f"{each.games:,}",
            f"{each.log_loss:.4f}",
            f"{each.expected:.4f}",
            f"{each.log_loss - each.expected:+.4f}",
            f"{each.low:+.4f} to {each.high:+.4f}",
            f"{each.same_games:,}",
            "–" if each.behind is None else f"{each.behind:+.4f}",
            text("decayed", "red") if each.decayed else text("as promised", "green"),
        )
    if not found:
        click.echo(f"Too few graded predictions to judge: {engine.MIN_GAMES} games of a model are needed")
        return
    show(made)


@click.group(epilog=examples("tipoff ledger verify\ntipoff ledger accuracy"))
def ledger() -> None:
    """Verify the ledger of published predictions, or see how good they were."""


@ledger.command(epilog=examples("tipoff ledger verify\ntipoff ledger verify --against ~/heads-of-march.jsonl"))
@click.option(
    "--against", default="", metavar="HEADS", help="Earlier heads: a file of them, or one as an alert carries it."
)
def verify(against: str) -> None:
    """Recompute the whole chain: no row was changed, removed, slipped in or written later than it says.

    It is held against the record and the heads in TIPOFF_HOME. Whoever may write there can make all of them anew; that
    shows in any head that was kept elsewhere. HEADS is a copy of heads.jsonl, or ROWS:HASH@INSTANT of an alert.
    """
    from tipoff.modelling import heads, incidents, verification
    from tipoff.modelling import ledger as engine

    session = Session.start()
    warehouse, now = session.warehouse(), clock.now()
    kept = heads.given(against) if against else []
    own = heads.published(session.settings.heads)
    with warehouse.read() as con:
        rows = verification.verify(con, session.settings.head, warehouse.record, own)
        if kept:
            verification.verify_rows(con, against=kept)
        befell, head = incidents.read(con), engine.head_of(con, now)
        for incident in befell:
            click.echo(f"{incident}")
        verification.verify_clock(con, now)
    click.echo(f"The ledger is whole: {rows:,} predictions, each chained to the one before")
    if kept:
        click.echo(
            f"It goes on from {'the head' if len(kept) == 1 else f'each of the {len(kept)} heads'} that was given"
        )
    if rows:
        click.echo(f"Its head: {head}")


@ledger.command(epilog=examples("tipoff ledger accuracy\ntipoff ledger accuracy --by week"))
@click.option("--by", type=click.Choice(["week", "month", "year"]), default="month", help="Length of a period.")
def accuracy(by: str) -> None:
    """Show how good the published predictions were over time, model by model."""
    from tipoff.modelling import grades

    session = Session.start()
    forms = {
        "games": "{:,}", "log loss": "{:.4f}", "Brier": "{:.4f}", "winners": "{:.1%}", "MAE": "{:.2f}",
        "RMSE": "{:.2f}", "in 80 %": "{:.1%}", "in 95 %": "{:.1%}",
    }  # fmt: skip
    columns = ("games", "log_loss", "brier", "accuracy", "mae", "rmse", "coverage_80", "coverage_95")
    made = table(("model", "league", f"{by} of", *forms), forms)
    for row in grades.accuracy(session.warehouse(), by).to_pylist():
        figures = (form.format(row[name]) for name, form in zip(columns, forms.values(), strict=True))
        add(made, row["model"], row["league"], str(row["since"]), *figures)
    if made.row_count:
        show(made)
    else:
        click.echo("No published prediction has been graded yet")


def _decide(decision: Callable[[DuckDBPyConnection, str, Note], Event], league: str = "") -> None:
    """Takes a person's decision about a league's champion, and says who it is now."""
    from tipoff.modelling.decisions import Note

    session = Session.start()
    chosen = _league(session, league)
    with session.warehouse().write() as con:
        event = decision(con, chosen, Note(session.run_id, session.now))
    session.publish()
    click.echo(f"{event.league}: champion is now {event.model} {event.version} ({event.reason})")


def _league(session: Session, asked: str) -> str:
    if asked and asked not in session.settings.leagues:
        there = ", ".join(session.settings.leagues)
        raise SettingsError(f"`{asked}` is no configured league; there are: {there}; set TIPOFF_LEAGUES for others")
    return asked or session.settings.leagues[0]


def _full(con: DuckDBPyConnection, model: str, version: str) -> str:
    """A version by the beginning of its name, where only one begins so."""
    from tipoff.modelling import decisions

    found = [each.version for each in decisions.versions(con, model=model) if each.version.startswith(version)]
    if len(found) != 1:
        what = f"{len(found)} versions begin with" if found else "no version begins with"
        raise SettingsError(f"model `{model}`: {what} `{version}`; see `tipoff models list --all`")
    return found[0]
