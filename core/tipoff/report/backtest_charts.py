"""The backtest's charts: errors by season and by days into it, beside the line, and how far forecasts were off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tipoff.modelling.breakdown import MISS, Miss
from tipoff.report import svg
from tipoff.report.charts import BENCHMARK, INK, PALETTE

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 440, 270, 46, 44, 40


class Mark(NamedTuple):
    """A point of a drawn line."""

    x: int
    y: float


def lines(drawn: Mapping[str, Sequence[Mark]], benchmark: str, *, x: str, y: str, said: str) -> Markup:
    """A line for each forecaster, the benchmark's dashed.

    Args:
        drawn: points of each forecaster, by name; at least one has some.
        benchmark: which of them is no model.
        x: what the whole numbers are; each that a line has is marked, as far as there is room.
        y: title.
        said: what the chart shows, for those who cannot see it.
    """
    marks = [mark for each in drawn.values() for mark in each]
    ticks = svg.steps(min(mark.y for mark in marks), max(mark.y for mark in marks))
    places = sorted({mark.x for mark in marks})
    across = svg.Scale(places[0], places[-1], LEFT + 14, WIDTH - 14)
    up = svg.Scale(ticks[0], ticks[-1], HEIGHT - BOTTOM, TOP)
    models = iter(PALETTE * 4)
    colours = {name: BENCHMARK[0] if name == benchmark else next(models) for name in drawn}
    parts = _frame(x, y, ticks, svg.shown(ticks), up)
    for place in places[:: -(-len(places) // 8)]:
        parts.append(svg.text(across(place), HEIGHT - BOTTOM + 16, str(place), "middle"))
    at = 0.0
    for name, colour in colours.items():
        parts += [svg.path([(at, 22), (at + 16, 22)], colour, dashed=name == benchmark), svg.text(at + 21, 26, name)]
        at += 36 + 6.6 * len(name)
    for name, each in reversed(list(drawn.items())):
        points = [(across(mark.x), up(mark.y)) for mark in each]
        parts.append(svg.path(points, colours[name], dashed=name == benchmark))
        parts += [svg.dot(*point, 2.2, colours[name]) for point in points]
    return svg.image(WIDTH, HEIGHT, parts, said)


def misses(found: Sequence[Miss], name: str) -> Markup:
    """Histogram of actual minus forecast margin, over the line that the forecast's own deviations promise."""
    ticks = svg.steps(0.0, 100 * max(max(each.share, each.expected) for each in found))
    across = svg.Scale(found[0].low, found[-1].low + MISS, LEFT + 4, WIDTH - 4)
    up = svg.Scale(0.0, ticks[-1], HEIGHT - BOTTOM, TOP)
    parts = _frame("actual margin minus forecast, points", "share of games", ticks, [f"{t:g} %" for t in ticks], up)
    for each in found:
        left, top = across(each.low), up(100 * each.share)
        words = f"{each.low:+.0f} to {each.low + MISS:+.0f}: {each.share:.1%}, promised {each.expected:.1%}"
        width, height = across(each.low + MISS) - left - 1, HEIGHT - BOTTOM - top
        parts.append(svg.rect(left, top, width=round(width, 1), height=round(height, 1), kind="miss", words=words))
    parts.append(svg.path([(across(each.low + MISS / 2), up(100 * each.expected)) for each in found], INK, dashed=True))
    for tick in (-40, -20, 0, 20, 40):
        parts.append(svg.text(across(tick), HEIGHT - BOTTOM + 16, f"{tick:+d}" if tick else "0", "middle"))
    said = f"How far {name} was off: bars are what happened, the dashed line what its standard deviations promise."
    return svg.image(WIDTH, HEIGHT, parts, said)


def _frame(x: str, y: str, ticks: Sequence[float], names: Sequence[str], up: svg.Scale) -> list[str]:
    """Titles and the marks of the upright axis."""
    parts = [svg.text(0, 10, y), svg.text((LEFT + WIDTH) / 2, HEIGHT - 6, x, "middle")]
    for tick, name in zip(ticks, names, strict=True):
        parts += [svg.line(LEFT, up(tick), WIDTH, up(tick), "grid"), svg.text(LEFT - 6, up(tick) + 4, name, "end")]
    return parts
