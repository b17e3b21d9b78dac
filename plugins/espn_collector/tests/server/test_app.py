"""The endpoints' parameters and ESPN's quirks, over a real local server."""

from __future__ import annotations

import gzip
import json
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

LEAGUE = "mens-college-basketball"
CORE = f"/v2/sports/basketball/leagues/{LEAGUE}"
NOW = "2026-01-24T14:00:00"
EASTERN = ZoneInfo("America/New_York")


def eastern_day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(EASTERN).date()


def finals(events: list[Any]) -> list[Any]:
    return [event for event in events if event["status"]["type"]["completed"]]


def sides(event: Any) -> list[Any]:
    return list(event["competitions"][0]["competitors"])


def test_a_day_is_a_calendar_day_in_us_eastern_time(espn: Any) -> None:
    events = espn(NOW).events("dates=20260117&groups=50")
    assert len(events) > 10
    assert {eastern_day(event["date"]) for event in events} == {date(2026, 1, 17)}
    utc_days = {event["date"][:10] for event in events}
    assert utc_days == {"2026-01-17", "2026-01-18"}


def test_without_dates_the_present_day_is_shown(espn: Any) -> None:
    # Two in the morning UTC is still the evening before in the league's zone.
    events = espn("2026-01-25T02:00:00").events("groups=50")
    assert {eastern_day(event["date"]) for event in events} == {date(2026, 1, 24)}


def test_a_month_stops_at_100_unless_a_limit_is_given(espn: Any) -> None:
    server = espn(NOW)
    assert len(server.events("dates=202512&groups=50")) == 100
    month = server.events("dates=202512&groups=50&limit=500")
    assert 150 < len(month) <= 500
    assert {event["date"][:4] for event in month} <= {"2025", "2026"}


def test_a_limit_above_500_gives_25_events(espn: Any) -> None:
    server = espn(NOW)
    assert len(server.events("dates=202512&groups=50&limit=501")) == 25
    assert len(server.events("dates=202512&groups=50&limit=1000")) == 25


def test_a_year_never_gives_more_than_100(espn: Any) -> None:
    server = espn(NOW)
    assert len(server.events("dates=2025&groups=50")) == 100
    assert len(server.events("dates=2025&groups=50&limit=500")) == 100


@pytest.mark.parametrize(
    "dates", ["20260117-20260118", "20260117-20260117", "20260230", "2026-01-17", "soon", "202613"]
)
def test_ranges_and_impossible_days_are_refused(espn: Any, dates: str) -> None:
    (answer,) = espn(NOW).get(f"/scoreboard?dates={dates}&groups=50&limit=500")
    assert answer.status == 400
    assert answer.json == {"code": 400, "message": "Failed to get events endpoint."}


def test_without_a_group_only_games_of_ranked_teams_are_shown(espn: Any) -> None:
    server = espn(NOW)
    everything = server.events("dates=20260117&groups=50")
    featured = server.events("dates=20260117")
    assert 0 < len(featured) < len(everything)
    assert all(min(side["curatedRank"]["current"] for side in sides(event)) <= 25 for event in featured)
    unranked = [side["curatedRank"]["current"] for event in everything for side in sides(event)]
    assert 99 in unranked
    assert set(unranked) <= {*range(1, 26), 99}


def test_a_conference_is_a_group(espn: Any) -> None:
    events = espn(NOW).events("dates=202601&groups=3&limit=500")
    assert events
    assert all("3" in [side["team"].get("conferenceId") for side in sides(event)] for event in events)
    assert espn(NOW).events("dates=202601&groups=51") == []


def test_scheduled_games_have_the_score_0_as_text_and_season_averages(espn: Any) -> None:
    events = espn(NOW).events("dates=20260131&groups=50")
    assert events
    for event in events:
        assert event["status"]["type"]["name"] == "STATUS_SCHEDULED"
        for side in sides(event):
            assert side["score"] == "0"
            assert "linescores" not in side
            assert "winner" not in side
            assert any(figure["name"] == "avgPoints" for figure in side["statistics"])


