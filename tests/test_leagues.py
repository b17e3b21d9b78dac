"""Other leagues by configuration: TIPOFF_LEAGUES, and nothing else, takes two of them from ESPN to predictions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tipoff import settings
from tipoff.cli.group import cli
from tipoff.warehouse.store import Warehouse

LEAGUES = ("nba", "womens-college-basketball")
NOW = datetime(2025, 12, 18, 13)


def query(sql: str) -> list[dict[str, Any]]:
    return Warehouse.of(settings.load()).query(sql).to_pylist()  # type: ignore[no-any-return]


def test_two_leagues_from_the_source_to_predictions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path))
    monkeypatch.setenv("TIPOFF_SOURCE", "embedded:seed=4,teams=32,first_season=2026")
    monkeypatch.setenv("TIPOFF_LEAGUES", ",".join(LEAGUES))
    monkeypatch.setenv("TIPOFF_HISTORY_SEASONS", "1")
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    for command in ("init", "collect", "features", "train elo", "checks", "predict"):
        done = CliRunner().invoke(cli, command.split(), prog_name="tipoff", catch_exceptions=False)
        assert done.exit_code == 0, done.output
    for table in ("raw.games", "raw.team_stats", "raw.player_stats", "raw.odds", "features.team_features"):
        found = {row["league"]: row["n"] for row in query(f"SELECT league, count(*) AS n FROM {table} GROUP BY ALL")}
        assert sorted(found) == list(LEAGUES), table
        assert all(found.values())
    # Professionals have neither polls nor class years, and that is no fault of any answer.
    assert {row["league"] for row in query("SELECT DISTINCT league FROM raw.rankings")} == {LEAGUES[1]}
    assert query("SELECT * FROM ops.quarantine") == []
    predicted = query(
        """
        SELECT p.league, count(*) AS n, count(g.game_id) AS known
        FROM predictions.ledger p LEFT JOIN raw.games g USING (league, season, game_id) GROUP BY ALL ORDER BY ALL
        """
    )
    assert [(row["league"], row["n"] == row["known"] > 0) for row in predicted] == [(one, True) for one in LEAGUES]
