"""What to read: a slice for each season of each file, again when the file has changed or the season goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tipoff import PlanContext, Request
from tipoff.clock import day_of, day_start, season_of, season_start

from tipoff_history import reading, source
from tipoff_history.source import File

ONCE: Final = timedelta(days=30)
"""How old the last look at a URL of a season that is over may get: it is rarely corrected."""

COMPANIONS: Final = {
    "rosters_ncaa": ("games", "team_box", "team_conferences"),
    **dict.fromkeys(("team_box", "player_box", "odds_close_by_game"), ("games", "mbb_schedule")),
}
"""Files that the records of a kind are linked by; a slice is read again when one of them has changed."""


READER: Final = "2"
"""Of `tipoff_history.reading` and `linking`: with another one, every file is read again."""

_log = logging.getLogger(__name__)


def games(ctx: PlanContext) -> Iterator[Request]:
    """Games, a slice a season."""
    tell_unread()
    return _slices(ctx, "games", "mbb_schedule")


def teams(ctx: PlanContext) -> Iterator[Request]:
    """Names of teams, and their conferences."""
    return _slices(ctx, "teams", "team_conferences")


def stats(ctx: PlanContext) -> Iterator[Request]:
    """Box scores of teams and players."""
    return _slices(ctx, "team_box", "player_box")


def rosters(ctx: PlanContext) -> Iterator[Request]:
    """Rosters."""
    return _slices(ctx, "rosters_ncaa")


def odds(ctx: PlanContext) -> Iterator[Request]:
    """Closing lines."""
    return _slices(ctx, "odds_close_by_game")


def tell_unread() -> None:
    """Says which data in the source's folders is not read, since nobody else would."""
    if names := source.unread(source.setting()):
        _log.warning(
            "%s: not read, since their names say nothing: %s; a file is named like games_2024.parquet or "
            "mbb_schedule_2024.csv.gz",
            source.SETTING,
            ", ".join(names),
        )


def _slices(ctx: PlanContext, *kinds: str) -> Iterator[Request]:
    """A request for each season of each file of some kinds, oldest season first."""
    if ctx.league != source.LEAGUE:
        return
    everything = source.files(source.setting())
    known = {
        row["slice"]: row["version"]
        for row in ctx.query("SELECT slice, version FROM raw.history_files WHERE league = $league", league=ctx.league)
    }
    wanted = [(season, file) for file in everything if file.kind in kinds for season in _seasons(file)]
    for season, file in sorted(wanted, key=lambda each: (each[0] or 0, kinds.index(each[1].kind), each[1].url)):
        if season is None or _is_wanted(season, ctx):
            request = Request(
                file.url,
                params={} if season is None else {"season": str(season)},
                context={"kind": file.kind, "version": _version(file, everything)},
                # A season's file appears on its server some time after the season's beginning.
                optional=not file.path and season is not None and season >= season_of(day_of(ctx.now)),
            )
            yield replace(request, fresh_since=_fresh_since(request, season, known, ctx.now))


def _seasons(file: File) -> tuple[int | None, ...]:
    """The seasons that a file holds; None where that is not known before it is read."""
    if file.season is not None:
        return (file.season,)
    return reading.seasons(file) if file.path else (None,)


def _is_wanted(season: int, ctx: PlanContext) -> bool:
    """Every season that has begun; of a window in the past, which somebody asked for, its seasons only."""
    today = day_of(ctx.now)
    if ctx.window.end < today:
        return season_of(ctx.window.start) <= season <= season_of(ctx.window.end)
    return season <= season_of(today)


def _version(file: File, everything: tuple[File, ...]) -> str:
    """Time and size of a file, and of those that its records are linked by; empty for a URL."""
    if not file.path:
        return ""
    linked = [each for each in everything if each.kind in COMPANIONS.get(file.kind, ()) and each.path]
    stamps = [each.path.stat() for each in (file, *linked) if each.path]
    return READER + "".join(f" {stamp.st_mtime_ns}-{stamp.st_size}" for stamp in stamps)


def _fresh_since(request: Request, season: int | None, known: dict[str, str | None], now: datetime) -> datetime | None:
    """From when on an earlier look at a slice counts: one since the file changed, and since the season was over."""
    today, version = day_of(now), request.context["version"]
    if version and known.get(request.key) != version:
        return now + timedelta(microseconds=1)  # also when the clock stands still
    if version and season is None:
        return None
    if season is None or season >= season_of(today):
        return day_start(today)
    over = day_start(season_start(season + 1))
    return over if version else max(over, now - ONCE)
