"""Each generated check finds what it is for, and finds nothing where nothing is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from tipoff.contracts import Check, Column, Table
from tipoff.features.quality import feature_checks
from tipoff.warehouse.sql import create_table

NOW = datetime(2024, 1, 31, 12)
"""The morning of the newest season's last day."""

TABLE = Table(
    "odd_features",
    schema="features",
    key=("league", "season", "game_id", "team_id"),
    columns=(
        Column("league", "VARCHAR"),
        Column("season", "INTEGER"),
        Column("game_id", "VARCHAR"),
        Column("team_id", "VARCHAR"),
        Column("game_date", "DATE"),
        Column("tip_utc", "TIMESTAMP"),
        Column("share", "DOUBLE"),
        Column("rating", "DOUBLE"),
        Column("played", "INTEGER"),
        Column("neutral", "BOOLEAN"),
        Column("pace", "DOUBLE", "the league's, the same for all games of a day"),
        Column("coach", "VARCHAR"),
    ),
)
CHECKS = {check.name.removeprefix("odd_features_"): check for check in feature_checks(TABLE)}

Con = duckdb.DuckDBPyConnection


@pytest.fixture
def con(tmp_path: Path) -> Con:
    """Four seasons of 60 days, twenty sides a day; the features move through the season as real ones do."""
    con = duckdb.connect(str(tmp_path / "odd.duckdb"))
    con.execute("CREATE SCHEMA features")
    con.execute(create_table(TABLE))
    rng = np.random.default_rng(5)
    rows = []
    for season in (2021, 2022, 2023, 2024):
        for day in range(60):
            for side in range(20):
                rows.append(
                    {
                        "league": "a",
                        "season": season,
                        "game_id": f"{season}-{day}-{side // 2}",
                        "team_id": f"t{side}",
                        "game_date": date(season - 1, 12, 3) + timedelta(days=day),
                        "tip_utc": NOW,
                        "share": float(np.clip(rng.normal(0.5, 0.08), 0, 1)) if day > 2 else None,
                        "rating": float(rng.normal(0, 9)),
                        "played": day // 3 + int(rng.integers(0, 4)),
                        "neutral": bool(rng.random() < 0.05),
                        "pace": 68.0 + season % 3 * 0.4 + day * 0.01,
                        "coach": f"c{side}",
                    }
                )
    con.register("made", pa.Table.from_pylist(rows))
    con.execute("INSERT INTO features.odd_features BY NAME SELECT * FROM made")
    return con


def offenders(con: Con, check: Check, now: datetime = NOW) -> list[tuple[object, ...]]:
    return con.execute(check.sql, {"today": now.date()}).fetchall()


def found(con: Con, now: datetime = NOW) -> dict[str, set[object]]:
    """By check, the features that it names."""
    rows = {name: offenders(con, check, now) for name, check in CHECKS.items()}
    place = {"missing": 1, "drift": 1, "outliers": 4}
    return {name: {row[place[name]] for row in each} for name, each in rows.items() if each}


def break_newest(con: Con, change: str) -> None:
    con.execute(f"UPDATE features.odd_features SET {change} WHERE game_date > '2024-01-28'")


def test_a_check_for_each_thing_and_its_severity() -> None:
    assert {name: check.severity for name, check in CHECKS.items()} == {
        "missing": "warn", "drift": "warn", "outliers": "info",
    }  # fmt: skip
    assert {check.table for check in CHECKS.values()} == {"features.odd_features"}
    assert all(check.doc for check in CHECKS.values())


def test_a_table_gets_no_check_that_has_nothing_to_look_at() -> None:
    only_text = replace(TABLE, columns=(*TABLE.columns[:6], Column("coach", "VARCHAR")))
    assert [check.name for check in feature_checks(only_text)] == ["odd_features_missing"]
    assert feature_checks(replace(TABLE, columns=TABLE.columns[:6])) == ()


def test_nothing_is_wrong_on_any_day_of_a_sound_season(con: Con) -> None:
    for day in range(5, 60, 9):
        assert found(con, datetime(2023, 12, 3, 12) + timedelta(days=day)) == {}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ("share = NULL", {"missing": {"share"}}),
        ("coach = NULL", {"missing": {"coach"}}),
        ("share = share * 100", {"drift": {"share"}}),
        ("share = 0.5", {"drift": {"share"}}),
        ("rating = 0", {"drift": {"rating"}}),
        ("rating = rating * 3", {"drift": {"rating"}}),
        ("played = 0", {"drift": {"played"}}),
        ("neutral = true", {"drift": {"neutral"}}),
        ("pace = pace + 12", {"drift": {"pace"}}),
        ("rating = NULL", {"missing": {"rating"}}),
    ],
)
def test_a_feature_that_breaks_is_named(con: Con, change: str, wanted: dict[str, set[object]]) -> None:
    break_newest(con, change)
    seen = found(con)
    seen.pop("outliers", None)
    assert seen == wanted


def test_it_is_seen_the_day_it_breaks_and_for_games_ahead(con: Con) -> None:
    con.execute("UPDATE features.odd_features SET share = NULL WHERE game_date >= '2024-01-31'")
    assert found(con, datetime(2024, 1, 29, 12)) == {}
    assert found(con, datetime(2024, 1, 30, 12)) == found(con) == {"missing": {"share"}}


def test_single_values_far_off_are_outliers_and_no_drift(con: Con) -> None:
    con.execute("UPDATE features.odd_features SET rating = 500 WHERE game_id = '2024-58-3' AND team_id = 't6'")
    ((*_, feature, value, low, high),) = offenders(con, CHECKS["outliers"])
    assert (feature, value) == ("rating", 500)
    assert -60 < float(str(low)) < float(str(high)) < 60
    break_newest(con, "rating = rating + 500")
    assert "outliers" not in found(con), "all of them have moved: that is drift"


def test_too_little_to_compare_says_nothing(con: Con) -> None:
    con.execute("DELETE FROM features.odd_features WHERE season < 2024")
    break_newest(con, "share = 7, coach = NULL")
    assert found(con) == {}
