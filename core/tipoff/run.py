"""One run of a task or a command: who asks, when, with which plugins and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tipoff.contracts import Access, Collector
    from tipoff.plugins import Registry
    from tipoff.settings import Settings
    from tipoff.warehouse.store import Warehouse


@dataclass(frozen=True)
class Run:
    """What every engine is given.

    Args:
        registry: the loaded plugins.
        settings: folders and leagues.
        run_id: the name it leaves on every row it writes.
        now: the instant it speaks for, naive UTC.
    """

    registry: Registry
    settings: Settings
    run_id: str
    now: datetime

    def access(self, collector: Collector) -> Access:
        """How a collector's source is reached."""
        from tipoff.collecting.engine import access_of

        return access_of(self.settings, collector.name)

    def warehouse(self) -> Warehouse:
        """The store, brought up to date."""
        from tipoff.warehouse.store import Warehouse

        warehouse = Warehouse.of(self.settings)
        warehouse.migrate(self.registry.tables().values())
        return warehouse

    def publish(self) -> None:
        """Brings the copy that people read up to date with the store, and the store with the journal of tasks.

        Where the ledger's chain ends in the copy is added to the heads beside it.
        """
        import duckdb

        from tipoff import clock
        from tipoff.modelling import heads, ledger
        from tipoff.monitoring.folding import fold
        from tipoff.warehouse.publish import publish

        warehouse = self.warehouse()
        fold(warehouse, self.settings.home)
        before = clock.now()
        copy = publish(warehouse, self.settings.published)
        with duckdb.connect(str(copy), read_only=True) as con:
            head = ledger.head_of(con, before)
        if head.rows:
            heads.add(self.settings.heads, head)
