"""``tipoff models search``: hyper-parameters within a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tipoff.cli.backtest import Seasons
from tipoff.cli.output import add, console, counted, examples, show, table
from tipoff.cli.session import Session

if TYPE_CHECKING:
    from rich.table import Table

    from tipoff.modelling.search import Found

_SHOWN = 10


@click.command(
    epilog=examples("""
        tipoff models search boosting
        tipoff models search boosting --budget 30 --seed 7 --seasons 2022:2023
        tipoff models search boosting --forget
    """)
)
@click.argument("model")
@click.option("--budget", type=click.IntRange(2), default=30, show_default=True, help="How many trials at most.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed tries the same parameters.")
@click.option("--seasons", type=Seasons(), default=None, help="Seasons to judge on; the two before the newest.")
@click.option("--forget", is_flag=True, help="Go back to the parameters of the plugin.")
def search(model: str, *, budget: int, seed: int, seasons: tuple[int, ...] | None, forget: bool) -> None:
    """Search hyper-parameters of MODEL in time order, on past seasons only.

    The newest season stays unseen: on its games the best trial must beat the model's current version beyond doubt.
    Then training uses its parameters, and the version with them competes for champion as any other does.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from tipoff.modelling import search as engine
    from tipoff.modelling import tuning

    session = Session.start()
    session.registry.model(model)
    if forget:
        with session.warehouse().write() as con:
            undone = tuning.forget(con, model)
        click.echo(f"`{model}` uses its own parameters from the next training on" if undone else "Nothing to forget")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:
        bar = bars.add_task(model, total=budget)

        def progress(done: int, trials: int, best: float) -> None:
            bars.update(bar, completed=done, total=trials, description=f"{model}, log loss {best:.4f}")

        found = engine.search(session, model, budget=budget, seed=seed, seasons=seasons or (), progress=progress)
    session.publish()
    show(table_of(found))
    click.echo(f"{'Adopted' if found.adopted else 'Not adopted'}: {found.reason}")
    if found.adopted:
        click.echo("Next: tipoff train")


def table_of(found: Found) -> Table:
    """The best trials, and the parameters in use."""
    best = found.trials[0]
    searched = [name for name in best.params if any(t.params[name] != best.params[name] for t in found.trials)]
    seasons = list(best.seasons)
    numbers = ("rank", *searched, "log loss", *seasons, "MAE")
    made = table((*numbers, ""), numbers)
    made.title = f"{found.model}: {counted(len(found.trials), 'trial')} on {best.games:,} games before {found.until}"
    for rank, trial in enumerate(found.trials, start=1):
        if rank <= _SHOWN or trial is found.own:
            add(
                made,
                str(rank),
                *(f"{value}" for value in (trial.params[name] for name in searched)),
                f"{trial.log_loss:.5f}",
                *(f"{trial.seasons[season]:.5f}" for season in seasons),
                f"{trial.mae:.3f}",
                "in use" if trial is found.own else "",
            )
    return made
