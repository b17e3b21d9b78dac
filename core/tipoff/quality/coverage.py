"""What should be in the store, held against what is: the schedule is the denominator.

| state of a finished game, for a table that holds rows of every game | |
|---|---|
| `collected` | it has rows |
| `failed` | a request about it is owed (an outage may say, too, that there is nothing), or records are in quarantine |
| `empty` | the source was asked after the game's end, and had nothing; if once only, it is asked once more |
| `expected` | none of these: nobody has asked, or only before the end |

A postponed, canceled or forfeited game expects nothing.

| state of a day, for a dataset that lists games | |
|---|---|
| `collected` | its list was asked for, and has games |
| `no games` | it was asked for, or lies in the days of a whole run, and nobody plays |
| `failed` | the request for it is owed, or records of it are in quarantine |
| `expected` | it lies in the season, and its list was never asked for, or only before the day was over |
| `vanished` | games that its list held once are no longer on it |
| `overdue` | a day after the tip, games have no result yet |
| `ahead` | it is still to come |

A season lasts from the earliest to the latest calendar day on which any season in the store has games; days outside of
it are nobody's loss. Nothing of this is stored: it is computed from ``ops.landed_request``, ``ops.failed_request``,
``ops.quarantine``, ``ops.collect_run`` and the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import pyarrow as pa

from tipoff import clock
from tipoff.collecting.nothing import ONCE
from tipoff.quality.coverage_checks import per_game_tables
from tipoff.quality.statements import DAYS, games, lists_games, params_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.contracts import Collector, Dataset
    from tipoff.plugins import Registry

State = Literal["failed", "vanished", "expected", "overdue", "empty", "collected", "no games", "ahead"]

STATES: Final[tuple[State, ...]] = get_args(State)
"""The worst first."""

MARKS: Final[Mapping[State, str]] = {
    "failed": "!",
    "vanished": "-",
    "expected": "?",
    "overdue": "~",
    "empty": "o",
    "collected": "",
    "no games": "·",
    "ahead": "",
}
"""What stands behind a day's number of games in a calendar."""

MEANING: Final[Mapping[State, str]] = {
    "failed": "asked, without a whole answer",
    "vanished": "games no longer listed",
    "expected": "not asked yet",
    "overdue": "no result yet",
    "empty": "the source has nothing",
    "collected": "all there",
    "no games": "nobody plays",
    "ahead": "to come",
}
"""A state in words for people."""

LACKING: Final = ("failed", "vanished", "expected", "overdue", "empty")
"""States of which a person is told."""


@dataclass(frozen=True)
class Coverage:
    """One season of a league.

    Args:
        league: e.g. ``mens-college-basketball``.
        season: by the year it ends in.
        days: a row a day and dataset that lists games: ``dataset``, ``day``, ``state``, ``reason``, ``games`` on the
            list, ``final`` among them, ``set_aside``, ``asked_at``.
        games: a row a finished game, dataset and table: ``dataset``, ``table_name``, ``game_id``, ``game_date``,
            ``state``, ``reason``, ``set_aside``, ``asked_at``.
        unasked: how many days from the season's first on no run was about, and so nothing is known of; a first run
            that is given its days leaves them so.
    """

    league: str
    season: int
    days: pa.Table
    games: pa.Table
    unasked: int = 0


@dataclass(frozen=True)
class Total:
    """How many days (`what` is ``days``) or games (`what` is a table) of a dataset are in each state."""

    dataset: str
    what: str
    counts: Mapping[State, int]

    @property
    def share(self) -> float | None:
        """Of those that should be there, the share that is; None where none should."""
        due = sum(self.counts.get(state, 0) for state in (*LACKING, "collected"))
        return self.counts.get("collected", 0) / due if due else None


@dataclass(frozen=True)
class Cell:
    """One day of the calendar: its worst state, and how many games are listed."""

    state: State
    games: int


@dataclass(frozen=True)
class Gap:
    """What lacks for one reason.

    Args:
        dataset: that should bring it.
        what: ``days`` or a table.
        state: see the module.
        reason: of the first of them.
        count: days or games.
        first: their first day.
        last: their last day.
        asked_at: when the source was last asked about any of them, naive UTC.
        next: what to do about it: a command to type, or why there is none.
    """

    dataset: str
    what: str
    state: State
    reason: str
    count: int
    first: date
    last: date
    asked_at: datetime | None
    next: str


def newest_season(con: DuckDBPyConnection, league: str, now: datetime) -> int | None:
    """The last season of the league that has begun; None where none of its games are known."""
    sql = "SELECT max(season) FROM raw.games WHERE league = $league AND game_date <= $today"
    ((season,),) = con.execute(sql, {"league": league, "today": clock.day_of(now)}).fetchall()
    return None if season is None else int(season)


def covered(registry: Registry) -> tuple[Dataset, ...]:
    """The datasets that can be held against the schedule."""
    return tuple(each for each in registry.datasets() if lists_games(each) or each.per_game)


