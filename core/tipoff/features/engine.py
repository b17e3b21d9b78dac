"""Builds one builder's table: finds the stale partitions, and computes and writes each by itself.

For each partition: read the inputs in one snapshot, close the store, compute, then a short write of what
differs, together with the note of what it was computed from. So a builder never holds the store while it
computes, memory is that of one season (and of those it looks back on), and a build that is killed goes on
where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from tipoff.contracts import FeatureBuilder, FeatureContext, Table
from tipoff.errors import PluginError, TipoffError
from tipoff.features.context import Inputs, read_inputs
from tipoff.features.partitions import Partition, Stale, find_stale, inputs_digest, save_state
from tipoff.features.result import accept
from tipoff.features.storing import Written, write_partition
from tipoff.plugins import Registry, resolve
from tipoff.plugins.endless import limit
from tipoff.settings import Settings
from tipoff.warehouse.last_writer import watched
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

NOTHING = "nothing changed"
"""The reason of a build that had nothing to compute."""


@dataclass(frozen=True)
class BuildReport:
    """What one build did.

    Args:
        builder: its name.
        rows: rows in the seasons that were computed.
        partitions: how many seasons (of a league each) were computed.
        seconds: from start to end.
        full: whether everything was asked for.
        reason: why there was something to compute, or `NOTHING`.
        written: rows that were new or different.
        removed: rows that are no more.
    """

    builder: str
    rows: int
    partitions: int
    seconds: float
    full: bool
    reason: str
    written: int = 0
    removed: int = 0


Progress: TypeAlias = Callable[[int, int, str], None]
"""Told the seasons done, those to do in all, and the one that comes next."""


def build(
    builder: str,
    *,
    registry: Registry,
    settings: Settings,
    run_id: str,
    now: datetime,
    full: bool = False,
    seasons: Collection[int] = (),
    progress: Progress | None = None,
) -> BuildReport:
    """Brings the builder's table up to date with its inputs.

    Args:
        builder: its name.
        registry: what the plugins bring.
        settings: where the store is.
        run_id: the run that writes.
        now: the run's present instant, naive UTC.
        full: compute every season, changed or not.
        seasons: only these; all of them unless given.
        progress: called before each season and at the end.

    Raises:
        SettingsError: no plugin brings the builder.
        PluginError: the builder broke its contract; seasons finished before that stay written.
        StoreBusy: another process kept the store.
    """
    started = time.monotonic()
    spec = registry.builder(builder)
    inputs = inputs_of(spec, registry)
    _compute(spec)
    warehouse = Warehouse.of(settings)
    warehouse.migrate(registry.tables().values())
    with warehouse.read() as con:
        stale = [
            each for each in find_stale(con, spec, inputs, full=full) if not seasons or each.partition.season in seasons
        ]
        jobs = [_read(con, spec, inputs, each.partition) for each in stale[:1]]
    rows, written = 0, list[Written]()

    def finish(con: DuckDBPyConnection) -> BuildReport:
        report = _report(spec, stale, rows, written, full=full, seconds=time.monotonic() - started)
        _record(con, spec, report, run_id, now)
        return report

    # To open the store costs more than to read a season, so each write reads the next season along, and the last
    # one records the build.
    for number, each in enumerate(stale, start=1):
        job = jobs.pop()
        if progress:
            progress(number - 1, len(stale), str(each.partition))
        result = computed(spec, job.context)
        rows += result.num_rows
        with warehouse.write() as con:
            written.append(write_partition(con, spec.table, each.partition, result, run_id=run_id, source=spec.name))
            save_state(con, spec, each.partition, inputs=job.digest, rows=result.num_rows, run_id=run_id, now=now)
            if number == len(stale):
                return finish(con)
            jobs.append(_read(con, spec, inputs, stale[number].partition))
    with warehouse.write() as con:
        return finish(con)


class _Job(NamedTuple):
    """A partition's inputs and their digest, of one snapshot."""

    partition: Partition
    digest: dict[str, str]
    context: Inputs


def _read(con: DuckDBPyConnection, builder: FeatureBuilder, inputs: list[Table], partition: Partition) -> _Job:
    digest = inputs_digest(con, builder, inputs, partition)
    return _Job(partition, digest, read_inputs(con, builder, inputs, partition))


def inputs_of(builder: FeatureBuilder, registry: Registry) -> list[Table]:
    """Specs of the declared inputs.

    Raises:
        PluginError: an input is not known.
    """
    tables = registry.tables()
    for name in builder.inputs:
        if name not in tables:
            raise PluginError(
                f"feature builder `{builder.name}`: no plugin brings its input `{name}`; see `tipoff plugins`"
            )
    return [tables[name] for name in builder.inputs]


def _compute(builder: FeatureBuilder) -> Callable[[FeatureContext], object]:
    compute = resolve(builder.compute)
    if not callable(compute):
        raise PluginError(f"feature builder `{builder.name}`: `{builder.compute}` is not a function")
    return cast("Callable[[FeatureContext], object]", compute)


def computed(builder: FeatureBuilder, context: Inputs) -> pa.Table:
    """What a builder makes of one season's inputs, which are closed; nothing is written.

    Raises:
        PluginError: it broke its contract.
    """
    compute, partition = _compute(builder), Partition(context.league, context.season)
    try:
        with watched(builder.compute), limit("compute", builder.compute, str(partition)):
            result = compute(context)
    except TipoffError:
        raise
    except (Exception, SystemExit) as error:  # the plugin boundary: a builder may raise anything
        raise PluginError(
            f"feature builder `{builder.name}`: `{builder.compute}` failed on {partition}: "
            f"{type(error).__name__}: {error}"
        ) from error
    finally:
        context.close()
    return accept(builder, result, partition)


def _report(
    builder: FeatureBuilder, stale: list[Stale], rows: int, written: list[Written], *, full: bool, seconds: float
) -> BuildReport:
    reasons = dict.fromkeys(each.reason for each in stale)
    return BuildReport(
        builder=builder.name,
        rows=rows,
        partitions=len(stale),
        seconds=seconds,
        full=full,
        reason="; ".join(reasons) or NOTHING,
        written=sum(each.changed for each in written),
        removed=sum(each.removed for each in written),
    )


def _record(con: DuckDBPyConnection, builder: FeatureBuilder, report: BuildReport, run_id: str, now: datetime) -> None:
    con.execute(
        "INSERT INTO ops.feature_run VALUES ($run_id, $builder, $version, $partitions, $rows, $written, $removed, "
        "$seconds, $full, $reason, $now)",
        {
            "run_id": run_id,
            "builder": builder.name,
            "version": builder.version,
            "partitions": report.partitions,
            "rows": report.rows,
            "written": report.written,
            "removed": report.removed,
            "seconds": report.seconds,
            "full": report.full,
            "reason": report.reason,
            "now": now,
        },
    ).fetchall()