def test_finals_have_scores_periods_and_a_winner(espn: Any) -> None:
    events = espn(NOW).events("dates=20260117&groups=50")
    for event in finals(events):
        home, away = sides(event)
        assert (home["homeAway"], away["homeAway"]) == ("home", "away")
        assert home["winner"] is not away["winner"]
        assert (int(home["score"]) > int(away["score"])) is home["winner"]
        for side in (home, away):
            assert sum(period["value"] for period in side["linescores"]) == int(side["score"])
        assert event["competitions"][0]["attendance"] > 0
        assert "odds" not in event["competitions"][0]


def test_overtimes(espn: Any) -> None:
    overtime = [
        event
        for event in finals(espn("2026-02-01T12:00:00").events("dates=202601&groups=50&limit=500"))
        if event["status"]["period"] > 2
    ]
    assert overtime
    for event in overtime:
        extra = event["status"]["period"] - 2
        name = "OT" if extra == 1 else f"{extra}OT"
        assert event["status"]["type"]["detail"] == f"Final/{name}"
        assert event["status"]["type"]["altDetail"] == name
        home, away = ([period["value"] for period in side["linescores"]] for side in sides(event))
        assert len(home) == len(away) == 2 + extra
        assert sum(home[:2]) == sum(away[:2])


def called_off(server: Any, name: str) -> list[Any]:
    months = ("202511", "202512", "202601", "202602")
    return [
        event
        for month in months
        for event in server.events(f"dates={month}&groups=50&limit=500")
        if event["status"]["type"]["name"] == name
    ]


@pytest.mark.parametrize("name", ["STATUS_POSTPONED", "STATUS_CANCELED"])
def test_called_off_games_look_over_but_are_not(espn: Any, name: str) -> None:
    found = called_off(espn("2026-03-01T12:00:00"), name)
    assert found
    for event in found:
        assert event["status"]["type"]["state"] == "post"
        assert event["status"]["type"]["completed"] is False
        assert [side["score"] for side in sides(event)] == ["0", "0"]


def test_a_postponed_game_is_made_up_under_another_id(espn: Any) -> None:
    server = espn("2026-03-01T12:00:00")
    (event, *_) = called_off(server, "STATUS_POSTPONED")
    home, away = (side["id"] for side in sides(event))
    schedule = server.json(f"/teams/{home}/schedule?season=2026")["events"]
    again = [
        game for game in schedule if [side["id"] for side in sides(game)] == [home, away] and game["id"] != event["id"]
    ]
    assert len(again) == 1
    assert again[0]["date"] > event["date"]


def test_a_game_is_not_called_off_before_it_is_announced(espn: Any) -> None:
    (event, *_) = called_off(espn("2026-03-01T12:00:00"), "STATUS_POSTPONED")
    day = eastern_day(event["date"])
    before = datetime.combine(day - timedelta(days=4), datetime.min.time()).isoformat()
    same = [e for e in espn(before).events(f"dates={day:%Y%m%d}&groups=50") if e["id"] == event["id"]]
    assert [e["status"]["type"]["name"] for e in same] == ["STATUS_SCHEDULED"]


def test_bracket_games_have_teams_to_be_determined(espn: Any) -> None:
    events = espn("2026-03-02T12:00:00").events("dates=202603&groups=50&limit=500")
    unknown = [event for event in events if "-2" in [side["id"] for side in sides(event)]]
    assert unknown
    for event in unknown:
        competition = event["competitions"][0]
        assert competition["type"] == {"id": "6", "abbreviation": "TRNMNT"}
        assert competition["conferenceCompetition"] is False
        assert "groups" not in competition
        for side in sides(event):
            if side["id"] == "-2":
                assert side["team"]["displayName"] == "TBD"
                assert "conferenceId" not in side["team"]
                assert "records" not in side


