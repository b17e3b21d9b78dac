"""A backtest as a page: one HTML file with its figures and charts inside, without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tipoff.disk import write_whole
from tipoff.modelling import breakdown
from tipoff.modelling.benchmarks import LINE
from tipoff.report import backtest_charts, charts
from tipoff.report.backtest_charts import Mark
from tipoff.report.history import calibration_of
from tipoff.report.page import templates
from tipoff.report.read import title

if TYPE_CHECKING:
    import pyarrow as pa
    from markupsafe import Markup

    from tipoff.modelling.backtest import Backtest, Line
    from tipoff.modelling.breakdown import Said, Stretch

DRAWN_WITHIN = 1.05
"""A model whose mean absolute error exceeds the best one's by more is not drawn: the others would lie on one line."""

_ByModel: TypeAlias = Mapping[str, "pa.Table"]


@dataclass(frozen=True)
class Section:
    """One league of the page.

    Args:
        title: of the league.
        lines: its figures, by season and model.
        best: the model with the lowest log loss, which is looked at closely.
        charts: SVGs of errors by season and by days into the season.
        calibration: SVGs of the best model and, where there is one, the line, by name.
        misses: likewise.
        stretches: errors of the best model by days into the season.
        left_out: models that are not drawn.
    """

    title: str
    lines: tuple[Line, ...]
    best: str
    charts: tuple[Markup, ...]
    calibration: Mapping[str, Markup]
    misses: Mapping[str, Markup]
    stretches: tuple[Stretch, ...]
    left_out: tuple[str, ...]


def write(result: Backtest, seasons: Sequence[int], refit: str, folder: Path) -> Path:
    """Writes ``index.html`` into a folder, in one step.

    Args:
        result: of `tipoff.modelling.backtest.backtest`.
        seasons: that were asked for.
        refit: how often models were fitted.
        folder: is made where it is missing.
    """
    path = folder / "index.html"
    page = render(result, seasons, refit)
    write_whole(path, lambda beside: beside.write_text(page, encoding="utf-8"))
    return path


def render(result: Backtest, seasons: Sequence[int], refit: str) -> str:
    """The page as HTML; the same backtest gives the same bytes."""
    span = f"{seasons[0]}" if len(seasons) == 1 else f"{seasons[0]} to {seasons[-1]}"
    leagues = list(dict.fromkeys(line.league for line in result.lines))
    template = templates().get_template("backtest.html")
    return template.render(
        sections=[_section(result, league) for league in leagues],
        span=span,
        refit=refit,
        data=result.dataset,
        line=LINE,
    )


def best_model(lines: Sequence[Line]) -> str:
    """The model with the lowest log loss over all seasons that were judged, of one league."""
    widest = [line for line in lines if line.season == lines[-1].season and line.model != LINE]
    return min(widest, key=lambda line: line.scores.log_loss).model


def _section(result: Backtest, league: str) -> Section:
    lines = tuple(line for line in result.lines if line.league == league)
    rows = {model: each for of, model, each in breakdown.each_model(result.judged) if of == league}
    whole = {line.model: line.scores.mae for line in lines if line.season == lines[-1].season}
    best, nearest = best_model(lines), min(value for name, value in whole.items() if name != LINE)
    drawn = [name for name, mae in whole.items() if name == LINE or mae <= DRAWN_WITHIN * nearest]
    said: dict[str, Said] = {best: breakdown.of_model(rows[best])}
    if breakdown.lined(rows[best]).num_rows:
        said[LINE] = breakdown.of_line(rows[best])
    return Section(
        title=title(league),
        lines=lines,
        best=best,
        charts=(*_by_season(lines, drawn), *_by_days(rows, drawn)),
        calibration={name: charts.calibration(calibration_of(name, s.probability, s.won)) for name, s in said.items()},
        misses={name: backtest_charts.misses(breakdown.misses(each), name) for name, each in said.items()},
        stretches=tuple(breakdown.by_days(rows[best])),
        left_out=tuple(name for name in whole if name not in drawn),
    )


def _by_season(lines: Sequence[Line], drawn: Sequence[str]) -> list[Markup]:
    of_seasons = [line for line in lines if line.season != "all"]
    if len({line.season for line in of_seasons}) < 2:
        return []

    def chart(figure: Callable[[Line], float], words: str) -> Markup:
        marks = {
            name: [
                Mark(int(line.season), figure(line)) for line in lines if line.model == name and line.season != "all"
            ]
            for name in drawn
        }
        said = f"{words} by season of {', '.join(drawn)}. The table above holds the figures."
        return backtest_charts.lines(marks, LINE, x="season", y=words, said=said)

    return [
        chart(lambda line: line.scores.mae, "mean absolute error, points"),
        chart(lambda line: line.scores.log_loss, "log loss"),
    ]


def _by_days(rows: _ByModel, drawn: Sequence[str]) -> list[Markup]:
    stretches = {name: breakdown.by_days(rows[name]) for name in drawn if name != LINE}
    if not any(stretches.values()):
        return []
    widest = max(stretches.values(), key=lambda found: sum(each.games for each in found))

    def chart(own: Callable[[Stretch], float], line: Callable[[Stretch], float], words: str) -> Markup:
        marks = {name: [Mark(each.first, own(each)) for each in found] for name, found in stretches.items()}
        marks[LINE] = [Mark(each.first, line(each)) for each in widest]
        said = f"{words} by days into the season of {', '.join(marks)}."
        return backtest_charts.lines(marks, LINE, x="days into the season", y=words, said=said)

    return [
        chart(lambda each: each.mae, lambda each: each.line_mae, "mean absolute error, points"),
        chart(lambda each: each.log_loss, lambda each: each.line_log_loss, "log loss"),
    ]
