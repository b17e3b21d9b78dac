"""The documents as a client reads them: links that resolve, true figures, and empty forms of what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from tipoff_espn.server import open_league
from tipoff_espn.server.asof import SeasonView
from tipoff_espn.server.model import PlayerLine

LEAGUE = "mens-college-basketball"
CORE = f"/v2/sports/basketball/leagues/{LEAGUE}"
NOW = "2026-01-24T14:00:00"
PLAYED, AHEAD = "dates=20260121&groups=50", "dates=20260124&groups=50"


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            parts = urlsplit(value["$ref"])
            assert parts.hostname in ("sports.core.api.espn.com", "sports.core.api.espn.pvt")
            yield f"{parts.path}?{parts.query}"
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def kind_of(path: str) -> str:
    """An address without its numbers: one of a kind is followed, not each of a thousand."""
    return "/".join("#" if part.lstrip("-").isdigit() else part for part in path.partition("?")[0].split("/"))


@pytest.mark.parametrize(
    ("now", "query"), [(NOW, PLAYED), (NOW, AHEAD), ("2026-03-09T14:00:00", "dates=202603&groups=50&limit=500")]
)
def test_every_reference_leads_to_a_document_of_ours(espn: Any, now: str, query: str) -> None:
    server = espn(now)
    # The last one in March is a game whose teams are still to be determined.
    event = server.events(query)[-1]["id"]
    todo = {kind_of(path): path for path in (f"{CORE}?lang=en", f"{CORE}/events/{event}?lang=en")}
    site = server.get(f"/summary?event={event}", "/rankings", "/teams/" + next(iter(teams_of(server))) + "/roster")
    todo |= {kind_of(path): path for answer in site for path in references(answer.json)}
    seen: set[str] = set()
    while kinds := sorted(set(todo) - seen):
        answers = server.get(*(todo[kind] for kind in kinds))
        assert {(kind, answer.status) for kind, answer in zip(kinds, answers, strict=True)} == {
            (kind, 200) for kind in kinds
        }
        seen.update(kinds)
        for answer in answers:
            todo |= {kind_of(path): path for path in references(answer.json) if kind_of(path) not in seen}
    assert len(seen) > 30


def teams_of(server: Any) -> dict[str, Any]:
    listed = server.json("/teams?limit=500")["sports"][0]["leagues"][0]["teams"]
    return {entry["team"]["id"]: entry["team"] for entry in listed}


def test_a_document_names_itself(espn: Any) -> None:
    server = espn(NOW)
    event = server.events(PLAYED)[0]["id"]
    competitors = server.json(f"{CORE}/events/{event}/competitions/{event}/competitors")
    for path in references(competitors):
        document = server.json(path)
        if "$ref" in document:
            assert urlsplit(document["$ref"]).path == path.partition("?")[0]


def test_who_played_is_on_the_roster_of_the_game(espn: Any) -> None:
    server = espn(NOW)
    event = server.events(PLAYED)[0]["id"]
    players = server.json(f"/summary?event={event}")["boxscore"]["players"]
    for table in players:
        side = f"{CORE}/events/{event}/competitions/{event}/competitors/{table['team']['id']}"
        entries = server.json(f"{side}/roster")["entries"]
        lines = table["statistics"][0]["athletes"]
        assert [str(entry["playerId"]) for entry in entries] == [line["athlete"]["id"] for line in lines]
        assert [entry["starter"] for entry in entries] == [line["starter"] for line in lines]
        assert sum(entry["starter"] for entry in entries) == 5
        (first,) = references({"athlete": entries[0]["athlete"]})
        athlete = server.json(first)
        assert athlete["displayName"] == lines[0]["athlete"]["displayName"]
        figures = server.json(f"{side}/roster/{athlete['id']}/statistics/0")["splits"]["categories"][0]["stats"]
        assert [figure["displayValue"] for figure in figures] == lines[0]["stats"]


def test_there_is_no_roster_of_a_game_before_its_end(espn: Any) -> None:
    server = espn(NOW)
    event = server.events(AHEAD)[0]
    for side in event["competitions"][0]["competitors"]:
        path = f"{CORE}/events/{event['id']}/competitions/{event['id']}/competitors/{side['id']}"
        competitor, roster, statistics, linescores = server.get(
            path, f"{path}/roster", f"{path}/statistics", f"{path}/linescores"
        )
        assert not {"roster", "statistics"} & competitor.json.keys()
        assert (roster.status, statistics.status) == (404, 404)
        assert linescores.json["items"] == []


def best(lines: list[list[str]], place: int) -> int:
    return max(int(line[place]) for line in lines if line)


def test_leaders_of_a_finished_game_are_those_of_its_box_score(espn: Any) -> None:
    server = espn(NOW)
    event = next(e for e in server.events(PLAYED) if e["status"]["type"]["completed"])
    summary = server.json(f"/summary?event={event['id']}")
    tables = {table["team"]["id"]: table["statistics"][0] for table in summary["boxscore"]["players"]}
    in_summary = {each["team"]["id"]: each["leaders"] for each in summary["leaders"]}
    for side in event["competitions"][0]["competitors"]:
        stats = [line["stats"] for line in tables[side["id"]]["athletes"]]
        keys = tables[side["id"]]["keys"]
        wanted = {name: best(stats, keys.index(name)) for name in ("points", "rebounds", "assists")}
        assert {each["name"]: each["leaders"][0]["value"] for each in side["leaders"]} == wanted
        assert {each["name"]: int(each["leaders"][0]["displayValue"]) for each in in_summary[side["id"]]} == wanted


def test_leaders_before_a_game_are_those_of_the_season_so_far(espn: Any) -> None:
    server = espn(NOW)
    event = server.events(AHEAD)[0]
    season = server.league.season(LEAGUE, 2026)
    for side in event["competitions"][0]["competitors"]:
        points: dict[str, list[int]] = {}
        for fixture in season.fixtures:
            if side["id"] in (fixture.home_id, fixture.away_id) and fixture.result and fixture.ends <= server.now:
                own: list[PlayerLine] = season.lines(fixture)[fixture.away_id == side["id"]]
                for line in own:
                    if line.minutes:
                        points.setdefault(line.athlete.id, []).append(line.points)
        wanted = max(sum(each) / len(each) for each in points.values())
        (leader,) = (each for each in side["leaders"] if each["name"] == "pointsPerGame")
        assert leader["leaders"][0]["value"] == pytest.approx(wanted)


def test_totals_of_an_earlier_instant_do_not_see_later_games(simulated: Any) -> None:
    season = simulated.season(LEAGUE, 2026)
    view = SeasonView(season)
    team = season.fixtures[0].home_id
    early, late = datetime(2025, 12, 1), datetime(2026, 3, 1)
    after = dict(view.totals(team, late))
    before = dict(view.totals(team, early))
    assert sum(each.games for each in before.values()) < sum(each.games for each in after.values())
    assert before == dict(SeasonView(season).totals(team, early))


def test_standings_count_the_games_that_are_over_and_no_others(espn: Any) -> None:
    early, late = espn("2026-01-10T14:00:00"), espn("2026-02-10T14:00:00")
    wins: list[int] = []
    for server in (early, late):
        document = server.json(f"/apis/v2/sports/basketball/{LEAGUE}/standings")
        played = {fixture.id: fixture for fixture in server.league.season(LEAGUE, 2026).fixtures if fixture.result}
        over = [fixture for fixture in played.values() if fixture.ends <= server.now]
        entries = [entry for child in document["children"] for entry in child["standings"]["entries"]]
        assert len(entries) == 64
        for entry in entries:
            figures = {stat["name"]: stat for stat in entry["stats"]}
            own = [f for f in over if entry["team"]["id"] in (f.home_id, f.away_id)]
            won = sum((f.result.home > f.result.away) == (f.home_id == entry["team"]["id"]) for f in own)
            assert (figures["wins"]["value"], figures["losses"]["value"]) == (won, len(own) - won)
            assert figures["overall"]["summary"] == f"{won}-{len(own) - won}"
        wins.append(sum(stat["value"] for entry in entries for stat in entry["stats"] if stat["name"] == "wins"))
    assert wins[0] < wins[1]


def test_the_leader_of_a_conference_is_behind_nobody_and_nobody_is_ahead_of_it(espn: Any) -> None:
    document = espn(NOW).json(f"/apis/v2/sports/basketball/{LEAGUE}/standings")
    for child in document["children"]:
        rows = [
            {stat["name"]: stat["value"] for stat in e["stats"] if "value" in stat}
            for e in child["standings"]["entries"]
        ]
        shares = [row["leagueWinPercent"] for row in rows]
        assert shares == sorted(shares, reverse=True)
        assert rows[0]["gamesBehind"] == 0
        assert [row["playoffSeed"] for row in rows] == sorted(row["playoffSeed"] for row in rows)


def test_one_list_of_standings_holds_all_teams(espn: Any) -> None:
    document = espn(NOW).json(f"/apis/v2/sports/basketball/{LEAGUE}/standings?level=1")
    assert len(document["standings"]["entries"]) == 64
    assert "children" not in document


def test_the_last_five_games_are_the_last_five(espn: Any) -> None:
    server = espn(NOW)
    summary = server.json(f"/summary?event={server.events(AHEAD)[0]['id']}")
    season = server.league.season(LEAGUE, 2026)
    for each in summary["lastFiveGames"]:
        team = each["team"]["id"]
        own = [f for f in season.fixtures if team in (f.home_id, f.away_id) and f.result and f.ends <= server.now]
        wanted = [fixture.id for fixture in sorted(own, key=lambda f: f.ends)[-5:]]
        assert [event["id"] for event in each["events"]] == wanted
        for event, fixture in zip(each["events"], [season_fixture(own, number) for number in wanted], strict=True):
            won = (fixture.result.home > fixture.result.away) == (fixture.home_id == team)
            assert event["gameResult"] == ("W" if won else "L")


def season_fixture(fixtures: list[Any], number: str) -> Any:
    return next(fixture for fixture in fixtures if fixture.id == number)


def test_rankings_tell_who_dropped_out_and_who_else_got_votes(espn: Any) -> None:
    server = espn(NOW)
    for poll in server.json("/rankings")["rankings"]:
        released = [
            p for p in server.league.season(LEAGUE, 2026).polls if p.kind == poll["type"] and p.released <= server.now
        ]
        before, now = ({rank.team_id for rank in p.ranks} for p in released[-2:])
        assert {rank["team"]["id"] for rank in poll["droppedOut"]} == before - now
        others = {rank["team"]["id"] for rank in poll["others"]}
        assert others
        assert not others & (before | now)
        assert all(0 < rank["points"] < poll["ranks"][-1]["points"] for rank in poll["others"])


def test_days_with_and_without_games_make_up_a_season_type(espn: Any) -> None:
    server = espn(NOW)
    path = f"{CORE}/seasons/2026/types/2/calendar"
    on, off, white, black = (
        server.json(f"{path}/{kind}")["eventDate"]["dates"] for kind in ("ondays", "offdays", "whitelist", "blacklist")
    )
    assert (on, off) == (white, black)
    days = sorted(datetime.fromisoformat(day).date() for day in [*on, *off])
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    season = server.league.season(LEAGUE, 2026)
    assert len(on) == len({f.day for f in season.fixtures if f.season_type == 2})
    assert server.get(f"{path}/holidays")[0].status == 404


def test_what_nobody_knows_is_empty_and_nobody_is_made_up(espn: Any) -> None:
    server = espn(NOW)
    for query in (PLAYED, AHEAD):
        event = server.events(query)[0]
        competition = event["competitions"][0]
        empty = ("broadcasts", "geoBroadcasts", "highlights", "headlines")
        assert [competition[name] for name in empty] == [[], [], [], []]
        assert competition["broadcast"] == ""
        summary = server.json(f"/summary?event={event['id']}")
        assert (summary["broadcasts"], summary["videos"], summary["header"]["competitions"][0]["broadcasts"]) == (
            [],
            [],
            [],
        )
        assert not {"officials", "weather"} & summary["gameInfo"].keys()
        assert not {"plays", "news", "article"} & summary.keys()
        text = str(event) + str(summary)
        assert "headshot" not in text
    roster = server.json(f"/teams/{event['competitions'][0]['competitors'][0]['id']}/roster")
    assert roster["coach"] == []


def test_a_made_up_team_has_not_the_logo_of_a_real_one(espn: Any) -> None:
    for team in teams_of(espn(NOW)).values():
        assert {logo["href"].rpartition("/")[2] for logo in team["logos"]} == {"default-team-logo-500.png"}


def test_bets_are_linked_while_they_are_open(espn: Any) -> None:
    server = espn(NOW)
    for query, open_ in ((PLAYED, False), (AHEAD, True)):
        (prices,) = server.json(f"/summary?event={server.events(query)[0]['id']}")["pickcenter"]
        assert ("links" in prices) is open_
        assert ("link" in prices["moneyline"]["home"]["close"]) is open_
        assert "link" not in prices["moneyline"]["home"]["open"]


def test_prices_of_the_core_api_say_the_same_in_every_spelling(espn: Any) -> None:
    server = espn(NOW)
    event = server.events(PLAYED)[0]["id"]
    path = f"{CORE}/events/{event}/competitions/{event}/odds"
    (item,) = server.json(path)["items"]
    for side in ("home", "away"):
        price = item[f"{side}TeamOdds"]["close"]["moneyLine"]
        american = float(price["american"].replace("EVEN", "100"))
        wanted = 1 + (american / 100 if american > 0 else -100 / american)
        assert price["decimal"] == price["value"] == pytest.approx(wanted, abs=0.0006)
        top, bottom = price["fraction"].split("/")
        assert int(top) / int(bottom) == pytest.approx(wanted - 1)
    assert server.json(f"{path}/100") == item
    assert server.get(f"{path}/58")[0].status == 404


@pytest.mark.parametrize("league", ["nba", "womens-college-basketball"])
def test_other_leagues_have_the_same_documents(serve: Any, league: str) -> None:
    opened = open_league("embedded:teams=32,first_season=2026", (league,))
    server = serve(opened, datetime(2026, 1, 24, 14))
    site = f"/apis/site/v2/sports/basketball/{league}"
    groups = "" if league == "nba" else "&groups=50"
    event = server.json(f"{site}/scoreboard?dates=20260121{groups}")["events"][0]
    core = f"/v2/sports/basketball/leagues/{league}"
    team = event["competitions"][0]["competitors"][0]["id"]
    side = f"{core}/events/{event['id']}/competitions/{event['id']}/competitors/{team}"
    paths = (f"{site}/summary?event={event['id']}", core, f"{side}/roster", f"{core}/seasons/2026/teams/{team}")
    answers = server.get(*paths, f"/apis/v2/sports/basketball/{league}/standings", f"{site}/groups")
    assert [answer.status for answer in answers] == [200] * 6
    assert f"/{league}/" in event["links"][0]["href"]
