"""Which seasons of a builder's table are out of step with their inputs.

The unit of work is a *partition*: one season of one league. For each, ``ops.feature_state`` holds a digest of
the rows of every input it was computed from, and of the builder's spec. A partition is stale when one of these
has changed. The digest of an input's rows is over their count and their ``loaded_at`` and ``run_id``, which the
warehouse leaves alone where nothing really changed, of those that count (`learned_from`). So a late correction, a
moved, canceled or deleted game, one that no longer counts and a clock that was set back are all seen, and need no
special care: the season is computed again as a whole, and `tipoff.features.storing` writes the rows that came out
different.

A season, and not the part of it after the change, on purpose. Reading and computing one season costs the same
however many there are, while to begin inside it one must know where each changed row stood before (its old date,
its old teams), and a wrong guess there is a silently wrong table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tipoff.contracts import FeatureBuilder, Table
from tipoff.views import LEARNED_FROM
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Partition(NamedTuple):
    """One season of one league."""

    league: str
    season: int

    def __str__(self) -> str:
        return f"{self.league} {self.season}"


@dataclass(frozen=True)
class Stale:
    """A partition to compute, and why."""

    partition: Partition
    reason: str


class _Mark(NamedTuple):
    """What tells one state of an input's rows from another. League and season are None where it has no such column."""

    league: str | None
    season: int | None
    rows: int
    digest: str


_GAME = {"league": "VARCHAR", "season": "INTEGER", "game_id": "VARCHAR"}


def learned_from(table: Table) -> str:
    """The relation of the rows of an input that features are computed from, in parentheses.

    What counts for nobody or is in doubt is left out (`tipoff.views`), of any collector's table about games.
    """
    if view := LEARNED_FROM.get(table.full_name):
        return f"(FROM {Identifier('raw', view)})"
    of, types = Identifier.of(table), {column.name: column.type for column in table.columns}
    same = [name for name in _GAME if types.get(name) == _GAME[name]]
    if table.schema != "raw" or "game_id" not in same:
        return f"(FROM {of})"
    names = ", ".join(str(Identifier(name)) for name in same)
    return f"(FROM {of} ANTI JOIN {Identifier('raw', 'uncounted_games')} USING ({names}))"


def first_season(builder: FeatureBuilder, season: int) -> int | None:
    """The earliest season that goes into computing `season`; None: there is no limit."""
    return None if builder.lookback is None else season - builder.lookback


def relevant(builder: FeatureBuilder, table: Table, partition: Partition) -> tuple[str, dict[str, object]]:
    """The condition, with its parameters, on the rows of an input that go into a partition.

    Seasons are bounded by values that the planner knows, so that it skips the other seasons' row groups.
    """
    conditions, values = ["true"], dict[str, object]()
    if "league" in table.column_names:
        conditions.append(f"{Identifier('league')} = $league")
        values["league"] = partition.league
    if "season" in table.column_names:
        conditions.append(f"{Identifier('season')} <= $last")
        values["last"] = partition.season
        if (first := first_season(builder, partition.season)) is not None:
            conditions.append(f"{Identifier('season')} >= $first")
            values["first"] = first
    return " AND ".join(conditions), values


def spec_digest(builder: FeatureBuilder) -> str:
    """Changes whenever the table must be computed afresh: its version, shape, inputs, code path or reach."""
    table = builder.table
    shape = [table.full_name, list(table.key), [[column.name, column.type] for column in table.columns]]
    parts = [builder.version, shape, builder.inputs, builder.compute, builder.lookback]
    return _sha256(parts)


def find_stale(
    con: DuckDBPyConnection, builder: FeatureBuilder, inputs: Sequence[Table], *, full: bool = False
) -> list[Stale]:
    """The partitions to compute, oldest season first.

    Args:
        con: a read-only connection.
        builder: whose table.
        inputs: specs of its inputs, as it declares them.
        full: take every partition, changed or not.
    """
    marks = {table.full_name: _marks(con, table) for table in inputs}
    stored = {Partition(mark.league or "", mark.season or 0): mark.rows for mark in _marks(con, builder.table)}
    states = _states(con, builder.name)
    known = {
        Partition(mark.league, mark.season)
        for of_input in marks.values()
        for mark in of_input
        if mark.league is not None and mark.season is not None
    }
    spec, found = spec_digest(builder), []
    for partition in sorted(known | set(states) | set(stored), key=lambda each: (each.season, each.league)):
        state = states.get(partition)
        now = _inputs_digest(builder, marks, partition)
        if reason := "asked for" if full else _reason(builder, state, spec, now, stored.get(partition, 0)):
            found.append(Stale(partition, reason))
    return found


