"""Quality checks: SELECTs whose rows are the offenders, tipoff's own and the plugins'."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import duckdb

from tipoff.contracts import Check, Json, Severity, Table
from tipoff.domain import FINAL, TABLES
from tipoff.errors import CheckFailed, StoreError
from tipoff.warehouse.merge import written_at
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry
    from tipoff.settings import Settings

SAMPLE: Final = 5
"""Offenders that are kept for a person to look at."""

_GAME_KEY: Final = ("league", "season", "game_id")


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
    schema: Literal["raw", "features"], *, registry: Registry, settings: Settings, run_id: str, now: datetime
) -> list[CheckResult]:
    """Runs every check of a schema's tables and writes the results to ``ops.check_result``.

    A check that cannot run has not passed, and counts with its own severity: so a plugin's broken ``info``
    check stops nobody.

    Args:
        schema: ``raw`` or ``features``.
        registry: of the loaded plugins.
        settings: where the store is.
        run_id: the run.
        now: its present instant, naive UTC; ``$now`` in the checks.

    Returns:
        A result for each check, by name.

    Raises:
        CheckFailed: a check of severity ``block`` did not pass; the results are written all the same.
        StoreBusy: another process kept the store.
    """
    warehouse = Warehouse.of(settings)
    warehouse.migrate(registry.tables().values())
    with warehouse.read() as con:
        results = [_run(con, check, now) for check in checks_of(schema, registry)]
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
    names = [check.name for check in both if check.severity == "block"]
    failed = warehouse.query(_LAST_FAILED, names=names).to_pylist()
    if failed:
        found = [(row, f"{_rows(row['offenders'])} of" if row["offenders"] else "could not run on") for row in failed]
        which = ", ".join(f"`{row['name']}` ({what} {row['table_name']})" for row, what in found)
        raise CheckFailed(
            f"no predictions are made while these checks fail: {which}; mend the data, then run data_collection and "
            "feature_engineering (or `tipoff checks`) again"
        )


def checks_of(schema: Literal["raw", "features"], registry: Registry) -> tuple[Check, ...]:
    """Every check of a schema's tables, tipoff's own and the plugins', by name; a plugin's wins over tipoff's."""
    tables = [table for table in registry.tables().values() if table.schema == schema]
    own = [
        _known_games(table) for table in tables if set(_GAME_KEY) < set(table.column_names) and table.name != "games"
    ]
    if schema == "features":
        own += [_complete(table) for table in tables if table.key == _GAME_KEY]
    if schema == "raw":
        own += [*_GAMES, *(check for table in ("team_stats", "player_stats") for check in _box_score(TABLES[table]))]
    theirs = [check for check in registry.checks if check.table.startswith(f"{schema}.")]
    found = {check.name: check for check in (*own, *theirs)}
    return tuple(found[name] for name in sorted(found))


def _run(con: DuckDBPyConnection, check: Check, now: datetime) -> CheckResult:
    try:
        (statement,) = con.extract_statements(check.sql)
        if statement.type != duckdb.StatementType.SELECT:
            raise StoreError("it must be a SELECT")
        params = {"now": now} if "now" in statement.named_parameters else None
        found = con.sql(check.sql, params=params).to_arrow_table()
    except ValueError:
        return CheckResult(check.name, check.table, check.severity, passed=False, error="it must be one statement")
    except (duckdb.Error, StoreError) as error:  # the plugin boundary: its SQL may hold anything
        return CheckResult(check.name, check.table, check.severity, passed=False, error=str(error))
    sample = tuple(_as_json(row) for row in found.slice(0, SAMPLE).to_pylist())
    return CheckResult(check.name, check.table, check.severity, found.num_rows == 0, found.num_rows, sample)


def _record(con: DuckDBPyConnection, results: list[CheckResult], run_id: str) -> None:
    at = written_at(con)
    for result in results:
        key = {"run_id": run_id, "name": result.name}
        con.execute("DELETE FROM ops.check_result WHERE run_id = $run_id AND name = $name", key).fetchall()
        con.execute(
            "INSERT INTO ops.check_result VALUES "
            "($run_id, $name, $table, $severity, $passed, $offenders, $sample, $at)",
            {
                **key,
                "table": result.table,
                "severity": result.severity,
                "passed": result.passed,
                "offenders": result.offenders,
                "sample": json.dumps([{"error": result.error}] if result.error else list(result.sample)),
                "at": at,
            },
        ).fetchall()


_LAST_FAILED: Final = """
    SELECT name, table_name, offenders
    FROM ops.check_result
    WHERE list_contains($names, name)
    QUALIFY row_number() OVER (PARTITION BY name ORDER BY checked_at DESC) = 1 AND NOT passed
    ORDER BY name
"""


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"


def _as_json(row: dict[str, Any]) -> dict[str, Json]:
    plain: dict[str, Json] = json.loads(json.dumps(row, default=str))
    return plain


# ------------------------------------------------------------------------------------------ tipoff's own


def _known_games(table: Table) -> Check:
    """Rows about games that nobody has listed."""
    return Check(
        name=f"{table.name}_known_games",
        table=table.full_name,
        sql=f"SELECT DISTINCT league, season, game_id FROM {Identifier.of(table)} "  # noqa: S608 - an identifier only
        "ANTI JOIN raw.games USING (league, season, game_id) ORDER BY ALL",
        severity="warn",
        doc="Rows for games that are not in `raw.games`: collect those days again, games first.",
    )


