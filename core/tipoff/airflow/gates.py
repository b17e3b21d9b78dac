"""What each gate looks at, and its verdict: pass, skip, or wait because data is late and expected.

A gate asks the store, never another DAG's run: what was made by hand, late or in a backfill counts alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from tipoff import clock, plugins, settings
from tipoff.errors import CheckFailed, StoreBusy

if TYPE_CHECKING:
    from tipoff.plugins import Registry
    from tipoff.warehouse.store import Warehouse

GateName: TypeAlias = Literal["new_data", "features", "model"]


@dataclass(frozen=True)
class Verdict:
    """What a gate says, and why."""

    state: Literal["pass", "skip", "wait"]
    reason: str


def look(gate: GateName, now: datetime) -> Verdict:
    """One look at a gate.

    Args:
        gate: which one.
        now: the run's instant, naive UTC.

    Raises:
        CheckFailed: a quality check of severity ``block`` failed when it last ran (gate ``model``).
        Abort: settings or store are not usable.
    """
    from tipoff.warehouse.store import Warehouse

    store = Warehouse.of(settings.load())
    if not store.exists:
        return Verdict("skip", "nothing has been collected yet; run data_collection first")
    try:
        return _GATES[gate](plugins.load(), store, now)
    except StoreBusy as error:
        return Verdict("wait", str(error))


def new_data(registry: Registry, store: Warehouse, now: datetime) -> Verdict:
    """Whether the collected data reaches the day of `now`, as far as the feature builders need it.

    Late is: a watermark behind today, and a game on the schedule that should have been played since.
    """
    read = {table for builder in registry.builders for table in builder.inputs}
    names = [d.name for d in registry.datasets() if read & {f"raw.{table}" for table in d.tables}]
    today = clock.day_of(now)
    rows = store.query(_COLLECTED, names=names, today=today).to_pylist()
    if not rows:
        return Verdict("skip", "nothing has been collected yet; run data_collection first")
    late = [row for row in rows if row["day"] < today and row["open_games"]]
    if late:
        row = late[0]
        return Verdict(
            "wait",
            f"dataset `{row['dataset']}` of {row['league']} is collected up to {row['day']}, and {row['open_games']} "
            f"games should be over since; run data_collection",
        )
    behind = [row for row in rows if row["day"] < today]
    if behind:
        return Verdict("pass", f"collected up to {behind[0]['day']}, and no game was to be expected since")
    return Verdict("pass", f"collected up to {today}")


_COLLECTED = """
    SELECT w.league, w.dataset, w.day, count(g.game_id) AS open_games
    FROM ops.watermark w
    LEFT JOIN raw.games g
      ON g.league = w.league AND g.game_date >= w.day AND g.game_date < $today
      AND g.status IN ('scheduled', 'in_progress')
    WHERE list_contains($names, w.dataset)
    GROUP BY ALL
    ORDER BY w.day, w.league, w.dataset
"""
