"""The recorded league over a tiny hand-made folder."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tipoff.errors import SettingsError
from tipoff_espn.server import open_league

LEAGUE = "mens-college-basketball"
NOW = datetime(2024, 2, 10, 18, 0)


def game(
    game_id: int, when: str, home: int, away: int, score: tuple[int | None, int | None], **more: Any
) -> dict[str, Any]:
    return {
        "game_id": game_id,
        "season": 2024,
        "game_datetime": datetime.fromisoformat(when).replace(tzinfo=timezone.utc),
        "home_id": home,
        "home_team": f"Home {home}",
        "away_id": away,
        "away_team": f"Away {away}",
        "home_score": score[0],
        "away_score": score[1],
        "neutral_site": False,
        "home_conf": "ACC",
        "away_conf": "ACC",
        "same_conf": True,
        "postseason_derived": False,
        "n_ot": 0,
        **more,
    }


def box(
    game_id: int | None, team: int | None, points: int, *, match: bool | None = True, **more: Any
) -> dict[str, Any]:
    figures = {
        "fga": 60,
        "fgm": 25,
        "tpa": 20,
        "tpm": 5,
        "fta": 20,
        "orb": 9,
        "drb": 22,
        "blk": 3,
        "tov": 12,
        "ast": 14,
    }
    row = {
        "game_id": game_id,
        "season": 2024,
        "team_espn_id": team,
        "opp_espn_id": None,
        "pts": points,
        "pts_match_espn": match,
    }
    return {**row, **figures, "ftm": points - 55, **more}


GAMES = [
    game(1, "2024-02-08T00:00", 150, 152, (70, 66)),
    game(1, "2024-02-08T00:00", 150, 152, (70, 66)),
    game(2, "2024-02-09T00:30", 152, 153, (71, 68), n_ot=1, home_conf=None, same_conf=False),
    game(3, "2024-02-09T01:00", 153, 153, (71, 68)),
    game(4, "2024-02-09T02:00", 150, 153, (60, 60)),
    game(5, "2024-02-10T17:00", 150, 153, (80, 61)),
    game(6, "2024-02-11T00:00", 2511, 150, (64, 70), n_ot=None, home_conf="Big Lake", same_conf=False),
    game(7, "2024-03-14T17:00", 150, 152, (70, 61), neutral_site=True),
    game(8, "2024-03-16T17:00", 150, 153, (70, 66), neutral_site=True),
    game(9, "2024-03-22T17:00", 150, 2511, (70, 50), neutral_site=True, same_conf=False, postseason_derived=True),
    game(10, "2024-02-07T01:00", 152, 2511, (66, None), same_conf=False),
]
BOXES = [
    box(1, 150, 70),
    box(1, 150, 70, tov=99),
    box(1, 152, 66, match=False),
    box(2, 152, 71),
    box(2, 153, 67),
    box(5, 150, 80),
    box(5, 153, 61, ftm=9),
    box(7, None, 61, opp_espn_id=150),
    box(7, None, 70, opp_espn_id=999),
    box(None, 150, 70),
    box(777, 150, 70),
]
ROSTERS = [
    {
        "season": 2023,
        "team_id": "n150",
        "player_id": "900",
        "name": "Al Roe",
        "jersey": "1",
        "class": "Fr.",
        "position": "GUARD",
        "ht_inches": 75.0,
    },
    {
        "season": 2024,
        "team_id": "n152",
        "player_id": "950",
        "name": "Al Roe",
        "jersey": "3",
        "class": "So.",
        "position": "G",
        "ht_inches": 75.0,
    },
    {
        "season": 2024,
        "team_id": "n152",
        "player_id": "951",
        "name": "Bo Lee",
        "jersey": "",
        "class": "---",
        "position": "",
        "ht_inches": None,
    },
]
CONFERENCES = [
    {"season": 2024, "ncaa_name": name, "espn_team_id": team, "conference": "ACC", "ncaa_team_id": f"n{team}"}
    for team, name in ((150, "Duke"), (152, "NC State"))
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    for name, rows in (
        ("games", GAMES),
        ("team_box", BOXES),
        ("rosters_ncaa", ROSTERS),
        ("team_conferences", CONFERENCES),
    ):
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="module")
def league(folder: Path) -> Any:
    return open_league(f"recorded:{folder}", (LEAGUE,))


@pytest.fixture
def espn(league: Any, serve: Any) -> Any:
    return lambda now=NOW: serve(league, now)


def ids(events: list[Any]) -> list[str]:
    return sorted(event["id"] for event in events)


def test_duplicates_and_impossible_rows_are_left_out(league: Any) -> None:
    fixtures = league.season(LEAGUE, 2024).fixtures
    assert [f.id for f in fixtures] == ["1", "2", "5", "6", "7", "8", "9"]


def test_days_are_eastern(espn: Any) -> None:
    assert ids(espn().events("dates=20240207&groups=50")) == ["1"]
    assert ids(espn().events("dates=20240208&groups=50")) == ["2"]


def test_finals_and_what_lies_ahead(espn: Any) -> None:
    (final,) = espn().events("dates=20240208&groups=50")
    assert final["status"]["type"]["detail"] == "Final/OT"
    assert [side["score"] for side in final["competitions"][0]["competitors"]] == ["71", "68"]
    live, ahead = espn().events("dates=20240210&groups=50")
    for event in (live, ahead):
        # Nothing is known of a game under way: there are no points by period.
        assert event["status"]["type"]["name"] == "STATUS_SCHEDULED"
        assert [side["score"] for side in event["competitions"][0]["competitors"]] == ["0", "0"]
    over = espn(datetime(2024, 2, 10, 19, 30)).events("dates=20240210&groups=50")
    assert [e["status"]["type"]["completed"] for e in over if e["id"] == "5"] == [True]


def test_what_the_records_lack_is_absent(espn: Any) -> None:
    server = espn()
    (event,) = server.events("dates=20240208&groups=50")
    competition = event["competitions"][0]
    # Where ESPN always writes a key, nothing known is written as ESPN writes it.
    assert (competition["attendance"], competition["venue"]["fullName"]) == (0, "")
    assert "odds" not in competition
    for side in competition["competitors"]:
        assert (side["curatedRank"], "linescores" in side) == ({"current": 99}, False)
    payload = server.json("/summary?event=2")
    assert "players" not in payload["boxscore"]
    assert "predictor" not in payload
    assert payload["pickcenter"] == []
    said = {f["name"]: f["displayValue"] for team in payload["boxscore"]["teams"] for f in team["statistics"]}
    unknown = {"steals", "fouls", "turnovers", "teamTurnovers", "pointsInPaint", "largestLead"}
    assert {said[name] for name in unknown} == {"--"}
    assert "--" not in {said[name] for name in ("totalTurnovers", "totalRebounds", "blocks", "assists")}
    assert server.json("/rankings")["rankings"] == []


def boxed(payload: Any) -> list[str]:
    return [team["team"]["id"] for team in payload["boxscore"]["teams"]]


def test_box_scores_that_cannot_be_trusted_are_none(espn: Any) -> None:
    server = espn(datetime(2024, 2, 12))
    # Marked as wrong; other points than the final; shots that do not make the points; none at all.
    assert boxed(server.json("/summary?event=1")) == ["150"]
    assert boxed(server.json("/summary?event=2")) == ["152"]
    assert boxed(server.json("/summary?event=5")) == ["150"]
    # Only the opponent is named.
    assert boxed(espn(datetime(2024, 4, 1)).json("/summary?event=7")) == ["152"]
    nothing = server.json("/summary?event=6")
    assert boxed(nothing) == []
    assert nothing["header"]["competitions"][0]["boxscoreSource"] == "none"
    (team,) = server.json("/summary?event=1")["boxscore"]["teams"]
    assert next(f["displayValue"] for f in team["statistics"] if f["name"] == "totalTurnovers") == "12"


def test_unknown_overtimes_count_no_periods(espn: Any) -> None:
    events = espn(datetime(2024, 2, 12)).events("dates=20240210&groups=50")
    assert {event["id"]: event["status"]["period"] for event in events} == {"5": 2, "6": 0}


def test_conferences(espn: Any) -> None:
    (event,) = espn().events("dates=20240207&groups=50")
    assert event["competitions"][0]["groups"]["name"] == "Atlantic Coast Conference"
    assert [side["team"]["conferenceId"] for side in event["competitions"][0]["competitors"]] == ["2", "2"]
    (unknown,) = [e for e in espn().events("dates=20240210&groups=50") if e["id"] == "6"]
    assert len(unknown["competitions"][0]["competitors"][0]["team"]["conferenceId"]) == 4
    assert ids(espn().events("dates=20240210&groups=2")) == ["5", "6"]
    assert ids(espn().events("dates=20240210")) == ["5", "6"]


def test_a_tournament_side_is_unknown_until_its_game_before(espn: Any) -> None:
    def known(now: datetime, day: str) -> list[str]:
        (event,) = espn(now).events(f"dates={day}&groups=50")
        return [side["id"] for side in event["competitions"][0]["competitors"]]

    assert known(datetime(2024, 3, 13), "20240314") == ["150", "152"]
    assert known(datetime(2024, 3, 13), "20240316") == ["-2", "153"]
    assert known(datetime(2024, 3, 15), "20240316") == ["150", "153"]
    # The field of the postseason is named on Selection Sunday, 17 March, in the evening.
    assert known(datetime(2024, 3, 17, 12), "20240322") == ["-2", "-2"]
    assert known(datetime(2024, 3, 17, 23), "20240322") == ["150", "2511"]
    (event,) = espn(datetime(2024, 4, 10)).events("dates=20240322&groups=100")
    assert event["season"]["type"] == 3


def test_rosters(espn: Any) -> None:
    roster = espn().json("/teams/152/roster")
    first, second = roster["athletes"]
    assert (first["id"], first["displayName"], first["experience"]["abbreviation"]) == ("900", "Al Roe", "SO")
    assert (first["height"], first["position"]["abbreviation"], first["jersey"]) == (75.0, "G", "3")
    assert (second["height"], second["weight"], second["jersey"]) == (0.0, 0.0, "")
    assert (second["position"]["abbreviation"], second["experience"]["abbreviation"]) == ("NA", "--")
    assert espn().json("/teams/153/roster")["athletes"] == []


def test_teams(espn: Any) -> None:
    teams = espn().json("/teams?limit=1000")["sports"][0]["leagues"][0]["teams"]
    assert sorted(entry["team"]["id"] for entry in teams) == ["150", "152", "153"]
    assert espn().json("/teams/2511")["team"]["id"] == "2511"


def test_after_the_last_season_its_teams_are_still_there(espn: Any) -> None:
    later = espn(datetime(2026, 1, 1))
    assert later.json("/teams/150/roster")["season"]["year"] == 2024
    assert later.events("dates=20260101&groups=50") == []


def test_a_folder_may_hold_games_alone(tmp_path: Path, serve: Any) -> None:
    pq.write_table(pa.Table.from_pylist(GAMES), tmp_path / "games.parquet")
    server = serve(open_league(f"recorded:{tmp_path}", (LEAGUE,)), NOW)
    assert boxed(server.json("/summary?event=1")) == []
    assert server.json("/teams/150/roster")["athletes"] == []


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(GAMES).drop_columns(["n_ot"]), tmp_path / "games.parquet")
    with pytest.raises(SettingsError, match="n_ot"):
        open_league(f"recorded:{tmp_path}", (LEAGUE,)).season(LEAGUE, 2024)


def test_default_now(league: Any) -> None:
    assert league.default_now() == datetime(2024, 2, 7, 13)
