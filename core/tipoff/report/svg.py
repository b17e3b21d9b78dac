"""Small drawings as SVG: no script and no inline style, so that they stand under a strict Content-Security-Policy.

Text and axes have the page's colour, whichever the reader prefers; sizes are those of the style sheet's ``.chart``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup


@dataclass(frozen=True)
class Scale:
    """A linear scale from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a value stands, in pixels."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(self.start + share * (self.end - self.start), 1)


def steps(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` round values that enclose `low` and `high`."""
    rough = max(high - low, 1e-9) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(each * step, 10) for each in range(first, max(last, first + 1) + 1)]


def shown(ticks: Sequence[float]) -> list[str]:
    """Ticks as text, all with as many digits as their distance needs."""
    step = ticks[1] - ticks[0]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{tick:.{digits}f}" for tick in ticks]


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Words; `kind` is one of the style sheet's: ``end``, ``middle``."""
    return f'<text x="{x:g}" y="{y:g}"{_class(kind)}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line of a kind of the style sheet: ``grid``, ``axis``, ``guide``, ``band``."""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"{_class(kind)}/>'


def path(points: Iterable[tuple[float, float]], colour: str, *, dashed: bool = False) -> str:
    """A line through points."""
    through = " ".join(f"{x:g},{y:g}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{through}" fill="none" stroke="{colour}" class="path"{dash}/>'


def dot(x: float, y: float, radius: float, colour: str, words: str = "") -> str:
    """A dot; `words` appear where a pointer rests on it."""
    title = f"<title>{escape(words)}</title>" if words else ""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{colour}">{title}</circle>'


def rect(x: float, y: float, *, width: float, height: float, kind: str = "", words: str = "") -> str:
    """A bar of a kind of the style sheet."""
    title = f"<title>{escape(words)}</title>" if words else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{_class(kind)}>{title}</rect>'


def image(
    width: float, height: float, parts: Iterable[str], said: str, kind: str = "chart", *, stretched: bool = False
) -> Markup:
    """The drawing; `said` is what it shows, for those who cannot see it. A `stretched` one fills any width."""
    ratio = ' preserveAspectRatio="none"' if stretched else ""
    return Markup(  # noqa: S704 - every word in it went through `escape`
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(said)}"{_class(kind)} '
        f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"{ratio}>{"".join(parts)}</svg>'
    )


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
