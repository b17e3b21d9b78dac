"""What one answer of ESPN's says twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tipoff import Bad, Payload, Row
from tipoff_espn.parse import games, statements, stats

Answer = Callable[..., Payload]
Make = Callable[..., dict[str, Any]]


def told(parsed: Any, table: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of a table, and the paths of what is set aside or noted."""
    found = list(parsed)
    rows = [dict(each.values) for each in found if isinstance(each, Row) and each.table == table]
    return rows, [each.reason.path for each in found if isinstance(each, Bad)]


def test_the_season_follows_from_the_day(answer: Answer, event: Make) -> None:
    said = event()
    said["season"]["year"] = 2025
    (game, other), paths = told(games.parse(answer({"events": [said, event(game_id="402")]})), "games")
    assert (game["season"], other["season"], paths) == (2026, 2026, ["events[0].season.year"])
    (member, _), _ = told(games.parse(answer({"events": [said]})), "team_seasons")
    assert member["season"] == 2026


def test_so_does_that_of_a_summary(answer: Answer, summary: Make) -> None:
    said = summary()
    said["header"]["season"]["year"] = 2027
    said["header"]["competitions"][0]["date"] = "2026-01-16T00:30Z"
    rows, paths = told(stats.parse(answer(said)), "team_stats")
    assert ({row["season"] for row in rows}, paths) == ({2026}, ["header.season.year"])


@pytest.mark.parametrize(
    ("competition", "counts"),
    [
        ({"notes": [{"headline": "Exhibition"}]}, False),
        ({"notes": [{"headline": "College All-Star Game"}]}, False),
        ({"type": {"id": "9", "text": "Scrimmage"}}, False),
        ({"notes": [{"headline": "Hall of Fame Classic - 1st Round"}]}, True),
        ({"type": {"id": "1", "abbreviation": "STD"}}, True),
    ],
)
def test_an_exhibition_is_called_one(answer: Answer, event: Make, competition: Any, counts: bool) -> None:
    ((game,), paths) = told(games.parse(answer({"events": [event(**competition)]})), "games")
    assert (game["exhibition"], paths) == (not counts, [])


def test_a_team_of_stars_plays_exhibitions(answer: Answer, event: Make) -> None:
    said = event()
    said["competitions"][0]["competitors"][0]["team"]["isAllStar"] = True
    ((game,), _) = told(games.parse(answer({"events": [said]})), "games")
    assert game["exhibition"]


def test_a_score_that_its_periods_contradict_is_missing(answer: Answer, event: Make) -> None:
    said = event()
    said["competitions"][0]["competitors"][1]["linescores"][0]["value"] += 2
    ((game,), paths) = told(games.parse(answer({"events": [said]})), "games")
    assert (game["status"], game["home_score"], game["away_score"]) == ("final", None, None)
    assert paths == ["events[0].competitions[0].competitors.score"]


@pytest.mark.parametrize(("home", "away", "fits"), [(True, False, True), (False, True, False), (False, False, True)])
def test_the_winner_has_more_points(answer: Answer, event: Make, home: bool, away: bool, fits: bool) -> None:
    said = event()
    said["competitions"][0]["competitors"][0]["winner"] = away
    said["competitions"][0]["competitors"][1]["winner"] = home
    ((game,), paths) = told(games.parse(answer({"events": [said]})), "games")
    assert ((game["home_score"] == 71), (paths == [])) == (fits, fits)


@pytest.mark.parametrize(
    ("halves", "period", "detail", "overtimes"),
    [
        ((30, 41), 2, "Final", 0),
        ((30, 30, 11), 3, "Final/OT", 1),
        ((20, 20, 20, 11), 4, "Final/2OT", 2),
        ((30, 41), 2, "Final - Postponed once", 0),
        ((30, 41), 3, "Final/OT", None),
        ((30, 30, 11), 3, "Final", None),
        ((30, 30, 11), 2, "Final/OT", None),
    ],
)
def test_overtimes_are_counted_alike(
    answer: Answer, event: Make, halves: tuple[int, ...], period: int, detail: str, overtimes: int | None
) -> None:
    said = event(halves=halves)
    said["status"]["period"] = period
    said["status"]["type"]["detail"] = detail
    ((game,), paths) = told(games.parse(answer({"events": [said]})), "games")
    assert (game["overtimes"], game["home_score"]) == (overtimes, 71), "the score stands"
    assert paths == ([] if overtimes is not None else ["events[0].status"])


def test_points_of_a_summary_that_its_periods_contradict_are_missing(answer: Answer, summary: Make) -> None:
    said = summary()
    sides = said["header"]["competitions"][0]["competitors"]
    sides[0] |= {"linescores": [{"displayValue": "30"}, {"displayValue": "41"}], "winner": True}
    rows, paths = told(stats.parse(answer(said)), "team_stats")
    assert ([row["points"] for row in rows], paths) == ([64, 71], [])
    sides[0]["linescores"][0]["displayValue"] = "32"
    rows, paths = told(stats.parse(answer(said)), "team_stats")
    assert ([row["points"] for row in rows], len(paths)) == ([None, None], 1)
    assert [row["assists"] for row in rows] == [13, 13], "the rest of the box score stands"


def test_the_host_is_the_same_in_the_box_score(answer: Answer, summary: Make) -> None:
    said = summary()
    said["boxscore"]["teams"][0]["homeAway"] = "away"
    said["boxscore"]["teams"][1]["homeAway"] = "away"
    rows, paths = told(stats.parse(answer(said)), "team_stats")
    assert ([row["is_home"] for row in rows], paths) == ([False, None], ["boxscore.teams[1].homeAway"])


@pytest.mark.parametrize(
    ("spread", "other", "favorites", "fits"),
    [
        (-6.5, -6.5, (True, False), True),
        (6.5, 6.5, (False, True), True),
        (-1.0, 1.0, (False, True), True),
        (-6.5, None, (None, None), True),
        (-6.5, None, (True, True), True),
        (None, -6.5, (False, True), True),
        (6.5, None, (True, False), False),
        (-6.5, None, (False, True), False),
        (-6.5, 6.5, (None, None), False),
        (-1.5, None, (False, True), False),
        (-1.5, 1.5, (None, None), False),
    ],
)
def test_a_books_spread_names_its_favorite(spread: Any, other: Any, favorites: Any, fits: bool) -> None:
    assert (statements.spread_trouble(spread, other, favorites) == "") == fits


def test_a_book_that_contradicts_itself_is_set_aside_and_the_others_are_not(answer: Answer, summary: Make) -> None:
    def book(name: str, number: str, favorite: bool) -> dict[str, Any]:
        sides = {"homeTeamOdds": {"favorite": favorite}, "awayTeamOdds": {"favorite": not favorite}}
        return {"provider": {"id": number, "name": name}, "spread": 6.5, "overUnder": 140.0, **sides}

    said = summary(pickcenter=[book("One", "31", True), book("Two", "32", False)])
    rows, paths = told(stats.parse(answer(said)), "odds")
    assert ([row["provider"] for row in rows], paths) == (["Two"], ["odds.home_spread_close"])
