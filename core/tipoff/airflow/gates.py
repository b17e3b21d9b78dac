"""What each gate looks at, and what follows from it: pass, skip, or wait because data is late and expected.

A gate asks the store, never another DAG's run: what was made by hand, late or in a backfill counts alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from tipoff import clock, plugins, settings
from tipoff.collecting.lateness import reach
from tipoff.errors import Abort, StoreBusy

if TYPE_CHECKING:
    from tipoff.plugins import Registry
    from tipoff.settings import Settings
    from tipoff.warehouse.store import Warehouse

GateName: TypeAlias = Literal["new_data", "features", "model"]


@dataclass(frozen=True)
class Look:
    """What a look says: go on, skip or wait; and why."""

    state: Literal["pass", "skip", "wait"]
    reason: str


_NO_FEATURES = Look("pass", "no plugin brings features, so none are missing")


def look(gate: GateName, now: datetime) -> Look:
    """One look at a gate.

    Args:
        gate: which one.
        now: the run's instant, naive UTC.

    Returns:
        What follows; to be asked again later where it is to wait.

    Raises:
        CheckFailed: a quality check of severity ``block`` failed when it last ran (gate ``model``).
        Abort: settings or store are not usable.
    """
    from tipoff.warehouse.store import Warehouse

    chosen = settings.load()
    store = Warehouse.of(chosen)
    if not store.exists:
        return Look("skip", "nothing has been collected yet; run data_collection first")
    registry = plugins.load(chosen)
    try:
        store.migrate(registry.tables().values())
        return _GATES[gate](registry, store, chosen, now)
    except StoreBusy as error:
        return Look("wait", str(error))


def look_again(gate: GateName, now: str) -> Look:
    """The same, with the instant as ISO 8601 text: what a waiting gate leaves in the triggerer."""
    return look(gate, clock.parse(now, where="a waiting gate"))


def new_data(registry: Registry, store: Warehouse, chosen: Settings, now: datetime) -> Look:
    """Whether the collected data reaches the day of `now`, as far as the feature builders need it.

    Late is: a watermark behind today, and a game on the schedule that should have been played since.
    """
    if not registry.builders:
        return _NO_FEATURES
    with store.read() as con:
        found = reach(con, registry, chosen.leagues, now)
    if not found:
        return Look("skip", "nothing has been collected yet; run data_collection first")
    if late := [each for each in found if each.late]:
        return Look("wait", f"{late[0]}; run data_collection")
    if found[0].day < clock.day_of(now):
        return Look("pass", f"collected up to {found[0].day}, and no game was to be expected since")
    return Look("pass", f"collected up to {clock.day_of(now)}")


def features(registry: Registry, store: Warehouse, chosen: Settings, now: datetime) -> Look:
    """Whether there are features, and those that models see stand for the data that is collected."""
    if not registry.builders:
        return _NO_FEATURES
    if not store.query("SELECT 1 FROM ops.feature_state WHERE rows > 0 LIMIT 1").num_rows:
        return Look("skip", "no features have been computed yet; run feature_engineering first")
    if late := _out_of_step(registry, store):
        return Look("wait", f"features are behind the collected data: {late}; run feature_engineering")
    return Look("pass", "features stand for the collected data")


def model(registry: Registry, store: Warehouse, chosen: Settings, now: datetime) -> Look:
    """Whether predictions may be made: a champion or a stand-in serves, no check blocks, and features are up to date.

    Raises:
        CheckFailed: a check of severity ``block`` found rows when it last ran.
        Abort: there is a champion, and neither it nor another version can serve in any league.
    """
    from tipoff.modelling import serving
    from tipoff.quality.checks import require_passed

    with store.read() as con:
        found = [serving.look(con, registry, chosen.artifacts, league) for league in chosen.leagues]
    crowned = [each for each in found if each.champion]
    if not crowned:
        return Look("skip", "there is no champion yet; run model_training first")
    absent = "; ".join(f"{each.league}: {each}" for each in crowned if each.absent)
    if not any(each.voice for each in crowned):
        raise Abort(absent)
    require_passed(registry, store)
    seen = features(registry, store, chosen, now)
    if seen.state == "pass":
        return Look("pass", f"{absent or 'there is a champion'}, and {seen.reason}")
    return Look(seen.state, f"{absent}; {seen.reason}") if absent else seen


def _out_of_step(registry: Registry, store: Warehouse) -> str:
    """The builders that models need, and whose tables are out of step with their inputs; empty: none.

    A builder that no model sees, directly or through another's table, keeps nobody waiting.
    """
    from tipoff.features.partitions import find_stale
    from tipoff.modelling.identity import feature_versions

    seen = {feature.partition(".")[0] for model in registry.models for feature in model.features}
    needed = feature_versions(registry, seen)
    tables, found = registry.tables(), []
    with store.read() as con:
        for builder in (each for each in registry.builders if each.table.name in needed):
            if stale := find_stale(con, builder, [tables[name] for name in builder.inputs]):
                found.append(f"`{builder.name}` ({stale[0].partition}: {stale[0].reason})")
    return ", ".join(found)


_GATES: Mapping[GateName, Callable[[Registry, Warehouse, Settings, datetime], Look]] = {
    "new_data": new_data,
    "features": features,
    "model": model,
}
