"""The store: who holds it, whether it opens and can be read, and the ledger in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tipoff.errors import LedgerError, StoreBusy, StoreError, StoreForbidden
from tipoff.health.finding import Finding, Needs

if TYPE_CHECKING:
    from tipoff.warehouse.store import Warehouse

_WAIT_SECONDS: Final = 5.0
"""How long to wait for the store at most: who asks wants an answer."""

_RESTORE: Final = "tipoff restore"


def lock(needs: Needs) -> Iterator[Finding]:
    """Who holds the store."""
    import psutil

    warehouse = _warehouse(needs, wait=0)
    if not warehouse.exists:
        return
    try:
        with warehouse.locked():
            yield Finding("lock", "ok", "nobody holds the store")
    except StoreBusy:
        holder = warehouse.holder()
        try:
            command = " ".join(psutil.Process(int(holder)).cmdline())[:100]
        except (ValueError, psutil.Error):
            command = "of which nothing is known"
        mend = f"wait for it; if it hangs, `kill {holder}` harms nothing" if holder else "wait for it"
        yield Finding("lock", "warning", f"process {holder or 'unknown'} holds the store: {command}", mend)


def store(needs: Needs) -> Iterator[Finding]:
    """Whether the store is there, opens, has the shape of this tipoff, and can be read: to its last block if wanted."""
    import duckdb

    from tipoff.warehouse import last_writer, migrate
    from tipoff.warehouse.store import read_everything

    warehouse = _warehouse(needs)
    if not warehouse.exists:
        yield Finding("store", "warning", f"there is none yet at `{warehouse.path}`", "tipoff init")
        return
    try:
        with warehouse.read() as con:
            read = f"each of its {read_everything(con):,} rows can be read" if needs.thorough else "can be read"
            obstacle = migrate.obstacle(con)
            wrong = migrate.obstacles(con, needs.registry.tables().values())
            strange = last_writer.said(con, warehouse.path)
            current = migrate.is_current(con, migrate.fingerprint(tuple(needs.registry.tables().values())))
    except StoreBusy as error:
        yield Finding("store", "warning", str(error), "wait for it; see the line on the lock")
    except StoreForbidden as error:
        yield Finding("store", "failed", str(error), f"chown -R $USER {warehouse.path.parent}")
    except (StoreError, duckdb.Error) as error:
        yield Finding("store", "failed", f"`{warehouse.path}` cannot be read: {_first_line(error)}", _RESTORE)
    else:
        yield Finding("store", "ok", f"`{warehouse.path}` opens, and {read}")
        if obstacle:
            yield Finding("store", "failed", obstacle, "install the tipoff that wrote it")
        for name, reason in wrong.items():
            yield Finding("store", "failed", reason, f"{migrate.REBUILD} {name}")
        if strange:
            yield Finding("store", "failed", strange, "tipoff reparse && tipoff features rebuild")
        if not (obstacle or wrong or current):
            yield Finding("store", "warning", "its shape is an older one; the next run brings it on", "tipoff init")


def ledger(needs: Needs) -> Iterator[Finding]:
    """Whether the published predictions are as they were written."""
    import duckdb

    from tipoff import clock
    from tipoff.modelling import heads
    from tipoff.modelling.verification import verify, verify_clock
    from tipoff.warehouse.record import Record

    warehouse, settings = _warehouse(needs), needs.settings
    if not warehouse.exists:
        return
    try:
        with warehouse.read() as con:
            count = verify(con, settings.head, Record(settings.record), heads.published(settings.heads))
            verify_clock(con, clock.now())
        yield Finding("ledger", "ok", f"{count:,} predictions, as they were written")
    except LedgerError as error:
        yield Finding("ledger", "failed", str(error), "tipoff ledger verify")
    except (StoreBusy, StoreError, duckdb.Error) as error:
        yield Finding("ledger", "warning", f"cannot be read: {_first_line(error)}", "see the line on the store")


def models(needs: Needs) -> Iterator[Finding]:
    """Whether each league's champion can serve, and whether what models learn from looks ahead."""
    import duckdb

    from tipoff.features import lookahead
    from tipoff.modelling import serving
    from tipoff.warehouse import migrate

    warehouse, registry = _warehouse(needs), needs.registry
    if not warehouse.exists:
        return
    try:
        with warehouse.read() as con:
            if not migrate.is_current(con, migrate.fingerprint(tuple(registry.tables().values()))):
                yield Finding("models", "warning", "its shape is an older one, so it was not looked at", "tipoff init")
                return
            leagues = needs.settings.leagues
            found = [serving.look(con, registry, needs.settings.artifacts, league) for league in leagues]
            judged = lookahead.verdicts(con, registry)
    except (StoreBusy, StoreError, duckdb.Error) as error:
        yield Finding("models", "warning", f"cannot be read: {_first_line(error)}", "see the line on the store")
        return
    for now in found:
        if now.absent:
            yield Finding("models", "warning" if now.voice else "failed", f"{now.league}: {now}", "tipoff models list")
        elif now.champion:
            champion = f"`{now.champion.model}` version `{now.champion.version}`"
            yield Finding("models", "ok", f"{now.league}: the champion, {champion}, can serve")
        else:
            yield Finding("models", "ok", f"{now.league}: no champion yet; the first comes with `model_training`")
    for verdict in judged.values():
        if verdict.reason:
            yield Finding("models", "warning", f"not learned from: {verdict.reason}", "tipoff features list")


def _warehouse(needs: Needs, wait: float = _WAIT_SECONDS) -> Warehouse:
    from tipoff.warehouse.store import Warehouse

    return Warehouse(needs.settings.store, min(wait, needs.settings.lock_wait_seconds))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
