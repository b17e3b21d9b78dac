"""Which games count, in a real store; games are made up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tipoff import views
from tipoff.domain import TABLES, VIEWS
from tipoff.warehouse.store import Warehouse

DAY = date(2026, 1, 17)
TIP = datetime(2026, 1, 18, 0, 30)


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "tipoff.duckdb")
    warehouse.migrate(TABLES.values())
    return warehouse


def insert(store: Warehouse, table: str, *records: dict[str, Any]) -> None:
    with store.write() as con:
        for record in records:
            values = {"league": "l", "season": 2026, **record}
            con.execute(
                f"INSERT INTO raw.{table} BY NAME SELECT {', '.join(f'${name} AS {name}' for name in values)}",
                values,
            ).fetchall()


def game(game_id: str, home: str, away: str, score: tuple[int, int] | None = (70, 60), **rest: Any) -> dict[str, Any]:
    points = {} if score is None else {"home_score": score[0], "away_score": score[1]}
    status = "scheduled" if score is None else "final"
    known = {"game_date": DAY, "tip_utc": TIP, "status": status, "season_type": 2}
    return {"game_id": game_id, **known, "home_id": home, "away_id": away, **points, **rest}


def boxes(found: dict[str, Any], **changes: Any) -> tuple[dict[str, Any], ...]:
    sides = [("home", "away"), ("away", "home")]
    return tuple(
        {
            "game_id": found["game_id"],
            "team_id": found[f"{one}_id"],
            "opponent_id": found[f"{other}_id"],
            "is_home": one == "home",
            "points": found[f"{one}_score"],
            **changes,
        }
        for one, other in sides
    )


def query(store: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    with store.read() as con:
        return con.execute(sql).fetchall()


def counted(store: Warehouse) -> list[str]:
    return [row[0] for row in query(store, "SELECT game_id FROM raw.schedule ORDER BY game_id")]


def doubts(store: Warehouse) -> dict[str, tuple[str, str]]:
    return {row[0]: row[1:] for row in query(store, "SELECT game_id, what, reason FROM raw.doubtful_games")}


def test_what_does_not_contradict_itself_counts(store: Warehouse) -> None:
    later: dict[str, Any] = {"game_date": DAY + timedelta(days=1), "tip_utc": TIP + timedelta(hours=20)}
    insert(
        store,
        "games",
        game("1", "a", "b"),
        game("2", "c", "d"),
        game("3", "b", "a", **later),
        game("4", "e", "f", None),
    )
    insert(store, "team_stats", *boxes(game("1", "a", "b")), *boxes(game("3", "b", "a")))
    assert doubts(store) == {}
    assert counted(store) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("away_first", [True, False])
@pytest.mark.parametrize("minutes", [0, 20, 90])
def test_a_game_under_two_ids_counts_once(store: Warehouse, away_first: bool, minutes: int) -> None:
    teams = ("b", "a") if away_first else ("a", "b")
    score = (60, 70) if away_first else (70, 60)
    again = game("10", *teams, score, tip_utc=TIP + timedelta(minutes=minutes))
    insert(store, "games", game("9", "a", "b"), again)
    assert counted(store) == ["9"], "the older id"
    insert(store, "team_stats", *boxes(again))
    assert counted(store) == ["10"], "the one with a box score"
    assert doubts(store) == {"9": ("game", "the same game as 10, under another id")}
    with store.write() as con:
        con.execute("UPDATE raw.games SET status = 'canceled' WHERE game_id = '9'").fetchall()
    assert doubts(store) == {}, "a doubt goes by itself"


def test_one_that_is_final_counts_before_one_that_is_to_come(store: Warehouse) -> None:
    insert(store, "games", game("1", "a", "b", None), game("2", "a", "b"))
    assert counted(store) == ["2"]
    insert(store, "games", game("3", "c", "d", None), game("4", "c", "d", None))
    assert counted(store) == ["2", "3"]


def test_a_time_to_be_announced_is_of_the_day(store: Warehouse) -> None:
    insert(
        store,
        "games",
        game("1", "a", "b", None),
        game("2", "a", "b", None, tip_known=False, tip_utc=datetime(2026, 1, 17, 5)),
    )
    assert counted(store) == ["1"]
    insert(store, "games", game("3", "c", "d", None, tip_known=False), game("4", "c", "e", None, tip_known=False))
    assert counted(store) == ["1", "3", "4"], "two times that nobody knows are not the same"


def test_one_game_with_two_results_has_none(store: Warehouse) -> None:
    insert(store, "games", game("1", "a", "b"), game("2", "b", "a", (61, 70)))
    assert counted(store) == ["1"]
    assert query(store, "SELECT * FROM raw.results") == []
    assert query(store, "SELECT home_score, doubt FROM raw.competitive_games") == [(None, "under 2 it ended otherwise")]


def test_two_games_hours_apart_that_ended_otherwise_are_two(store: Warehouse) -> None:
    early = game("1", "a", "b", (50, 49), tip_utc=TIP - timedelta(hours=6))
    insert(store, "games", early, game("2", "a", "b"))
    assert (counted(store), doubts(store)) == (["1", "2"], {})
    with store.write() as con:
        con.execute("UPDATE raw.games SET home_score = 70, away_score = 60").fetchall()
    assert counted(store) == ["1"], "with the same score they are one"


def test_a_team_is_in_one_place_at_a_time(store: Warehouse) -> None:
    soon = TIP + timedelta(minutes=30)
    insert(store, "games", game("1", "a", "b"), game("2", "c", "a", tip_utc=soon), game("3", "d", "e"))
    assert counted(store) == ["3"], "nothing tells which of them is the real one"
    insert(store, "team_stats", *boxes(game("2", "c", "a")))
    assert counted(store) == ["2", "3"]
    assert doubts(store)["1"] == ("game", "a team of it plays 2 at the same time")
    with store.write() as con:
        con.execute("UPDATE raw.games SET tip_utc = tip_utc + INTERVAL 3 HOURS WHERE game_id = '2'").fetchall()
    assert counted(store) == ["1", "2", "3"]


def test_a_team_does_not_play_itself(store: Warehouse) -> None:
    insert(store, "games", game("1", "a", "a"))
    assert counted(store) == []


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        ({"season_type": 1}, "a game before the season"),
        ({"season_type": 4}, "a game after the season"),
        ({"exhibition": True}, "an exhibition"),
        ({"season_type": 5}, None),
        ({"season_type": None, "exhibition": None}, None),
    ],
)
def test_exhibitions_are_kept_and_do_not_count(store: Warehouse, rest: dict[str, Any], reason: str | None) -> None:
    insert(store, "games", game("1", "a", "b", **rest))
    assert query(store, "SELECT reason FROM raw.uncounted_games") == ([(reason,)] if reason else [])
    assert counted(store) == ([] if reason else ["1"])
    assert query(store, "SELECT count(*) FROM raw.games") == [(1,)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"points": 71}, "its box score has another score"),
        ({"is_home": True}, "its box score has another host"),
        ({"opponent_id": "z"}, "its box score is of other teams"),
        ({"team_id": "z"}, "its box score is of other teams"),
    ],
)
def test_a_result_that_its_box_score_contradicts_is_not_learned_from(
    store: Warehouse, changes: dict[str, Any], reason: str
) -> None:
    found = game("1", "a", "b")
    home, away = boxes(found)
    insert(store, "games", found, game("2", "c", "d"))
    insert(store, "team_stats", *boxes(game("2", "c", "d")), home, {**away, **changes})
    assert doubts(store) == {"1": ("result", reason)}
    assert counted(store) == ["1", "2"], "the game was played"
    assert query(store, "SELECT game_id FROM raw.results") == [("2",)]
    assert query(store, "SELECT DISTINCT game_id FROM raw.counted_team_box") == [("2",)]


def lines(game_id: str, team: str, minutes: list[float | None], points: int) -> list[dict[str, Any]]:
    return [
        {"game_id": game_id, "team_id": team, "athlete_id": f"{team}{n}", "minutes": each, "points": points}
        for n, each in enumerate(minutes)
    ]


@pytest.mark.parametrize(
    ("minutes", "overtimes", "fits"),
    [
        ([40.0] * 5, 0, True),
        ([38.5] * 5, 0, True),
        ([45.0] * 5, 1, True),
        ([45.0] * 5, 0, False),
        ([48.0] * 5, 0, True),
        ([50.0] * 5, None, True),
        ([80.0] * 5, 0, False),
        ([0.0] * 5, 0, False),
        ([0.0] * 5, None, False),
        ([20.0] * 5, 0, False),
        ([None] * 5, 0, True),
        ([200.0 * 60] * 5, None, False),
    ],
)
def test_minutes_that_do_not_add_up_are_not_learned_from(
    store: Warehouse, minutes: list[float | None], overtimes: int | None, fits: bool
) -> None:
    insert(store, "games", game("1", "a", "b", overtimes=overtimes))
    insert(store, "player_stats", *lines("1", "a", minutes, 14), *lines("1", "b", [40.0] * 5, 12))
    assert bool(query(store, "SELECT * FROM raw.doubtful_minutes WHERE team_id = 'a'")) != fits
    told = query(store, "SELECT minutes, points FROM raw.counted_player_box WHERE team_id = 'a'")
    assert told == [(each if fits else None, 14) for each in minutes]


def test_a_sheet_that_lacks_players_proves_nothing(store: Warehouse) -> None:
    insert(store, "games", game("1", "a", "b", overtimes=0))
    insert(store, "player_stats", *lines("1", "a", [30.0] * 3, 14))
    assert query(store, "SELECT * FROM raw.doubtful_minutes") == []


def test_lines_of_another_team_are_not_learned_from(store: Warehouse) -> None:
    insert(store, "games", game("1", "a", "b"))
    insert(store, "player_stats", *lines("1", "a", [None], 3), *lines("1", "z", [None], 3), *lines("2", "z", [None], 3))
    told = query(store, "SELECT game_id, team_id FROM raw.counted_player_box ORDER BY ALL")
    assert told == [("1", "a"), ("2", "z")], "of a game that nobody lists nothing is known"


def spreads(store: Warehouse, provider: str, day: date, *values: float) -> None:
    for number, value in enumerate(values):
        name = f"{provider}{day}{number}"
        insert(store, "games", game(name, f"{name}h", f"{name}a", None, game_date=day))
        insert(
            store,
            "odds",
            {"game_id": name, "provider": provider, "home_spread_close": value, "total_close": 140.0 + number},
        )


def test_a_line_that_is_the_same_for_every_game_is_a_stand_in(store: Warehouse) -> None:
    spreads(store, "fixed", DAY, *[2.5] * 5)
    spreads(store, "few", DAY, *[2.5] * 4)
    spreads(store, "real", DAY, 2.5, 2.5, 2.5, 2.5, -1.0)
    spreads(store, "slow", DAY, 2.5, 2.5, 2.5)
    spreads(store, "slow", DAY + timedelta(days=1), 2.5, 2.5)
    spreads(store, "at_times", DAY, *[2.5] * 5)
    spreads(store, "at_times", DAY + timedelta(days=1), -3.0, 6.0)
    found = query(
        store,
        "SELECT provider, count(*) FILTER (spread_stands_in), count(home_spread_close), count(total_close) "
        "FROM raw.lines GROUP BY 1 ORDER BY 1",
    )
    assert found == [("at_times", 5, 2, 7), ("few", 0, 4, 4), ("fixed", 5, 0, 5), ("real", 0, 5, 5), ("slow", 5, 0, 5)]


def test_lines_of_exhibitions_are_no_benchmark(store: Warehouse) -> None:
    insert(store, "games", game("1", "a", "b", exhibition=True))
    insert(store, "odds", {"game_id": "1", "provider": "x", "home_spread_close": 1.0})
    assert query(store, "SELECT * FROM raw.lines") == []


def test_the_names_that_plugins_may_not_take_are_those_of_the_views() -> None:
    assert frozenset(view.name for view in views.VIEWS if view.schema == "raw") == VIEWS
