"""``tipoff train`` and ``tipoff predict``: the steps of `tipoff.modelling.pipeline` one after the other."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from tipoff.cli.outcomes import Outcomes
from tipoff.cli.output import add, console, counted, examples, show, table, text
from tipoff.cli.session import Session
from tipoff.errors import Abort, SettingsError, Skip, TipoffError
from tipoff.report.cards import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from tipoff.report.bundle import Day
    from tipoff.report.cards import Served

_FIGURES = ("games", "log loss", "Brier", "winners", "MAE")


@click.command(epilog=examples("tipoff train\ntipoff train elo ridge\ntipoff train ridge --again"))
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option("--again", is_flag=True, help="Fit again what was fitted to the same games, for work on a model's code.")
def train(models: tuple[str, ...], *, again: bool) -> None:
    """Fit, evaluate and register models: all of them, or each MODEL that is named.

    A model that fails stops no other. A fitted model becomes champion only through the gate.
    """
    from tipoff.modelling import pipeline

    session = Session.start()
    names = _models(session, models)
    made = table(("model", "league", "version", *_FIGURES, "decision"), _FIGURES)
    outcomes = Outcomes(made)
    screen = console(stderr=True)
    with screen.status("prepare_dataset"):
        ref = pipeline.prepare(session)

    def step(name: str) -> None:
        with screen.status(f"train_model {name}"):
            trained = pipeline.train(session, name, ref, again=again)
        with screen.status(f"evaluate_model {name}"):
            evaluated = pipeline.evaluate_version(session, trained)
        with screen.status(f"register_model {name}"):
            registered = pipeline.register(session, evaluated)
        _add_rows(made, trained, evaluated, registered)

    for name in names:
        outcomes.attempt(name, partial(step, name))
    session.publish()
    try:
        outcomes.conclude()
    finally:
        _show_champions(session)


@click.command(epilog=examples("tipoff predict\ntipoff predict elo\ntipoff predict --despite-checks"))
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option("--despite-checks", is_flag=True, help="Predict although a check of severity `block` failed last.")
def predict(models: tuple[str, ...], *, despite_checks: bool) -> None:
    """Predict the games ahead, and grade those that are over.

    Predictions enter the ledger before the tip; to say the same again adds nothing. A model that cannot be asked stops
    no other; the exit code is then 1.
    """
    from tipoff.modelling import pipeline
    from tipoff.quality.checks import require_passed

    session = Session.start()
    names = _models(session, models)
    screen = console(stderr=True)
    try:
        with screen.status("check_model"):
            pipeline.check_model(session)
            if not despite_checks:
                require_passed(session.registry, session.warehouse())
        with screen.status("get_upcoming"):
            ref = pipeline.upcoming(session)
        said: list[Mapping[str, Any]] = []
        failed = dict[str, TipoffError]()
        for name in names:
            with screen.status(f"generate_preds {name}"):
                try:
                    told: Mapping[str, Any] = pipeline.predict(session, name, ref)
                    said.append(told)
                    failed |= {f"{name}, {league}": Abort(why) for league, why in told["refused"].items()}
                except Skip as reason:
                    click.echo(f"{name}: {reason}", err=True)
                except TipoffError as error:
                    failed[name] = error
        with screen.status("store_preds"):
            stored = pipeline.store(session, said)
    finally:
        with screen.status("evaluate_preds"):
            graded = pipeline.grade(session)
        session.publish()
    _tell(session, stored, graded)
    if failed:
        raise Abort("\n".join(f"`{name}` failed: {error}" for name, error in failed.items()))


def _tell(session: Session, stored: Mapping[str, Any], graded: Mapping[str, Any]) -> None:
    """What is predicted now, what became of earlier predictions, and what people should look at."""
    from tipoff.modelling import pipeline
    from tipoff.report.read import read

    for league in read(session.settings).leagues:
        if league.days:
            show(tonight(league.days[0], league.title, league.served))
            for why, games in degraded(league.days[0]).items():
                click.echo(f"degraded, {counted(games, 'game')}: {why}")
    click.echo(f"{stored['added']} added to the ledger, {stored['unchanged']} said before, {graded['graded']} graded")
    for game, why in graded["ungraded"].items():
        click.echo(f"ungraded, {game}: {why}", err=True)
    for now in pipeline.serves(session):
        if now.absent:
            click.echo(f"{now.league}: {now}", err=True)
    for model, why in graded["decayed"].items():
        click.echo(f"{model} has decayed: {why}; see `tipoff models decay`", err=True)


def tonight(day: Day, title: str, served: Served = NOBODY) -> Table:
    """A day's predictions as a table to print."""
    from tipoff.report.page import favourite, percent, points, tip

    made = table(("tip (ET)", "away", " ", "home", "  ", "forecast", "80 % of margins", "by"), (" ", "  "))
    made.title = f"{title}, {day.day:%A} {day.day}"
    for game in day.games:
        if game.called_off:
            add(made, tip(game), text(game.away.name), "", text(game.home.name), "", "", "", "")
            continue
        said = game.forecast
        notes = ["degraded"] if said.degraded else []
        notes += ["not current: it cannot serve"] if said.unfit else []
        if served.said and said.model == served.voice:
            notes.append(f"standing in for {served.champion}")
        away, home = ("", "bold") if said.home_win_prob >= 0.5 else ("bold", "")
        add(
            made,
            tip(game),
            text(game.away.name, away),
            text(percent(1 - said.home_win_prob), away),
            text(game.home.name, home),
            text(percent(said.home_win_prob), home),
            favourite(game),
            f"{points(said.low_80)} to {points(said.high_80)}",
            text(", ".join([said.model, *notes]), "yellow" if notes else ""),
        )
    return made


def degraded(day: Day) -> Counter[str]:
    """Why forecasts of a day are less than they could be, and of how many games."""
    return Counter(game.forecast.degraded for game in day.games if game.forecasts and game.forecast.degraded)


def _show_champions(session: Session) -> None:
    from tipoff.modelling import decisions, serving

    with session.warehouse().read() as con:
        for league in session.settings.leagues:
            if top := decisions.champion(con, league):
                click.echo(f"Champion of {league}: {top.model} {top.version} ({top.reason}). Next: tipoff predict")
            now = serving.look(con, session.registry, session.settings.artifacts, league)
            if now.absent:
                click.echo(f"{league}: {now}", err=True)


def _models(session: Session, asked: tuple[str, ...]) -> list[str]:
    for name in asked:
        session.registry.model(name)
    names = [model.name for model in session.registry.models if not asked or model.name in asked]
    if not names:
        raise SettingsError("no plugin brings a model; see `tipoff plugins`")
    return names


def _add_rows(
    made: Table, trained: Mapping[str, Any], evaluated: Mapping[str, Any], registered: Mapping[str, Any]
) -> None:
    """A row for each league, from the plain JSON that the pipeline gives."""
    forms = (("log_loss", "{:.4f}"), ("brier", "{:.4f}"), ("accuracy", "{:.1%}"), ("mae", "{:.2f}"))
    for league, version in evaluated["versions"].items():
        row, decision = evaluated["figures"][league], registered["decisions"][league]
        said = f"{decision['kind']}: {decision['reason']}"
        if league not in trained["fitted"]:
            said = f"unchanged: nothing new since {version}; raise Model.version if the code changed, or use --again"
        add(
            made,
            str(evaluated["model"]),
            league,
            version,
            f"{row['games']:,}",
            *("–" if row.get(name) is None else form.format(row[name]) for name, form in forms),
            said,
        )
