"""Runs the quality checks: SELECTs whose rows are the offenders, tipoff's own and the plugins'."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import duckdb
import pyarrow as pa

from tipoff import clock
from tipoff.contracts import Check, Json, Severity
from tipoff.errors import CheckFailed, StoreError
from tipoff.quality.drift.observing import observe
from tipoff.quality.generated import Generated
from tipoff.quality.own import Schema, own_checks
from tipoff.warehouse.merge import written_at
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry
    from tipoff.settings import Settings

SAMPLE: Final = 5
"""Offenders that are kept for a person to look at."""

Observer: TypeAlias = "Callable[[Registry, Settings, str, datetime], None]"
"""Takes note of something before the checks of a schema run, which then judge what it noted."""

OBSERVERS: Mapping[Schema, tuple[Observer, ...]] = {"raw": (observe,), "features": ()}


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Args:
        name: of the check.
        table: full name of the table it judges.
        severity: what it means when it does not pass.
        passed: no offenders, and the check itself ran.
        offenders: how many rows it found.
        sample: the first of them, in JSON's types.
        error: why the check could not run; else empty.
    """

    name: str
    table: str
    severity: Severity
    passed: bool
    offenders: int = 0
    sample: tuple[dict[str, Json], ...] = ()
    error: str = ""

    def __str__(self) -> str:
        found = f"could not run: {self.error}" if self.error else f"{_rows(self.offenders)}, first {list(self.sample)}"
        return f"check `{self.name}` of `{self.table}`: {found}"


def run_checks(
    schema: Schema, *, registry: Registry, settings: Settings, run_id: str, now: datetime
) -> list[CheckResult]:
    """Runs every check of a schema's tables and writes the results to ``ops.check_result``.

    A check that cannot run has not passed, and counts with its own severity: so a plugin's broken ``info``
    check stops nobody.

    Args:
        schema: ``raw`` or ``features``.
        registry: of the loaded plugins.
        settings: where the store is.
        run_id: the run.
        now: its present instant, naive UTC; ``$now`` in the checks, and its day of the league ``$today``.

    Returns:
        A result for each check, by name.

    Raises:
        CheckFailed: a check of severity ``block`` did not pass; the results are written all the same.
        StoreBusy: another process kept the store.
    """
    warehouse = Warehouse.of(settings)
    warehouse.migrate(registry.tables().values())
    for observer in OBSERVERS[schema]:
        observer(registry, settings, run_id, now)
    with warehouse.read() as con:
        results = [
            run_check(con, check, now=now, leagues=settings.leagues, settle_days=settings.settle_days)
            for check in checks_of(schema, registry)
        ]
    with warehouse.write() as con:
        _record(con, results, run_id)
    blocking = [result for result in results if result.severity == "block" and not result.passed]
    if blocking:
        raise CheckFailed(
            "; ".join(str(result) for result in blocking)
            + ". Mend the data or the check, then run it again; until then no predictions are made"
        )
    return results


def require_passed(registry: Registry, warehouse: Warehouse) -> None:
    """Refuses predictions from data that is known to be wrong: what check_model and ``tipoff predict`` ask first.

    Raises:
        CheckFailed: a check of severity ``block``, tipoff's own or a plugin's, did not pass when it last ran.
    """
    both = (*checks_of("raw", registry), *checks_of("features", registry))
    found = last_results(warehouse, [check.name for check in both if check.severity == "block"])
    if failed := [result for result in found if not result.passed]:
        what = [f"{_rows(each.offenders)} of" if each.offenders else "could not run on" for each in failed]
        which = ", ".join(f"`{each.name}` ({how} {each.table})" for each, how in zip(failed, what, strict=True))
        raise CheckFailed(
            f"no predictions are made while these checks fail: {which}; mend the data, then run data_collection and "
            "feature_engineering (or `tipoff checks`) again"
        )


def last_results(warehouse: Warehouse, names: Iterable[str]) -> list[CheckResult]:
    """What checks found when they last ran, by name; those that have not run yet are missing."""
    rows = warehouse.query(_LAST, names=list(names)).to_pylist()
    return [CheckResult(**{**row, "sample": tuple(json.loads(row["sample"]))}) for row in rows]