def test_nobody_stays_unknown_once_the_season_is_over(espn: Any) -> None:
    server = espn("2026-05-01T12:00:00")
    events = [
        e for query in ("dates=202603&groups=50&limit=500", "dates=202604&groups=100") for e in server.events(query)
    ]
    assert len(events) > 60
    assert all(side["id"] != "-2" for event in events for side in sides(event))


def test_the_ncaa_tournament_is_a_group_of_its_own_and_partly_in_the_other(espn: Any) -> None:
    server = espn("2026-05-01T12:00:00")
    ids = {
        group: {e["id"] for m in ("202603", "202604") for e in server.events(f"dates={m}&groups={group}&limit=500")}
        for group in ("50", "100")
    }
    assert len(ids["100"]) == 15
    assert 0 < len(ids["100"] & ids["50"]) < len(ids["100"])
    events = [e for m in ("202603", "202604") for e in server.events(f"dates={m}&groups=100")]
    assert {e["season"]["type"] for e in events} == {3}
    assert {e["competitions"][0]["neutralSite"] for e in events} == {True}


def test_some_hours_are_announced_late(espn: Any) -> None:
    events = espn("2026-01-10T12:00:00").events("dates=202602&groups=50&limit=500")
    late = [event for event in events if not event["competitions"][0]["timeValid"]]
    assert 0 < len(late) < len(events)
    # Until then the day is right and the hour is midnight, US Eastern.
    assert {event["date"][-6:] for event in late} == {"05:00Z"}
    known = {e["id"]: e for e in espn("2026-03-01T12:00:00").events("dates=202602&groups=50&limit=500")}
    assert all(known[event["id"]]["competitions"][0]["timeValid"] for event in late)
    assert all(eastern_day(known[event["id"]]["date"]) == eastern_day(event["date"]) for event in late)


def test_a_game_under_way(espn: Any) -> None:
    games = espn(NOW).events("dates=20260124&groups=50")
    tip = datetime.fromisoformat(games[0]["date"]).replace(tzinfo=None)

    def at(minutes: int) -> Any:
        moment = (tip + timedelta(minutes=minutes)).isoformat()
        return next(e for e in espn(moment).events("dates=20260124&groups=50") if e["id"] == games[0]["id"])

    assert at(-1)["status"]["type"]["state"] == "pre"
    first, half, second, over = (at(minutes) for minutes in (30, 60, 90, 240))
    names = [event["status"]["type"]["name"] for event in (first, half, second, over)]
    assert names == ["STATUS_IN_PROGRESS", "STATUS_HALFTIME", "STATUS_IN_PROGRESS", "STATUS_FINAL"]
    assert [event["status"]["period"] for event in (first, half, second)] == [1, 1, 2]
    points = [sum(int(side["score"]) for side in sides(event)) for event in (first, half, second, over)]
    assert points == sorted(points)
    assert 0 < points[0] < points[1] < points[2] < points[3]
    assert "odds" not in first["competitions"][0]


def test_prices_show_only_before_the_tip_and_not_long_before(espn: Any) -> None:
    server = espn(NOW)
    soon = server.events("dates=20260124&groups=50")
    assert all("odds" in event["competitions"][0] for event in soon)
    assert not any("odds" in event["competitions"][0] for event in server.events("dates=20260131&groups=50"))
    odds = soon[0]["competitions"][0]["odds"][0]
    assert odds["spread"] == float(odds["pointSpread"]["home"]["close"]["line"])
    assert odds["homeTeamOdds"]["favorite"] is (odds["spread"] < 0)


def test_neutral_sites_and_small_colleges(espn: Any) -> None:
    events = espn(NOW).events("dates=202511&groups=50&limit=500")
    neutral = [event["competitions"][0]["neutralSite"] for event in events]
    assert 0 < sum(neutral) < len(neutral) / 3
    outsiders = [side for event in events for side in sides(event) if "conferenceId" not in side["team"]]
    assert outsiders
    assert {side["homeAway"] for side in outsiders} == {"away"}


