"""Every state that a game or a day can be in, each after real runs over a source that a test writes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tipoff.collecting.nothing import ONCE
from tipoff.quality.coverage import Cell, calendar, gaps, newest_season, totals


def test_what_came_is_collected(season: Any) -> None:
    season.play(5, 9)
    season.play(12, 18, games=3)
    season.collect()
    assert set(season.states()) == {"collected"}
    assert season.days() == {
        **dict.fromkeys(range(5, 10), "collected"), 10: "no games", 11: "no games",
        **dict.fromkeys(range(12, 19), "collected"), 19: "no games",
    }  # fmt: skip
    found = season.coverage()
    assert [(total.dataset, total.what, total.counts, total.share) for total in totals(found)] == [
        ("games", "days", {"collected": 12, "no games": 3}, 1.0),
        ("stats", "raw.team_stats", {"collected": 31}, 1.0),
    ]
    assert gaps(found) == []
    cells = calendar(found)
    assert (cells[date(2026, 1, 12)], cells[date(2026, 1, 10)]) == (Cell("collected", 3), Cell("no games", 0))
    assert season.failing("coverage", "freshness") == {}


def test_each_state_of_a_game_with_its_reason_and_what_to_do(season: Any) -> None:
    season.play(5, 19)
    season.world.down.add("/boxes/7-1")
    season.world.boxes["8-0"][0]["bad"] = True
    season.world.boxes["6-0"] = []
    season.collect("games")
    season.collect("stats", last=8)
    season.collect("stats", first=10)
    states = {game: said for game, said in season.games().items() if said[0] != "collected"}
    assert states == {
        "7-1": ("failed", "`/boxes/7-1` did not answer"),
        "8-0": ("failed", "rows[0].team: no such team"),
        "6-0": ("empty", ONCE),
        "9-0": ("expected", "not asked yet"),
        "9-1": ("expected", "not asked yet"),
    }
    assert season.states()["collected"] == 25
    assert [(gap.state, gap.count, f"{gap.first}", gap.next) for gap in gaps(season.coverage())] == [
        ("failed", 1, "2026-01-07", "tipoff collect stats --from 2026-01-07 --to 2026-01-07"),
        ("failed", 1, "2026-01-08", "tipoff quarantine list stats"),
        ("expected", 2, "2026-01-09", "tipoff collect stats --from 2026-01-09 --to 2026-01-09"),
        ("empty", 1, "2026-01-06", "nothing: it is asked once more"),
    ]
    assert season.failing("coverage") == {"coverage_stats_team_stats_missing": 4, "coverage_stats_team_stats_empty": 1}
    season.world.down.clear()
    season.world.boxes["8-0"][0]["bad"] = False
    season.collect("stats")
    assert season.states() == {"collected": 29, "empty": 1}


def test_a_game_that_was_not_played_expects_nothing(season: Any) -> None:
    season.play(5, 6)
    for day, status in enumerate(("postponed", "canceled", "forfeited", "scheduled", "in_progress"), start=7):
        season.play(day, day, status=status)
    season.collect("games")
    assert {game.partition("-")[0] for game in season.games()} == {"5", "6"}


def test_an_answer_from_before_the_end_counts_for_nothing(season: Any) -> None:
    season.at(datetime(2026, 1, 9, 12))
    season.play(9, 9, status="scheduled")
    season.world.boxes.clear()
    season.collect()
    season.world.games.clear()
    season.play(9, 9)
    season.at(datetime(2026, 1, 20, 12))
    season.collect("games")
    assert season.games() == dict.fromkeys(("9-0", "9-1"), ("expected", "asked before the game was over"))
    season.collect("stats")
    assert season.states() == {"collected": 2}


def test_days_that_failed_and_days_that_were_never_asked(season: Any) -> None:
    season.play(5, 19)
    season.world.down.add("/days/2026-01-06")
    season.world.games[date(2026, 1, 7)][0]["bad"] = True
    season.collect("games", last=10)
    season.collect("games", first=13)
    assert {day: state for day, state in season.days().items() if state != "collected"} == {
        6: "failed", 7: "failed", 11: "expected", 12: "expected",
    }  # fmt: skip
    assert "7-0" not in season.games()
    found = [(gap.reason, gap.count, gap.asked_at is None, gap.next) for gap in gaps(season.coverage("games"))]
    assert found == [
        ("`/days/2026-01-06` did not answer", 1, False, "tipoff collect games --from 2026-01-06 --to 2026-01-06"),
        ("rows[0].team: no such team", 1, False, "tipoff quarantine list games"),
        ("not asked yet", 2, True, "tipoff collect games --from 2026-01-11 --to 2026-01-12"),
    ]
    assert season.failing("coverage_games") == {"coverage_games_days": 4}
    cells = calendar(season.coverage("games"))
    assert (cells[date(2026, 1, 6)], cells[date(2026, 1, 7)]) == (Cell("failed", 0), Cell("failed", 1))


def test_a_day_that_was_asked_too_early_is_expected(season: Any) -> None:
    season.play(5, 9)
    season.play(12, 12)
    season.at(datetime(2026, 1, 10, 12))
    season.collect(last=12)
    assert season.days()[12] == "ahead"
    season.at(datetime(2026, 1, 20, 12))
    season.collect(first=13, last=19)
    assert (season.days()[12], season.days()[11]) == ("expected", "expected")


def test_a_plan_that_asks_for_days_with_games_only_lacks_no_other_day(season: Any) -> None:
    season.collectors = (season.module.collector(plan="plan_played"),)
    season.play(5, 9)
    season.play(12, 12)
    season.collect()
    assert [season.days()[day] for day in (9, 10, 12)] == ["collected", "no games", "collected"]
    season.world.down.add("/days/2026-01-12")
    season.play(14, 19)
    season.collect(first=12)
    assert season.days()[12] == "failed"


def test_requests_that_name_neither_day_nor_game(season: Any) -> None:
    season.collectors = (season.module.collector(plan="plan_at_once"),)
    season.play(5, 9)
    season.collect(last=9)
    assert set(season.days().values()) == {"collected"}
    season.play(10, 10)
    season.collect("games", last=10)
    assert season.states() == {"collected": 10, "expected": 2}


def test_games_that_are_no_longer_listed_have_vanished(season: Any) -> None:
    season.play(5, 9)
    season.collect()
    del season.world.games[date(2026, 1, 7)][0]
    season.world.games[date(2026, 1, 8)][0]["bad"] = True
    season.collect("games")
    assert {day: state for day, state in season.days().items() if state not in ("collected", "no games")} == {
        7: "vanished",
        8: "failed",
    }, "while a part of the list cannot be read, what is not in it may be there"
    (found,) = season.checks()["coverage_games_vanished"].sample
    assert (found["game_id"], found["status"], found["game_date"]) == ("7-0", "final", "2026-01-07")
    assert [gap.reason for gap in gaps(season.coverage()) if gap.state == "vanished"] == [
        "no longer on the list: 1 of 2"
    ]


def test_a_game_that_moved_or_was_called_off_has_not_vanished(season: Any) -> None:
    season.play(5, 9)
    season.play(18, 18, status="postponed")
    season.collect()
    moved = season.world.games[date(2026, 1, 7)].pop()
    season.world.games[date(2026, 1, 8)].append({**moved, "game_date": "2026-01-08"})
    season.world.games[date(2026, 1, 18)].clear()
    season.collect("games")
    assert set(season.days().values()) == {"collected", "no games"}


def test_a_game_without_a_result_is_overdue(season: Any) -> None:
    season.play(5, 9)
    season.play(12, 12, status="scheduled")
    season.collect()
    assert season.days()[12] == "overdue"
    (gap,) = gaps(season.coverage())
    assert gap.reason == "without a result: 2 of 2"
    assert gap.next.endswith("--from 2026-01-12 --to 2026-01-12 --again"), "the day's answer may be fresh"


def test_days_to_come_and_days_outside_the_season_lack_nothing(season: Any) -> None:
    season.play(5, 9)
    season.play(25, 26, status="scheduled")
    season.collect(last=27)
    days = season.days()
    assert min(days) == 5
    assert {days[day] for day in range(21, 28)} == {"ahead"}
    season.at(datetime(2026, 7, 1))
    assert max(row["day"] for row in season.coverage().days.to_pylist()) == date(2026, 1, 27)


def test_a_season_is_as_long_as_that_of_another_year(season: Any) -> None:
    """What was never asked at a season's beginning is known from the year before."""
    season.module.SEASON_BEGINS = date(2025, 1, 1)
    season.world.play(date(2025, 1, 8), "old")
    season.collect(first=-360, last=-355)
    season.play(12, 19)
    season.collect(first=12)
    assert [day for day, state in season.days().items() if state == "expected"] == [8, 9, 10, 11]
    with season.warehouse.read() as con:
        assert newest_season(con, "m", datetime(2026, 1, 20)) == 2026
        assert newest_season(con, "m", datetime(2025, 12, 1)) == 2025
        assert newest_season(con, "other", datetime(2026, 1, 20)) is None


def test_a_collector_answers_for_the_games_that_it_lists(season: Any) -> None:
    other = season.module.collector("past", "past_")
    season.collectors = (*season.collectors, other)
    season.play(5, 9)
    season.collect("past_games")
    assert season.games("stats") == {}
    assert len(season.games("past_stats")) == 10
    for rows in season.world.games.values():
        rows[0]["attendance"] = 5000
    season.collect("games")
    assert set(season.games("stats")) == {f"{day}-0" for day in range(5, 10)}, "those of which it told something"


def test_a_collector_that_lists_none_answers_for_all(season: Any) -> None:
    games, stats = season.collectors[0].datasets
    world = season.collectors[0]
    season.collectors = (
        type(world)("world", "world", (games,), client=world.client),
        type(world)("boxes", "world", (stats,), client=world.client),
    )
    season.play(5, 9)
    season.collect("games")
    assert season.states() == {"expected": 10}
    season.collect("stats")
    assert season.states() == {"collected": 10}
