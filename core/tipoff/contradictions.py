"""What a row of a domain table cannot say at once, whoever collected it.

Each function looks at one row, which fits its columns otherwise, and is called for every row, so it is quick. What
only several rows together contradict, `tipoff.collecting.boxscore` and `tipoff.views` find.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tipoff.clock import season_of
from tipoff.contracts import Contradiction

_Row = Mapping[str, Any]

A_POSSESSION = 3
"""Points that a player can score in his few seconds on the floor where a source rounds minutes to 0."""

_CLEAR_SPREAD, _CLEAR_CHANCE = 1.5, 0.02
"""From which spread (points), and from which distance to even chances, a favorite is one. Nearer to even a book's
spread and moneyline may lean to either side: so do 17 of 31,000 closing lines."""

_CROSSED = 4.0
"""Points on either side of even, between which no line has moved."""

_OVERROUND = (0.95, 1.35)
"""What the chances that a book's two moneylines imply may add up to."""


def of_game(row: _Row) -> Contradiction | None:
    """The season follows from the day, and nobody has fewer points than none."""
    day, season = row.get("game_date"), row["season"]
    if day is not None and season_of(day) != season:
        return Contradiction("season", f"season `{season}`, but `{day}` is of season {season_of(day)}")
    for column in ("home_score", "away_score"):
        if (row.get(column) or 0) < 0:
            return Contradiction(column, f"`{row[column]}` is no score")
    return None


def of_roster(row: _Row) -> Contradiction | None:
    """A roster seen while games are played is that season's; in summer a source may speak of either."""
    as_of: date = row["as_of"]
    wanted, season = season_of(as_of), row["season"]
    if abs(season - wanted) > (1 if 5 <= as_of.month <= 10 else 0):
        return Contradiction("season", f"season `{season}`, but it was seen on `{as_of}`, in season {wanted}")
    return None


def of_line(row: _Row) -> Contradiction | None:
    """Nobody scores in no time, or without playing."""
    points = row.get("points") or 0
    if points > A_POSSESSION and row.get("minutes") == 0:
        return Contradiction("minutes", f"`{points}` points in 0 minutes", ("minutes",))
    if row.get("did_not_play") and (points or row.get("minutes")):
        reason = f"did not play, but `{row.get('minutes')}` minutes and `{points}` points"
        return Contradiction("did_not_play", reason, ("did_not_play",))
    return None


def of_odds(row: _Row) -> Contradiction | None:
    """A book's spread, moneyline and probability favor the same team, or nobody knows which of them is right."""
    spread = row.get("home_spread_close")
    opened = row.get("home_spread_open")
    if spread is None:
        spread = opened
    elif opened is not None and spread * opened < 0 and min(abs(spread), abs(opened)) >= _CROSSED:
        return Contradiction("home_spread_close", f"`{spread}`, but it opened at `{opened}`")
    home, away = row.get("home_moneyline"), row.get("away_moneyline")
    for column, money in (("home_moneyline", home), ("away_moneyline", away)):
        if money is not None and abs(money) < 100:
            return Contradiction(column, f"`{money}` is no American odds, which are 100 and more, or -100 and less")
    chance = row.get("home_win_prob")
    if home is not None and away is not None:
        both = _implied(home) + _implied(away)
        if not _OVERROUND[0] <= both <= _OVERROUND[1]:
            return Contradiction("home_moneyline", f"`{home}`, but the other side's is `{away}`")
        by_money = _implied(home) / both
        if chance is not None and (chance - 0.5) * (by_money - 0.5) < 0 and abs(chance - by_money) > 0.2:
            return Contradiction("home_win_prob", f"`{chance}`, but the moneylines are `{home}` and `{away}`")
        chance = by_money
    if spread is None or chance is None or abs(spread) < _CLEAR_SPREAD or abs(chance - 0.5) < _CLEAR_CHANCE:
        return None
    if (spread < 0) != (chance > 0.5):
        said = f"a moneyline of `{home}`" if home is not None else f"a probability of `{chance}`"
        return Contradiction("home_spread_close", f"`{spread}`, but {said}: one of the two favors the other team")
    return None


def _implied(moneyline: float) -> float:
    """The chance at which American odds are fair."""
    return -moneyline / (100 - moneyline) if moneyline < 0 else 100 / (100 + moneyline)