def summary_of(server: Any, event: Any) -> Any:
    return server.json(f"/summary?event={event['id']}")


def figures(team: Any) -> dict[str, str]:
    return {figure["name"]: figure["displayValue"] for figure in team["statistics"]}


def test_the_summary_of_a_final(espn: Any) -> None:
    server = espn(NOW)
    for event in server.events("dates=20260117&groups=50"):
        payload = summary_of(server, event)
        header = payload["header"]["competitions"][0]
        assert header["boxscoreSource"] == "full"
        assert [team["homeAway"] for team in payload["boxscore"]["teams"]] == ["away", "home"]
        home, away = header["competitors"]
        assert all(isinstance(side["score"], str) for side in (home, away))
        for team, players, side in zip(
            payload["boxscore"]["teams"], payload["boxscore"]["players"], (away, home), strict=True
        ):
            box = figures(team)
            made, threes, free = (
                int(box[name].split("-")[0])
                for name in (
                    "fieldGoalsMade-fieldGoalsAttempted",
                    "threePointFieldGoalsMade-threePointFieldGoalsAttempted",
                    "freeThrowsMade-freeThrowsAttempted",
                )
            )
            assert 2 * made + threes + free == int(side["score"])
            assert_players_add_up(players["statistics"][0], box, int(side["score"]))


def assert_players_add_up(table: Any, box: dict[str, str], points: int) -> None:
    assert table["labels"] == ["MIN", "PTS", "FG", "3PT", "FT", "REB", "AST", "TO", "STL", "BLK", "OREB", "DREB", "PF"]
    rows = [
        dict(zip(table["keys"], athlete["stats"], strict=True)) for athlete in table["athletes"] if athlete["stats"]
    ]
    assert all((not athlete["stats"]) == athlete["didNotPlay"] for athlete in table["athletes"])
    assert sum(athlete["starter"] for athlete in table["athletes"]) == 5
    assert sum(int(row["points"]) for row in rows) == points
    assert sum(int(row["minutes"]) for row in rows) % 25 == 0
    named = {
        "rebounds": "totalRebounds",
        "assists": "assists",
        "turnovers": "turnovers",
        "steals": "steals",
        "fouls": "fouls",
    }
    for key, name in named.items():
        assert sum(int(row[key]) for row in rows) == int(box[name])
    for key in table["keys"][2:5]:
        for part in (0, 1):
            assert sum(int(row[key].split("-")[part]) for row in rows) == int(box[key].split("-")[part])
    for row in rows:
        for key in table["keys"][2:5]:
            made, tried = map(int, row[key].split("-"))
            assert made <= tried


def test_the_summary_of_an_unplayed_game_has_averages_under_the_same_key(espn: Any) -> None:
    server = espn(NOW)
    (event, *_) = server.events("dates=20260124&groups=50")
    payload = summary_of(server, event)
    header = payload["header"]["competitions"][0]
    assert header["boxscoreSource"] == "none"
    assert all("score" not in side for side in header["competitors"])
    assert "players" not in payload["boxscore"]
    names = [figure["name"] for figure in payload["boxscore"]["teams"][0]["statistics"]]
    assert names.count("avgPointsAgainst") == 2
    assert "fieldGoalsMade-fieldGoalsAttempted" not in names


def test_ranks_in_a_summary_are_absent_when_unranked(espn: Any) -> None:
    server = espn(NOW)
    events = server.events("dates=20260124&groups=50")
    for event in events[:6]:
        ranks = [side["curatedRank"]["current"] for side in sides(event)]
        shown = [side.get("rank") for side in summary_of(server, event)["header"]["competitions"][0]["competitors"]]
        assert shown == [rank if rank < 99 else None for rank in ranks]