def inputs_digest(
    con: DuckDBPyConnection, builder: FeatureBuilder, inputs: Sequence[Table], partition: Partition
) -> dict[str, str]:
    """For each input, by full name, a digest of the rows that `partition` is computed from."""
    marks = {table.full_name: _marks(con, table, *relevant(builder, table, partition)) for table in inputs}
    return _inputs_digest(builder, marks, partition)


def save_state(
    con: DuckDBPyConnection,
    builder: FeatureBuilder,
    partition: Partition,
    *,
    inputs: Mapping[str, str],
    rows: int,
    run_id: str,
    now: object,
) -> None:
    """Remembers what a partition was computed from; a partition without rows whose inputs are gone is forgotten."""
    where = {"builder": builder.name, "league": partition.league, "season": partition.season}
    con.execute(
        "DELETE FROM ops.feature_state WHERE builder = $builder AND league = $league AND season = $season", where
    ).fetchall()
    if not rows and not any(inputs.values()):
        return
    con.execute(
        "INSERT INTO ops.feature_state VALUES "
        "($builder, $league, $season, $version, $spec, $inputs, $rows, $run_id, $now)",
        {
            **where,
            "version": builder.version,
            "spec": spec_digest(builder),
            "inputs": json.dumps(dict(inputs), sort_keys=True),
            "rows": rows,
            "run_id": run_id,
            "now": now,
        },
    ).fetchall()


class _State(NamedTuple):
    version: str
    spec: str
    inputs: dict[str, str]
    rows: int


def _states(con: DuckDBPyConnection, builder: str) -> dict[Partition, _State]:
    rows = con.execute(
        "SELECT league, season, version, spec, inputs, rows FROM ops.feature_state WHERE builder = $builder",
        {"builder": builder},
    ).fetchall()
    return {Partition(row[0], row[1]): _State(row[2], row[3], json.loads(row[4]), row[5]) for row in rows}


def _reason(builder: FeatureBuilder, state: _State | None, spec: str, now: Mapping[str, str], rows: int) -> str:
    """Why the partition is stale; empty when it is not."""
    if state is None:
        return "new" if rows or any(now.values()) else ""
    if state.version != builder.version:
        return f"version {state.version} became {builder.version}"
    if state.spec != spec:
        return "the builder's spec changed"
    if changed := [name for name in sorted(now) if now[name] != state.inputs.get(name)]:
        return f"{', '.join(changed)} changed"
    return "" if rows == state.rows else f"{builder.table.full_name} was changed by someone else"


def _inputs_digest(
    builder: FeatureBuilder, marks: Mapping[str, Iterable[_Mark]], partition: Partition
) -> dict[str, str]:
    first = first_season(builder, partition.season)
    digests = {}
    for name, of_input in marks.items():
        counted = sorted(
            (mark.season or 0, mark.rows, mark.digest)
            for mark in of_input
            if mark.league in (None, partition.league)
            and (mark.season is None or ((first is None or first <= mark.season) and mark.season <= partition.season))
        )
        digests[name] = _sha256(counted) if counted else ""
    return digests


def _marks(
    con: DuckDBPyConnection, table: Table, where: str = "true", values: Mapping[str, object] | None = None
) -> list[_Mark]:
    """The marks of a table's rows, for each league and season in it."""
    league = str(Identifier("league")) if "league" in table.column_names else "NULL"
    season = str(Identifier("season")) if "season" in table.column_names else "NULL"
    doubt = ", doubt" if table.full_name in LEARNED_FROM else ""
    rows = con.execute(
        # The sum, and not an exclusive or: two rows that change alike must not cancel out.
        f"SELECT {league}, {season}, count(*), sum(hash(run_id, loaded_at{doubt}))::VARCHAR "  # noqa: S608 - identifiers only
        f"FROM {learned_from(table)} WHERE {where} GROUP BY ALL",
        dict(values or {}),
    ).fetchall()
    # An aggregate over nothing, where there is nothing to group by, still gives a row.
    return [_Mark(*row) for row in rows if row[2]]


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
