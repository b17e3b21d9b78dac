"""Fills the bundle from the published copy: all of it, or one part."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Final

from tipoff import clock, plugins
from tipoff.errors import StoreError, StoreForbidden
from tipoff.report import data, history, models, tasks, tonight
from tipoff.report.bundle import Bundle, League

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry
    from tipoff.settings import Settings

PARTS: Final = ("tonight", "accuracy", "models", "data", "plugins", "runs")
"""The parts of the report, in its order."""


NEED_PLUGINS: Final = frozenset({"tonight", "models", "data", "plugins"})
"""Those for which the plugins are asked."""


def read(settings: Settings, parts: Collection[str] = PARTS, registry: Registry | None = None) -> Bundle:
    """The report's figures as of now.

    Args:
        settings: where the published copy is, and which leagues to show.
        parts: which of `PARTS` to fill.
        registry: of the loaded plugins, where the caller has it already.

    Raises:
        StoreError: the published copy cannot be read.
        StoreBusy: another process kept it.
    """
    now = clock.now()
    if registry is None and NEED_PLUGINS & set(parts):
        registry = plugins.load(settings)
    states = registry.plugins if registry and "plugins" in parts else ()
    empty = Bundle(now, clock.day_of(now), settings.source, published=False, plugins=states)
    if not settings.published.exists():
        return empty
    with _published(settings) as con:
        return _filled(con, dataclasses.replace(empty, published=True), settings, parts, registry)


def read_run(settings: Settings, run_id: str, task_id: str = "") -> Bundle:
    """What one run did; `run_id` is ``<dag>/<run>``, and `task_id` one of its tasks. Raises as `read` does."""
    now = clock.now()
    empty = Bundle(now, clock.day_of(now), settings.source, published=False, run_id=run_id, task_id=task_id)
    if not settings.published.exists():
        return empty
    with _published(settings) as con:
        done, rest = data.done(con, run_id, task_id)
        return dataclasses.replace(empty, published=True, done=done, rest=rest)


@contextmanager
def _published(settings: Settings) -> Iterator[DuckDBPyConnection]:
    import duckdb

    from tipoff.warehouse.store import Warehouse

    try:
        with Warehouse(settings.published, settings.lock_wait_seconds).read() as con:
            yield con
    except StoreForbidden:
        raise
    except (StoreError, duckdb.Error) as error:
        why = error.__cause__ or error  # what to do about a store is nothing to do about its copy
        raise StoreError(
            f"the published copy `{settings.published}` cannot be read: {why}; `tipoff init` brings the store up to "
            "date, and `tipoff report` publishes it anew"
        ) from error


def _filled(
    con: DuckDBPyConnection, empty: Bundle, settings: Settings, parts: Collection[str], registry: Registry | None
) -> Bundle:
    found = dataclasses.replace(
        empty,
        leagues=tuple(
            _league(con, league, today=empty.today, settings=settings, parts=parts, registry=registry)
            for league in settings.leagues
        ),
    )
    if {"tonight", "data"} & set(parts):
        found = dataclasses.replace(found, checks=data.checks(con))
    if "data" in parts and registry is not None:
        drifted, looked_at = data.drifted(con)
        titles = {league: title(league) for league in settings.leagues}
        found = dataclasses.replace(
            found,
            freshness=data.freshness(con),
            covered=tuple(data.covered(con, registry, titles, empty.now)),
            drifted=drifted,
            looked_at=looked_at,
            set_aside=data.set_aside(con),
        )
    if "runs" in parts:
        found = dataclasses.replace(
            found, work=data.work(con), tasks=tasks.tasks(con), limits=tasks.limits(settings.home)
        )
    return found


def title(league: str) -> str:
    """A league's name for people: ``mens-college-basketball`` is «Men's college basketball»."""
    words = league.replace("womens", "women's").replace("mens", "men's").replace("-", " ")
    return words[:1].upper() + words[1:]


def _league(
    con: DuckDBPyConnection,
    league: str,
    *,
    today: date,
    settings: Settings,
    parts: Collection[str],
    registry: Registry | None,
) -> League:
    found = League(league, title(league))
    if not {"tonight", "accuracy", "models"} & set(parts):
        return found
    asked = registry if {"tonight", "models"} & set(parts) else None
    now = models.serving(con, league, asked, settings.artifacts)
    found = dataclasses.replace(found, served=now.served)
    embedded = settings.source.startswith("embedded")
    if "tonight" in parts:
        found = dataclasses.replace(found, days=tonight.read(con, league, today, now.served, embedded=embedded))
    if "accuracy" in parts:
        published, record = models.published(con, league, now.champion)
        past = history.read(con, league, dict(now.versions), now.champion, embedded=embedded)
        found = dataclasses.replace(
            found,
            calibrations=past.calibrations,
            compared=past.compared,
            series=past.series,
            period=past.period,
            same_games=past.same_games,
            published=published,
            record=record,
            watched=models.watched(con, league),
            ungraded=models.ungraded(con, league),
        )
    if "models" in parts and registry is not None:
        told, verdicts = models.decided(con, league)
        found = dataclasses.replace(
            found,
            models=models.scored(con, league, now),
            decisions=told,
            verdicts=verdicts,
            cards=models.cards(con, league, now, registry),
        )
    return found
