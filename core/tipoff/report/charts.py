"""The report's charts: SVG without script, in colours that are legible on light and on dark paper."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tipoff.report.bundle import Calibration, Series

INK = "currentColor"
"""Text and axes take the page's colour, whichever the reader prefers."""

PALETTE = ("#d9651d", "#2f7fd1", "#179c86", "#a05fc4", "#c4923a", "#cf4a6b", "#5d8f3a", "#5b6bd6")
"""Each at least 3:1 against white and against the dark page."""

BENCHMARK = ("#8b9096", "#b0a08a")
_FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"


def calibration(found: Calibration) -> str:
    """Forecast against what happened, a dot a bin, over the band in which chance leaves a perfect forecaster."""
    import altair as alt

    values = [
        {"forecast": b.forecast, "won": b.won, "games": b.games, "low": b.low, "high": b.high} for b in found.bins
    ]
    axis: dict[str, Any] = {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1]}
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("forecast:Q", title="forecast: home team wins", axis=alt.Axis(**axis), scale=scale)
    y = alt.Y("won:Q", title="happened", axis=alt.Axis(**axis), scale=scale)
    base = alt.Chart(data(values))
    diagonal = (
        alt.Chart(data([{"forecast": 0, "won": 0}, {"forecast": 1, "won": 1}]))
        .mark_line(color=INK, opacity=0.45, strokeDash=[3, 4], strokeWidth=1)
        .encode(x, y)
    )
    band = base.mark_rule(color=INK, opacity=0.22, strokeWidth=7, strokeCap="round").encode(
        x, alt.Y("low:Q", title="happened"), alt.Y2("high:Q")
    )
    dots = base.mark_circle(color=PALETTE[0], opacity=1).encode(
        x, y, alt.Size("games:Q", legend=None, scale=alt.Scale(range=[40, 260], zero=True))
    )
    said = f"Calibration of {found.model} on {found.games} games: dots near the diagonal are right as often as said."
    return svg(alt.layer(band, diagonal, dots).properties(width=270, height=270), said)


def over_time(series: Iterable[Series], period: str, *, narrow: bool = False) -> str:
    """Mean log loss of each forecaster by week or month; lines break between seasons.

    `narrow` is for a phone, where the wide drawing's text would be scaled until nobody can read it.
    """
    import altair as alt

    shown = [each for each in series if each.points]
    values = [
        {
            "forecaster": each.name,
            "start": point.start.isoformat(),
            "season": point.season,
            "log_loss": point.log_loss,
        }
        for each in shown
        for point in each.points
    ]
    names = [each.name for each in shown]
    colours, models, marks = [], iter(PALETTE * 4), iter(BENCHMARK * 4)
    for each in shown:
        colours.append(next(marks) if each.benchmark else next(models))
    dashes = [[5, 4] if each.benchmark else [1, 0] for each in shown]
    dates = "%b %Y" if period == "month" else "%-d %b"
    legend = alt.Legend(title=None, orient="top", columns=2 if narrow else 5, symbolType="stroke", labelLimit=260)
    base = alt.Chart(data(values)).encode(
        alt.X("start:T", title=None, axis=alt.Axis(format=dates, tickCount=4 if narrow else 9, labelOverlap=True)),
        alt.Y("log_loss:Q", title=f"log loss by {period}, lower is better", scale=alt.Scale(zero=False, nice=True)),
        alt.Color("forecaster:N", scale=alt.Scale(domain=names, range=colours), sort=names, legend=legend),
        alt.StrokeDash("forecaster:N", scale=alt.Scale(domain=names, range=dashes), sort=names, legend=legend),
        alt.Detail("season:O"),
    )
    lines = base.mark_line(strokeWidth=2, strokeJoin="round", strokeCap="round")
    dots = base.mark_circle(size=16, opacity=1)
    said = f"Log loss by {period} of {', '.join(names)}. The table below holds the figures."
    return svg(alt.layer(lines, dots).properties(width=270 if narrow else 880, height=220 if narrow else 280), said)


def data(values: list[dict[str, Any]]) -> Any:
    """Values as they go into a chart."""
    import altair as alt

    return alt.InlineData(values)


def svg(chart: Any, said: str) -> str:
    """The chart as an inline SVG that scales with the page and says what it shows."""
    import vl_convert

    chart = (
        chart.configure(background="transparent", font=_FONT, padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK,
            titleColor=INK,
            domainColor=INK,
            tickColor=INK,
            gridColor=INK,
            gridOpacity=0.1,
            domainOpacity=0.35,
            tickOpacity=0.35,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            titlePadding=10,
            labelPadding=6,
        )
        .configure_legend(labelColor=INK, labelFontSize=12, symbolStrokeWidth=3, symbolSize=160, columnPadding=18)
    )
    drawn: str = vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{html.escape(said)}" ', 1)
