"""What every feature builder must obey, as assertions for its tests.

1. **Incremental equals full**: after any change of the inputs, an incremental build leaves what a build from
   nothing would. That holds in the **same run at the same instant** too, as when a task is cleared and runs again
   after a correction (`assert_incremental`).
2. **Point in time**: whatever happens on a day and after it changes no row of that day or before
   (`assert_point_in_time`).
3. **Same input, same bytes**: two builds from nothing agree to the last bit (`assert_reproducible`).

They run the real engine on a store that holds games; `tipoff.features.tiny_league` makes one up::

    def test_laws(tmp_path):
        bench = Bench(registry, Settings(home=tmp_path))
        bench.warehouse.migrate(registry.tables().values())
        TinyLeague().fill(bench.warehouse, NOW)
        assert_reproducible(bench, tmp_path / "same")
        assert_point_in_time(bench, tmp_path / "time")
        assert_incremental(bench)

Each builds the features first where they are not built, and only the last changes the store. `after_changes`,
`after_nonsense` and `built_twice` give every breach instead of raising the first.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tipoff.contracts import FeatureBuilder, Table
from tipoff.features import engine
from tipoff.features.changes import CHANGES, Change, nonsense_from
from tipoff.features.context import Inputs
from tipoff.features.engine import BuildReport, build
from tipoff.features.partitions import Partition, learned_from
from tipoff.plugins import Registry
from tipoff.settings import Settings
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.store import Warehouse

_NOW = datetime(2030, 1, 1)
_EMPTY = "DELETE FROM ops.feature_state"


class Breach(NamedTuple):
    """A builder that does not keep a law, and how that shows."""

    builder: str
    what: str


@dataclass
class Bench:
    """A store with the builders under test.

    Args:
        registry: what the plugins bring; its builders are the ones under test.
        settings: where the store is.
        runs: how many there have been; each has an id and an instant of its own.
    """

    registry: Registry
    settings: Settings
    runs: int = 0

    @property
    def warehouse(self) -> Warehouse:
        """The store."""
        return Warehouse.of(self.settings)

    def build(self, *, full: bool = False) -> dict[str, BuildReport]:
        """Builds every builder in order, in a new run."""
        self.runs += 1
        return self.build_again(full=full)

    def build_again(self, *, full: bool = False) -> dict[str, BuildReport]:
        """Builds every builder in order, in the run and at the instant of the build before."""
        now, run = _NOW + timedelta(hours=self.runs), f"law-{self.runs}"
        return {
            builder.name: build(
                builder.name, registry=self.registry, settings=self.settings, run_id=run, now=now, full=full
            )
            for builder in self.registry.builders
        }

    def from_nothing(self, home: Path) -> Bench:
        """A copy of the store in a new home, with the features built from nothing."""
        copy = self.copy(home)
        with copy.warehouse.write() as con:
            con.execute(_EMPTY).fetchall()
            for builder in copy.registry.builders:
                con.execute(f"DELETE FROM {Identifier.of(builder.table)}").fetchall()  # noqa: S608 - identifiers only
        copy.build()
        return copy

    def copy(self, home: Path) -> Bench:
        """A copy of the store, as it is, in a new home."""
        copy = Bench(self.registry, self.settings.model_copy(update={"home": home}), self.runs)
        home.mkdir(parents=True)
        with self.warehouse.settled() as path:
            shutil.copy(path, copy.warehouse.path)
        return copy

    def change(self, change: Change, day: date) -> None:
        """Applies a change in one transaction."""
        with self.warehouse.write() as con:
            change(con, day)

    def contents(self, table: Table, until: date | None = None) -> pa.Table:
        """The table's rows by key that features are computed from, provenance left out, of games up to `until`."""
        columns = ", ".join(str(Identifier(name)) for name in table.column_names)
        key = ", ".join(str(Identifier(name)) for name in table.key)
        rows = self.warehouse.query(
            f"SELECT {columns} FROM {learned_from(table)} ORDER BY {key}"  # noqa: S608 - identifiers only
        )
        return rows if until is None else rows.filter(pc.less_equal(rows["game_date"], pa.scalar(until)))

    def computed(self) -> Iterator[tuple[FeatureBuilder, pa.Table]]:
        """Each builder with what its table should hold: nothing that the engine remembers or has stored goes in."""
        specs, builders = self.registry.tables(), self.registry.builders
        raw = {name for each in builders for name in each.inputs} - {each.table.full_name for each in builders}
        tables = computed(builders, {name: self.contents(specs[name]) for name in sorted(raw)})
        yield from ((each, tables[each.table.full_name]) for each in builders)

    def days(self) -> list[date]:
        """The days of games, oldest first."""
        rows = self.warehouse.query("SELECT DISTINCT game_date FROM raw.games ORDER BY 1")
        return list(rows["game_date"].to_pylist())


def digest(rows: pa.Table) -> str:
    """sha256 of the values, written so that different bits give different text; what lies under a NULL is left out."""
    sums = hashlib.sha256()
    for column in rows.itercolumns():
        sums.update(repr(column.to_pylist()).encode())
    return sums.hexdigest()


def first_difference(left: pa.Table, right: pa.Table) -> str:
    """The first differing rows in words, or nothing where both tables are equal to the last bit."""
    if left.equals(right):
        return ""
    ours, theirs = left.to_pylist(), right.to_pylist()
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            names = [name for name in one if one[name] != other[name]]
            key = {name: one[name] for name in list(one)[:4]}
            pairs = {name: (one[name], other[name]) for name in names}
            return f"the row {key} differs: {pairs}"
    return f"{len(ours)} rows against {len(theirs)}"


