"""The data and the work that brings it: what came, lacks, was set aside, or has changed, and how long it took."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tipoff.collecting.quarantine import SET_ASIDE
from tipoff.report.operations import CheckState, Covered, Date, Done, Drifted, Freshness, Month, Ran, SetAside, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry
    from tipoff.quality.coverage import Cell

RUNS = 40
"""How many runs of each piece of work are shown."""

_SEVERITIES = ("block", "warn", "info")

GROUPS = 40
"""How many groups of records that were set aside are shown."""

_FRESHNESS = """
    SELECT w.league, w.dataset, w.day, r.ended_at, coalesce(r.rows, 0), coalesce(r.quarantined, 0),
           coalesce(r.error, '')
    FROM ops.watermark w
    FULL JOIN (
        SELECT * FROM ops.collect_run
        QUALIFY row_number() OVER (PARTITION BY league, dataset ORDER BY rowid DESC) = 1
    ) r ON r.league = w.league AND r.dataset = w.dataset
    ORDER BY coalesce(w.league, r.league), coalesce(w.dataset, r.dataset)
"""

_CHECKS = """
    SELECT name, table_name, severity, passed, offenders, checked_at,
        coalesce(sample ->> '$[0]', ''), error
    FROM ops.check_result
    QUALIFY row_number() OVER (PARTITION BY name ORDER BY rowid DESC) = 1
    ORDER BY passed, name
"""

_FIELDS = """
    SELECT CASE WHEN change = 'new' THEN 'info' ELSE severity END AS judged, path, request, league, dataset, change,
        since, share_before, share_now, perhaps
    FROM ops.field WHERE change <> ''
    ORDER BY list_position(['block', 'warn', 'info'], judged), since DESC, league, dataset, request, path, state
"""

_SHIFTS = """
    SELECT severity, metric, league, since, value, expected, z FROM ops.shift
    WHERE severity <> '' ORDER BY severity, abs(z) DESC, league, metric
"""

_LOOKED = "SELECT greatest((SELECT max(looked_at) FROM ops.drift_look), (SELECT max(looked_at) FROM ops.shift))"

_COLLECTED = """
    SELECT dataset || CASE WHEN count(DISTINCT league) OVER () > 1 THEN ', ' || league ELSE '' END,
        run_id, ended_at, seconds, rows, error
    FROM ops.collect_run
    QUALIFY row_number() OVER (PARTITION BY league, dataset ORDER BY ended_at DESC, rowid DESC) <= $runs
    ORDER BY league, dataset, ended_at DESC, rowid DESC
"""

_BUILT = """
    SELECT builder, run_id, built_at, seconds, written, '' FROM ops.feature_run
    QUALIFY row_number() OVER (PARTITION BY builder ORDER BY built_at DESC, rowid DESC) <= $runs
    ORDER BY builder, built_at DESC, rowid DESC
"""

# With the task whose work it is, as the DAGs name it.
_DONE = """
    SELECT 'collect_' || dataset AS task, 'collected', dataset || ', ' || league, seconds, rows,
        if(error = '', window_start || ' to ' || window_end, error), error <> ''
    FROM ops.collect_run WHERE run_id = $run_id
    UNION ALL
    SELECT builder || '_features', 'computed', builder, seconds, written, reason, false
    FROM ops.feature_run WHERE run_id = $run_id
    UNION ALL
    SELECT if(run_id LIKE 'feature_engineering/%', 'feature_quality', 'data_quality'), 'checked', name, NULL,
        offenders, 'failed, severity ' || severity, true
    FROM ops.check_result WHERE run_id = $run_id AND NOT passed
    UNION ALL
    SELECT if(run_id LIKE 'feature_engineering/%', 'feature_quality', 'data_quality') AS task, 'checked',
        count(*) || if(count(*) = 1, ' check', ' checks'), NULL, NULL, 'passed', false
    FROM ops.check_result WHERE run_id = $run_id AND passed GROUP BY task
    UNION ALL
    SELECT 'register_model', kind, model || ' ' || version, NULL, NULL, reason, kind = 'rejected'
    FROM models.event WHERE run_id = $run_id
    UNION ALL
    SELECT 'store_preds', 'predicted', model, NULL, count(*), coalesce('degraded: ' || min(degraded), ''), false
    FROM predictions.ledger WHERE run_id = $run_id GROUP BY model
    UNION ALL
    SELECT 'evaluate_preds', 'graded', model, NULL, count(*), '', false
    FROM predictions.grade WHERE run_id = $run_id GROUP BY model
    UNION ALL
    SELECT task_id, 'attempt ' || attempt, concat_ws(', ', task_id, nullif(label, '')), seconds, rows,
        concat_ws('; ', outcome, format('CPU {:.1f} s', cpu_seconds), format('{:.0f} MB', peak_mb), nullif(error, '')),
        outcome IN ('failed', 'killed')
    FROM ops.task_run WHERE run_id = $run_id
