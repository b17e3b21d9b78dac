"""Every genuine payload parses without a bad record, or is refused for the reason given here."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tipoff import MalformedResponse, Parsed, Payload, Request, Row
from tipoff.domain import TABLES
from tipoff_espn.parse import games, players, stats, teams

Parse = Callable[[Payload], Iterable[Parsed]]

pytestmark = pytest.mark.shared


def read(file: Path) -> bytes:
    raw = file.read_bytes()
    return gzip.decompress(raw) if file.suffix == ".gz" else raw


def parsed(parse: Parse, body: bytes, url: str = "https://site.api.espn.com/summary") -> list[Row]:
    request = Request(url, {"limit": "1000", "page": "1"})
    rows = []
    for row in parse(Payload(request, body, datetime(2026, 3, 4, 20), "mens-college-basketball")):
        assert isinstance(row, Row), row
        rows.append(row)
        assert {*row.values, "league"} <= {*TABLES[row.table].column_names, "league"}, row
        assert {*row.values, "league"} >= {*TABLES[row.table].key}, row
    return rows


def figures(rows: list[Row], table: str) -> list[dict[str, Any]]:
    return [dict(row.values) for row in rows if row.table == table]


def test_scoreboards(payloads: Path) -> None:
    counted: Counter[str] = Counter()
    for file in sorted((payloads / "scoreboard").iterdir()):
        rows = parsed(games.parse, read(file))
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
        rows = parsed(stats.parse, read(file))
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
    assert len(parsed(teams.parse, read(payloads / "teams/teams_default_page_50.json.gz"), "x/teams")) == 50
    roster = parsed(players.parse, read(payloads / "team_roster/roster_DUKE.json"), "x/teams/150/roster")
    assert Counter(row.table for row in roster) == {"players": 22, "rosters": 22}
    for file in sorted((payloads / "rankings").iterdir()):
        ranked = parsed(players.parse, read(file), "x/rankings")
        assert Counter(row.values["poll"] for row in ranked) == {"ap": 25, "usa": 25}


@pytest.mark.parametrize(
    ("parse", "asked", "promised"),
    [
        (games.parse, "scoreboard", "events"),
        (stats.parse, "summary", "header"),
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
        with pytest.raises(MalformedResponse, match=f"missing required field `{promised}`"):
            parsed(parse, read(file), f"x/{asked}")
