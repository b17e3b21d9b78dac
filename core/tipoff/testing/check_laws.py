"""What every check must obey."""

from __future__ import annotations

from pathlib import Path

from tipoff.contracts import Check
from tipoff.plugins import Registry
from tipoff.quality.checks import run_check
from tipoff.settings import Settings
from tipoff.testing.subject import Suite, broken
from tipoff.warehouse.store import Warehouse


class CheckLaws(Suite):
    """One SELECT that runs, and finds nothing where there is nothing; for each check, wherever it was declared."""

    def test_it_finds_nothing_in_an_empty_store(self, check: Check, tmp_path: Path) -> None:
        """It runs, and an empty store passes: the first day of a league is no trouble."""
        store = self._store(tmp_path)
        with store.read() as con:
            subject, settled = self.subject, Settings(home=tmp_path).settle_days
            result = run_check(con, check, now=subject.now, leagues=subject.leagues, settle_days=settled)
        if result.error:
            broken(
                f"check `{check.name}` cannot run: {result.error}",
                "write one SELECT over the tables that `tipoff tables` lists, with `$now` for the run's instant and "
                "`$today` for the league's day",
            )
        if result.offenders:
            broken(f"check `{check.name}` finds offenders in an empty store: {list(result.sample)}",
                   "select the rows that are wrong, and no totals: count(*) has a row even of nothing")  # fmt: skip

    def test_its_table_is_there(self, check: Check) -> None:
        """The table that it judges is one of the domain's, of the plugin's or of another's that is installed."""
        tables = self._known().tables()
        if check.table not in tables:
            broken(f"check `{check.name}` judges `{check.table}`, which is no table", f"there are: {', '.join(tables)}")

    def _known(self) -> Registry:
        beside, brought = self.subject.beside(), self.subject.brought
        own = {each.name for each in beside.collectors} | {each.name for each in beside.builders}
        return Registry(
            collectors=(*beside.collectors, *(each for each in brought.collectors if each.name not in own)),
            builders=(*beside.builders, *(each for each in brought.feature_builders if each.name not in own)),
        )

    def _store(self, folder: Path) -> Warehouse:
        store = Warehouse.of(Settings(home=folder / "store"))
        store.migrate(self._known().tables().values())
        return store
