"""Makes the page: one HTML file with its style and charts inside, no script, nothing from the network."""

from __future__ import annotations

import math
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from tipoff import clock
from tipoff.report.bundle import Bundle, Forecast, Game
from tipoff.report.read import read
from tipoff.warehouse.disk import write_whole

if TYPE_CHECKING:
    from tipoff.settings import Settings

WIDEST = 40.0
"""Points at the ends of a drawn interval; what lies beyond is cut."""


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


def render(bundle: Bundle) -> str:
    """The page as HTML; the same bundle gives the same bytes."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from tipoff.report import charts

    environment = Environment(
        loader=PackageLoader("tipoff.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "figure": figure,
        "points": points,
        "eastern": eastern,
        "tip": tip,
        "day": day_name,
        "favourite": favourite,
        "strip": strip,
    }
    return environment.get_template("page.html").render(bundle=bundle, charts=charts)


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


def points(value: float) -> str:
    """Signed points with a true minus."""
    return f"{value:+.0f}".replace("-", "−").replace("+0", "0").replace("−0", "0")


def eastern(instant: datetime) -> str:
    """A naive UTC instant as the league's people would say it: ``15 January 2026, 8:00 AM ET``."""
    local = instant.replace(tzinfo=timezone.utc).astimezone(clock.LEAGUE_ZONE)
    return f"{local.day} {local:%B %Y}, {_time(local)} ET"


def tip(game: Game) -> str:
    """Time of the tip-off, US Eastern."""
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
    return f"{(game.home if by > 0 else game.away).name} by {abs(by):g}"


def strip(forecast: Forecast) -> dict[str, float]:
    """Where an interval is drawn between −`WIDEST` and `WIDEST`, in per cent of the width."""

    def place(value: float) -> float:
        return round(50 + 50 * max(-1.0, min(1.0, value / WIDEST)), 2)

    low, high = place(forecast.low_80), place(forecast.high_80)
    return {"low": low, "width": round(high - low, 2), "mean": place(forecast.margin)}


def _time(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local:%M %p}"