def test_the_projection_is_the_truth_before_and_after_the_game(espn: Any, simulated: Any) -> None:
    season = simulated.season(LEAGUE, 2026)
    before, after = espn(NOW), espn("2026-02-01T12:00:00")
    for event in before.events("dates=20260124&groups=50"):
        early, late = summary_of(before, event), summary_of(after, event)
        assert early["predictor"] == late["predictor"]
        home, away = early["predictor"]["homeTeam"], early["predictor"]["awayTeam"]
        assert float(home["gameProjection"]) + float(away["gameProjection"]) == pytest.approx(100, abs=1e-9)
        assert home["gameProjection"] == away["teamChanceLoss"]
        assert len(home["gameProjection"].partition(".")[2]) == 4
        fixture = next(f for f in season.fixtures if f.id == event["id"])
        assert float(home["gameProjection"]) == pytest.approx(
            100 * season.forecast(fixture).home_win_probability, abs=1e-4
        )
        assert len(early["pickcenter"]) == len(late["pickcenter"]) == 1
        assert early["pickcenter"][0]["pointSpread"]["home"].keys() == {"open", "close"}


def test_unknown_things_are_404(espn: Any) -> None:
    server = espn(NOW)
    answers = server.get("/summary?event=1", "/summary", "/teams/99999", "/teams/99999/roster", "/nothing")
    assert [answer.status for answer in answers] == [404] * 5
    assert answers[0].json == {"code": 404}
    (rankings,) = server.get("/apis/site/v2/sports/football/nfl/rankings")
    assert rankings.status == 404
    assert rankings.json == {"code": 404, "message": "Unable to get sport data for sport: football and league: nfl"}
    (roster,) = server.get("/teams/NOPE/roster")
    assert roster.status == 400
    assert f"leagues/{LEAGUE}/teams/NOPE?" in roster.json["message"]


def test_a_make_up_is_unknown_before_it_is_set(espn: Any) -> None:
    server = espn("2026-03-01T12:00:00")
    (event, *_) = called_off(server, "STATUS_POSTPONED")
    home, away = (side["id"] for side in sides(event))
    games = server.json(f"/teams/{home}/schedule")["events"]
    again = [g["id"] for g in games if [s["id"] for s in sides(g)] == [home, away] and g["id"] != event["id"]]
    early = espn("2025-11-01T12:00:00")
    assert early.get(f"/summary?event={again[0]}")[0].status == 404


def test_teams_come_in_pages_of_50_and_lack_a_few(espn: Any, simulated: Any) -> None:
    server = espn(NOW)

    def ids(query: str) -> list[str]:
        return [entry["team"]["id"] for entry in server.json(f"/teams{query}")["sports"][0]["leagues"][0]["teams"]]

    assert len(ids("")) == 50
    everyone = ids("?limit=1000&page=1")
    assert everyone == ids("?page=1") + ids("?page=2")
    assert ids("?page=9") == []
    members = {team.id for team in simulated.season(LEAGUE, 2026).teams.values() if team.division_one}
    missing = members - set(everyone)
    assert len(missing) == 3
    for team_id in missing:
        assert server.json(f"/teams/{team_id}")["team"]["id"] == team_id
        assert server.json(f"/teams/{team_id}/roster")["athletes"]


def test_a_team_is_found_by_its_abbreviation(espn: Any) -> None:
    server = espn(NOW)
    team = server.json("/teams?limit=1")["sports"][0]["leagues"][0]["teams"][0]["team"]
    assert server.json(f"/teams/{team['abbreviation'].lower()}/roster")["team"]["id"] == team["id"]


def test_a_schedule_holds_the_regular_season_unless_asked_otherwise(espn: Any) -> None:
    server = espn("2026-05-01T12:00:00")
    (final,) = [
        e
        for e in server.events("dates=202604&groups=100")
        if "Final" in e["competitions"][0]["notes"][0]["headline"]
        and "Semi" not in e["competitions"][0]["notes"][0]["headline"]
    ]
    team = sides(final)[0]["id"]
    regular, post = (server.json(f"/teams/{team}/schedule{query}") for query in ("", "?seasontype=3"))
    assert {e["seasonType"]["type"] for e in regular["events"]} == {2}
    assert final["id"] in [e["id"] for e in post["events"]]
    played = regular["events"][0]["competitions"][0]["competitors"][0]
    assert played["score"] == {
        "value": float(played["score"]["displayValue"]),
        "displayValue": played["score"]["displayValue"],
    }


