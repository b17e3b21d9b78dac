"""What one answer says twice. Where two statements contradict each other, nobody knows which of them is right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from tipoff.clock import season_of

from tipoff_espn.parse.records import Expected

_DETAIL: Final = re.compile(r"Final(?:/(?P<many>\d*)OT)?")
_NO_COMPETITION: Final = re.compile(r"\b(exhibition|scrimmage|all[ -]?star (game|classic))\b", re.IGNORECASE)

_CLEAR: Final = 1.5
"""Points from which a spread names a favorite, whatever is rounded."""


def season(year: int, day: date, path: str, expected: Expected) -> int:
    """The season of a day, which `year` should be."""
    if season_of(day) != year:
        expected.contradicted(f"season `{year}`, but `{day}` is of season {season_of(day)}", path)
    return season_of(day)


def is_exhibition(said: Iterable[str | None]) -> bool:
    """Whether one of a game's headlines or names of its kind says that it counts for nobody."""
    return any(text and _NO_COMPETITION.search(text) for text in said)


def periods(counted: Iterable[int], detail: str | None, regulation: int) -> set[int]:
    """How many periods a game had, by its line scores, by its status and by its "Final/2OT": one, if all agree."""
    found = {number for number in counted if number >= regulation}
    if detail and (read := _DETAIL.fullmatch(detail.strip())):
        found.add(regulation + (0 if read["many"] is None else int(read["many"] or 1)))
    return found


def score_trouble(
    points: tuple[int, int], lines: Sequence[Sequence[float] | None], winners: Sequence[bool | None]
) -> str:
    """What contradicts the score of a game that was played, home first: line scores or the winner; empty if nothing."""
    for score, line in zip(points, lines, strict=True):
        if line and sum(line) != score:
            return f"`{points[0]}`–`{points[1]}`, but the periods of one side add up to `{sum(line):g}`"
    if True in winners and winners.index(True) != points.index(max(points)):
        return f"`{points[0]}`–`{points[1]}`, but the other side is called the winner"
    return ""


def spread_trouble(spread: float | None, other: float | None, favorites: tuple[bool | None, bool | None]) -> str:
    """What contradicts a home spread: the same line in another spelling, or whom the book calls the favorite."""
    if spread is None or abs(spread) < _CLEAR:
        return ""
    if other is not None and abs(other) >= _CLEAR and (other < 0) != (spread < 0):
        return f"a home spread of `{spread:g}` in one place and of `{other:g}` in another"
    home, away = favorites
    if home is not None and away is not None and home not in (away, spread < 0):
        return f"a home spread of `{spread:g}`, but the {'home' if home else 'away'} team is called the favorite"
    return ""
