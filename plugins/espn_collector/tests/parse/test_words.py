"""Names, days and words for nothing, as ESPN writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

import pytest
from tipoff import Bad, Parsed, Payload, Row
from tipoff_espn.parse import games, listings, players, records, stats

Answer = Callable[..., Payload]
Make = Callable[..., Any]


def rows(parsed: Iterable[Parsed], table: str) -> list[dict[str, Any]]:
    return [dict(each.values) for each in parsed if isinstance(each, Row) and each.table == table]


def test_names_of_teams_come_without_entities(answer: Answer, event: Make) -> None:
    said = event(notes=[{"type": "event", "headline": "Men&#39;s Classic"}], groups={"id": "46", "name": "A&amp;E"})
    for side, name in zip(said["competitions"][0]["competitors"], ("Texas A&amp;amp;M", "Hawai&#x27;i"), strict=True):
        side["team"]["displayName"] = name
    parsed = list(games.parse(answer({"events": [said]})))
    assert {row["name"] for row in rows(parsed, "espn_team_names")} == {"Texas A&M", "Hawai'i"}
    assert rows(parsed, "games")[0]["tournament"] == "Men's Classic"
    assert {row["conference"] for row in rows(parsed, "team_seasons")} == {"A&E"}


def test_a_name_that_python_wrote_as_bytes_costs_its_game_only(answer: Answer, event: Make) -> None:
    said = event()
    said["competitions"][0]["competitors"][0]["team"]["displayName"] = "b'San Jos\\xe9'"
    parsed = list(games.parse(answer({"events": [said, event(game_id="402")]})))
    (bad,) = [each.reason for each in parsed if isinstance(each, Bad)]
    assert "bytes" in bad.reason
    assert [row["game_id"] for row in rows(parsed, "games")] == ["402"]


def test_names_of_players_and_books(answer: Answer, summary: Make) -> None:
    roster = {
        "season": {"year": 2026},
        "team": {"id": "1"},
        "athletes": [
            {"id": "9", "displayName": "D&#39;Angelo Null", "jersey": "nan", "position": {"abbreviation": "NA"}}
        ],
    }
    parsed = list(players.parse_roster(answer(roster, "/teams/1/roster")))
    assert [row["name"] for row in rows(parsed, "players")] == ["D'Angelo Null"]
    assert [(row["jersey"], row["position"]) for row in rows(parsed, "rosters")] == [(None, None)]
    book = {"provider": {"id": "100", "name": "B&amp;W"}, "spread": -3.5}
    assert {row["provider"] for row in rows(stats.parse(answer(summary(pickcenter=[book]))), "odds")} == {"B&W"}


@pytest.mark.parametrize("word", ["", "--", "-", "nan", "NaN", "None", "null", "<NA>", "N/A"])
def test_words_that_mean_missing(word: str) -> None:
    assert records.whole(word, "x") is None
    assert records.split(word, "x") == (None, None)
    assert records.named(word) is None
    assert records.split(f"{word}-12" if word and "-" not in word else "3-12", "x")[1] == 12


@pytest.mark.parametrize("date_", ["2026-01-16T04:00Z", "2026-01-16T05:00Z", "2026-01-16"])
@pytest.mark.parametrize("status", ["STATUS_SCHEDULED", "STATUS_POSTPONED"])
def test_a_time_to_be_announced_is_of_its_day_in_winter_too(
    answer: Answer, event: Make, date_: str, status: str
) -> None:
    said = event(status=status, state="pre", completed=False, halves=(), timeValid=False, date=date_)
    (game,) = rows(games.parse(answer({"events": [said]})), "games")
    assert (game["tip_utc"], game["game_date"], game["tip_known"]) == (
        datetime(2026, 1, 16, 5),
        date(2026, 1, 16),
        False,
    )


def test_a_schedule_files_a_game_under_the_same_day(answer: Answer) -> None:
    side = {"homeAway": "home"}, {"homeAway": "away"}
    status = {"type": {"name": "STATUS_SCHEDULED", "state": "pre", "completed": False}}
    competition = {"competitors": side, "status": status, "timeValid": False}
    said = {"events": [{"id": "401", "date": "2026-01-16T04:00Z", "competitions": [competition]}]}
    (listed,) = rows(listings.parse_schedule(answer(said, "/teams/1/schedule")), "espn_listed")
    assert listed["game_date"] == date(2026, 1, 16)
