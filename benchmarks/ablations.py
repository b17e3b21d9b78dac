"""What each idea is worth: all the others without it, walked forward beside the closing line.

    python benchmarks/ablations.py --seasons 2019:2024 --odds FOLDER/odds_close_by_game.parquet

The seasons are those of the store in TIPOFF_HOME, whose features are built (docs/architecture/accuracy.md says how). It
is copied and stays as it is. A row takes one idea out: columns that the model `linear` does not see then, or what the
team features of all seasons are built with anew. `--model ensemble` judges what all models say together.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest import mock

import click
from tipoff.cli.backtest import Seasons
from tipoff.run import Run

if TYPE_CHECKING:
    from tipoff.modelling.backtest import Backtest

EDGES = "host_edge guest_edge"
LUCK = "three_luck_rating both_three_luck_rating both_free_throw_luck_rating"
BESIDE = (
    "capped_rating three_luck_rating assist_rating block_rating turnover_rating offensive_rebound_rating shot_rating "
    "three_rating free_throw_rating"
)
TOGETHER = (
    "total_rating tempo_rating both_three_luck_rating both_free_throw_luck_rating both_offensive_rebound_rating "
    "both_three_rating both_free_throw_rating"
)


@dataclass(frozen=True)
class Idea:
    """What is taken out.

    Args:
        name: of the idea.
        columns: that the models do not see; those of ratings are differences.
        instead: by dotted path what stands there while features are built; made when it is wanted.
    """

    name: str
    columns: str = ""
    instead: Callable[[], Mapping[str, object]] = field(default=dict)

    @property
    def dropped(self) -> set[str]:
        """Bare names of the columns."""
        return {f"{name}_difference" if name.endswith("_rating") else name for name in self.columns.split()}


def _no_luck() -> Mapping[str, object]:
    from tipoff_features.statements import statement

    def without(name: str) -> str:
        return (
            statement(name)
            .replace("0.7::DOUBLE *", "0.0::DOUBLE *")
            .replace("0.6::DOUBLE * coalesce", "0.0 * coalesce")
        )

    return {"tipoff_features.team.statement": without}


def _not_learned() -> Mapping[str, object]:
    from tipoff_features.preseason import preseason

    return {"tipoff_features.rating.preseason": lambda model, past, now, _="": preseason(model, past, now)}


def _no_roster() -> Mapping[str, object]:
    return {"tipoff_features.roster.players_of": lambda squads: {}}


def _all_alike() -> Mapping[str, object]:
    import numpy as np

    return {"tipoff_features.preseason._unsettled": lambda now: np.ones(len(now.teams))}


def _alone() -> Mapping[str, object]:
    from tipoff_features.statespace import MARGIN

    return {"tipoff_features.rating.MARGIN": replace(MARGIN, shared=0.0)}


IDEAS = (
    Idea("everything in its place"),
    Idea("shooting luck", LUCK, _no_luck),
    Idea("what goes with the points", BESIDE),
    Idea("what both teams make together", TOGETHER),
    Idea("the learned preseason, rosters included", instead=_not_learned),
    Idea("rosters", instead=_no_roster),
    Idea("the less stayed, the surer the first games", instead=_all_alike),
    Idea("what conferences share", instead=_alone),
    Idea("each team's home court", EDGES),
    Idea("mismatches", "mismatch"),
    Idea("early games on their own", "early_margin early_home_court"),
    Idea("players", "lineup_plus_difference lineup_value_difference availability_difference"),
)


@click.command()
@click.option("--seasons", type=Seasons(), default="2019:2024", show_default=True)
@click.option("--odds", type=click.Path(path_type=Path), help="Parquet of closing lines; without it the store's.")
@click.option("--model", default="linear", show_default=True)
def main(seasons: tuple[int, ...], odds: Path | None, model: str) -> None:
    """Take each idea out and judge what is left."""
    from tipoff.cli.output import add, show, table
    from tipoff.cli.session import Session

    session = Session.start()
    asked: dict[str, Any] = {"seasons": seasons, "odds": odds, "models": (model,)}
    names = ("ratio", "MSE ratio", "behind", "ratio, first 15 days")
    made = table(("without", *names), names)
    for idea in IDEAS:
        with TemporaryDirectory(dir=session.settings.home) as home:
            found = figures(judged(session, Path(home), idea, **asked))
            click.echo(f"{idea.name}: {', '.join(found)}", err=True)
            add(made, idea.name, *found)
    show(made)


def judged(session: Run, home: Path, idea: Idea, **asked: Any) -> Backtest:
    """The backtest, with what is `asked` of it, of a store in `home` without the idea."""
    from tipoff.features.engine import build
    from tipoff.modelling.backtest import backtest
    from tipoff_models import plane

    settings = session.settings.model_copy(update={"home": home})
    with session.warehouse().settled() as store:
        shutil.copy(store, settings.store)
    models = tuple(
        replace(each, features=tuple(name for name in each.features if name.rpartition(".")[2] not in idea.dropped))
        for each in session.registry.models
    )
    run = Run(replace(session.registry, models=models), settings, f"without {idea.name}", session.now)
    remake = partial(build, registry=run.registry, settings=settings, run_id=run.run_id, now=run.now, full=True)
    with ExitStack() as stack:
        instead = idea.instead()
        for path, value in instead.items():
            stack.enter_context(mock.patch(path, value))
        for builder in ("team", "game") if instead else ():
            remake(builder)
        kept = tuple(name for name in plane.NAMES if name not in idea.dropped)
        stack.enter_context(mock.patch("tipoff_models.plane.NAMES", kept))
        return backtest(run, run.warehouse(), **asked)


def figures(result: Backtest) -> list[str]:
    """Ratios to the line over all seasons, and in the first days of each."""
    from tipoff.modelling import breakdown
    from tipoff.modelling.benchmarks import LINE

    (line,) = [each for each in result.lines if each.season == "all" and each.model != LINE]
    (_, _, rows), *_ = breakdown.each_model(result.judged)
    first = breakdown.by_days(rows)[0]
    shown: list[Any] = [line.mae_ratio, line.mse_ratio, line.log_loss_behind, first.mae / first.line_mae]
    return [f"{each:.4f}" for each in shown]


if __name__ == "__main__":
    main()
