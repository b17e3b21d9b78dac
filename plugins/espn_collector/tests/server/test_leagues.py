"""Several leagues at once, each in its own shapes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tipoff_espn.server import League, open_league

MEN, WOMEN, NBA = "mens-college-basketball", "womens-college-basketball", "nba"
MORNING = datetime(2026, 1, 24, 14)


def path(league: str, rest: str) -> str:
    return f"/apis/site/v2/sports/basketball/{league}{rest}"


@pytest.fixture(scope="module")
def three() -> League:
    return open_league("embedded:seed=11,teams=32,first_season=2025", (MEN, WOMEN, NBA))


@pytest.fixture
def espn(serve: Any, three: League) -> Any:
    return serve(three, MORNING)


def test_they_play_at_once_and_none_like_another(espn: Any) -> None:
    boards = [espn.json(path(league, "/scoreboard?dates=20260117&groups=50")) for league in (MEN, WOMEN, NBA)]
    assert [board["leagues"][0]["id"] for board in boards] == ["41", "54", "46"]
    assert [board["leagues"][0]["slug"] for board in boards] == [MEN, WOMEN, NBA]
    assert all(board["events"] for board in boards)
    names = [{event["name"] for event in board["events"]} for board in boards]
    assert not (names[0] & names[1] | names[0] & names[2] | names[1] & names[2])


def test_only_the_leagues_that_are_served_are_known(serve: Any) -> None:
    server = serve(open_league("embedded:teams=32", (MEN, WOMEN)), MORNING)
    statuses = [got.status for got in server.get(*(path(league, "/teams?limit=1") for league in (MEN, WOMEN, NBA)))]
    assert statuses == [200, 200, 404]


@pytest.mark.parametrize(("league", "periods", "clock"), [(MEN, 2, 1200.0), (WOMEN, 4, 600.0), (NBA, 4, 720.0)])
def test_halves_and_quarters(espn: Any, league: str, periods: int, clock: float) -> None:
    boards = (path(league, f"/scoreboard?dates={month}&groups=50&limit=500") for month in ("202512", "202601"))
    events = [event for board in boards for event in espn.json(board)["events"]]
    finals = [event for event in events if event["status"]["type"]["completed"]]
    overtimes = set()
    for event in finals:
        (competition,) = event["competitions"]
        assert competition["format"]["regulation"]["periods"] == periods
        extra = event["status"]["period"] - periods
        overtimes.add(extra)
        assert event["status"]["type"]["detail"] == {0: "Final", 1: "Final/OT"}.get(extra, f"Final/{extra}OT")
        for side in competition["competitors"]:
            assert [line["period"] for line in side["linescores"]] == list(range(1, periods + extra + 1))
            assert sum(line["value"] for line in side["linescores"]) == int(side["score"])
            assert all(line["value"] >= 0 for line in side["linescores"])
    assert {0, 1} <= overtimes
    summary = espn.json(path(league, f"/summary?event={finals[0]['id']}"))
    assert summary["format"]["regulation"]["clock"] == clock
    minutes = [
        sum(int(athlete["stats"][0]) for athlete in team["statistics"][0]["athletes"] if athlete["stats"])
        for team in summary["boxscore"]["players"]
    ]
    extra = finals[0]["status"]["period"] - periods
    assert minutes == [5 * (periods * clock / 60 + 5 * extra)] * 2


def test_a_game_goes_through_its_quarters(serve: Any, three: League) -> None:
    season = three.season(WOMEN, 2026)
    assert season is not None
    game = next(f for f in season.fixtures if f.result and f.result.overtimes == 1 and f.tip > MORNING)
    seen, points = [], [0]
    for minute in range(0, 150, 3):
        status = serve(three, game.tip + timedelta(minutes=minute)).json(path(WOMEN, f"/summary?event={game.id}"))
        (competition,) = status["header"]["competitions"]
        kind = competition["status"]["type"]
        seen.append(kind["shortDetail"].partition(" - ")[2] if kind["state"] == "in" else kind["description"])
        seen[-1] = seen[-1] or kind["description"]
        points.append(sum(int(side["score"]) for side in competition["competitors"]))
    assert list(dict.fromkeys(seen)) == ["1st", "2nd", "Halftime", "3rd", "4th", "OT", "Final"]
    assert points == sorted(points)


def test_the_nba_has_no_polls_no_featured_games_and_no_guests(espn: Any, three: League) -> None:
    (polls,) = espn.get(path(NBA, "/rankings"))
    assert polls.status == 404
    events = espn.json(path(NBA, "/scoreboard?dates=20260117"))["events"]
    assert events == espn.json(path(NBA, "/scoreboard?dates=20260117&groups=50"))["events"]
    assert all("curatedRank" not in side for event in events for side in event["competitions"][0]["competitors"])
    season = three.season(NBA, 2026)
    assert season is not None
    assert len(season.teams) == 32
    headlines = {str(fixture.tournament).partition(" - ")[0] for fixture in season.fixtures if fixture.season_type == 3}
    assert headlines == {"NBA Playoffs", "Play-In Tournament"}