def checks_of(schema: Schema, registry: Registry) -> tuple[Check, ...]:
    """Every check of a schema's tables, tipoff's own and the plugins', by name. Loading sees to it that none clash."""
    own = own_checks(schema, registry.tables(), registry.collectors)
    theirs = (check for check in registry.checks if check.table.startswith(f"{schema}."))
    return tuple(sorted((*own, *theirs), key=lambda check: check.name))


def run_check(
    con: DuckDBPyConnection, check: Check, *, now: datetime, leagues: Iterable[str], settle_days: int
) -> CheckResult:
    """Runs one check, and writes nothing.

    Args:
        con: a connection to the store.
        check: which; its SQL may name what follows as parameters.
        now: the present instant, naive UTC: ``$now``, and the league's calendar day then: ``$today``.
        leagues: the configured ones: ``$leagues``.
        settle_days: days after a game during which its data is asked for again (`Settings.settle_days`); games before
            the day ``$settled`` have all that will come.
    """
    try:
        statements = con.extract_statements(check.sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise StoreError("it must be one SELECT")
        today = clock.day_of(now)
        settled = today - timedelta(days=settle_days + 1)
        given: dict[str, object] = {"now": now, "today": today, "settled": settled, "leagues": list(leagues)}
        given["present"] = max(now, clock.now())
        if isinstance(check, Generated):
            given |= {"league": None, "season": None, **check.params}
        params = {name: value for name, value in given.items() if name in statements[0].named_parameters}
        # In batches, since a check may find millions, and only the first are kept.
        batches = con.sql(check.sql, params=params or None).to_arrow_reader(10_000)
        offenders, sample = 0, list[dict[str, Json]]()
        for batch in batches:
            sample += [_as_json(row) for row in batch.slice(0, SAMPLE - len(sample)).to_pylist()]
            offenders += batch.num_rows
    except Exception as error:  # the plugin boundary: its SQL may hold anything, also a date that Python has not
        why = str(error) or type(error).__name__
        return CheckResult(check.name, check.table, check.severity, passed=False, error=why)
    return CheckResult(check.name, check.table, check.severity, offenders == 0, offenders, tuple(sample))


def _record(con: DuckDBPyConnection, results: list[CheckResult], run_id: str) -> None:
    rows = [
        {
            "name": result.name,
            "table_name": result.table,
            "severity": result.severity,
            "passed": result.passed,
            "offenders": result.offenders,
            "sample": json.dumps(result.sample),
            "error": result.error,
        }
        for result in results
    ]
    con.register("tipoff_checked", pa.Table.from_pylist(rows, _RESULTS))
    try:
        run = {"run_id": run_id}
        con.execute(_FORGET, run).fetchall()
        con.execute(_REMEMBER, {**run, "at": written_at(con)}).fetchall()
    finally:
        con.unregister("tipoff_checked")


_RESULTS: Final = pa.schema(
    {
        "name": pa.string(),
        "table_name": pa.string(),
        "severity": pa.string(),
        "passed": pa.bool_(),
        "offenders": pa.int64(),
        "sample": pa.string(),
        "error": pa.string(),
    }
)

_FORGET: Final = """
    DELETE FROM ops.check_result WHERE run_id = $run_id AND name IN (SELECT name FROM tipoff_checked)
"""

_REMEMBER: Final = """
    INSERT INTO ops.check_result BY NAME
    SELECT *, CAST($run_id AS VARCHAR) AS run_id, CAST($at AS TIMESTAMP) AS checked_at FROM tipoff_checked
"""

_LAST: Final = """
    SELECT name, table_name AS "table", severity, passed, offenders, sample, error
    FROM ops.check_result
    WHERE list_contains($names, name)
    QUALIFY row_number() OVER (PARTITION BY name ORDER BY rowid DESC) = 1
    ORDER BY name
"""


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"


def _as_json(row: dict[str, Any]) -> dict[str, Json]:
    plain: dict[str, Json] = json.loads(json.dumps(row, default=str))
    return plain
