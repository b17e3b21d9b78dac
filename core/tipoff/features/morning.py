"""What was known of a season on the morning of one of its days, before anybody played.

Of tipoff's own tables that is laid down here. A plugin's own table says it by what is there of the games ahead: what
no game has before it is played came with the result.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tipoff import clock
from tipoff.contracts import Table
from tipoff.domain import GAMES, PLAYER_STATS, RANKINGS, TABLES, TEAM_STATS
from tipoff.features.partitions import Partition
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PLACES: Final = (0.4, 0.85)
"""Where in the newest season of a league its days are taken, as shares of the days that were played."""

PLACE_BEFORE: Final = 0.6
"""Likewise in the season before it."""

FEW_DAYS: Final = 10
"""A season of which fewer days have been played is passed over where there is one before it."""

RESULTS: Final = ("home_score", "away_score", "overtimes", "attendance")
"""Columns of ``raw.games`` that come with the result."""

PLAYED: Final = ("final", "in_progress", "forfeited")
"""Statuses of a game that had begun; before, it was scheduled."""

WEEKS_AHEAD: Final = 2
"""Polls are numbered and not dated: what a builder takes for the day's may be a poll of so many weeks later."""

MANY: Final = 5
"""Games ahead with a row, from which on a column without any value there is taken to come with the result."""


class Known(NamedTuple):
    """What a plugin's own table has of a game before it is played.

    Args:
        state: ``before``: rows; ``after``: none; ``unknown``: no game ahead shows it.
        late: columns that are empty until the result is there.
        day: the column that says of which day a row is; empty where games do, or nothing does.
        dated: whether its rows are of a game or of a day.
    """

    state: Literal["before", "after", "unknown"] = "unknown"
    late: tuple[str, ...] = ()
    day: str = ""
    dated: bool = True

    @property
    def why(self) -> str:
        """Why it is not known."""
        return "no game ahead shows what is there before the tip" if self.dated else "its rows are of no day"


@dataclass(frozen=True)
class Morning:
    """The morning of a day in a season of a league.

    Args:
        partition: the season.
        day: which day.
        first: the season's first day of games.
        today: ids of the day's games.
        later: ids of the season's later games.
    """

    partition: Partition
    day: date
    first: date
    today: pa.Array = field(compare=False)
    later: pa.Array = field(compare=False)

    @classmethod
    def of(cls, con: DuckDBPyConnection, partition: Partition, day: date) -> Morning:
        """Reads which games there are."""
        rows = con.sql(
            "SELECT game_id, game_date FROM raw.games WHERE league = $league AND season = $season "
            "AND game_date IS NOT NULL",
            params=partition._asdict(),
        ).to_arrow_table()
        days, ids = rows["game_date"], rows["game_id"].combine_chunks()
        today, later = (each.combine_chunks() for each in (pc.equal(days, day), pc.greater(days, day)))
        return cls(partition, day, pc.min(days).as_py() or day, ids.filter(today), ids.filter(later))

    def __call__(self, table: Table, rows: pa.Table, known: Known) -> pa.Table:
        """The rows of a raw table as they stood then, those of earlier seasons untouched."""
        ours = TABLES.get(table.name) == table
        if table == GAMES:
            return self._games(rows)
        if ours and table not in (TEAM_STATS, PLAYER_STATS) and "game_id" in table.column_names:
            known = Known("before")
        if table == RANKINGS:
            week = (self.day - self.first).days // 7 + 1 + WEEKS_AHEAD
            return rows.filter(~(self._in_season(rows) & (pc.field("week") > week)))
        if table.history:
            return self._history(rows, *table.history[:2])
        if "game_id" in table.column_names:
            return self._by_game(table, rows, Known("after") if ours and known.state == "unknown" else known)
        return rows if ours or not known.day else self._by_day(rows, known)

    def _games(self, rows: pa.Table) -> pa.Table:
        rows = rows.filter(pc.fill_null(pc.less_equal(rows["game_date"], pa.scalar(self.day)), True))
        here = pc.fill_null(pc.equal(rows["game_date"], pa.scalar(self.day)), False)
        begun = pc.and_(here, pc.is_in(rows["status"], value_set=pa.array(PLAYED)))
        rows = _put(rows, "status", pc.if_else(begun, "scheduled", rows["status"]))
        return _emptied(rows, RESULTS, here)

    def _by_game(self, table: Table, rows: pa.Table, known: Known) -> pa.Table:
        rows = rows.filter(~(self._in_season(rows) & pc.field("game_id").isin(self.later)))
        of_today = self._in_season(rows) & pc.field("game_id").isin(self.today)
        if known.state == "after":
            return rows.filter(~of_today)
        here = pc.is_in(rows["game_id"], value_set=self.today)
        if "season" in rows.column_names:
            here = pc.and_(here, pc.equal(rows["season"], self.partition.season))
        return _emptied(rows, known.late, here)

    def _by_day(self, rows: pa.Table, known: Known) -> pa.Table:
        until = self.day if known.state == "after" else self.day + timedelta(days=1)
        limit = clock.day_start(until) if pa.types.is_timestamp(rows.schema.field(known.day).type) else until
        return rows.filter(pc.fill_null(pc.less(rows[known.day], pa.scalar(limit, rows[known.day].type)), True))

    def _history(self, rows: pa.Table, since: str, last: str) -> pa.Table:
        rows = rows.filter(pc.less_equal(rows[since], pa.scalar(self.day)))
        return _put(rows, last, pc.min_element_wise(rows[last], pa.scalar(self.day), skip_nulls=False))

    def _in_season(self, rows: pa.Table) -> pc.Expression:
        return pc.field("season") == self.partition.season if "season" in rows.column_names else pc.scalar(True)


