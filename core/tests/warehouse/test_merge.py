from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tipoff.contracts import Column, Table
from tipoff.errors import StoreError
from tipoff.warehouse.merge import merge, replace, written_at
from tipoff.warehouse.store import Warehouse

SCORES = Table(
    "scores",
    key=("league", "season", "game_id"),
    columns=(
        Column("league", "VARCHAR"),
        Column("season", "INTEGER"),
        Column("game_id", "VARCHAR"),
        Column("day", "DATE"),
        Column("home", "INTEGER"),
        Column("away", "DOUBLE"),
    ),
)
T0 = datetime(2026, 1, 1)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setenv("TIPOFF_NOW", T0.isoformat())
    warehouse = Warehouse(tmp_path / "tipoff.duckdb")
    warehouse.migrate([SCORES])
    return warehouse


def rows(*records: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([{"league": "m", "season": 2026, "fetched_at": T0, **record} for record in records])


def put(store: Warehouse, table: pa.Table, source: str = "espn", run: str = "r1", above: tuple[str, ...] = ()) -> int:
    with store.write() as con:
        return merge(con, SCORES, table, run_id=run, source=source, above=above)


def stored(store: Warehouse, columns: str = "game_id, home, away") -> list[tuple[Any, ...]]:
    table = store.query(f"SELECT {columns} FROM raw.scores ORDER BY season, game_id")
    return [tuple(row.values()) for row in table.to_pylist()]


def test_rows_are_inserted_and_updated_by_key(store: Warehouse) -> None:
    assert put(store, rows({"game_id": "1", "home": 70, "away": 60.5}, {"game_id": "2", "home": 50})) == 2
    assert put(store, rows({"game_id": "2", "home": 51}, {"game_id": "3", "home": 9})) == 2
    assert stored(store) == [("1", 70, 60.5), ("2", 51, None), ("3", 9, None)]


def test_of_several_rows_with_a_key_the_newest_counts_then_the_last(store: Warehouse) -> None:
    later = T0 + timedelta(hours=1)
    batch = rows(
        {"game_id": "1", "home": 3, "fetched_at": later},
        {"game_id": "1", "home": 1},
        {"game_id": "2", "home": 1},
        {"game_id": "2", "home": 2},
    )
    assert put(store, batch) == 2
    assert stored(store, "game_id, home, fetched_at") == [("1", 3, later), ("2", 2, T0)]


def test_an_older_answer_never_overwrites_a_newer(store: Warehouse) -> None:
    put(store, rows({"game_id": "1", "home": 70, "fetched_at": T0}))
    assert put(store, rows({"game_id": "1", "home": 1, "fetched_at": T0 - timedelta(seconds=1)})) == 0
    assert stored(store) == [("1", 70, None)]


def test_from_the_same_source_a_withdrawn_value_goes(store: Warehouse) -> None:
    put(store, rows({"game_id": "1", "home": 70, "away": 60.0}))
    assert put(store, rows({"game_id": "1", "home": None, "away": 60.0})) == 1
    assert stored(store) == [("1", None, 60.0)]


def test_from_another_source_a_missing_value_overwrites_nothing(store: Warehouse) -> None:
    put(store, rows({"game_id": "1", "home": 70, "away": None}))
    assert put(store, rows({"game_id": "1", "home": None, "away": 61.0}), source="history") == 1
    assert stored(store, "home, away, source") == [(70, 61.0, "history+espn")]
    for source in ("espn", "history", "espn"):
        assert put(store, rows({"game_id": "1", "home": None, "away": None}), source=source) == 0


def test_two_sources_that_disagree_settle_on_the_one_that_goes_before(store: Warehouse) -> None:
    espn = rows({"game_id": "1", "home": 70, "away": None, "fetched_at": T0})
    archive = rows({"game_id": "1", "home": 71, "away": 61.0, "fetched_at": T0 + timedelta(days=1)})
    for _ in range(3):
        put(store, archive, source="archive", above=("espn",))
        put(store, espn)
        assert stored(store, "home, away, source") == [(70, 61.0, "espn+archive")]
    assert put(store, archive, source="archive", above=("espn",)) == 0
    assert put(store, espn) == 0


def test_one_that_goes_after_only_fills_in_and_the_row_stays_the_firsts(store: Warehouse) -> None:
    put(store, rows({"game_id": "1", "home": 70, "away": None}))
    filled = rows({"game_id": "1", "home": 1, "away": 61.0, "fetched_at": T0 + timedelta(days=1)})
    assert put(store, filled, source="archive", above=("espn",)) == 1
    assert stored(store, "home, away, source, fetched_at") == [(70, 61.0, "espn+archive", T0)]
    assert put(store, rows({"game_id": "1", "home": 72, "away": 60.0, "fetched_at": T0 + timedelta(hours=1)})) == 1
    assert stored(store, "home, away, source") == [(72, 60.0, "espn+archive")]


def test_one_that_is_put_first_takes_the_row_over_from_those_before(store: Warehouse) -> None:
    put(store, rows({"game_id": "1", "home": 70}))
    put(store, rows({"game_id": "1", "home": 71, "away": 61.0}), source="archive", above=("espn",))
    assert stored(store, "home, away, source") == [(70, 61.0, "espn+archive")]
    for _ in range(2):
        put(store, rows({"game_id": "1", "home": 71}), source="archive")
        put(store, rows({"game_id": "1", "home": 70}), above=("archive",))
        assert stored(store, "home, away, source") == [(71, 61.0, "archive+espn")]


def test_an_answer_that_is_repeated_is_newer_knowledge(store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", (T0 + timedelta(hours=2)).isoformat())
    hours = [
        rows({"game_id": "1", "home": home, "fetched_at": T0 + timedelta(hours=n)})
        for n, home in enumerate([70, 60, 70])
    ]
    put(store, hours[0])
    assert put(store, hours[2], run="r2") == 0
    assert put(store, hours[1], run="r3") == 0, "recovered late"
    at = T0 + timedelta(hours=2)
    assert stored(store, "home, run_id, fetched_at, loaded_at") == [(70, "r1", at, at)]


def test_columns_that_are_not_brought_are_not_touched(store: Warehouse) -> None:
    put(store, rows({"game_id": "1", "home": 70, "away": 60.0}))
    assert put(store, rows({"game_id": "1", "day": date(2026, 1, 1)}, {"game_id": "2", "day": None})) == 2
    assert stored(store) == [("1", 70, 60.0), ("2", None, None)]


def test_an_unchanged_row_keeps_its_provenance(store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, rows({"game_id": "1", "home": 70, "away": None}, {"game_id": "2", "home": 1}))
    later = T0 + timedelta(days=1)
    again = rows(
        {"game_id": "1", "home": 70, "away": None, "fetched_at": later},
        {"game_id": "2", "home": 2, "fetched_at": later},
    )
    monkeypatch.setenv("TIPOFF_NOW", later.isoformat())
    assert put(store, again, run="r2") == 1
    assert stored(store, "run_id, fetched_at, loaded_at") == [("r1", later, T0), ("r2", later, later)]


def test_no_two_writes_share_an_instant_though_the_run_does(store: Warehouse) -> None:
    marks = []
    new = pa.table({"league": ["m"], "season": [2026], "game_id": ["1"], "day": [None], "home": [9], "away": [None]})
    for home in (70, 71):
        put(store, rows({"game_id": "1", "home": home}))
        marks += stored(store, "run_id, loaded_at")
    for _ in range(2):
        with store.write() as con:
            replace(con, SCORES, new, pa.table({"game_id": ["1"]}), run_id="r1", source="form")
        marks += stored(store, "run_id, loaded_at")
    assert len(set(marks)) == 4
    assert marks == sorted(marks)


def test_a_season_is_part_of_the_key(store: Warehouse) -> None:
    put(store, rows({"game_id": "1", "home": 1, "season": 2025}, {"game_id": "1", "home": 2}))
    assert put(store, rows({"game_id": "1", "home": 3})) == 1
    assert stored(store, "season, home") == [(2025, 1), (2026, 3)]


def test_a_row_may_change_several_times_in_one_transaction(store: Warehouse) -> None:
    with store.write() as con:
        for home in (1, 2, 3):
            assert merge(con, SCORES, rows({"game_id": "1", "home": home}), run_id="r", source="s") == 1
    assert stored(store) == [("1", 3, None)]


def test_a_table_of_keys_alone_is_merged_too(store: Warehouse) -> None:
    seen = Table("seen", ("league", "game_id"), (SCORES.columns[0], SCORES.columns[2]))
    store.migrate([seen])
    batch = rows({"game_id": "1"}).drop_columns(["season"])
    for inserted in (1, 0):
        with store.write() as con:
            assert merge(con, seen, batch, run_id="r", source="s") == inserted


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (rows({"game_id": "1", "points": 3}), "unknown column `points`"),
        (rows({"game_id": "1", "home": "many"}), "column `home` is not int32"),
        (rows({"game_id": "1", "home": 2**40}), "column `home` is not int32"),
        (rows({"game_id": None, "home": 3}), "key column `game_id`"),
        (rows({"home": 3}), "lack the column `game_id`"),
        (rows({"game_id": "1", "fetched_at": None}), "`fetched_at`"),
    ],
)
def test_rows_that_do_not_fit_are_refused(store: Warehouse, bad: pa.Table, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        put(store, bad)
    assert stored(store) == []


@given(
    batches=st.lists(
        st.lists(
            st.tuples(st.sampled_from("ab"), st.none() | st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4
        ),
        max_size=4,
    )
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_merge_agrees_with_a_dictionary(store: Warehouse, batches: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", (T0 + timedelta(hours=3)).isoformat())
    with store.write() as con:
        con.execute("DELETE FROM raw.scores").fetchall()
        for batch in batches:
            changes = [{"game_id": g, "home": h, "fetched_at": T0 + timedelta(hours=t)} for g, h, t in batch]
            merge(con, SCORES, rows(*changes), run_id="r", source="espn")
    expected: dict[str, tuple[Any, datetime]] = {}
    for batch in batches:
        newest: dict[str, tuple[Any, datetime]] = {}
        for game, home, hours in batch:
            at = T0 + timedelta(hours=hours)
            if game not in newest or at >= newest[game][1]:
                newest[game] = (home, at)
        for game, (home, at) in newest.items():
            if game not in expected or at >= expected[game][1]:
                expected[game] = (home, at)
    assert stored(store, "game_id, home, fetched_at") == sorted((g, h, at) for g, (h, at) in expected.items())


SQUADS = Table(
    "squads",
    key=("team", "athlete", "since"),
    columns=(
        Column("team", "VARCHAR"),
        Column("athlete", "VARCHAR"),
        Column("since", "DATE"),
        Column("until", "DATE"),
        Column("jersey", "VARCHAR"),
        Column("height", "DOUBLE"),
    ),
    history=("since", "until"),
)


def test_of_a_history_only_changes_are_added(tmp_path: Path) -> None:
    store = Warehouse(tmp_path / "squads.duckdb")
    store.migrate([SQUADS])

    def seen(day: int, **jerseys: str) -> int:
        at = {
            "team": "t",
            "since": date(2026, 1, day),
            "until": date(2026, 1, day),
            "fetched_at": datetime(2026, 1, day),
        }
        found = pa.Table.from_pylist([{**at, "athlete": who, "jersey": jersey} for who, jersey in jerseys.items()])
        with store.write() as con:
            return merge(con, SQUADS, found, run_id="r", source="s")

    def history() -> list[tuple[str, str, int, int]]:
        query = "SELECT athlete, jersey, day(since) AS a, day(until) AS b FROM raw.squads ORDER BY athlete, since"
        return [tuple(row.values()) for row in store.query(query).to_pylist()]

    assert seen(1, ann="1", bea="2") == 2
    assert seen(2, ann="1", bea="2") == 2, "they were seen a day longer"
    assert seen(2, ann="1", bea="2") == 0
    assert history() == [("ann", "1", 1, 2), ("bea", "2", 1, 2)]
    seen(3, ann="3")
    seen(5, ann="1")
    seen(6, ann="1")
    assert history() == [("ann", "1", 1, 2), ("ann", "3", 3, 3), ("ann", "1", 5, 6), ("bea", "2", 1, 2)]
    assert seen(2, bea="2") == 0
    assert seen(4, ann="3") == 1, "an older answer that was recovered late"
    assert history()[1] == ("ann", "3", 3, 4)


def test_replace_deletes_what_matches_and_inserts(store: Warehouse) -> None:
    put(store, rows(*({"game_id": str(n), "home": n} for n in range(4)), {"game_id": "0", "season": 2025}))
    new = pa.table({"league": ["m"], "season": [2026], "game_id": ["1"], "day": [None], "home": [11], "away": [None]})
    where = pa.table({"season": [2026, 2026, 2026], "game_id": ["1", "2", "7"]})
    with store.write() as con:
        assert replace(con, SCORES, new, where, run_id="r2", source="form") == 1
    assert stored(store, "season, game_id, home, source, fetched_at IS NULL") == [
        (2025, "0", None, "espn", False),
        (2026, "0", 0, "espn", False),
        (2026, "1", 11, "form", True),
        (2026, "3", 3, "espn", False),
    ]


def test_replace_wants_every_column(store: Warehouse) -> None:
    with pytest.raises(StoreError, match="lack the column `day`"), store.write() as con:
        replace(
            con,
            SCORES,
            rows({"game_id": "1"}).drop_columns(["fetched_at"]),
            pa.table({"season": [2026]}),
            run_id="r",
            source="s",
        )


def test_no_two_writes_share_an_instant_and_one_of_a_clock_that_was_ahead_is_left_behind(
    store: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_out = []
    for frozen in ("02T00:00", "02T00:00", "01T23:59:30", "03T00:00", "02T00:00", "02T00:00"):
        monkeypatch.setenv("TIPOFF_NOW", f"2026-01-{frozen}")
        with store.write() as con:
            given_out.append(written_at(con))
    day = datetime(2026, 1, 2)
    one = timedelta(microseconds=1)
    assert given_out == [day, day + one, day + 2 * one, datetime(2026, 1, 3), day, day + one]
