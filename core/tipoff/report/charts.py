"""The report's charts, legible on light and on dark paper; each says in words what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from tipoff.report import svg

if TYPE_CHECKING:
    from markupsafe import Markup

    from tipoff.modelling.comparison import Verdict
    from tipoff.report.bundle import Calibration, Forecast, Point, Series
    from tipoff.report.operations import Work

INK = "currentColor"
"""Text and axes take the page's colour, whichever the reader prefers."""

PALETTE: Final = ("#d9651d", "#2f7fd1", "#179c86", "#a05fc4", "#c4923a", "#cf4a6b", "#5d8f3a", "#5b6bd6")
"""Each at least 3:1 against white and against the dark page."""

BENCHMARK: Final = ("#8b9096", "#b0a08a")

Figure = Literal["log_loss", "brier", "accuracy"]
TITLES: Final[dict[Figure, str]] = {
    "log_loss": "log loss, lower is better",
    "brier": "Brier score, lower is better",
    "accuracy": "share of winners called, higher is better",
}

WIDEST = 40.0
"""Points at the ends of a drawn interval; what lies beyond is cut."""

WIDEST_DIFFERENCE = 0.03
"""Log loss at the ends of a drawn difference; likewise."""


def colours(series: Iterable[Series]) -> list[tuple[Series, str]]:
    """A colour for each forecaster, the same in every chart; greys are for benchmarks."""
    models, marks = iter(PALETTE * 4), iter(BENCHMARK * 4)
    return [(each, next(marks) if each.benchmark else next(models)) for each in series]


def over_time(series: Sequence[Series], period: str, figure: Figure = "log_loss", *, narrow: bool = False) -> Markup:
    """A figure of each forecaster by week or month; lines break between seasons.

    `narrow` is for a phone, where the wide drawing's text would be scaled until nobody can read it.
    """
    width, height, left, bottom = (340, 230, 40, 24) if narrow else (900, 300, 44, 26)
    drawn = [(each, colour) for each, colour in colours(series) if each.points]
    values = [getattr(point, figure) for each, _ in drawn for point in each.points]
    days = [point.start.toordinal() for each, _ in drawn for point in each.points]
    ticks = svg.steps(min(values), max(values), 4 if narrow else 5)
    x = svg.Scale(min(days), max(days), left + 10, width - 30)
    y = svg.Scale(ticks[0], ticks[-1], height - bottom, 20)
    parts = [svg.text(0, 10, TITLES[figure])]
    names = svg.shown([100 * tick for tick in ticks]) if figure == "accuracy" else svg.shown(ticks)
    for tick, name in zip(ticks, names, strict=True):
        parts += [svg.line(left, y(tick), width, y(tick), "grid")]
        parts += [svg.text(left - 6, y(tick) + 4, f"{name} %" if figure == "accuracy" else name, "end")]
    for day, name in _dates(min(days), max(days), 4 if narrow else 10):
        parts += [svg.line(x(day), height - bottom, x(day), height - bottom + 4, "axis")]
        parts += [svg.text(x(day), height - 6, name, "middle")]
    for each, colour in reversed(drawn):  # the champion, the first, lies on top
        for points in _seasons(each.points):
            through = [(x(point.start.toordinal()), y(getattr(point, figure))) for point in points]
            parts.append(svg.path(through, colour, dashed=each.benchmark))
            parts += [svg.dot(*at, 2.2, colour) for at in through]
    said = f"{TITLES[figure].capitalize()}, by {period}, of {', '.join(each.name for each, _ in drawn)}."
    return svg.image(width, height, parts, f"{said} The table below holds the figures.")


def calibration(found: Calibration) -> Markup:
    """Forecast against what happened, a dot a bin, over the band in which chance leaves a perfect forecaster."""
    size, left, bottom = 300, 46, 40
    x, y = svg.Scale(0, 1, left, size - 20), svg.Scale(0, 1, size - bottom, 26)
    parts = [svg.text(0, 12, "happened: home team won"), svg.line(x(0), y(0), x(1), y(1), "guide")]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts += [svg.line(x(0), y(tick), x(1), y(tick), "grid"), svg.line(x(tick), y(0), x(tick), y(1), "grid")]
        parts += [svg.text(left - 6, y(tick) + 4, f"{tick:.0%}", "end")]
        parts += [svg.text(x(tick), size - bottom + 16, f"{tick:.0%}", "middle")]
    most = max((each.games for each in found.bins), default=1)
    parts += [svg.line(x(each.forecast), y(each.low), x(each.forecast), y(each.high), "band") for each in found.bins]
    for each in found.bins:
        words = f"forecast {each.forecast:.0%}, happened {each.won:.0%}, {each.games:,} games"
        parts.append(svg.dot(x(each.forecast), y(each.won), 3 + 6 * (each.games / most) ** 0.5, PALETTE[0], words))
    parts.append(svg.text((x(0) + x(1)) / 2, size - 4, "forecast: home team wins", "middle"))
    said = f"Calibration of {found.model} on {found.games} games: dots near the diagonal are right as often as said."
    return svg.image(size, size, parts, said)