def sampled(con: DuckDBPyConnection) -> dict[Partition, list[date]]:
    """Days to judge builders by, by season of a league: of the newest that has enough, and of the one before."""
    played: dict[str, list[tuple[int, list[date]]]] = {}
    for league, season, days in con.execute(
        "SELECT league, season, list_sort(list(DISTINCT game_date)) FROM raw.results GROUP BY ALL "
        "ORDER BY league, season DESC"
    ).fetchall():
        played.setdefault(league, []).append((season, days))
    samples: dict[Partition, list[date]] = {}
    for league, seasons in played.items():
        enough = [each for each in seasons if len(each[1]) >= FEW_DAYS] or seasons
        for (season, days), places in zip(enough[:2], (PLACES, (PLACE_BEFORE,)), strict=False):
            samples[Partition(league, season)] = sorted({days[int(place * len(days))] for place in places})
    return samples


def known_before(con: DuckDBPyConnection, table: Table, now: datetime) -> Known:
    """What a plugin's own table has of the next games.

    Args:
        con: any connection to the store.
        table: not one of tipoff's.
        now: the present, naive UTC.
    """
    if "game_id" not in table.column_names:
        day = _day_of(con, table)
        ((next_day,),) = con.execute(_NEXT, {"now": now}).fetchall()
        if not day or next_day is None:
            return Known(day=day, dated=bool(day))
        ((newest,),) = con.execute(
            f"SELECT max({Identifier(day)}) FROM {Identifier.of(table)}"  # noqa: S608 - identifiers only
        ).fetchall()
        limit = clock.day_start(next_day) if isinstance(newest, datetime) else next_day
        return Known("before" if newest is not None and newest >= limit else "after", day=day)
    same = [name for name in ("league", "season", "game_id") if name in table.column_names]
    values = [name for name in table.column_names if name not in table.key]
    counts = "".join(f", count({Identifier(name)})" for name in values)
    ((ahead, rows, *there),) = con.execute(
        f"WITH ahead AS ({_AHEAD}) SELECT (SELECT count(*) FROM ahead), count(*){counts} "  # noqa: S608 - as above
        f"FROM {Identifier.of(table)} JOIN ahead USING ({', '.join(same)})",
        {"now": now},
    ).fetchall()
    if not ahead:
        return Known()
    if not rows:
        return Known("after")
    late = [name for name, count in zip(values, there, strict=True) if not count] if rows >= MANY else []
    return Known("before", tuple(late))


# The nearest games ahead: those of later days may well be without what is known in the end.
_AHEAD: Final = """
    SELECT league, season, game_id FROM raw.schedule
    WHERE status = 'scheduled' AND closes_utc > $now AND game_date <= 1 + (
        SELECT min(game_date) FROM raw.schedule WHERE status = 'scheduled' AND closes_utc > $now
    )
"""

_NEXT: Final = "SELECT min(game_date) FROM raw.schedule WHERE status = 'scheduled' AND closes_utc > $now"


def _day_of(con: DuckDBPyConnection, table: Table) -> str:
    """The column that says of which day a row is: one of the key, or one whose values all lie in the seasons played."""
    dated = [column.name for column in table.columns if column.type in ("DATE", "TIMESTAMP")]
    if named := [name for name in dated if name in table.key]:
        return named[0]
    first, last = con.execute("SELECT min(game_date), max(game_date) FROM raw.games").fetchall()[0]
    for name in dated if first else ():
        low, high = con.execute(
            f"SELECT min({Identifier(name)})::DATE, max({Identifier(name)})::DATE "  # noqa: S608 - identifiers only
            f"FROM {Identifier.of(table)}"
        ).fetchall()[0]
        if low and high and low >= first - _SLACK and high <= last + _SLACK:
            return name
    return ""


_SLACK: Final = timedelta(days=30)


def _put(rows: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), rows.schema.field(name), values)


def _emptied(rows: pa.Table, names: Collection[str], where: pa.ChunkedArray) -> pa.Table:
    for name in names:
        empty = pa.scalar(None, rows.schema.field(name).type)
        rows = _put(rows, name, pc.if_else(where, empty, rows[name]))
    return rows
