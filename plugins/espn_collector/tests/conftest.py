"""Hand-made answers of ESPN's shape, as small as the parsers allow."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tipoff import Payload, Request
from tipoff.testing import installed

Json = dict[str, Any]


@pytest.fixture(scope="session", autouse=True)
def _installed_plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The plugin, found as if it were installed."""
    with installed("espn", "tipoff_espn.plugin", tmp_path_factory.mktemp("site")):
        yield


@pytest.fixture
def answer() -> Callable[..., Payload]:
    """``answer(body, url=…, params=…, fetched_at=…, status=…)``: a payload with that body."""

    def make(
        body: object,
        url: str = "https://site.api.espn.com/apis/site/v2/sports/basketball/mens-college-basketball/scoreboard",
        params: Mapping[str, str] | None = None,
        fetched_at: datetime = datetime(2026, 1, 16, 9),
        status: int = 200,
    ) -> Payload:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Payload(Request(url, params or {}), raw, fetched_at, "mens-college-basketball", status)

    return make


def side(home_away: str, team_id: str, score: str, halves: tuple[int, ...], rank: int, conference: str) -> Json:
    team = {"id": team_id, "displayName": f"Team {team_id}", "conferenceId": conference}
    made = {"homeAway": home_away, "score": score, "team": team, "curatedRank": {"current": rank}}
    if not halves:
        return made
    said = [*halves[:-1], int(score) - sum(halves[:-1])]
    return {**made, "linescores": [{"value": float(points)} for points in said]}


@pytest.fixture
def event() -> Callable[..., Json]:
    """``event(…)``: a game of the scoreboard; by default team 1 beat team 2 at home by 71 to 64."""

    def make(
        status: str = "STATUS_FINAL",
        state: str = "post",
        completed: bool = True,
        home: str = "1",
        away: str = "2",
        score: tuple[str, str] = ("71", "64"),
        halves: tuple[int, ...] = (30, 41),
        ranks: tuple[int, int] = (7, 99),
        conferences: tuple[str, str] = ("46", "46"),
        game_id: str = "401",
        date: str = "2026-01-16T00:30Z",
        **competition: Any,
    ) -> Json:
        sides = [
            side("away", away, score[1], halves, ranks[1], conferences[1]),
            side("home", home, score[0], halves, ranks[0], conferences[0]),
        ]
        game = {
            "competitors": sides,
            "neutralSite": False,
            "conferenceCompetition": True,
            "timeValid": True,
            "attendance": 4321,
            "notes": [],
            "format": {"regulation": {"periods": 2}},
            "venue": {"id": "77"},
            "groups": {"id": "46", "name": "ASUN Conference"},
            **competition,
        }
        kind = {"name": status, "state": state, "completed": completed}
        return {
            "id": game_id,
            "date": date,
            "season": {"year": 2026, "type": 2},
            "competitions": [game],
            "status": {"type": kind, "period": len(halves)},
        }

    return make


PLAYER_KEYS = ["minutes", "points", "fieldGoalsMade-fieldGoalsAttempted", "rebounds", "fouls"]
UNSAID = {
    "threePointFieldGoalsMade-threePointFieldGoalsAttempted": "--",
    "freeThrowsMade-freeThrowsAttempted": "--",
    **dict.fromkeys(("assists", "turnovers", "steals", "blocks", "offensiveRebounds", "defensiveRebounds"), "--"),
}
"""The rest of a player's figures, which nobody has counted."""
TEAM_FIGURES = {
    "fieldGoalsMade-fieldGoalsAttempted": "27-60",
    "threePointFieldGoalsMade-threePointFieldGoalsAttempted": "6-20",
    "freeThrowsMade-freeThrowsAttempted": "11-15",
    "totalRebounds": "35",
    "offensiveRebounds": "9",
    "defensiveRebounds": "26",
    "assists": "13",
    "steals": "6",
    "blocks": "--",
    "turnovers": "11",
    "teamTurnovers": "1",
    "totalTurnovers": "12",
    "fouls": "16",
    "pointsInPaint": "30",
    "fastBreakPoints": "0",
    "turnoverPoints": "14",
}


def team_box(team_id: str, **figures: str) -> Json:
    said = {**TEAM_FIGURES, **figures}
    statistics = [{"name": name, "displayValue": value, "label": name} for name, value in said.items()]
    return {"team": {"id": team_id}, "statistics": statistics}


def player_box(team_id: str, *lines: Json, keys: list[str] | None = None) -> Json:
    lines = tuple({**line, "stats": [*line["stats"], *UNSAID.values()] if line["stats"] else []} for line in lines)
    return {
        "team": {"id": team_id},
        "statistics": [{"keys": [*(keys or PLAYER_KEYS), *UNSAID], "athletes": list(lines)}],
    }


def player(athlete_id: str, stats: list[str], *, starter: bool = True, did_not_play: bool = False) -> Json:
    who = {
        "athlete": {"id": athlete_id, "displayName": f"Player {athlete_id}", "position": {"abbreviation": "NA"}},
        "starter": starter,
    }
    return {**who, "didNotPlay": did_not_play, "ejected": False, "stats": stats}


@pytest.fixture
def summary() -> Callable[..., Json]:
    """``summary(…)``: a game's summary; by default team 1 beat team 2 at home by 71 to 64, nobody's odds."""

    def make(
        status: str = "STATUS_FINAL",
        state: str = "post",
        completed: bool = True,
        score: tuple[str | None, str | None] = ("71", "64"),
        teams: list[Json] | None = None,
        players: list[Json] | None = None,
        **rest: Any,
    ) -> Json:
        sides: list[Json] = [{"id": "1", "homeAway": "home"}, {"id": "2", "homeAway": "away"}]
        for who, points in zip(sides, score, strict=True):
            who.update({} if points is None else {"score": points})
        game = {
            "competitors": sides,
            "status": {"type": {"name": status, "state": state, "completed": completed}},
            "boxscoreAvailable": status == "STATUS_FINAL",
            "boxscoreSource": "full" if status == "STATUS_FINAL" else "none",
        }
        return {
            "pickcenter": [],
            "header": {"id": "401", "season": {"year": 2026, "type": 2}, "competitions": [game]},
            "boxscore": {
                "teams": [team_box("2"), team_box("1", totalTurnovers="9")] if teams is None else teams,
                "players": [
                    player_box("2", player("20", ["31", "12", "5-9", "7", "2"]), player("21", [], did_not_play=True)),
                    player_box("1", player("10", ["28", "8", "4-4", "--", "0"], starter=False)),
                ]
                if players is None
                else players,
            },
            **rest,
        }

    return make


@pytest.fixture
def payloads() -> Path:
    """Folder of the genuine payloads; skips where ``TIPOFF_SHARED`` does not say where they are."""
    shared = os.environ.get("TIPOFF_SHARED")
    if not shared:
        pytest.skip("TIPOFF_SHARED is not set: the genuine payloads are not here")
    return Path(shared) / "espn" / "payloads"