"""


def freshness(con: DuckDBPyConnection) -> tuple[Freshness, ...]:
    """How far each dataset was collected."""
    return tuple(Freshness(*row) for row in con.execute(_FRESHNESS).fetchall())


def checks(con: DuckDBPyConnection) -> tuple[CheckState, ...]:
    """The latest result of each check, the failed ones first."""
    return tuple(CheckState(*row) for row in con.execute(_CHECKS).fetchall())


def drifted(con: DuckDBPyConnection) -> tuple[tuple[Drifted, ...], datetime | None]:
    """What has drifted, the worst first, and when that was looked for last."""
    found = []
    for judged, path, request, league, dataset, change, since, before, now, perhaps in con.execute(_FIELDS).fetchall():
        words = {"missing": "is missing", "rarer": "is rarer", "retyped": "has another type", "new": "is new"}[change]
        if change in ("missing", "rarer") and before is not None:
            words += f": in {now or 0:.0%} of answers, {before:.0%} before"
        if perhaps:
            words += f"; perhaps it is `{perhaps}` now"
        asked = request.partition("?")[0].rpartition("/")[2]
        found.append(Drifted(judged, path or "the answer", f"{dataset} ({asked}), {league}", words, since))
    for severity, metric, league, since, value, expected, z in con.execute(_SHIFTS).fetchall():
        words = f"is {value:.4g}, usually {expected:.4g} in these weeks ({z:+.1f} deviations)"
        found.append(Drifted(severity, metric, league, words, since))
    found.sort(key=lambda each: _SEVERITIES.index(each.severity))
    ((looked_at,),) = con.execute(_LOOKED).fetchall()
    return tuple(found), looked_at


def set_aside(con: DuckDBPyConnection) -> tuple[SetAside, ...]:
    """What is in quarantine, the most frequent first."""
    found = [SetAside(*row) for row in con.execute(SET_ASIDE, {"dataset": "", "run_id": ""}).fetchall()]
    return tuple(sorted(found, key=lambda each: -each.records)[:GROUPS])


def covered(con: DuckDBPyConnection, registry: Registry, titles: Mapping[str, str], now: datetime) -> Iterator[Covered]:
    """The newest season of each league, held against the schedule.

    Args:
        con: to the published copy.
        registry: of the loaded plugins.
        titles: each league's name for people, by name.
        now: the present instant.
    """
    from tipoff.quality import coverage

    for league, title in titles.items():
        season = coverage.newest_season(con, league, now)
        if season is None:
            continue
        found = coverage.read(con, registry, league=league, season=season, now=now)
        cells = coverage.calendar(found)
        if cells:
            gaps, totals = tuple(coverage.gaps(found)), tuple(coverage.totals(found))
            yield Covered(title, season, tuple(_months(cells)), totals, gaps)


def _months(cells: Mapping[date, Cell]) -> Iterator[Month]:
    for year, month in sorted({(day.year, day.month) for day in cells}):
        weeks = []
        for week in calendar.Calendar().monthdatescalendar(year, month):
            shown = [_date(day, cells) if day.month == month else None for day in week]
            weeks.append(tuple(shown))
        yield Month(date(year, month, 1), tuple(weeks))


def _date(day: date, cells: Mapping[date, Cell]) -> Date:
    cell = cells.get(day)
    return Date(day, cell.state if cell else None, cell.games if cell else 0)


def work(con: DuckDBPyConnection) -> tuple[Work, ...]:
    """What collects and computes, each with its latest runs."""
    asked = {"runs": RUNS}
    return (
        *_work("collect", con.execute(_COLLECTED, asked).fetchall()),
        *_work("features", con.execute(_BUILT, asked).fetchall()),
    )


def _work(kind: str, rows: Sequence[tuple[Any, ...]]) -> Iterator[Work]:
    runs: dict[str, list[Ran]] = {}
    for name, *rest in rows:
        runs.setdefault(name, []).append(Ran(*rest))
    for name, found in runs.items():
        yield Work(kind, name, tuple(found))


def done(con: DuckDBPyConnection, run_id: str, task_id: str) -> tuple[tuple[Done, ...], tuple[Done, ...]]:
    """What one task of a run did, and what the others did, each with what failed first; without a task all is one."""
    found: tuple[list[Done], list[Done]] = ([], [])
    for task, *rest in con.execute(_DONE, {"run_id": run_id}).fetchall():
        found[bool(task_id) and task != task_id].append(Done(*rest))
    own, others = (sorted(part, key=lambda each: (not each.failed, each.kind, each.what)) for part in found)
    return tuple(own), tuple(others)
