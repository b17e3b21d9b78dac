"""Whether a builder looks ahead: some days are computed as they stood on their morning, and held against the season.

A feature that knows its own game's score, another game of the day, or the season's end makes a model look perfect and
fail on the first morning. So before the columns of a new builder, or of a new version of one, are learned from, days of
the newest seasons are computed twice: from all that is stored, and from what was known that morning
(`tipoff.features.morning`). What comes out otherwise came from the future. The verdict is kept with a digest of the
builder's spec, of the code of its package and of what it is built on, and is reached once for each.

``ops.lookahead`` has the last verdict on each builder, ``tipoff features list`` shows them, and the check
``<table>_lookahead`` of feature_quality finds what did not pass. Models that see such a table are not fitted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from tipoff.contracts import FeatureBuilder, Table
from tipoff.domain import TABLES
from tipoff.errors import PluginError
from tipoff.features.comparing import Difference, compared
from tipoff.features.context import Inputs, read_inputs
from tipoff.features.engine import computed, inputs_of
from tipoff.features.morning import Known, Morning, known_before, sampled
from tipoff.features.partitions import Partition, spec_digest
from tipoff.plugins import trust

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry
    from tipoff.warehouse.store import Warehouse

METHOD: Final = 1
"""Raised when this module judges otherwise, so that everything is judged anew."""


@dataclass(frozen=True)
class Verdict:
    """A row of ``ops.lookahead``: the verdict on one builder. See the migration for the columns."""

    builder: str
    table_name: str
    version: str
    digest: str
    passed: bool
    columns: tuple[str, ...]
    league: str | None
    day: date | None
    found: str
    not_shown: str
    days: int
    seconds: float = field(compare=False)
    judged_at: datetime

    @property
    def reason(self) -> str:
        """Why the table is not learned from, and what to do about it; empty where it is."""
        return "" if self.passed else f"feature builder `{self.builder}` version `{self.version}` {self.found}"


def judge(registry: Registry, warehouse: Warehouse, now: datetime, names: Collection[str] = ()) -> list[Verdict]:
    """Judges the builders on which there is no verdict yet, and keeps what it finds.

    Args:
        registry: the loaded plugins.
        warehouse: the store, migrated; it is closed while builders compute.
        now: the present, naive UTC.
        names: of the builders to judge, with those they are built on; all unless given.

    Returns:
        The verdict on each of these builders, in the order in which they are built. None where nothing has been
        played yet. One that could not be computed is not passed, and not kept.
    """
    chain = _with_inputs(registry, names)
    with warehouse.read() as con:
        work = _Work.of(con, registry, chain, now)
        there = {name: each for name, each in _kept(con).items() if each.digest == work.digests.get(name)}
        waiting = [each.name for each in chain if each.name not in there]
        samples = sampled(con) if waiting else {}
    if waiting and not samples:
        return []
    if waiting:
        fresh = work.judged(warehouse, samples, waiting, there, now)
        with warehouse.write() as con:
            for verdict in fresh:
                _keep(con, verdict)
        there |= {each.builder: each for each in fresh}
    return [there[each.name] for each in chain]


def verdicts(con: DuckDBPyConnection, registry: Registry) -> dict[str, Verdict]:
    """The verdict on each installed builder's present version, by name; those that await one are missing."""
    versions = {builder.name: builder.version for builder in registry.builders}
    return {name: each for name, each in _kept(con).items() if versions.get(name) == each.version}


def refused(found: Collection[Verdict]) -> dict[str, str]:
    """The tables that are not learned from, by bare name, each with the reason."""
    return {each.table_name.partition(".")[2]: each.reason for each in found if not each.passed}


@dataclass
class _Case:
    """What comes out about one builder."""

    builder: FeatureBuilder
    trouble: str = ""
    """Why it cannot be computed at all, so that it cannot be judged."""
    difference: Difference | None = None
    league: str | None = None
    day: date | None = None
    seconds: float = 0.0

    def note(self, difference: Difference | None, morning: Morning) -> None:
        """Keeps the first difference."""
        if difference and not self.difference:
            self.difference, self.league, self.day = difference, morning.partition.league, morning.day


