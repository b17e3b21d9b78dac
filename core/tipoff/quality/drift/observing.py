"""The step before the checks: looks at what has landed since the last look, and at the figures of the last days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from tipoff import clock
from tipoff.collecting.boundary import given, plugin_boundary
from tipoff.contracts import Dataset, Uses
from tipoff.errors import PluginError
from tipoff.plugins import resolve
from tipoff.quality.drift import fields, storing
from tipoff.quality.drift.answers import new_answers
from tipoff.quality.drift.judging import Field
from tipoff.quality.drift.shifts import shifts
from tipoff.quality.drift.storing import Place
from tipoff.warehouse.landing import Landing
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from tipoff.plugins import Registry
    from tipoff.settings import Settings


def observe(registry: Registry, settings: Settings, run_id: str, now: datetime) -> None:
    """Records what answers and figures look like now, and how that differs from before: what the checks then tell.

    It costs the same however much has been collected: a bounded sample of the new answers, and the same weeks of
    at most ten earlier seasons.

    Args:
        registry: of the loaded plugins.
        settings: where the store and the landing zone are, and which leagues.
        run_id: the run.
        now: its present instant, naive UTC.

    Raises:
        StoreBusy: another process kept the store.
    """
    warehouse = Warehouse.of(settings)
    looks = [
        look
        for collector in registry.collectors
        for dataset in collector.datasets
        for league in settings.leagues
        if (look := _look(warehouse, settings, dataset, Place(collector.name, league, dataset.name), now))
    ]
    tables, today = list(registry.tables().values()), clock.day_of(now)
    with warehouse.read() as con:
        found = {
            league: shifts(con, tables, league, today, storing.known_figures(con, league))
            for league in settings.leagues
        }
    with warehouse.write() as con:
        for look in looks:
            storing.save(con, look.place, look.fields, batch=look.batch, looked_at=now, run_id=run_id)
        for league, figures in found.items():
            storing.save_shifts(con, league, figures, looked_at=now, run_id=run_id)


@dataclass(frozen=True)
class _Look:
    """What one look at a dataset's answers found."""

    place: Place
    fields: dict[fields.Key, Field]
    batch: str


def _look(warehouse: Warehouse, settings: Settings, dataset: Dataset, place: Place, now: datetime) -> _Look | None:
    landing = Landing(settings.landing, place.source, place.league, place.dataset)
    landed = landing.batches()
    if not landed:
        return None
    with warehouse.read() as con:
        last = storing.last_batch(con, place)
        new = [batch for batch in landed if batch > last]
        if not new:
            return None
        known = storing.known_fields(con, place)
    day = clock.day_of(now)
    known.pop(_BROKEN, None)
    try:
        uses = uses_of(dataset)
    except PluginError as error:
        uses = ()
        known[_BROKEN] = Field("", "", day, day, "warn", "missing", day, perhaps=str(error))
    return _Look(place, fields.look(known, new_answers(landing, new), uses, day), landed[-1])


_BROKEN: fields.Key = ("", "", "")
"""Where it stands that `Dataset.uses` failed: then every field counts as unused, which nobody would notice."""


def uses_of(dataset: Dataset) -> tuple[Uses, ...]:
    """The fields that a dataset's parser reads.

    Raises:
        PluginError: `Dataset.uses` cannot be imported, raises, or gives something else.
    """
    if not dataset.uses:
        return ()
    function = cast(Callable[[], Iterable[object]], resolve(dataset.uses))
    with plugin_boundary(dataset.uses, dataset.name, "uses"):
        found = given(dataset.name, "uses", dataset.uses, function(), "return or yield Uses")
    for each in found:
        if not isinstance(each, Uses):
            raise PluginError(f"dataset `{dataset.name}`: `{dataset.uses}` gave `{each!r:.100}`; return or yield Uses")
    return tuple(cast(list[Uses], found))
