"""The made-up league is the same everywhere and in every version: tests of plugins count on its games."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tipoff.errors import SettingsError
from tipoff.features.tiny_league import Record, Records, TinyLeague, write
from tipoff.warehouse.store import Warehouse


@pytest.fixture(scope="module")
def records() -> Records:
    return TinyLeague().records()


def whose(row: Record) -> tuple[object, object]:
    return row["game_id"], row["team_id"]


@pytest.mark.parametrize(
    ("league", "digest"),
    [
        (TinyLeague(), "d8c698ed9a440da5"),
        (TinyLeague(seasons=(2023, 2024), teams=4, games=12, players=False, seed=1), "88542f6470678a5c"),
        (TinyLeague(seasons=(2024,), played_until=date(2023, 11, 20)), "48c2ae362135f18b"),
    ],
)
def test_the_same_seed_is_the_same_league_whatever_the_version(league: TinyLeague, digest: str) -> None:
    """Whoever changes it breaks tests that are not ours: change the seed of the one test that needs another league."""
    text = json.dumps(league.records(), default=str, sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


def test_a_record_without_its_key_says_which_column_lacks_first(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"a record for `raw.games` lacks `season` of its key: \{'league': 'm'"):
        write(Warehouse(tmp_path / "t.duckdb"), {"games": [{"league": "m", "home_id": "1"}]}, datetime(2024, 1, 1))


def test_points_are_those_of_the_box_scores_and_of_the_shots(records: Records) -> None:
    box = {whose(row): row for row in records["team_stats"]}
    assert len(box) == 2 * len(records["games"]) == 360
    for game in records["games"]:
        for side in ("home", "away"):
            row = box[game["game_id"], game[f"{side}_id"]]
            made, threes, throws = (
                int(str(row[f"{kind}_made"])) for kind in ("field_goals", "three_points", "free_throws")
            )
            assert row["points"] == game[f"{side}_score"] == 2 * made + threes + throws
            assert row["is_home"] == (side == "home")
            for kind in ("field_goals", "three_points", "free_throws"):
                assert 0 <= int(str(row[f"{kind}_made"])) <= int(str(row[f"{kind}_attempted"]))
        assert game["home_score"] != game["away_score"]


def test_nobody_plays_twice_a_day_and_everybody_the_whole_season(records: Records) -> None:
    sides = [(game["game_date"], game[side]) for game in records["games"] for side in ("home_id", "away_id")]
    assert max(Counter(sides).values()) == 1
    played = Counter((game["season"], game[side]) for game in records["games"] for side in ("home_id", "away_id"))
    assert set(played.values()) == {20}
    days = sorted(
        {day for game in records["games"] if game["season"] == 2024 and isinstance(day := game["game_date"], date)}
    )
    assert {(later - one).days for one, later in pairwise(days)} == {1, 2, 3}


def test_a_squad_of_seven_of_whom_two_move_on_every_summer(records: Records) -> None:
    squads: dict[tuple[object, object], set[object]] = {}
    for line in records["player_stats"]:
        squads.setdefault((line["season"], line["team_id"]), set()).add(line["athlete_id"])
    assert {len(squad) for squad in squads.values()} == {7}
    assert len(squads[2023, "t1"] & squads[2022, "t1"]) == 5
    assert len(squads[2023, "t1"] & squads[2022, "t0"]) == 2


def test_games_to_come_have_no_result_and_no_box_score() -> None:
    until = date(2023, 11, 20)
    records = TinyLeague(seasons=(2024,), played_until=until).records()
    for game in records["games"]:
        over = game["game_date"] <= until  # type: ignore[operator]
        assert (game["status"] == "final") is (game["home_score"] is not None) is over
    first = min(day for game in records["games"] if isinstance(day := game["game_date"], date))
    assert first <= until < first + timedelta(days=60)
    assert {row["game_id"] for row in records["team_stats"]} == {
        game["game_id"] for game in records["games"] if game["status"] == "final"
    }