def _complete(table: Table) -> Check:
    """Games that a table of features with a row a game leaves out, of the seasons that it has."""
    of = Identifier.of(table)
    return Check(
        name=f"{table.name}_complete",
        table=table.full_name,
        sql=f"""
            SELECT league, season, game_id, game_date, status FROM raw.schedule
            SEMI JOIN {of} USING (league, season) ANTI JOIN {of} USING (league, season, game_id)
            WHERE status IN ('{FINAL}', 'scheduled') ORDER BY ALL
        """,  # noqa: S608 - identifiers and a constant of ours only
        severity="warn",
        doc="Games without a row, played or still to come: a model that sees this table gets no value for them. The "
        "builder drops games, by a JOIN or a WHERE; where it knows nothing its features are NULL.",
    )


def _box_score(table: Table) -> tuple[Check, ...]:
    """Arithmetic that every box score obeys."""
    key = ", ".join(str(Identifier(name)) for name in table.key)
    of = Identifier.of(table)
    return (
        Check(
            name=f"{table.name}_made_at_most_attempted",
            table=table.full_name,
            sql=f"""
                SELECT {key}, field_goals_made, field_goals_attempted, three_points_made, three_points_attempted,
                    free_throws_made, free_throws_attempted
                FROM {of}
                WHERE field_goals_made > field_goals_attempted OR three_points_made > three_points_attempted
                    OR free_throws_made > free_throws_attempted OR three_points_made > field_goals_made
                ORDER BY ALL
            """,  # noqa: S608 - identifiers only
            severity="warn",
            doc="More shots made than attempted: the parser mixes up columns, or the source is wrong.",
        ),
        Check(
            name=f"{table.name}_points_add_up",
            table=table.full_name,
            sql=f"""
                SELECT {key}, points, 2 * field_goals_made + three_points_made + free_throws_made AS from_shots
                FROM {of}
                WHERE points <> 2 * field_goals_made + three_points_made + free_throws_made
                ORDER BY ALL
            """,  # noqa: S608 - identifiers only
            severity="warn",
            doc="Points differ from 2 x field goals + threes + free throws: a column is misread, or not yet final.",
        ),
    )


_GAMES: Final = (
    Check(
        name="games_final_without_result",
        table="raw.games",
        sql=f"""
            SELECT league, season, game_id, game_date, home_score, away_score FROM raw.games
            WHERE status = '{FINAL}' AND (home_score IS NULL OR away_score IS NULL OR home_score = away_score)
            ORDER BY ALL
        """,  # noqa: S608 - a constant of ours
        severity="warn",
        doc="A finished game has two scores that differ. These games teach no model; ask the source about them.",
    ),
    Check(
        name="games_results_missing",
        table="raw.games",
        sql=f"""
            SELECT league, season, count(*) AS finished,
                count(*) FILTER (home_score IS NULL OR away_score IS NULL OR home_score = away_score) AS without_result
            FROM raw.games WHERE status = '{FINAL}'
            GROUP BY league, season HAVING without_result > 0.02 * finished ORDER BY ALL
        """,  # noqa: S608 - a constant of ours
        severity="block",
        doc="More than one finished game in fifty lacks a result: the source or the parser has changed. "
        "Models and features would be wrong; look at `ops.quarantine` and at what the source answers.",
    ),
    Check(
        name="games_final_before_they_began",
        table="raw.games",
        sql=f"""
            SELECT league, season, game_id, tip_utc FROM raw.games
            WHERE status = '{FINAL}' AND tip_utc > $now + INTERVAL 1 DAY ORDER BY ALL
        """,  # noqa: S608 - a constant of ours
        severity="block",
        doc="Results from the future would leak into predictions. Look at `tipoff clock`: it may have been set back.",
    ),
    Check(
        name="games_against_oneself",
        table="raw.games",
        sql="SELECT league, season, game_id, home_id FROM raw.games WHERE home_id = away_id ORDER BY ALL",
        severity="warn",
        doc="Home and away are the same team: the source is wrong about one of them.",
    ),
    Check(
        name="games_known_teams",
        table="raw.games",
        sql="""
            SELECT DISTINCT league, team_id FROM (
                SELECT league, home_id AS team_id FROM raw.games UNION ALL SELECT league, away_id FROM raw.games
            )
            ANTI JOIN raw.teams USING (league, team_id) WHERE team_id IS NOT NULL ORDER BY ALL
        """,
        severity="info",
        doc="Teams that play and are not in `raw.teams`, as opponents from other divisions may be.",
    ),
    Check(
        name="games_overdue",
        table="raw.games",
        sql="""
            SELECT league, season, game_id, tip_utc, status FROM raw.games
            WHERE status IN ('scheduled', 'in_progress') AND tip_utc < $now - INTERVAL 3 DAY ORDER BY ALL
        """,
        severity="warn",
        doc="Days after the tip there is no result: collect those days again, or the game was called off unsaid.",
    ),
    Check(
        name="team_stats_points_are_the_score",
        table="raw.team_stats",
        sql=f"""
            SELECT league, season, game_id, stats.team_id, stats.points, games.home_score, games.away_score
            FROM raw.team_stats AS stats JOIN raw.games AS games USING (league, season, game_id)
            WHERE games.status = '{FINAL}' AND (
                (stats.team_id = games.home_id AND stats.points <> games.home_score)
                OR (stats.team_id = games.away_id AND stats.points <> games.away_score)
            )
            ORDER BY ALL
        """,  # noqa: S608 - a constant of ours
        severity="warn",
        doc="A team's points differ from the game's score: one of the two was read before it was corrected.",
    ),
)
