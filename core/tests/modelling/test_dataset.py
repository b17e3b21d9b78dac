from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from tipoff.contracts import Column, Model
from tipoff.errors import Abort, StoreError
from tipoff.modelling import dataset
from tipoff.modelling.dataset import DatasetRef


def prepared(toy: Any) -> DatasetRef:
    return dataset.prepare(toy.registry, toy.settings, toy.store, toy.now)


def upcoming(toy: Any) -> DatasetRef:
    return dataset.upcoming(toy.registry, toy.settings, toy.store, toy.now)


def test_finished_games_with_features_and_targets_in_time_order(toy: Any) -> None:
    ref = prepared(toy)
    frame = dataset.read(toy.settings, ref)
    assert ref.games == frame.num_rows == toy.rows("SELECT count(*) FROM raw.games WHERE status = 'final'")[0][0]
    assert frame["game_date"].to_pylist() == sorted(frame["game_date"].to_pylist())
    first = frame.slice(0, 1).to_pylist()[0]
    ((home, away, gap),) = toy.rows(
        "SELECT home_score, away_score, gap FROM raw.games JOIN features.strength USING (game_id) "
        f"WHERE game_id = '{first['game_id']}'"
    )
    assert (first["margin"], first["total"], first["home_win"]) == (home - away, home + away, home > away)
    assert first["strength.gap"] == gap


def test_the_reference_is_small_and_survives_json(toy: Any) -> None:
    ref = prepared(toy)
    assert DatasetRef.of(ref.as_json()) == ref
    assert (ref.leagues, ref.first_day, ref.features) == (["toy-league"], "2023-11-10", {"strength": "3"})


def test_the_same_store_gives_the_same_file(toy: Any) -> None:
    ref = prepared(toy)
    path = toy.settings.home / ref.path
    before = path.stat().st_mtime_ns
    assert prepared(toy) == ref
    assert path.stat().st_mtime_ns == before
    assert [each.name for each in path.parent.iterdir()] == [f"{ref.id}.parquet"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE raw.games SET home_score = 200 WHERE game_id = '1000'",
        "UPDATE features.strength SET gap = gap + 1e-9 WHERE game_id = '1000'",
        "DELETE FROM features.strength WHERE game_id = '1000'",
    ],
)
def test_any_change_gives_another_dataset(toy: Any, change: str) -> None:
    ref = prepared(toy)
    toy.sql(change)
    assert prepared(toy).id != ref.id


def test_a_rebuilt_feature_gives_another_dataset(toy: Any) -> None:
    (builder,) = toy.registry.builders
    rebuilt = replace(toy, registry=replace(toy.registry, builders=(replace(builder, version="4"),)))
    assert prepared(rebuilt).id != prepared(toy).id


@pytest.mark.parametrize(
    "change",
    [
        "status = 'forfeited'",
        "home_id = NULL",
        "home_score = NULL",
        "home_score = away_score",
        "league = 'another'",
        "tip_utc = '2025-02-20 14:00'",
        "tip_utc = '2025-02-20 05:00', game_date = '2025-02-20', tip_known = false",
    ],
)
def test_a_game_without_a_usable_result_is_left_out(toy: Any, change: str) -> None:
    games = prepared(toy).games
    toy.sql(f"UPDATE raw.games SET {change} WHERE game_id = '1000'")
    assert prepared(toy).games == games - 1


def test_a_missing_feature_row_stays_missing(toy: Any) -> None:
    toy.sql("DELETE FROM features.strength WHERE game_id = '1000'")
    frame = dataset.read(toy.settings, prepared(toy))
    assert {row["game_id"]: row["strength.gap"] for row in frame.to_pylist()}["1000"] is None


SIDED = "support_toy:sided_strength"


