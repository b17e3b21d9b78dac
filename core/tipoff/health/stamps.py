"""What time it is here, and whether the store holds stamps that are still to come."""

from __future__ import annotations

from collections.abc import Iterator

from tipoff import clock
from tipoff.errors import StoreBusy, StoreError
from tipoff.health.finding import Finding, Needs


def stamps(needs: Needs) -> Iterator[Finding]:
    """The clock, and each kind of stamp in the future, with what mends it."""
    import duckdb

    from tipoff.quality.stamps import later_than_now
    from tipoff.warehouse.store import Warehouse

    now = clock.now()
    origin = "a clock that was set" if clock.is_set() else "the machine's clock"
    warehouse = Warehouse(needs.settings.store, min(5.0, needs.settings.lock_wait_seconds))
    found: list[Finding] = []
    if warehouse.exists:
        try:
            with warehouse.read() as con:
                found = [
                    Finding(
                        "clock",
                        "warning",
                        f"{rows:,} rows of {table} have a `{column}` in the future, up to {latest:%Y-%m-%d %H:%M}: a "
                        "clock was ahead, so they are not believed",
                        mend,
                    )
                    for table, column, rows, latest, mend in later_than_now(con, needs.registry)
                ]
        except (StoreBusy, StoreError, duckdb.Error) as error:
            why = str(error).strip().partition("\n")[0]
            found = [Finding("clock", "warning", f"stamps cannot be read: {why}", "see the line on the store")]
    yield from found or [Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S}Z by {origin}, and no stamp is later")]
