"""Features that come with the result: there for games that were played, and missing for those still to be played."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from tipoff import clock
from tipoff.features.engine import inputs_of
from tipoff.features.partitions import find_stale
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from tipoff.contracts import FeatureBuilder
    from tipoff.modelling.decisions import Version
    from tipoff.plugins import Registry

NEVER: Final = 0.02
"""Share of missing values up to which a feature counts as never missing in games that were played."""

NEARLY_ALL: Final = 0.9
"""Share of missing values from which on a feature counts as not there for the games ahead."""

AHEAD: Final = timedelta(days=7)
"""How far ahead the next games may lie: features of what is further off may still be computed."""

MIN_AHEAD: Final = 4
"""Games ahead from which on they can tell."""

RECENT: Final = 100
"""Games of the season, the latest, beside which those ahead are held. Where `MIN_RECENT` have not been played yet it
is all games of all seasons, since a season's first games may well lack what later ones have."""

MIN_RECENT: Final = 30

_GAMES: Final = """
    WITH ahead AS (
        SELECT league, season, game_id FROM raw.schedule
        WHERE league = $league AND status = 'scheduled' AND closes_utc > $now AND game_date <= 1 + (
            SELECT min(game_date) FROM raw.schedule
            WHERE league = $league AND status = 'scheduled' AND closes_utc > $now AND game_date <= $until
        )
    ),
    played AS (SELECT league, season, game_id, game_date, tip_utc FROM raw.results WHERE league = $league),
    recent AS (
        SELECT * FROM played WHERE season = (SELECT max(season) FROM ahead)
        ORDER BY game_date DESC, tip_utc DESC, game_id LIMIT $recent
    )
"""


def comes_late(con: DuckDBPyConnection, version: Version, plugins: Registry, now: datetime) -> str:
    """Which of a version's features would be missing on every morning; empty: none, or no game ahead can tell.

    Args:
        con: any connection to the store.
        version: a registered one.
        plugins: those that are installed.
        now: the present, naive UTC.
    """
    columns: list[str] = json.loads(version.spec).get("columns", [])
    for builder in plugins.builders:
        of_it = [name.rpartition(".") for name in columns]
        names = [name for table, _, name in of_it if table == builder.table.name and name in builder.table.column_names]
        late = _late(con, version.league, builder, names, now) if names else []
        if late and not find_stale(con, builder, inputs_of(builder, plugins)):
            shown = ", ".join(f"`{builder.table.name}.{name}`" for name in late[:5])
            more = f" and {len(late) - 5} more" if late[5:] else ""
            return (
                f"it knows nothing of games ahead: {shown}{more} of feature builder `{builder.name}` "
                f"{'come' if late[1:] else 'comes'} with the result, there for games that were played and missing for "
                "those still to be played"
            )
    return ""


def _late(
    con: DuckDBPyConnection, league: str, builder: FeatureBuilder, names: Sequence[str], now: datetime
) -> list[str]:
    of, counts = Identifier.of(builder.table), ", ".join(f"count({Identifier(name)})" for name in names)
    shares = " UNION ALL ".join(
        f"SELECT '{games}', count(*), {counts} FROM {games} LEFT JOIN {of} USING (league, season, game_id)"  # noqa: S608 - identifiers only
        for games in ("ahead", "recent", "played")
    )
    asked = {"league": league, "now": now, "until": clock.day_of(now) + AHEAD, "recent": RECENT}
    found = {games: rest for games, *rest in con.execute(f"{_GAMES} {shares}", asked).fetchall()}
    ahead, recent, played = (found[games] for games in ("ahead", "recent", "played"))
    before = recent if recent[0] >= MIN_RECENT else played
    if ahead[0] < MIN_AHEAD or not before[0]:
        return []
    return [
        name
        for name, there, then in zip(names, ahead[1:], before[1:], strict=True)
        if 1 - there / ahead[0] >= NEARLY_ALL and 1 - then / before[0] <= NEVER
    ]
