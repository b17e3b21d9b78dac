"""Runs one dataset: plan, skip what is fresh, ask, parse, land, load, move the watermark.

Nothing here needs an orderly end. What has landed is never asked for again, a batch is loaded whole or not at
all, and a run that was killed at any instant is simply run again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tipoff.collecting.precedence import above
from tipoff.collecting.recovering import recover
from tipoff.collecting.reparse import reparse_outdated
from tipoff.collecting.report import CollectReport
from tipoff.collecting.running import DatasetRun, Progress
from tipoff.collecting.sources import fitting, kin
from tipoff.contracts import Access, Dataset, Table, Window
from tipoff.errors import ClockWrong, PluginError, Retry, SourceBusy, SourceRefused, StoreError
from tipoff.settings import api_key_of
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from tipoff.plugins import Registry
    from tipoff.settings import Settings

_log = logging.getLogger(__name__)


def collect(
    dataset: str,
    *,
    registry: Registry,
    settings: Settings,
    run_id: str,
    now: datetime,
    window: Window | None = None,
    again: bool = False,
    access: Access | None = None,
    progress: Progress | None = None,
) -> list[CollectReport]:
    """Collects one dataset of every configured league, one league after the other.

    One league's failure keeps no other from being tried, unless the source wants to be left alone. The first error
    is raised in the end, with those of the other leagues as notes.

    Args:
        dataset: its name.
        registry: of the loaded plugins.
        settings: where the store is, which leagues, which days.
        run_id: written on every row.
        now: the run's present instant, naive UTC.
        window: the days; without it, from the watermark on (see `default_window`).
        again: ask for all of it, also where a fresh answer has landed.
        access: how the source is reached; without it, as the settings say. Without a key in it,
            ``TIPOFF_<COLLECTOR>_API_KEY`` is the key.
        progress: called after each answer.

    Returns:
        A report for each league.

    Raises:
        SourceUnavailable: the source does not answer, or not everything; what it has answered is loaded.
        SourceRefused: likewise, and asking again would make it worse.
        ClockWrong: the machine's clock and the source's are far apart; nothing more was stored.
        MalformedResponse: many answers were unusable, or all; they are in ``ops.quarantine``, the rest is loaded.
        PluginError: the plan, the parser or the client broke its contract.
        StoreBusy: another process kept the store; what has landed is loaded by the next run.
        StoreError: the store or a landed batch cannot be used, or the store has a table of it in another shape.
        SettingsError: no plugin brings the dataset.
    """
    collector, spec = registry.dataset(dataset)
    tables = _tables(spec, registry)
    left = Warehouse.of(settings).migrate(registry.tables().values())
    if wrong := next((left[name] for name in tables if name in left), ""):
        raise StoreError(wrong)
    told = reparse_outdated(registry=kin(collector.name, fitting(registry, left)), settings=settings, run_id=run_id)
    if told is not None:
        _log.log(logging.WARNING if told.missing else logging.INFO, "a parser has a new version: %s", told)
    recovered = recover(dataset, registry=registry, settings=settings, run_id=run_id)
    access = access or access_of(settings)
    access = replace(access, api_key=access.api_key or api_key_of(collector.name))
    reports, failures = list[CollectReport](), list[Exception]()
    for league in settings.leagues:
        try:
            run = DatasetRun(
                collector,
                spec,
                league=league,
                run_id=run_id,
                tables=tables,
                above=above(collector, registry),
                settings=settings,
                again=again,
                progress=progress,
            )
            reports.append(replace(run.collect(now, window, access), recovered=recovered[league]))
        except (SourceRefused, SourceBusy, ClockWrong) as error:
            failures.append(error)
            break
        except Exception as error:  # of any kind: the next league may do better, and it is raised in the end
            failures.append(error)
    if failures:
        raise _together(failures)
    return reports


def _together(failures: Sequence[Exception]) -> Exception:
    """The failure to raise for all: a refusal, after which nobody may ask; else one that trying again may mend."""
    most = next(each for kind in (SourceRefused, Retry, Exception) for each in failures if isinstance(each, kind))
    for further in failures:
        if further is not most:
            most.add_note(f"Another league failed too: {type(further).__name__}: {further}")
    return most


def access_of(settings: Settings, collector: str = "") -> Access:
    """How a source is reached where no connection says otherwise, with the key for a collector's where one is named."""
    return Access(
        source=settings.source,
        api_key=api_key_of(collector) if collector else "",
        user_agent=settings.user_agent,
        proxy=settings.proxy,
        max_concurrency=settings.max_concurrency,
        requests_per_second=settings.requests_per_second,
        timeout_seconds=settings.timeout_seconds,
        attempts=settings.attempts,
    )


def _tables(dataset: Dataset, registry: Registry) -> dict[str, Table]:
    known = registry.tables()
    missing = sorted(name for name in dataset.tables if f"raw.{name}" not in known)
    if missing:
        raise PluginError(
            f"dataset `{dataset.name}` fills the table `{missing[0]}`, which neither tipoff nor its collector has; "
            "add it to `Collector.tables`"
        )
    return {f"raw.{name}": known[f"raw.{name}"] for name in dataset.tables}
