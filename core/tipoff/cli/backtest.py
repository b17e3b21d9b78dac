"""``tipoff backtest``: how good the models would have been, beside the closing line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipoff.cli.output import PIPED_WIDTH, add, console, examples, table
from tipoff.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from tipoff.modelling.backtest import Backtest, Line
    from tipoff.modelling.breakdown import Stretch


class Seasons(click.ParamType[tuple[int, ...]]):
    """``2024`` or ``2023:2024``."""

    name = "seasons"

    def convert(
        self, value: str | tuple[int, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Every season of the range, both ends included."""
        if isinstance(value, tuple):
            return value
        first, _, last = value.partition(":")
        try:
            seasons = tuple(range(int(first), int(last or first) + 1))
        except ValueError:
            self.fail(f"`{value}` is not a range of seasons; write 2024 or 2023:2024", param, ctx)
        if not seasons:
            self.fail(f"`{value}` ends before it starts", param, ctx)
        return seasons


_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    epilog=examples("""
        tipoff backtest --seasons 2023:2024
        tipoff backtest --seasons 2024 --odds lines.parquet --json figures.json
        tipoff backtest --seasons 2019:2024 --odds lines.parquet --report backtest
    """)
)
@click.option("--seasons", type=Seasons(), required=True, help="Seasons to score, such as 2023:2024.")
@click.option("--odds", type=_FILE, help="Parquet of closing lines: game_id, home_spread_close.")
@click.option("--json", "json_file", type=_FILE, help="Where to write the figures as JSON.")
@click.option("--report", "report_folder", type=_FOLDER, help="Folder for a page with the figures and charts.")
@click.option("--predictions", "predictions_file", type=_FILE, help="Where to write the predictions as Parquet.")
@click.option("--refit", type=click.Choice(["month", "week"]), default="month", help="How often models are fitted.")
@click.option("--model", "models", multiple=True, help="Only this model; may be repeated.")
def backtest(
    *,
    seasons: tuple[int, ...],
    odds: Path | None,
    json_file: Path | None,
    report_folder: Path | None,
    predictions_file: Path | None,
    refit: str,
    models: tuple[str, ...],
) -> None:
    """Predict past seasons as they would have been predicted then, and score that.

    Every game is predicted from games of earlier days only: features as of its day, models fitted before its month
    (or week) began. Closing lines and published forecasts are benchmarks and nothing else.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from tipoff.modelling import backtest as engine
    from tipoff.modelling import dataset

    session = Session.start()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:
        shown = {}

        def progress(model: str, done: int, folds: int) -> None:
            if model not in shown:
                shown[model] = bars.add_task(model, total=folds)
            bars.update(shown[model], completed=done, total=folds)

        result = engine.backtest(
            session,
            session.warehouse(),
            seasons,
            odds=odds,
            refit="week" if refit == "week" else "month",
            models=models,
            progress=progress,
        )
    # Files before the table: whoever reads only its head closes the pipe, and would be left without them.
    written: list[Path] = []
    if json_file:
        json_file.write_text(json.dumps(as_json(result, seasons, refit), indent=1) + "\n")
        written.append(json_file)
    if predictions_file:
        dataset.write(predictions_file, result.predictions)
        written.append(predictions_file)
    if report_folder:
        from tipoff.report.backtest import write

        written.append(write(result, seasons, refit, report_folder.absolute()))
    show_whole(table_of(result))
    click.echo(CAPTION)
    for league, name, stretches in by_days(result):
        click.echo()
        show_whole(days_table(league, name, stretches))
    for path in written:
        click.echo(f"Wrote {path}")


def show_whole(made: Table) -> None:
    """Prints a table in its full width: on a narrow terminal its lines wrap, and no figure is cut off."""
    wide = console()
    wide.width = max(wide.width, PIPED_WIDTH)
    wide.print(made)


def as_json(result: Backtest, seasons: tuple[int, ...], refit: str) -> dict[str, object]:
    """The figures as plain JSON."""
    from tipoff.modelling import breakdown

    return {
        "seasons": list(seasons),
        "refit": refit,
        "dataset": result.dataset,
        "rows": [line.as_json() for line in result.lines],
        "models": breakdown.as_json(result.judged),
    }


def table_of(result: Backtest) -> Table:
    """The figures as a table to print, a row for each season and model; what nothing is known of is left out."""
    rows = [(line, _cells(line)) for line in result.lines]
    every = dict.fromkeys(name for _, cells in rows for name in cells)
    names = [name for name in every if any(cells.get(name) for _, cells in rows)]
    made = table(("season", "model", *names), names)
    made.title = f"Walk-forward predictions, {', '.join(dict.fromkeys(line.league for line in result.lines))}"
    before = ""
    for line, cells in rows:
        if before and line.season != before:
            made.add_row()
        before = line.season
        add(made, line.season, line.model, *(cells.get(name) or "–" for name in names))
    return made


def by_days(result: Backtest) -> Iterator[tuple[str, str, list[Stretch]]]:
    """Of each league with closing lines the best model's errors by days into the season."""
    from tipoff.modelling import breakdown
    from tipoff.report.backtest import best_model

    best: dict[str, str] = {}
    for league in dict.fromkeys(line.league for line in result.lines):
        best[league] = best_model([line for line in result.lines if line.league == league])
    for league, model, rows in breakdown.each_model(result.judged):
        if best[league] == model and (stretches := breakdown.by_days(rows)):
            yield league, model, stretches


def days_table(league: str, model: str, stretches: list[Stretch]) -> Table:
    """Errors by days into the season as a table to print."""
    names = ("games", "MAE", "line", "ratio", "log loss", "line ", "behind")
    made = table(("days into the season", *names), names)
    made.title = f"{model}, {league}"
    for each in stretches:
        add(
            made,
            f"{each.first} to {each.last}",
            f"{each.games:,}",
            f"{each.mae:.3f}",
            f"{each.line_mae:.3f}",
            f"{each.mae / each.line_mae:.4f}",
            f"{each.log_loss:.4f}",
            f"{each.line_log_loss:.4f}",
            f"{each.log_loss - each.line_log_loss:.4f}",
        )
    return made


CAPTION = (
    "On the games that have a closing line, where there are lines. MAE, RMSE: points of margin. ratio: to the closing\n"
    "line on the same games; behind: log loss minus the closing line's. calibr.: expected calibration error.\n"
    "vs PROVIDER: log loss over that of the provider's published forecast.\n"
    "Where two models have different numbers of games, compare their ratios to the line, not their errors."
)


def _cells(line: Line) -> dict[str, str]:
    figures = line.scores
    return {
        "games": f"{figures.games:,}",
        "MAE": f"{figures.mae:.3f}",
        "ratio": _or_nothing(line.mae_ratio, "{:.4f}"),
        "RMSE": f"{figures.rmse:.3f}",
        "MSE ratio": _or_nothing(line.mse_ratio, "{:.4f}"),
        "winners": f"{figures.accuracy:.1%}",
        "log loss": f"{figures.log_loss:.4f}",
        "behind": _or_nothing(line.log_loss_behind, "{:.4f}"),
        "Brier": f"{figures.brier:.4f}",
        "calibr.": f"{figures.calibration_error:.4f}",
        "in 80 %": f"{figures.coverage_80:.1%}",
        "in 95 %": f"{figures.coverage_95:.1%}",
        **{f"vs {name}": f"{each.ratio:.4f}" for name, each in line.published.items()},
    }


def _or_nothing(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)