@dataclass(frozen=True)
class _Work:
    """Builders, each after those it is built on, with what is known of their inputs."""

    builders: Sequence[FeatureBuilder]
    inputs: Mapping[str, Sequence[Table]]
    known: Mapping[str, Known]
    digests: Mapping[str, str]

    @classmethod
    def of(
        cls, con: DuckDBPyConnection, registry: Registry, builders: Sequence[FeatureBuilder], now: datetime
    ) -> _Work:
        inputs = {each.name: inputs_of(each, registry) for each in builders}
        own = {table.full_name: table for tables in inputs.values() for table in tables if _is_own(table)}
        known = {name: known_before(con, table, now) for name, table in own.items()}
        makers = {each.table.full_name: each.name for each in builders}
        digests: dict[str, str] = {}
        for each in builders:
            parts = [
                METHOD,
                spec_digest(each),
                trust.content(each.compute.partition(":")[0]),
                [digests[makers[name]] for name in each.inputs if name in makers],
                [[name, *known[name]] for name in each.inputs if name in known],
            ]
            digests[each.name] = trust.digest(json.dumps(parts))
        return cls(builders, inputs, known, digests)

    def judged(
        self,
        warehouse: Warehouse,
        samples: Mapping[Partition, Sequence[date]],
        waiting: Sequence[str],
        there: Mapping[str, Verdict],
        now: datetime,
    ) -> list[Verdict]:
        """Verdicts on those that wait for one, beside those that are there."""
        needed = _closure(self.builders, waiting)
        cases = {each.name: _Case(each) for each in self.builders if each.name in needed}
        for partition, days in samples.items():
            with warehouse.read() as con:
                mornings = [Morning.of(con, partition, day) for day in days]
            self._look(warehouse, partition, mornings, cases)
        makers, days_in_all = self._makers(), sum(map(len, samples.values()))
        found: dict[str, Verdict] = {}
        for name in waiting:
            case = cases[name]
            seen = case.difference or Difference()
            said = f"cannot be judged: {case.trouble}" if case.trouble else seen.said
            below = [table for table in case.builder.inputs if table in makers]
            bad = [table for table in below if not {**there, **found}[makers[table]].passed]
            if bad:
                said = f"is built on `{bad[0]}`, whose builder `{makers[bad[0]]}` did not pass; mend that one first"
            elif said:
                said += f"; it may know games of earlier days only: mend `{case.builder.compute}` and raise its version"
            found[name] = Verdict(
                builder=name,
                table_name=case.builder.table.full_name,
                version=case.builder.version,
                digest="" if case.trouble else self.digests[name],  # without one it is judged again the next time
                passed=not said,
                columns=() if bad else seen.columns,
                league=case.league,
                day=case.day,
                found=said,
                not_shown=self._not_shown(case.builder),
                days=days_in_all,
                seconds=case.seconds,
                judged_at=now,
            )
        return list(found.values())

    def _look(
        self, warehouse: Warehouse, partition: Partition, mornings: Sequence[Morning], cases: Mapping[str, _Case]
    ) -> None:
        """Computes a season, and each of its mornings, builder by builder."""
        made: dict[Morning | None, dict[str, pa.Table]] = {morning: {} for morning in (None, *mornings)}
        makers = self._makers()
        for case in cases.values():
            builder, started = case.builder, time.monotonic()
            below = (cases[makers[name]] for name in builder.inputs if name in makers)
            case.trouble = case.trouble or next((each.trouble for each in below if each.trouble), "")
            if case.trouble:
                continue
            with warehouse.read() as con:
                stored = read_inputs(con, builder, self.inputs[builder.name], partition)
            for morning, others in made.items():
                try:
                    rows = computed(builder, self._at(builder, stored, others, morning))
                except PluginError as error:
                    if morning is None:
                        case.trouble = str(error)
                        break
                    said = f"cannot be computed from what was known on the morning of {morning.day}: {error}"
                    case.note(Difference(said), morning)
                    rows = made[None][builder.table.full_name]
                others[builder.table.full_name] = rows
                if morning is not None:
                    whole = made[None][builder.table.full_name]
                    case.note(compared(builder.table, whole, rows, morning.day), morning)
            case.seconds += time.monotonic() - started

    def _at(
        self, builder: FeatureBuilder, stored: Inputs, made: Mapping[str, pa.Table], morning: Morning | None
    ) -> Inputs:
        """A builder's inputs, on a morning if one is given; what builders make of the season is computed afresh."""
        given = {}
        for table in self.inputs[builder.name]:
            rows = stored.inputs[table.name]
            if table.full_name in made:
                earlier = rows.filter(pc.less(rows["season"], stored.season))
                rows = pa.concat_tables([earlier, made[table.full_name].cast(earlier.schema)])
            elif morning and table.schema == "raw":
                rows = morning(table, rows, self.known.get(table.full_name, Known()))
            given[table.name] = rows
        return Inputs(builder.name, given, stored.league, stored.season)

    def _makers(self) -> dict[str, str]:
        return {each.table.full_name: each.name for each in self.builders}

    def _not_shown(self, builder: FeatureBuilder) -> str:
        """What of a builder's inputs no morning takes away."""
        unknown = [name for name in builder.inputs if name in self.known and self.known[name].state == "unknown"]
        return "; ".join(f"whether `{name}` knows results: {self.known[name].why}" for name in unknown)


def _is_own(table: Table) -> bool:
    return table.schema == "raw" and TABLES.get(table.name) != table and not table.history


def _with_inputs(registry: Registry, names: Collection[str]) -> list[FeatureBuilder]:
    """These builders and those they are built on, in the order in which they are built; all without names."""
    asked = [registry.builder(name).name for name in names] or [each.name for each in registry.builders]
    wanted = _closure(registry.builders, asked)
    return [each for each in registry.builders if each.name in wanted]


def _closure(builders: Sequence[FeatureBuilder], names: Collection[str]) -> set[str]:
    known, makers = {each.name: each for each in builders}, {each.table.full_name: each.name for each in builders}
    waiting, found = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [makers[table] for table in known[name].inputs if table in makers]
    return found


def _kept(con: DuckDBPyConnection) -> dict[str, Verdict]:
    found = {}
    for row in con.execute("SELECT * FROM ops.lookahead").fetchall():
        named = dict(zip((each.name for each in fields(Verdict)), row, strict=True))
        found[named["builder"]] = Verdict(**{**named, "columns": tuple(json.loads(named["columns"]))})
    return found


def _keep(con: DuckDBPyConnection, verdict: Verdict) -> None:
    row = [json.dumps(value) if isinstance(value, tuple) else value for value in astuple(verdict)]
    con.execute(
        "INSERT OR REPLACE INTO ops.lookahead VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)", row
    ).fetchall()