@pytest.mark.parametrize("change", ["game_date = game_date + 1", "home_id = away_id, away_id = home_id"])
def test_features_of_a_game_that_moved_or_swapped_sides_are_not_its_features(toy: Any, change: str) -> None:
    (builder,) = toy.registry.builders
    sides = (Column("home_id", "VARCHAR"), Column("away_id", "VARCHAR"))
    table = replace(builder.table, columns=(*builder.table.columns, *sides))
    sided = replace(toy, registry=replace(toy.registry, builders=(replace(builder, table=table, compute=SIDED),)))
    sided.store.migrate(sided.registry.tables().values())
    toy.sql(
        "UPDATE features.strength SET home_id = g.home_id, away_id = g.away_id FROM raw.games AS g "
        "WHERE strength.league = g.league AND strength.season = g.season AND strength.game_id = g.game_id"
    )
    assert dataset.read(toy.settings, prepared(sided))["strength.gap"].null_count == 0
    toy.sql(f"UPDATE raw.games SET {change} WHERE game_id = '1000'")
    frame = dataset.read(toy.settings, prepared(sided))
    assert [row["game_id"] for row in frame.to_pylist() if row["strength.gap"] is None] == ["1000"]


def test_features_behind_their_inputs_are_named(toy: Any) -> None:
    assert upcoming(toy).stale == {}
    toy.sql("UPDATE raw.games SET loaded_at = '2025-02-20 12:00' WHERE season = 2024")
    assert upcoming(toy).stale == {}  # no game of that season is ahead
    toy.sql("UPDATE raw.games SET loaded_at = '2025-02-20 12:00' WHERE game_id = '1300'")
    assert upcoming(toy).stale == {"toy-league": {"strength": "raw.games changed"}}


def test_a_model_whose_feature_is_missing_does_not_stop_the_others(toy: Any) -> None:
    wanting = toy.with_models(*toy.registry.models, Model("new", ("gone.x", "strength.gone"), "m:f", "m:p"))
    assert prepared(wanting) == prepared(toy)


def test_upcoming_are_todays_and_tomorrows_games_not_begun(toy: Any) -> None:
    frame = dataset.read(toy.settings, upcoming(toy))
    assert set(frame["game_date"].to_pylist()) == {date(2025, 2, 20)}
    assert "margin" not in frame.column_names and frame["strength.gap"].null_count == 0
    eve = toy.later(datetime(2025, 2, 19, 13))
    assert upcoming(eve).games == 4
    # Half past midnight in UTC is still the 20th in the league's day; two of its four games have begun.
    assert upcoming(toy.later(datetime(2025, 2, 21, 0, 30))).games == 2


def test_a_game_whose_tip_is_not_known_is_ahead_all_day(toy: Any) -> None:
    """Its tip stands at midnight, the beginning of the day."""
    toy.sql("UPDATE raw.games SET tip_known = false, tip_utc = '2025-02-20 05:00' WHERE game_date = '2025-02-20'")
    assert upcoming(toy).games == 4
    assert upcoming(toy.later(datetime(2025, 2, 21, 4, 59))).games == 4


@pytest.mark.parametrize("status", ["postponed", "canceled", "in_progress", "final"])
def test_upcoming_are_scheduled_games_only(toy: Any, status: str) -> None:
    toy.sql(f"UPDATE raw.games SET status = '{status}' WHERE game_date = '2025-02-20'")
    assert upcoming(toy).games == 0


def test_a_lost_file_says_what_to_do(toy: Any) -> None:
    ref = prepared(toy)
    (toy.settings.home / ref.path).unlink()
    with pytest.raises(Abort, match="prepares it again"):
        dataset.read(toy.settings, ref)


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", None])
def test_a_damaged_file_says_what_to_do_and_is_made_again(toy: Any, content: bytes | None) -> None:
    ref = prepared(toy)
    path = toy.settings.home / ref.path
    whole = dataset.read(toy.settings, ref)
    path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    with pytest.raises(Abort, match=r"cannot be read: .*prepares it again"):
        dataset.read(toy.settings, ref)
    assert prepared(toy) == ref
    assert dataset.read(toy.settings, ref).equals(whole)


def test_a_reference_that_leads_elsewhere_is_not_followed(toy: Any) -> None:
    ref = replace(prepared(toy), path="../elsewhere.parquet")
    with pytest.raises(StoreError, match=r"`\.\.` is no name of a file or folder"):
        dataset.read(toy.settings, ref)
