"""How far the collected data reaches, and whether games should be over since that it does not know."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from tipoff import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry

_COLLECTED = """
    SELECT w.league, w.dataset, w.day, count(g.game_id) AS open_games
    FROM ops.watermark w
    LEFT JOIN raw.games g
      ON g.league = w.league AND g.game_date >= w.day AND g.game_date < $today
      AND g.status IN ('scheduled', 'in_progress')
    WHERE list_contains($names, w.dataset) AND list_contains($leagues, w.league)
    GROUP BY ALL
    ORDER BY w.day, w.league, w.dataset
"""


class Reach(NamedTuple):
    """How far a dataset is collected.

    Args:
        league: of which league.
        dataset: its name.
        day: its watermark.
        open_games: games since then, before today, of which it is not known how they ended.
        late: it should reach today, since there are such games.
    """

    league: str
    dataset: str
    day: date
    open_games: int
    late: bool

    def __str__(self) -> str:
        return (
            f"dataset `{self.dataset}` of {self.league} is collected up to {self.day}, and {self.open_games} "
            "games should be over since"
        )


def reach(con: DuckDBPyConnection, registry: Registry, leagues: Sequence[str], now: datetime) -> list[Reach]:
    """Of each dataset that feature builders read, the one furthest behind first.

    Args:
        con: to the store.
        registry: the loaded plugins.
        leagues: which.
        now: an instant, naive UTC, by whose day data is late or not.
    """
    read = {table for builder in registry.builders for table in builder.inputs}
    names = [each.name for each in registry.datasets() if read & {f"raw.{table}" for table in each.tables}]
    today = clock.day_of(now)
    rows = con.execute(_COLLECTED, {"names": names, "leagues": list(leagues), "today": today}).fetchall()
    return [Reach(league, dataset, day, games, day < today and games > 0) for league, dataset, day, games in rows]
