"""The laws hold for honest builders, and catch those that are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tipoff.features import changes
from tipoff.features.laws import Bench, assert_incremental, assert_point_in_time, assert_reproducible

from .conftest import APART, WINS, make_bench, with_builders

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Two seasons, one builder that looks back, and one that is computed from it."""
    return make_bench(tmp_path / "home", (replace(WINS, lookback=1), APART), (2023, 2024))


def test_incremental_equals_full(bench: Bench) -> None:
    assert_incremental(bench)


def test_nothing_from_the_future(bench: Bench, tmp_path: Path) -> None:
    assert_point_in_time(bench, tmp_path / "laws")


def test_same_bytes(bench: Bench, tmp_path: Path) -> None:
    assert_reproducible(bench, tmp_path / "laws")


def test_a_builder_that_peeks_is_caught(bench: Bench, tmp_path: Path) -> None:
    peeking = with_builders(bench, replace(WINS, compute="toy_builders:peeking"))
    with pytest.raises(AssertionError, match=r"`wins` up to \d{4}-\d\d-\d\d, .* the row .* differs: \{'wins'"):
        assert_point_in_time(peeking, tmp_path / "laws", days=1)


def test_a_builder_that_differs_from_build_to_build_is_caught(bench: Bench, tmp_path: Path) -> None:
    forgetful = with_builders(bench, replace(WINS, compute="toy_builders:forgetful"))
    with pytest.raises(AssertionError, match="`wins`, built twice: the row"):
        assert_reproducible(forgetful, tmp_path / "twice")
    with pytest.raises(AssertionError, match="`wins` after `corrected`, incremental"):
        assert_incremental(forgetful, [changes.corrected])


def test_nonsense_that_changes_nothing_is_no_test(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="tested nothing"):
        assert_point_in_time(bench, tmp_path / "laws", nonsense=lambda con, day: None, days=1)


def test_nonsense_is_tried_in_the_middle_of_each_part_of_the_seasons(bench: Bench, tmp_path: Path) -> None:
    tried: list[date] = []

    def noted(con: DuckDBPyConnection, day: date) -> None:
        tried.append(day)
        changes.nonsense_from(con, day)

    assert_point_in_time(bench, tmp_path / "laws", nonsense=noted, days=3)
    days = bench.days()
    assert tried == [days[len(days) * part // 6] for part in (1, 3, 5)]


@pytest.mark.parametrize(("change", "later"), [(changes.moved_later, 9), (changes.moved_earlier, -4)])
def test_a_game_that_is_moved_is_moved_so_far(bench: Bench, change: changes.Change, later: int) -> None:
    games = "SELECT game_id, game_date, tip_utc FROM raw.games ORDER BY game_id"
    before = {row["game_id"]: row for row in bench.warehouse.query(games).to_pylist()}
    day = bench.days()[3]
    bench.change(change, day)
    for row in bench.warehouse.query(games).to_pylist():
        was = before[row["game_id"]]
        apart = timedelta(days=later if was["game_date"] == day else 0)
        assert (row["game_date"], row["tip_utc"]) == (was["game_date"] + apart, was["tip_utc"] + apart)