def test_a_schedules_unplayed_games_have_no_score(espn: Any) -> None:
    server = espn(NOW)
    team = server.json("/teams?limit=1")["sports"][0]["leagues"][0]["teams"][0]["team"]["id"]
    events = server.json(f"/teams/{team}/schedule?season=2026")["events"]
    states = {e["competitions"][0]["status"]["type"]["state"]: e for e in events}
    assert all("score" not in side for side in sides(states["pre"]))


def test_rankings_are_those_in_force(espn: Any) -> None:
    early, late = (espn(now).json("/rankings")["rankings"] for now in ("2025-11-12T12:00:00", NOW))
    assert [poll["type"] for poll in late] == ["ap", "usa"]
    assert early[0]["occurrence"]["number"] < late[0]["occurrence"]["number"]
    assert [rank["current"] for rank in late[0]["ranks"]] == list(range(1, 26))
    assert early[0]["ranks"] != late[0]["ranks"]
    assert sum(rank["firstPlaceVotes"] for rank in late[0]["ranks"]) == 62


def test_core_events_are_references_in_pages(espn: Any) -> None:
    server = espn(NOW)
    first = server.json(f"{CORE}/events?dates=202601&groups=50")
    assert (first["pageIndex"], first["pageSize"], len(first["items"])) == (1, 25, 25)
    assert first["pageCount"] == -(-first["count"] // 25)
    last = server.json(f"{CORE}/events?dates=202601&groups=50&page={first['pageCount']}")
    assert 0 < len(last["items"]) <= 25
    # A range is still taken here, and without a group only featured games are listed.
    range_ = server.json(f"{CORE}/events?dates=20260117-20260118&groups=50&limit=200")
    assert range_["count"] > server.json(f"{CORE}/events?dates=20260117-20260118&limit=200")["count"] > 0
    assert range_["items"][0]["$ref"].startswith("http://sports.core.api.espn.com/")


def test_core_errors(espn: Any) -> None:
    empty, bad, event, other = espn(NOW).get(
        f"{CORE}/events?dates=20250801", f"{CORE}/events?dates=x", f"{CORE}/events/5", f"{CORE}/seasons/1999"
    )
    assert empty.json == {"count": 0, "pageIndex": 0, "pageSize": 25, "pageCount": 0, "items": []}
    assert (bad.status, bad.json) == (500, {"error": {"message": "application error", "code": 500}})
    assert (event.status, event.json) == (404, {"error": {"message": "No event found for eventId: 5", "code": 404}})
    assert (other.status, other.json) == (404, {"error": {"message": "no instance found", "code": 404}})


def test_a_core_reference_leads_to_its_event(espn: Any) -> None:
    server = espn(NOW)
    ref = server.json(f"{CORE}/events?dates=20260117&groups=50")["items"][0]["$ref"]
    found = server.json(ref.removeprefix("http://sports.core.api.espn.com"))
    assert f"/events/{found['id']}?" in ref


def test_seasons_before_the_first_are_empty(espn: Any) -> None:
    assert espn(NOW).events("dates=20100115&groups=50") == []


def test_compression_on_request_only(espn: Any) -> None:
    server = espn(NOW)
    (plain,) = server.get("/scoreboard?dates=20260117&groups=50")
    (packed,) = server.get("/scoreboard?dates=20260117&groups=50", headers={"Accept-Encoding": "gzip, deflate"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert plain.headers["Content-Type"].startswith("application/json")


def test_browsers_are_refused_at_the_edge(espn: Any) -> None:
    (answer,) = espn(NOW).get("/scoreboard", headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"})
    assert answer.status == 403
    with pytest.raises(json.JSONDecodeError):
        _ = answer.json
