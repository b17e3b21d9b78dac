"""The tables as the present parsers make them of everything that has landed, without asking anybody anything.

All batches of the landing zone are parsed again into a store of their own, in the order in which they came, and the
difference to the real store is applied in one transaction. So rows go that a parser no longer yields, rows that did
not change keep their provenance, and a kill at any instant leaves the real store as it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from tipoff import clock
from tipoff.collecting import loading, owed
from tipoff.collecting.misdated import Stamp, misdated
from tipoff.collecting.sources import Landed, fitting, kin, landed, names
from tipoff.collecting.taking_over import AS_NEW, LANDED, REMEMBER
from tipoff.contracts.judging import nearest
from tipoff.errors import SettingsError, StoreError
from tipoff.warehouse import migrate
from tipoff.warehouse.difference import OTHER, Difference, apply, difference
from tipoff.warehouse.merge import written_at
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.contracts import Table
    from tipoff.plugins import Registry
    from tipoff.settings import Settings

Progress = Callable[[int, int], None]
"""Called with the batches dealt with, and how many there are."""


@dataclass(frozen=True)
class Reparsed:
    """What came of it.

    Args:
        batches: that were parsed again.
        answers: in them.
        tables: what differs, by table; tables without a difference are left out.
        quarantined: records that are set aside now.
        missing: batches that are in the store and no longer in the landing zone; where there are any, nothing that
            they may have told is removed or set back.
        applied: whether the store was changed.
    """

    batches: int
    answers: int
    tables: tuple[Difference, ...]
    quarantined: int
    missing: int
    applied: bool


_NEVER: Final = datetime(1, 1, 1)


@dataclass(frozen=True)
class _Batch:
    """A batch, and when it spoke."""

    begun: datetime
    rank: int
    source: Landed
    name: str
    stamp: Stamp | None
    """What counts in the place of its own stamps, where a clock was wrong."""


def reparse(
    *,
    registry: Registry,
    settings: Settings,
    run_id: str,
    dry_run: bool = False,
    rebuild: str = "",
    progress: Progress | None = None,
) -> Reparsed:
    """Parses again whatever the loaded collectors have landed, and makes the tables what comes of it.

    Args:
        registry: of the loaded plugins; what other collectors have told stays as it is.
        settings: where store and landing zone are.
        run_id: written on the rows that change.
        dry_run: only say what would change.
        rebuild: full name of a collector's own table, which the store may have in another shape. Then only what that
            collector fills is parsed again, with those that fill the same tables, and the table is made anew.
        progress: called after each batch.

    Raises:
        PluginError: a parser broke its contract; nothing was changed.
        StoreBusy: another process kept the store.
        SettingsError: no loaded collector has the table that is to be rebuilt.
        StoreError: a batch cannot be read, or is missing that is needed to rebuild a table; nothing was changed.
    """
    if rebuild:
        registry = kin(_owner(rebuild, registry), registry)
    with _alone(settings):
        found = _reparse(registry, settings, run_id, dry_run=dry_run, rebuild=rebuild, progress=progress)
    if found.applied and not rebuild and not found.missing:
        with Warehouse.of(settings).write() as con:  # whatever another had written is overwritten
            con.execute("DELETE FROM ops.foreign_write").fetchall()
    return found


def _owner(table: str, registry: Registry) -> str:
    """The collector that brings a table of its own."""
    owners = {own.full_name: collector.name for collector in registry.collectors for own in collector.tables}
    if table in owners:
        return owners[table]
    there = ", ".join(f"`{name}`" for name in sorted(owners)) or "none"
    raise SettingsError(
        f"`{table}` is no collector's own table{nearest(table, owners)}; those are: {there}. What is computed is made "
        "anew by `tipoff features rebuild`"
    )


def reparse_outdated(*, registry: Registry, settings: Settings, run_id: str) -> Reparsed | None:
    """`reparse`, where a batch is in the store as an earlier version of its dataset's parser made it.

    What a killed one left, which may be as large as the store, is removed.
    """
    if not _outdated(registry, settings):
        if _beside(settings).exists():
            with suppress(Timeout), _alone(settings, wait=0):  # one that is at work keeps it
                shutil.rmtree(_beside(settings), ignore_errors=True)
        return None
    with _alone(settings):
        # Another task may have waited for nothing but the same.
        return _reparse(registry, settings, run_id) if _outdated(registry, settings) else None


_VERSIONS: Final = "SELECT DISTINCT source, dataset, processing_version FROM ops.loaded_file"


def _outdated(registry: Registry, settings: Settings) -> bool:
    versions = _versions(registry)
    with Warehouse.of(settings).read() as con:
        loaded = con.execute(_VERSIONS).fetchall()
    return any(versions.get((source, dataset), version) != version for source, dataset, version in loaded)


def _versions(registry: Registry) -> dict[tuple[str, str], str]:
    """The version of each dataset, by collector and name."""
    pairs = ((collector, dataset) for collector in registry.collectors for dataset in collector.datasets)
    return {(collector.name, dataset.name): dataset.version for collector, dataset in pairs}


@contextmanager
def _alone(settings: Settings, wait: float = -1) -> Iterator[None]:
    settings.home.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.home / "reparse.lock", timeout=wait):
        yield


def _beside(settings: Settings) -> Path:
    """The folder of the store in which the tables are built again."""
    return settings.home / ".reparse"


def _reparse(
    registry: Registry,
    settings: Settings,
    run_id: str,
    *,
    dry_run: bool = False,
    rebuild: str = "",
    progress: Progress | None = None,
) -> Reparsed:
    warehouse = Warehouse.of(settings)
    left = warehouse.migrate(registry.tables().values())
    # All of the collector's at once: it cannot work before the last of them has its shape.
    renewed = {name for name in left if rebuild and _owner(name, registry) == _owner(rebuild, registry)}
    registry = fitting(registry, left.keys() - renewed)
    folder = _beside(settings)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        rebuilding = _Rebuilding(registry, settings, folder, run_id, renewed)
        while True:
            rebuilding.catch_up(progress)
            with warehouse.write() as con:
                # What another run has loaded meanwhile must not be taken for something that no parser yields.
                if not rebuilding.lacks(con):
                    return rebuilding.finish(con, dry_run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Rebuilding:
    """A store of its own, in which the tables are built again."""

    def __init__(
        self, registry: Registry, settings: Settings, folder: Path, run_id: str, renewed: Collection[str]
    ) -> None:
        self._sources = list(landed(registry, settings, run_id))
        self._tables = {name: table for source in self._sources for name, table in source.tables.items()}
        self._renewed = {name: registry.tables()[name] for name in renewed}
        self._versions = _versions(registry)
        self._run_id = run_id
        self._store = Warehouse(folder / "tipoff.duckdb")
        self._store.migrate(registry.tables().values())
        self._done: set[tuple[str, str, str, str]] = set()
        self._answers = 0
        self._missing = 0
        self._rejected: dict[tuple[str, str, str], dict[str, owed.Trouble]] = {}

    def catch_up(self, progress: Progress | None) -> None:
        """Parses the batches that have landed since the last time."""
        batches = [each for each in self._batches() if self._identity(each) not in self._done]
        for number, batch in enumerate(batches, start=1):
            source = batch.source
            content, rejected = source.parsing.again(source.landing, batch.name, stamp=batch.stamp)
            with self._store.write() as con:
                loading.load(con, source.origin, source.tables, {batch.name: content})
            kept = self._rejected.setdefault(names(source), {})
            for payload, error in rejected:
                trouble = owed.Trouble(payload.request, payload.fetched_at, type(error).__name__, str(error))
                kept[payload.request.key] = trouble
            self._answers += content.payloads.num_rows + content.rejected.num_rows
            self._done.add(self._identity(batch))
            if progress is not None:
                progress(number, len(batches))

    def lacks(self, con: DuckDBPyConnection) -> bool:
        """Whether the real store has a batch that is in the landing zone and was not parsed again."""
        there = {names(source): set(source.landing.batches()) for source in self._sources}
        loaded = con.execute("SELECT source, league, dataset, batch FROM ops.loaded_file").fetchall()
        ours = [row for row in loaded if (row[0], row[2]) in self._versions]
        self._missing = sum(row[3] not in there.get(row[:3], ()) for row in ours)
        return any(row not in self._done and row[3] in there.get(row[:3], ()) for row in ours)

    def finish(self, con: DuckDBPyConnection, dry_run: bool) -> Reparsed:
        """Counts the difference and, unless it is a dry run, applies it."""
        con.execute("ATTACH $path AS tipoff_rebuilt (READ_ONLY)", {"path": str(self._store.path)}).fetchall()
        sources = sorted({source.origin.source for source in self._sources})
        whole = not self._missing
        tables = sorted({**self._tables, **self._renewed}.items())
        found = [self._difference(con, table, sources, whole) for _, table in tables]
        if not dry_run:
            for table in self._renewed.values():
                migrate.renew(con, table)
            now = written_at(con)
            for table in self._tables.values():
                apply(con, table, sources, run_id=self._run_id, now=now, is_whole=whole)
            for source in self._sources:
                self._remember(con, source)
            # What is no longer there cannot be parsed again, so it is as new as it will ever be.
            for (name, dataset), version in self._versions.items():
                con.execute(AS_NEW, {"source": name, "dataset": dataset, "version": version}).fetchall()
        ((quarantined,),) = con.execute(f"SELECT count(*) FROM {OTHER}.ops.quarantine").fetchall()  # noqa: S608 - a constant
        different = tuple(each for each in found if each.any)
        return Reparsed(len(self._done), self._answers, different, quarantined, self._missing, not dry_run)

    def _difference(self, con: DuckDBPyConnection, table: Table, sources: list[str], whole: bool) -> Difference:
        if table.full_name not in self._renewed:
            return difference(con, table, sources, is_whole=whole)
        if not whole:
            raise StoreError(
                f"`{table.full_name}` cannot be made anew, and is as it was: {self._missing} batches that it may have "
                "been made of are no longer in the landing zone; put them back, or give the new shape a new table name"
            )
        count = "SELECT count(*) FROM {}"
        (((mine,),), ((other,),)) = (
            con.execute(count.format(name)).fetchall()
            for name in (Identifier.of(table), Identifier(OTHER, table.schema, table.name))
        )
        return Difference(table.full_name, other, 0, mine)

    def _remember(self, con: DuckDBPyConnection, source: Landed) -> None:
        """Takes over what was landed, led to and set aside."""
        for statement in REMEMBER:
            con.execute(statement, source.origin.names).fetchall()
        kept = con.execute("SELECT key FROM tipoff_kept").fetchall()
        landed = {key for (key,) in [*con.execute(LANDED, source.origin.names).fetchall(), *kept]}
        troubles = [each for key, each in self._rejected.get(names(source), {}).items() if key not in landed]
        owed.save(con, source.origin.names, troubles, self._run_id)

    def _batches(self) -> list[_Batch]:
        """In the order in which they spoke; those of one dataset in the order in which they landed."""
        found = []
        for rank, source in enumerate(self._sources):
            begun = list[datetime]()
            stamps = misdated(source.landing, clock.now())
            for name in source.landing.batches():
                stamp = stamps.get(name)
                at = stamp.at if stamp else source.landing.begun(name)
                begun += [at] if at else []
                found.append(_Batch(max(begun, default=_NEVER), rank, source, name, stamp))
        return sorted(found, key=lambda batch: (batch.begun, batch.rank))

    def _identity(self, batch: _Batch) -> tuple[str, str, str, str]:
        return (*names(batch.source), batch.name)
