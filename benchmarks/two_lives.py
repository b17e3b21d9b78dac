"""What the same days leave in the store, lived with faults and without: do they differ, and is anything lost?

A table of what changes now and then has a row for each thing that was seen, a spoilt list among them. Of such a table
the last state of each thing is compared. `benchmarks/soak.py` uses it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
from local_espn import differing
from tipoff import Table, plugins
from tipoff.errors import LedgerError
from tipoff.modelling import verification
from tipoff.settings import Settings
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.store import Warehouse

GROWTH = 1.6
"""Most that a store may take, in sizes of a copy with nothing but its data: DuckDB keeps freed blocks for later."""


def missed(noisy: Path, quiet: Path) -> list[str]:
    """Prints what two lives left; the goals that were missed.

    Args:
        noisy: ``TIPOFF_HOME`` of the life with faults.
        quiet: that of the life without.
    """
    mine, theirs = (Warehouse.of(Settings(home=home)) for home in (noisy, quiet))
    differences = compare(mine, theirs)
    print(f"{differences} rows differ from the quiet life's")
    store, data = size(mine, noisy / "compact.duckdb")
    print(
        f"store {store:.1f} MB, its data alone {data:.1f} MB; quiet {size(theirs, quiet / 'compact.duckdb')[0]:.1f} MB"
    )
    goals = {"tables": not differences, "ledger": whole(mine, theirs, noisy), "size": store <= GROWTH * data}
    return [goal for goal, is_met in goals.items() if not is_met]


def whole(noisy: Warehouse, quiet: Warehouse, home: Path) -> bool:
    """Prints how the ledgers differ; whether its chain holds, and no prediction is lost or doubled.

    A game is predicted on the morning before and on its own, and what has been said already adds no row. So a model's
    prediction of a game is lost when it was never made, and doubled when a day has more than in the quiet life.
    """
    wrong = verified(noisy, home)
    mine, theirs = predictions(noisy), predictions(quiet)
    lost = {key[:-1] for key in theirs} - {key[:-1] for key in mine}
    doubled = {key: count for key, count in mine.items() if count > max(1, theirs[key])}
    elsewhen = {key for key in theirs - mine if key[:-1] not in lost}
    print(
        f"the ledger {wrong or 'holds'}: {mine.total()} predictions, {theirs.total()} in the quiet life; "
        f"{len(lost)} lost, {len(doubled)} doubled, {len(elsewhen)} made on another day"
    )
    return not (wrong or lost or doubled)


def compare(noisy: Warehouse, quiet: Warehouse) -> int:
    """Prints how the tables differ; in how many rows."""
    differences = 0
    for name, table in sorted(plugins.load().tables().items()):
        if table.history:
            one, other = _ends(table, noisy), _ends(table, quiet)
            more = [thing for thing in one if one[thing] != other.get(thing)]
            fewer = [thing for thing in other if other[thing] != one.get(thing)]
        else:
            more, fewer = differing(table, noisy, quiet)  # type: ignore[assignment]
        if more or fewer:
            print(f"{name}: {len(more)} rows more, {len(fewer)} fewer, such as {str((more + fewer)[0])[:200]}")
        differences += len(more) + len(fewer)
    return differences


def _ends(table: Table, store: Warehouse) -> dict[tuple[object, ...], dict[str, Any]]:
    """The last state of each thing in a table of history, without the days since which and until which it held."""
    rows = store.query(f"SELECT * FROM {Identifier.of(table)} ORDER BY {Identifier(table.history[0])}").to_pylist()
    kept = [name for name in table.column_names if name not in table.history]
    key = [name for name in table.key if name not in table.history]
    return {tuple(row[name] for name in key): {name: row[name] for name in kept} for row in rows}


def predictions(store: Warehouse) -> Counter[tuple[object, ...]]:
    """How often each game was predicted by each model on each day."""
    said = "SELECT league, season, game_id, model, predicted_at::DATE AS day FROM predictions.ledger"
    return Counter(tuple(row.values()) for row in store.query(said).to_pylist())


def verified(store: Warehouse, home: Path) -> str:
    """What is wrong with the ledger; empty: nothing."""
    try:
        with store.read() as con:
            verification.verify(con, home / "ledger.json")
    except LedgerError as error:
        return str(error)
    return ""


def size(store: Warehouse, beside: Path) -> tuple[float, float]:
    """Megabytes of the store, and of a copy that holds nothing but the data."""
    with store.settled() as path, duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS old (READ_ONLY)")
        con.execute(f"ATTACH '{beside}' AS new")
        con.execute("COPY FROM DATABASE old TO new")
        con.execute("DETACH new")
        return path.stat().st_size / 1e6, beside.stat().st_size / 1e6
