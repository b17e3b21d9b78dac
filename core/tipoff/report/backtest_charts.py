"""The backtest's charts: errors by season and by days into it beside the closing line, and how far off forecasts were.

SVG without script that is legible on light and on dark paper, in the colours of `tipoff.report.charts`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tipoff.modelling.breakdown import MISS, Miss
from tipoff.report.charts import BENCHMARK, INK, PALETTE


_FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"


class Mark(NamedTuple):
    """A point of a drawn line."""

    x: str | int
    y: float


def lines(drawn: Mapping[str, Sequence[Mark]], benchmark: str, *, x: str, y: str, said: str) -> str:
    """A line for each forecaster, the benchmark's dashed.

    Args:
        drawn: points of each forecaster, by name.
        benchmark: which of them is no model.
        x: title; whole numbers make a continuous axis, words one in their order.
        y: title.
        said: what the chart shows, for those who cannot see it.
    """
    import altair as alt

    values = [{"forecaster": name, "x": mark.x, "y": mark.y} for name, marks in drawn.items() for mark in marks]
    names, colours = list(drawn), iter(PALETTE * 4)
    ordinal = any(isinstance(mark.x, str) for marks in drawn.values() for mark in marks)
    scale = {
        "color": alt.Scale(domain=names, range=[BENCHMARK[0] if n == benchmark else next(colours) for n in names]),
        "dash": alt.Scale(domain=names, range=[[5, 4] if name == benchmark else [1, 0] for name in names]),
    }
    legend = alt.Legend(title=None, orient="top", columns=3, symbolType="stroke", labelLimit=160)
    base = alt.Chart(data(values)).encode(
        alt.X("x:O" if ordinal else "x:Q", title=x, axis=alt.Axis(labelAngle=0, grid=False)),
        alt.Y("y:Q", title=y, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5)),
        alt.Color("forecaster:N", scale=scale["color"], sort=names, legend=legend),
        alt.StrokeDash("forecaster:N", scale=scale["dash"], sort=names, legend=legend),
    )
    drawing = alt.layer(base.mark_line(strokeWidth=2, strokeCap="round"), base.mark_circle(size=22, opacity=1))
    return svg(drawing.properties(width=380, height=230), said)


def misses(found: Iterable[Miss], name: str) -> str:
    """Histogram of actual minus forecast margin, over the line that the forecast's own deviations promise."""
    import altair as alt

    values: list[dict[str, Any]] = [
        {"low": each.low, "high": each.low + MISS, "middle": each.low + MISS / 2, "share": each.share,
         "expected": each.expected}
        for each in found
    ]  # fmt: skip
    base = alt.Chart(data(values))
    y = alt.Axis(format="%", tickCount=5)
    bars = base.mark_bar(color=PALETTE[0], opacity=0.75).encode(
        alt.X("low:Q", title="actual margin minus forecast, points", axis=alt.Axis(grid=False)),
        alt.X2("high:Q"),
        alt.Y("share:Q", title="share of games", axis=y),
    )
    promised = base.mark_line(color=INK, strokeWidth=1.5, strokeDash=[5, 4], interpolate="monotone").encode(
        alt.X("middle:Q"), alt.Y("expected:Q", title="share of games", axis=y)
    )
    said = f"How far {name} was off: bars are what happened, the dashed line what its standard deviations promise."
    return svg(alt.layer(bars, promised).properties(width=380, height=230), said)


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