def chance(away: str, home: str, home_win_prob: float) -> Markup:
    """A bar of who wins, the favourite's part in colour; its words are those of the columns beside it."""
    cut = round(100 * (1 - home_win_prob), 1)
    ahead = home_win_prob >= 0.5
    left = svg.rect(0, 0, width=max(cut - 0.7, 0.7), height=8, kind="" if ahead else "ahead")
    right = svg.rect(cut + 0.7, 0, width=max(99.3 - cut, 0.7), height=8, kind="ahead" if ahead else "")
    said = f"{away} {1 - home_win_prob:.0%}, {home} {home_win_prob:.0%}"
    return svg.image(100, 8, [left, right], said, "chance", stretched=True)


def interval(forecast: Forecast) -> Markup:
    """The forecast margin and where four of five games end, between −`WIDEST` and `WIDEST` points."""
    x = svg.Scale(-WIDEST, WIDEST, 0, 130)

    def place(value: float) -> float:
        return x(max(-WIDEST, min(WIDEST, value)))

    low, high = place(forecast.low_80), place(forecast.high_80)
    parts = [svg.line(0, 6, 130, 6, "grid"), svg.line(x(0), 0, x(0), 12, "axis")]
    parts += [
        svg.rect(low, 4, width=round(high - low, 1), height=4, kind="inside"),
        svg.dot(place(forecast.margin), 6, 4, INK),
    ]
    said = f"margin {forecast.margin:+.0f}, 80 % of games between {forecast.low_80:+.0f} and {forecast.high_80:+.0f}"
    return svg.image(130, 12, parts, said, "interval")


def difference(verdict: Verdict) -> Markup:
    """A challenger's log loss minus the champion's with its 95 % interval; left of the middle it is the better one."""
    scale = svg.Scale(-WIDEST_DIFFERENCE, WIDEST_DIFFERENCE, 4, 126)

    def x(value: float) -> float:
        return scale(max(-WIDEST_DIFFERENCE, min(WIDEST_DIFFERENCE, value)))

    parts = [svg.line(0, 6, 130, 6, "grid"), svg.line(x(0), 0, x(0), 12, "axis")]
    low, high = x(verdict.low), x(verdict.high)
    parts += [
        svg.rect(low, 4, width=max(1.0, round(high - low, 1)), height=4, kind="inside"),
        svg.dot(x(verdict.difference), 6, 4, INK),
    ]
    between = f"{verdict.low:+.4f} and {verdict.high:+.4f}"
    said = f"difference {verdict.difference:+.4f}, with 95 % certainty between {between}"
    return svg.image(130, 12, parts, said, "difference")


def durations(work: Work) -> Markup:
    """Seconds of the latest runs of one piece of work, the oldest first; a run that failed in another colour."""
    width, height, runs = 180, 32, work.runs[:40][::-1]
    most = max(each.seconds for each in runs) or 1.0
    step = min(9.0, width / len(runs))
    parts = [svg.line(0, height - 0.5, width, height - 0.5, "grid")]
    for number, each in enumerate(runs):
        tall = max(1.5, round((height - 2) * each.seconds / most, 1))
        words = f"{each.ended_at:%Y-%m-%d %H:%M} UTC: {each.seconds:.1f} s{', failed' if each.error else ''}"
        kind = "bad" if each.error else "ahead" if number == len(runs) - 1 else ""
        x, wide = round(number * step, 1), round(step - 1.5, 1)
        parts.append(svg.rect(x, height - tall, width=wide, height=tall, kind=kind, words=words))
    said = f"Seconds of the last {len(runs)} runs of {work.name}: the last {runs[-1].seconds:.1f}, at most {most:.1f}."
    return svg.image(width, height, parts, said, "durations")


def _seasons(points: Sequence[Point]) -> list[list[Point]]:
    return [[each for each in points if each.season == season] for season in dict.fromkeys(p.season for p in points)]


def _dates(first: int, last: int, most: int) -> list[tuple[int, str]]:
    """Where a time axis has its marks: at years, months, or weeks, at most `most` of them."""
    start, end = date.fromordinal(first), date.fromordinal(last)
    for days in (7, 14, 28):
        if last - first <= days * (most - 1):
            return [(day, f"{(at := date.fromordinal(day)).day} {at:%b}") for day in range(first, last + 1, days)]
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    every = next(each for each in (1, 2, 3, 6, 12, 24, 60, 120) if months / each <= most or each == 120)
    found = []
    for number in range(months + 1):
        year, month = divmod(start.month - 1 + number, 12)
        day = date(start.year + year, month + 1, 1)
        if (day.year * 12 + month) % every == 0 and first <= day.toordinal() <= last:
            found.append((day.toordinal(), f"{day.year}" if every >= 12 else f"{day:%b %Y}"))
    return found or [(first, f"{start:%b %Y}")]
