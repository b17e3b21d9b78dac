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
        assert_incremental(bench, tmp_path / "again")
        assert_point_in_time(bench, tmp_path / "before", tmp_path / "after")
        assert_reproducible(bench, tmp_path / "one", tmp_path / "two")
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from tipoff.contracts import Table
from tipoff.features.changes import CHANGES, Change, nonsense_from
from tipoff.features.engine import BuildReport, build
from tipoff.plugins import Registry
from tipoff.settings import Settings
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.store import Warehouse

_NOW = datetime(2030, 1, 1)
_EMPTY = "DELETE FROM ops.feature_state"


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
        with self.warehouse.locked():
            shutil.copy(self.warehouse.path, copy.warehouse.path)
        return copy

    def change(self, change: Change, day: date) -> None:
        """Applies a change in one transaction."""
        with self.warehouse.write() as con:
            change(con, day)

    def contents(self, table: Table, until: date | None = None) -> pa.Table:
        """The table's rows by key, provenance left out, of games up to `until`."""
        columns = ", ".join(str(Identifier(name)) for name in table.column_names)
        key = ", ".join(str(Identifier(name)) for name in table.key)
        rows = self.warehouse.query(
            f"SELECT {columns} FROM {Identifier.of(table)} ORDER BY {key}"  # noqa: S608 - identifiers only
        )
        return rows if until is None else rows.filter(pc.less_equal(rows["game_date"], pa.scalar(until)))

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


def assert_same(left: pa.Table, right: pa.Table, what: str) -> None:
    """Fails with the first differing rows unless both tables are equal to the last bit."""
    if left.equals(right):
        return
    ours, theirs = left.to_pylist(), right.to_pylist()
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            names = [name for name in one if one[name] != other[name]]
            key = {name: one[name] for name in list(one)[:4]}
            pairs = {name: (one[name], other[name]) for name in names}
            raise AssertionError(f"{what}: the row {key} differs: {pairs}")
    raise AssertionError(f"{what}: {len(ours)} rows against {len(theirs)}")


def assert_incremental(bench: Bench, home: Path, changes: Iterable[Change] = tuple(CHANGES.values())) -> None:
    """After each of `changes`, on different days, an incremental build in the same run equals one from nothing.

    Args:
        bench: holds games; its features are built first. Its store stays changed.
        home: a folder for the other stores.
        changes: see `CHANGES`.
    """
    bench.build()
    for number, change in enumerate(changes):
        days = bench.days()
        bench.change(change, days[(number * len(days) // 3 + 7) % len(days)])
        bench.build_again()
        again = bench.from_nothing(home / f"{number}-{change.__name__}")
        for builder in bench.registry.builders:
            assert_same(
                bench.contents(builder.table),
                again.contents(builder.table),
                f"`{builder.name}` after `{change.__name__}`, incremental (left) and from nothing (right)",
            )


def assert_point_in_time(bench: Bench, home: Path, nonsense: Change = nonsense_from, days: int = 3) -> None:
    """Nonsense on and after a day changes no row of that day or before, for some days.

    Args:
        bench: holds games.
        home: a folder for the other stores.
        nonsense: what to do to the inputs.
        days: on how many days to try it, spread over the seasons.
    """
    before = bench.from_nothing(home / "before")
    every = before.days()
    for number in range(days):
        day = every[len(every) * (number + 1) // (days + 1)]
        after = before.copy(home / f"after-{day}")
        after.change(nonsense, day)
        if not sum(report.written for report in after.build().values()):
            raise AssertionError(f"nonsense from {day} on changed no feature, so this tested nothing")
        for builder in bench.registry.builders:
            left, right = before.contents(builder.table, day), after.contents(builder.table, day)
            assert_same(left, right, f"`{builder.name}` up to {day}, with the future (left) and with nonsense (right)")


def assert_reproducible(bench: Bench, home: Path) -> None:
    """Two builds from nothing give the same bytes."""
    one, two = bench.from_nothing(home / "one"), bench.from_nothing(home / "two")
    for builder in bench.registry.builders:
        left, right = one.contents(builder.table), two.contents(builder.table)
        assert_same(left, right, f"`{builder.name}`, built twice")
        if digest(left) != digest(right):
            raise AssertionError(f"`{builder.name}`, built twice: equal values, other bytes")
