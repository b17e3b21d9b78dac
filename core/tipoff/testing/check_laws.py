"""What every check must obey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tipoff.contracts import Check, Table
from tipoff.contracts.judging import nearest
from tipoff.errors import TipoffError
from tipoff.features.tiny_league import Record, write
from tipoff.plugins import Registry
from tipoff.quality.checks import CheckResult, run_check
from tipoff.settings import Settings
from tipoff.testing.filling import filled
from tipoff.testing.subject import Suite, broken, not_shown
from tipoff.warehouse.store import Warehouse

_WRITE = (
    "write one SELECT over the tables that `tipoff tables` lists, with `$now` for the run's instant and `$today` for "
    "the league's day"
)


class CheckLaws(Suite):
    """One SELECT that runs, finds what is wrong, and nothing where there is nothing; wherever it was declared."""

    def test_it_finds_nothing_in_an_empty_store(self, check: Check, tmp_path: Path) -> None:
        """It runs, and an empty store passes: the first day of a league is no trouble."""
        self._needs_table(check)
        result = self._result(check, tmp_path, {})
        if result.offenders:
            broken(f"check `{check.name}` finds offenders in an empty store: {list(result.sample)}",
                   "select the rows that are wrong, and no totals: count(*) has a row even of nothing")  # fmt: skip

    def test_it_runs_over_rows(self, check: Check, tmp_path: Path) -> None:
        """It runs over rows in every table that there is, too: some mistakes show only where there is a value."""
        self._needs_table(check)
        tables = self._tables()
        given = self.subject.given(tables.values())
        records = filled(self.subject.league.records(), tables.values(), given)
        self._result(check, tmp_path, {**records, **given})

    def test_it_finds_what_is_wrong(self, check: Check, tmp_path: Path) -> None:
        """Of rows that are wrong, which you give as `offenders=`, it finds one at least."""
        self._needs_table(check)
        names = [each.name for each in self.subject.brought.all_checks()]
        for name in self.subject.offenders:
            if name not in names:
                broken(f"`offenders=` names `{name}`, which is no check of this plugin{nearest(name, names)}",
                       f"name one of {', '.join(names)}")  # fmt: skip
        example = f"offenders={{'{check.name}': {{'{check.table}': [{{…}}]}}}}"
        if check.name not in self.subject.offenders:
            not_shown(f"nothing says what check `{check.name}` must find", f"give rows that are wrong: {example}")
        rows = self.subject.given(self._tables().values(), self.subject.offenders[check.name], "offenders=")
        if not any(rows.values()):
            not_shown(f"`offenders=` has no row for check `{check.name}`", f"give rows that are wrong: {example}")
        if not self._result(check, tmp_path, rows).offenders:
            broken(
                f"check `{check.name}` does not find what is wrong in {rows}",
                "select the rows that are wrong; or give rows that are so, with all that the SELECT looks at",
            )

    def test_its_table_is_there(self, check: Check) -> None:
        """The table that it judges is one of the domain's, of the plugin's or of another's that is installed."""
        tables = self._tables()
        if check.table not in tables:
            broken(f"check `{check.name}` judges `{check.table}`, which is no table{nearest(check.table, tables)}",
                   f"there are: {', '.join(tables)}")  # fmt: skip

    def _needs_table(self, check: Check) -> None:
        if check.table not in self._tables():
            pytest.skip(f"`{check.table}` is no table: see test_its_table_is_there")

    def _result(self, check: Check, folder: Path, records: Mapping[str, Sequence[Record]]) -> CheckResult:
        """What it finds among these rows."""
        tables = self._tables()
        settings = Settings(home=folder / "store")
        store = Warehouse.of(settings)
        store.migrate(tables.values())
        try:
            write(store, records, self.subject.now, tables=tables.values())
        except TipoffError as error:
            broken(f"check `{check.name}`: {error}", "give rows as their table wants them")
        with store.read() as con:
            subject, settled = self.subject, settings.settle_days
            result = run_check(con, check, now=subject.now, leagues=subject.leagues, settle_days=settled)
        if result.error:
            where = "over rows" if any(records.values()) else "in an empty store"
            broken(f"check `{check.name}` cannot run {where}: {result.error}", _WRITE)
        return result

    def _tables(self) -> dict[str, Table]:
        beside, brought = self.subject.beside(), self.subject.brought
        own = {each.name for each in beside.collectors} | {each.name for each in beside.builders}
        return Registry(
            collectors=(*beside.collectors, *(each for each in brought.collectors if each.name not in own)),
            builders=(*beside.builders, *(each for each in brought.feature_builders if each.name not in own)),
        ).tables()