def assert_same(left: pa.Table, right: pa.Table, what: str) -> None:
    """Fails with the first differing rows unless both tables are equal to the last bit."""
    if difference := first_difference(left, right):
        raise AssertionError(f"{what}: {difference}")


def computed(builders: Sequence[FeatureBuilder], tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """What each builder's table should hold, by full name: computed in memory, from nothing but `tables`.

    Args:
        builders: each after those whose tables it reads.
        tables: the inputs that no builder makes, by full name, each sorted by its key.
    """
    known = dict(tables)
    for builder in builders:
        inputs = {name: known[name] for name in builder.inputs}
        keys = [rows.select(["league", "season"]) for rows in inputs.values() if "season" in rows.column_names]
        seasons = pa.concat_tables(keys).group_by(["league", "season"]).aggregate([]).to_pylist()
        rows = pa.concat_tables([_computed(builder, inputs, Partition(**each)) for each in seasons])
        known[builder.table.full_name] = rows.sort_by([(name, "ascending") for name in builder.table.key])
    return {builder.table.full_name: known[builder.table.full_name] for builder in builders}


def _computed(builder: FeatureBuilder, inputs: Mapping[str, pa.Table], partition: Partition) -> pa.Table:
    seen = {name.rpartition(".")[2]: _seen(builder, rows, partition) for name, rows in inputs.items()}
    return engine.computed(builder, Inputs(builder.name, seen, *partition))


def _seen(builder: FeatureBuilder, rows: pa.Table, partition: Partition) -> pa.Table:
    condition = pc.scalar(True)
    if "league" in rows.column_names:
        condition &= pc.field("league") == partition.league
    if "season" in rows.column_names:
        condition &= pc.field("season") <= partition.season
        if builder.lookback is not None:
            condition &= pc.field("season") >= partition.season - builder.lookback
    return rows.filter(condition)


def after_changes(bench: Bench, changes: Iterable[Change] = tuple(CHANGES.values())) -> Iterator[Breach]:
    """What an incremental build in the same run leaves otherwise than `Bench.computed`, after each of `changes`.

    Args:
        bench: holds games. Its store stays changed.
        changes: see `CHANGES`; each happens on another day.
    """
    bench.build()
    for number, change in enumerate(changes):
        days = bench.days()
        bench.change(change, days[(number * len(days) // 3 + 7) % len(days)])
        bench.build_again()
        for builder, wanted in bench.computed():
            what = f"`{builder.name}` after `{change.__name__}`, incremental (left) and from nothing (right)"
            yield from _breaches(builder, bench.contents(builder.table), wanted, what)


def spread(days: Sequence[date], number: int) -> list[date]:
    """So many of the days, spread evenly over them."""
    return [days[len(days) * (2 * place + 1) // (2 * number)] for place in range(number)]


def after_nonsense(
    bench: Bench, home: Path, nonsense: Change = nonsense_from, days: int = 3, on: Sequence[date] = ()
) -> Iterator[Breach]:
    """Rows of a day or before that nonsense on and after that day changes, for some days.

    Args:
        bench: holds games.
        home: a folder for the other stores.
        nonsense: what to do to the inputs.
        days: on how many days to try it, spread over the seasons.
        on: the days to try it on instead.

    Raises:
        AssertionError: the nonsense changed nothing at all, so this would test nothing.
    """
    bench.build()
    for day in on or spread(bench.days(), days):
        after = bench.copy(home / f"after-{day}")
        after.change(nonsense, day)
        if not sum(report.written for report in after.build().values()):
            raise AssertionError(f"nonsense from {day} on changed no feature, so this tested nothing")
        for builder in bench.registry.builders:
            left, right = bench.contents(builder.table, day), after.contents(builder.table, day)
            what = f"`{builder.name}` up to {day}, with the future (left) and with nonsense (right)"
            yield from _breaches(builder, left, right, what)


def built_twice(bench: Bench, home: Path) -> Iterator[Breach]:
    """What is otherwise when it is built again from nothing, in another home.

    Args:
        bench: holds games.
        home: the other home.
    """
    bench.build()
    again = bench.from_nothing(home)
    for builder in bench.registry.builders:
        left, right = bench.contents(builder.table), again.contents(builder.table)
        found = list(_breaches(builder, left, right, f"`{builder.name}`, built twice"))
        if not found and digest(left) != digest(right):
            found.append(Breach(builder.name, f"`{builder.name}`, built twice: equal values, other bytes"))
        yield from found


def assert_incremental(bench: Bench, changes: Iterable[Change] = tuple(CHANGES.values())) -> None:
    """After each of `changes` an incremental build leaves what a full one would; see `after_changes`."""
    _none(after_changes(bench, changes))


def assert_point_in_time(bench: Bench, home: Path, nonsense: Change = nonsense_from, days: int = 3) -> None:
    """Nonsense on and after a day changes no row of that day or before; see `after_nonsense`."""
    _none(after_nonsense(bench, home, nonsense, days))


def assert_reproducible(bench: Bench, home: Path) -> None:
    """Built again from nothing, in another home, the features have the same bytes; see `built_twice`."""
    _none(built_twice(bench, home))


def _none(breaches: Iterator[Breach]) -> None:
    for breach in breaches:
        raise AssertionError(breach.what)


def _breaches(builder: FeatureBuilder, left: pa.Table, right: pa.Table, what: str) -> Iterator[Breach]:
    difference = first_difference(left, right)
    if difference:
        yield Breach(builder.name, f"{what}: {difference}")
