"""Makes the page from the bundle: one HTML file, or a part of it as Airflow's UI shows it. There is no script in it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, timezone
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tipoff import clock
from tipoff.disk import write_whole
from tipoff.report.bundle import Bundle, Game, Point, Series
from tipoff.report.read import PARTS, read

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from tipoff.report.operations import Covered
    from tipoff.settings import Settings

TITLES: Final = {
    "tonight": "Tonight",
    "accuracy": "Accuracy",
    "models": "Models",
    "data": "Data",
    "plugins": "Plugins",
    "runs": "Runs",
}
"""What the parts are called."""

DECIDED: Final = {
    "first": "first champion",
    "refreshed": "champion, fitted again",
    "promoted": "new champion",
    "kept": "the champion stays",
    "rejected": "rejected",
    "manual": "chosen by a person",
    "rollback": "brought back by a person",
}
"""What decisions about models are called; see `tipoff.modelling.decisions`."""


def write(settings: Settings, to: Path) -> Path:
    """Writes the report from the published copy.

    Args:
        settings: where the published copy is, and which leagues to show.
        to: an ``.html`` file, or a folder, which then gets ``index.html``.

    Returns:
        The written file; it is replaced in one step, so a reader never sees half a page.

    Raises:
        StoreError: the published copy cannot be read.
    """
    path = to if to.suffix == ".html" else to / "index.html"
    page = render(read(settings))
    write_whole(path, lambda beside: beside.write_text(page, encoding="utf-8"))
    return path


def render(bundle: Bundle, parts: Sequence[str] = PARTS, *, base: str | None = None) -> str:
    """The page as HTML; the same bundle gives the same bytes.

    Args:
        bundle: holds the parts.
        parts: which of `PARTS` to show, or ``run`` alone.
        base: of a page that is served, the path below which each part has its address, beside ``style.css``; None for
            one file that holds everything.
    """
    live = base is not None
    return templates().get_template("page.html").render(bundle=bundle, parts=parts, live=live, base=base)


def style() -> str:
    """The style sheet of a page that is served."""
    return (resources.files("tipoff.report") / "style.css").read_text(encoding="utf-8")


@cache
def templates() -> Environment:
    """The templates of this folder, with all that they use."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from tipoff.modelling import decisions
    from tipoff.quality import coverage
    from tipoff.report import charts

    environment = Environment(
        loader=PackageLoader("tipoff.report", "."),
        autoescape=True,
        auto_reload=False,  # a server keeps the templates that fit its code
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "charts": charts,
        "titles": TITLES,
        "marks": coverage.MARKS,
        "meanings": coverage.MEANING,
        "champion_kinds": decisions.CROWNS,
        "decided": DECIDED,
    }
    environment.tests["check"] = lambda task: task.startswith("check ")
    environment.filters |= {
        "percent": percent,
        "figure": figure,
        "whole": whole,
        "points": points,
        "eastern": eastern,
        "short": short,
        "tip": tip,
        "day": day_name,
        "favourite": favourite,
        "line": line,
        "aligned": aligned,
        "states": states,
        "said": said,
        "signed": signed,
    }
    return environment


def percent(share: float | None, digits: int = 0) -> str:
    """A share for people; never «100 %» or «0 %» for what is not certain."""
    if share is None or math.isnan(share):
        return "–"
    shown = f"{100 * share:.{digits}f}"
    if 0 < share < 1 and float(shown) in (0, 100):
        return ">99\u00a0%" if share > 0.5 else "<1\u00a0%"
    return f"{shown}\u00a0%"


def figure(value: float | None, digits: int = 4) -> str:
    """A score to fixed digits, or a dash."""
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def whole(value: float) -> str:
    """A number of things: ``5,727``."""
    return f"{value:,.0f}"


def points(value: float) -> str:
    """Signed points with a true minus."""
    return f"{value:+.0f}".replace("-", "−").replace("+0", "0").replace("−0", "0")


def signed(value: float, digits: int = 4) -> str:
    """A difference to fixed digits with its sign, a true minus: ``−0.0037``."""
    return f"{value:+.{digits}f}".replace("-", "−")


def eastern(instant: datetime) -> str:
    """A naive UTC instant as the league's people would say it: ``15 January 2026, 8:00 AM ET``."""
    local = instant.replace(tzinfo=timezone.utc).astimezone(clock.LEAGUE_ZONE)
    return f"{local.day} {local:%B %Y}, {_time(local)} ET"


def short(instant: datetime) -> str:
    """The same for a column of a table: ``15 Jan 2026, 8:00 AM``."""
    local = instant.replace(tzinfo=timezone.utc).astimezone(clock.LEAGUE_ZONE)
    return f"{local.day} {local:%b %Y}, {_time(local)}"


def tip(game: Game) -> str:
    """Time of the tip-off, US Eastern, or that there is none."""
    if game.called_off:
        return game.called_off
    if not game.tip_known:
        return "TBA"
    return _time(game.tip_utc.replace(tzinfo=timezone.utc).astimezone(clock.LEAGUE_ZONE))


def day_name(day: date, today: date) -> str:
    """``Tonight``, ``Tomorrow``, or the day itself."""
    away = (day - today).days
    if away in (0, 1):
        return ("Tonight", "Tomorrow")[away]
    return f"{day:%A}, {day.day} {day:%B}"


def favourite(game: Game) -> str:
    """Who is ahead by how much: ``Duke by 6.5``."""
    by = round(game.forecast.margin * 2) / 2
    if by == 0:
        return "even"
    return f"{(game.home if by > 0 else game.away).name} by\u00a0{abs(by):g}"


def said(words: str) -> Markup:
    """A message with what stands between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(words))))  # noqa: S704 - escaped before


def line(game: Game) -> str:
    """What the sportsbooks say: ``Duke −4.5``."""
    if game.line is None:
        return "–"
    by = game.line.margin
    return f"{(game.home if by > 0 else game.away).name}\u00a0−{abs(by):g}" if by else "even"


def aligned(series: Sequence[Series]) -> list[tuple[date, int, list[Point | None]]]:
    """A row a period: its first day, the most games that any forecaster has, and each one's point where it has one."""
    found = [{(point.start, point.season): point for point in each.points} for each in series]
    rows = []
    for start, season in sorted({key for each in found for key in each}):
        there = [each.get((start, season)) for each in found]
        rows.append((start, max(point.games for point in there if point), there))
    return rows


def states(covered: Covered) -> set[str]:
    """The states that a calendar has."""
    days = (day for month in covered.months for week in month.weeks for day in week)
    return {day.state for day in days if day and day.state}


def _time(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local:%M %p}"
