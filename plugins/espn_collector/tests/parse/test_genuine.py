"""Every genuine payload parses without a bad record, or is refused for the reason given here."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tipoff import MalformedResponse, Parsed, Payload, Request, Row
from tipoff.domain import TABLES
from tipoff_espn import tables
from tipoff_espn.parse import games, players, stats, teams

Parse = Callable[[Payload], Iterable[Parsed]]

pytestmark = pytest.mark.shared

ASKED: Mapping[str, tuple[Parse, str, Mapping[str, str]]] = {
    "scoreboard": (games.parse, "scoreboard", {}),
    "core_events": (games.parse, "events", {"page": "1", "dates": "20250301"}),
    "summary": (stats.parse, "summary", {}),
    "summary_all": (stats.parse, "summary", {}),
    "core_odds": (stats.parse, "odds", {}),
    "teams": (teams.parse, "teams", {"limit": "1000", "page": "1"}),
    "team_roster": (players.parse, "teams/150/roster", {}),
    "team_schedule": (players.parse, "teams/150/schedule", {}),
    "rankings": (players.parse, "rankings", {}),
}
"""What each folder answers, and who reads it."""

NOT_ASKED = {
    "athlete": "an athlete comes with rosters and box scores",
    "core_misc": "conferences come with the scoreboard, season types with each game",
    "core_predictor": "the projection comes with the summary",
    "errors": "refused by each parser, below",
}
REFUSED = {
    "core_odds/NBA_odds_provider58_shape_only.json": "one book, not a game's list: it is not asked for",
}
"""Folders and files that are no answer to any question of ours, and why."""

KNOWN = {**TABLES, **{table.name: table for table in tables.TABLES}}


def read(file: Path) -> bytes:
    raw = file.read_bytes()
    return gzip.decompress(raw) if file.suffix == ".gz" else raw


def league_of(file: Path) -> str:
    words = {"NBA": "nba", "WOMENS": "womens-college-basketball"}
    return next((league for word, league in words.items() if word in file.name), "mens-college-basketball")


def parsed(file: Path) -> list[Row]:
    """A file's rows; a bad record in it fails the test."""
    parse, asked, params = ASKED[file.parent.name]
    request = Request(f"https://site.api.espn.com/{asked}", params, {"season": "2026"}, game_id="1")
    rows = []
    # A roster says of which season it is: that of the day on which it was fetched, which is not known here.
    at = datetime(2025, 7, 1) if file.parent.name == "team_roster" else datetime(2026, 3, 4, 20)
    for row in parse(Payload(request, read(file), at, league_of(file))):
        if isinstance(row, Request):
            continue
        assert isinstance(row, Row), (file, row)
        rows.append(row)
        assert {*row.values, "league"} <= {*KNOWN[row.table].column_names, "league"}, row
        assert {*row.values, "league"} >= {*KNOWN[row.table].key}, row
    return rows


def test_every_genuine_payload_parses_or_is_refused_for_a_reason(payloads: Path) -> None:
    files = [file for file in sorted(payloads.rglob("*")) if file.is_file() and file.parent != payloads]
    assert len(files) == 151
    for file in files:
        name = f"{file.parent.name}/{file.name}"
        if file.parent.name in NOT_ASKED:
            continue
        if name in REFUSED:
            with pytest.raises(MalformedResponse):
                parsed(file)
        else:
            assert parsed(file), name
    assert {file.parent.name for file in files} == {*ASKED, *NOT_ASKED}


def figures(rows: list[Row], table: str) -> list[dict[str, Any]]:
    return [dict(row.values) for row in rows if row.table == table]


def test_scoreboards(payloads: Path) -> None:
    counted: Counter[str] = Counter()
    for file in sorted((payloads / "scoreboard").iterdir()):
        rows = parsed(file)
        for game in figures(rows, "games"):
            counted[game["status"]] += 1
            counted["to be determined"] += game["away_id"] is None or game["home_id"] is None
            counted["ranked"] += sum(game[side] is not None for side in ("home_rank", "away_rank"))
            assert (game["home_score"] is None) == (game["status"] != "final")
            if "groups" in file.name:
                assert f"{game['game_date']:%Y%m%d}" == file.name[:8]
    assert counted["final"] == 81
    assert counted["scheduled"] == 96
    assert counted["in_progress"] == 11
    assert counted["to be determined"] == 5
    assert counted["ranked"] > 0


def test_summaries(payloads: Path) -> None:
    files = sorted((payloads / "summary_all").iterdir()) + sorted((payloads / "summary").iterdir())
    counted: Counter[str] = Counter()
    for file in files:
        rows = parsed(file)
        counted.update(row.table for row in rows)
        box = {row["team_id"]: row for row in figures(rows, "team_stats")}
        scored: Counter[str] = Counter()
        for line in figures(rows, "player_stats"):
            scored[line["team_id"]] += line.get("points") or 0
            assert not (line["did_not_play"] and line.get("minutes"))
        for team_id, row in box.items():
            shots = 2 * row["field_goals_made"] + row["three_points_made"] + row["free_throws_made"]
            assert row["points"] == shots == scored[team_id], file.name
            assert row["rebounds"] == row["offensive_rebounds"] + row["defensive_rebounds"]
        for row in figures(rows, "odds"):
            if row["provider"] == "Draft Kings":
                assert set(row) | {"league", "home_win_prob"} == set(TABLES["odds"].column_names), file.name
            elif row["provider"] == "espn_projection":
                assert 0 < row["home_win_prob"] < 1
    assert len(files) == 115
    assert counted["team_stats"] == 2 * 76
    assert counted["odds"] == 111 + 1 + 1 + 41


def test_the_other_endpoints(payloads: Path) -> None:
    assert len(figures(parsed(payloads / "teams/teams_default_page_50.json.gz"), "teams")) == 50
    roster = parsed(payloads / "team_roster/roster_DUKE.json")
    assert Counter(row.table for row in roster) == {"players": 22, "rosters": 22}
    for file in sorted((payloads / "rankings").iterdir()):
        ranked = parsed(file)
        assert Counter(row.values["poll"] for row in ranked) == {"ap": 25, "usa": 25}


@pytest.mark.parametrize(
    ("parse", "asked", "promised"),
    [
        (games.parse, "scoreboard", "events"),
        (games.parse, "events", "count"),
        (stats.parse, "summary", "header"),
        (stats.parse, "odds", "count"),
        (players.parse, "teams/1/schedule", "events"),
        (teams.parse, "teams", "sports"),
        (players.parse, "teams/1", "team"),
        (players.parse, "teams/1/roster", "season"),
        (players.parse, "rankings", "rankings"),
    ],
)
def test_error_bodies_are_refused(payloads: Path, parse: Parse, asked: str, promised: str) -> None:
    files = sorted((payloads / "errors").iterdir())
    assert files
    for file in files:
        if promised == "count" and file.name == "core_empty_page.json":
            continue  # no error: a list that is empty
        request = Request(f"x/{asked}", {"page": "1", "dates": "20250301"}, {"season": "2026"})
        with pytest.raises(MalformedResponse, match=f"missing required field `{promised}`"):
            list(parse(Payload(request, read(file), datetime(2026, 3, 4, 20), "mens-college-basketball")))