def read(
    con: DuckDBPyConnection, registry: Registry, *, league: str, season: int, now: datetime, dataset: str = ""
) -> Coverage:
    """The coverage of one season.

    Args:
        con: a connection to the store or to its published copy.
        registry: of the loaded plugins.
        league: which.
        season: which.
        now: the present instant, naive UTC.
        dataset: only this one; all unless given.
    """
    present = max(now, clock.now())
    asked = {"league": league, "season": season, "now": now, "today": clock.day_of(now), "present": present}
    days, found = [_NO_DAYS], [_NO_GAMES]
    for collector, each in _datasets(registry):
        if dataset in ("", each.name):
            params = {**params_of(collector, each), **asked}
            named = {"dataset": each.name}
            if lists_games(each):
                days.append(_select(con, DAYS, params, named, _NO_DAYS.schema))
            for table in per_game_tables(each, registry.tables()):
                named["table_name"] = table.full_name
                found.append(_select(con, games(table), params, named, _NO_GAMES.schema))
    by_day = [("dataset", "ascending"), ("day", "ascending")]
    by_game = [(name, "ascending") for name in ("dataset", "table_name", "game_date", "game_id")]
    listing = [each.name for _, each in _datasets(registry) if lists_games(each)]
    unasked = _unasked(con, league, clock.season_start(season), clock.season_end(season), listing)
    return Coverage(
        league, season, pa.concat_tables(days).sort_by(by_day), pa.concat_tables(found).sort_by(by_game), unasked
    )


def _unasked(con: DuckDBPyConnection, league: str, first: date, last: date, datasets: list[str]) -> int:
    given = {"league": league, "first": first, "last": last, "datasets": datasets}
    ((begun,),) = con.execute(_BEGUN, given).fetchall()
    return max(0, (begun - first).days) if begun else 0


def totals(coverage: Coverage) -> list[Total]:
    """A total for each dataset's days and for each of its tables."""
    counts: dict[tuple[str, str], dict[State, int]] = {}
    for dataset, what, row in _rows(coverage):
        states = counts.setdefault((dataset, what), {})
        states[row["state"]] = states.get(row["state"], 0) + 1
    return [Total(dataset, what, states) for (dataset, what), states in counts.items()]


def calendar(coverage: Coverage) -> dict[date, Cell]:
    """The days, each with its worst state over all datasets and tables."""
    cells: dict[date, Cell] = {}
    seen: dict[date, set[str]] = {}
    for _, what, row in _rows(coverage):
        day = row["day"] if what == "days" else row["game_date"]
        listed = row["games"] if what == "days" else len(_with(seen.setdefault(day, set()), row["game_id"]))
        before = cells.get(day, Cell("ahead", 0))
        cells[day] = Cell(min(before.state, row["state"], key=STATES.index), max(before.games, listed))
    return dict(sorted(cells.items()))


def gaps(coverage: Coverage) -> list[Gap]:
    """What lacks, the worst first, together where dataset, state and reason are the same."""
    groups: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}
    for dataset, what, row in _rows(coverage):
        if row["state"] in LACKING:
            alike = re.sub(r"`[^`]*`|\d+", "…", row["reason"])
            groups.setdefault((dataset, what, row["state"], alike), []).append(row)
    found = [_gap(dataset, what, rows) for (dataset, what, _, _), rows in groups.items()]
    return sorted(found, key=lambda gap: (STATES.index(gap.state), gap.dataset, gap.what, gap.first))


def _gap(dataset: str, what: str, rows: list[dict[str, Any]]) -> Gap:
    days = [row["day"] if what == "days" else row["game_date"] for row in rows]
    asked = [row["asked_at"] for row in rows if row["asked_at"] is not None]
    first, last, state = min(days), max(days), rows[0]["state"]
    if rows[0]["set_aside"]:
        step = f"tipoff quarantine list {dataset}"
    elif state in ("failed", "expected", "overdue"):
        # A result that is overdue may have a fresh answer, one without it.
        again = " --again" if state == "overdue" else ""
        step = f"tipoff collect {dataset} --from {first} --to {last}{again}"
    else:
        step = "nothing: it is asked once more" if rows[0]["reason"] == ONCE else _NOTHING[state]
    return Gap(dataset, what, state, rows[0]["reason"], len(rows), first, last, max(asked, default=None), step)


_NOTHING: Final = {
    "empty": "nothing: the source has none",
    "vanished": "compare with the source's own list of the day",
}


def _rows(coverage: Coverage) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each row with its dataset, and ``days`` or the table."""
    for row in coverage.days.to_pylist():
        yield row["dataset"], "days", row
    for row in coverage.games.to_pylist():
        yield row["dataset"], row["table_name"], row


def _with(known: set[str], game_id: str) -> set[str]:
    known.add(game_id)
    return known


def _datasets(registry: Registry) -> Iterator[tuple[Collector, Dataset]]:
    return (registry.dataset(each.name) for each in registry.datasets())


def _select(
    con: DuckDBPyConnection, sql: str, params: Mapping[str, object], named: Mapping[str, str], shape: pa.Schema
) -> pa.Table:
    (statement,) = con.extract_statements(sql)
    given = {name: value for name, value in params.items() if name in statement.named_parameters}
    table = con.sql(sql, params=given).to_arrow_table()
    for name, value in named.items():
        table = table.append_column(name, pa.array([value] * table.num_rows, pa.string()))
    return table.select(shape.names).cast(shape)


_BEGUN: Final = """
    SELECT min(window_start) FROM ops.collect_run
    WHERE league = $league AND list_contains($datasets, dataset) AND coalesce(reached_end, error = '')
        AND window_start <= $last AND window_end >= $first
"""

_SAID: Final = {"state": pa.string(), "reason": pa.string(), "set_aside": pa.bool_(), "asked_at": pa.timestamp("us")}

_NO_DAYS: Final = pa.schema(
    {"dataset": pa.string(), "day": pa.date32(), **_SAID, "games": pa.int32(), "final": pa.int32()}
).empty_table()

_NO_GAMES: Final = pa.schema(
    {"dataset": pa.string(), "table_name": pa.string(), "game_id": pa.string(), "game_date": pa.date32(), **_SAID}
).empty_table()
