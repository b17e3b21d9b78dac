"""Drift of meaning: the figures of the last days against those of the same weeks of earlier seasons.

What is usual *between* windows is the measure, not the spread between games: seasons differ, and so do their weeks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from tipoff import clock
from tipoff.contracts import Severity, Table
from tipoff.quality.drift.metrics import Metric, Source, daily, sources

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

WARN: Final = 5.0
BLOCK: Final = 6.0
"""Standard deviations of what is usual between windows. In the nine real seasons 2016 to 2024, every second night, no
figure that may block went beyond 3.2; the share of games with overtime went to 5.3 once."""

_DAYS: Final = 3
"""Of a window. What goes wrong on one day is a third of it."""

_APART: Final = 7
"""Days from window to window: so they hold the same days of the week."""

_SEASONS: Final = 10
_AROUND: Final = 2
"""Earlier seasons give the same week and so many before and after it."""

_BEFORE: Final = 8
"""The present season gives so many weeks before this one."""

_WINDOWS: Final = 4
_SEASONAL_WINDOWS: Final = 8
"""Earlier windows that are needed before anything is judged; eight are more than one season's."""

_ROWS: Final = 20
"""Values that a window must have."""

_IDLE: Final = timedelta(days=10)
"""After so long without a game there is nothing new to judge."""

_FLOOR_OF_MEAN: Final = 0.03
_FLOOR_OF_SHARE: Final = 0.02
"""Variation that is never drift, though history may show less: a part of the mean, or of one for a share."""

Days = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Known:
    """What an earlier look or a person said about a figure."""

    since: date | None = None
    accepted: date | None = None


@dataclass(frozen=True)
class Shift:
    """A figure of the last days; the columns of ``ops.shift``."""

    league: str
    metric: str
    window_start: date
    window_end: date
    rows: int
    value: float
    windows: int
    expected: float | None = None
    scale: float | None = None
    z: float | None = None
    severity: Severity | Literal[""] = ""
    since: date | None = None


def shifts(
    con: DuckDBPyConnection, tables: Iterable[Table], league: str, today: date, known: Mapping[str, Known]
) -> list[Shift]:
    """The figures of a league's last week of games, each with what was usual; none in the off-season.

    Args:
        con: a connection to the store.
        tables: every table of the plugins.
        league: e.g. ``mens-college-basketball``.
        today: games of later days do not count.
        known: by figure, what is known from before.
    """
    end = con.execute(_LAST_DAY, {"league": league, "today": today}).fetchall()[0][0]
    if end is None or today - end > _IDLE:
        return []
    week = _Week(league, end, clock.season_of(end), known)
    return [
        shift
        for source in sources(tables)
        for shift in _of_source(source, con.sql(daily(source), params=week.params()).to_arrow_table(), week)
    ]


@dataclass(frozen=True)
class _Week:
    """What is judged: the week that ends with a league's last games."""

    league: str
    end: date
    season: int
    known: Mapping[str, Known]

    def params(self) -> dict[str, object]:
        """Of `daily`."""
        return {
            "league": self.league,
            "season": self.season,
            "first": self.season - _SEASONS,
            "end": self.end,
            "place": self._place.days,
            "reach": _APART * (_AROUND + 1) + _DAYS,
        }

    @property
    def _place(self) -> timedelta:
        return self.end - date(self.season - 1, 7, 1)

    def ends(self, seasons: Sequence[int], metric: Metric) -> Iterator[date]:
        """Last days of the windows that say what is usual: neither themselves unusual, nor before what was accepted."""
        known = self.known.get(metric.name, Known())
        for each in (*self._of_earlier_seasons(seasons), *(() if metric.seasonal else self._of_this_season())):
            if known.accepted is not None and each < known.accepted:
                continue
            if known.since is None or each < known.since:
                yield each

    def _of_earlier_seasons(self, seasons: Sequence[int]) -> Iterator[date]:
        for earlier in seasons:
            if earlier < self.season:
                same = date(earlier - 1, 7, 1) + self._place
                same += timedelta(days=(self.end.weekday() - same.weekday() + 3) % 7 - 3)
                for week in range(-_AROUND, _AROUND + 1):
                    yield same + timedelta(days=_APART * week)

    def _of_this_season(self) -> Iterator[date]:
        for week in range(1, _BEFORE + 1):
            each = self.end - timedelta(days=_APART * week)
            if clock.season_of(each) == self.season:
                yield each


def _of_source(source: Source, table: pa.Table, week: _Week) -> Iterator[Shift]:
    if not table.num_rows:
        return
    days = {
        "day": table["day"].to_numpy().astype("datetime64[D]"),
        **{name: np.nan_to_num(table[name].to_numpy().astype(float)) for name in table.column_names[2:]},
    }
    seasons = [int(each) for each in table["season"].unique().to_pylist()]
    for number, metric in enumerate(source.metrics):
        now = _window(days, number, week.end)
        if now is not None:
            found = (_window(days, number, end) for end in week.ends(seasons, metric))
            yield _judged(metric, now, [each for each in found if each is not None], week)


@dataclass(frozen=True)
class _Window:
    rows: float
    mean: float
    variance: float


def _window(days: Days, number: int, end: date) -> _Window | None:
    last = np.datetime64(end)
    inside = (days["day"] <= last) & (days["day"] > last - np.timedelta64(_DAYS, "D"))
    rows = float(days[f"n{number}"][inside].sum())
    if rows < _ROWS:
        return None
    mean = float(days[f"s{number}"][inside].sum()) / rows
    return _Window(rows, mean, max(0.0, float(days[f"q{number}"][inside].sum()) / rows - mean * mean))


def _judged(metric: Metric, now: _Window, past: Sequence[_Window], week: _Week) -> Shift:
    unjudged = Shift(
        week.league, metric.name, week.end - timedelta(days=_DAYS - 1), week.end, int(now.rows), now.mean, len(past)
    )
    if len(past) < (_SEASONAL_WINDOWS if metric.seasonal else _WINDOWS):
        return unjudged
    means = np.array([each.mean for each in past])
    expected = float(np.median(means))
    scale = _scale(metric, now, past, means, expected)
    z = (now.mean - expected) / scale
    size = z if metric.rising else abs(z)
    severity: Severity | Literal[""] = ""
    if size >= WARN:
        severity = metric.severity if size >= BLOCK else "warn"
    since = week.known.get(metric.name, Known()).since or week.end
    found = replace(unjudged, expected=expected, scale=scale, z=z)
    return replace(found, severity=severity, since=since) if severity else found


def _scale(
    metric: Metric, now: _Window, past: Sequence[_Window], means: npt.NDArray[np.float64], expected: float
) -> float:
    """One standard deviation of a window's mean: what windows differ by, what so few games add, and a floor."""
    low, high = np.quantile(means, [0.1, 0.9])
    between = (high - low) / 2.563 * (1 + 2 / len(means))
    # The present window's own variance would hide what is wrong with it.
    within = float(np.median([each.variance for each in past])) / now.rows
    floor = _FLOOR_OF_SHARE if metric.kind == "share" else _FLOOR_OF_MEAN * abs(expected)
    return float(np.sqrt(between**2 + within + floor**2)) or 1e-9


_LAST_DAY: Final = """
    SELECT max(game_date) FROM raw.games WHERE league = $league AND status = 'final' AND game_date <= $today
"""
