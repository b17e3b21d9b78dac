"""The ratings predict real seasons: needs the reference data, at TIPOFF_SHARED."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from tipoff.domain import GAMES, TEAM_SEASONS, TEAM_STATS
from tipoff.features.laws import Bench
from tipoff.warehouse.merge import merge

SHARED = Path(os.environ.get("TIPOFF_SHARED", "/nowhere")) / "data"
SEASONS = {"first": 2017, "last": 2018}
STATEMENTS = {
    GAMES: """
        SELECT 'ncaa' AS league, season, game_id::VARCHAR AS game_id, game_date, home_id::VARCHAR AS home_id,
               away_id::VARCHAR AS away_id, 'final' AS status, home_score, away_score, n_ot AS overtimes, neutral_site
        FROM read_parquet($folder || '/games.parquet') WHERE season BETWEEN $first AND $last
    """,
    TEAM_STATS: """
        SELECT DISTINCT ON (game_id, team_espn_id)
               'ncaa' AS league, season, game_id::VARCHAR AS game_id, team_espn_id::VARCHAR AS team_id,
               fgm AS field_goals_made, fga AS field_goals_attempted, tpm AS three_points_made,
               tpa AS three_points_attempted, ftm AS free_throws_made, fta AS free_throws_attempted,
               orb AS offensive_rebounds, drb AS defensive_rebounds, tov AS turnovers
        FROM read_parquet($folder || '/team_box.parquet')
        WHERE season BETWEEN $first AND $last AND game_id IS NOT NULL AND team_espn_id IS NOT NULL AND pts_match_espn
        ORDER BY contest_id
    """,
    TEAM_SEASONS: """
        SELECT DISTINCT ON (season, espn_team_id)
               'ncaa' AS league, season, espn_team_id::VARCHAR AS team_id, conference
        FROM read_parquet($folder || '/team_conferences.parquet')
        WHERE season BETWEEN $first AND $last AND espn_team_id IS NOT NULL ORDER BY ncaa_team_id
    """,
}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="TIPOFF_SHARED is not set to the folder of the reference data")
def test_ratings_predict_a_real_season(bench: Bench) -> None:
    now = datetime(2024, 5, 1)
    with duckdb.connect(":memory:") as memory, bench.warehouse.write() as con:
        for table, statement in STATEMENTS.items():
            rows = memory.sql(statement, params={"folder": str(SHARED), **SEASONS}).to_arrow_table()
            rows = rows.append_column("fetched_at", pa.array([now] * rows.num_rows, pa.timestamp("us")))
            merge(con, table, rows, run_id="reference", source="reference")
    reports = bench.build()
    assert sum(report.seconds for report in reports.values()) < 20

    judged = bench.warehouse.query("""
        SELECT
            avg(-ln(CASE WHEN margin > 0 THEN elo_home_win_prob ELSE 1 - elo_home_win_prob END)) AS log_loss,
            avg(((margin > 0) = (elo_home_win_prob > 0.5))::INTEGER) AS accuracy,
            avg(abs(margin - expected_margin)) AS error,
            avg(abs(margin - 3.3 * home_court)) AS error_without,
            avg(abs(total - expected_total)) AS total_error,
            avg(abs(total - 145)) AS total_error_without,
            last(home_advantage ORDER BY f.game_date, f.game_id) AS home_advantage
        FROM features.game_features AS f
        JOIN (SELECT game_id, home_score - away_score AS margin, home_score + away_score AS total FROM raw.games) AS g
            USING (game_id)
        WHERE season = 2018
    """).to_pylist()[0]
    assert judged["log_loss"] < 0.56, "a coin has 0.693"
    assert judged["accuracy"] > 0.70
    assert judged["error"] < 9.0 < 11.0 < judged["error_without"]
    assert judged["total_error"] < judged["total_error_without"] - 0.3
    assert 2.5 < judged["home_advantage"] < 4.5

    offenders = {check.name: bench.warehouse.query(check.sql).num_rows for check in bench.registry.checks}
    assert {name: count for name, count in offenders.items() if count} == {}
