"""Every key that we write stands at the same path, with the same JSON type, in a genuine payload."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tipoff_espn.server import open_league

pytestmark = pytest.mark.shared

EVENING = "2026-02-14T23:30:00"
TOURNAMENT = "2026-03-09T15:00:00"
POSTSEASON = "2026-03-20T12:00:00"
LEAGUE = "mens-college-basketball"


def shape(payloads: Iterable[Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}

    def walk(value: Any, path: str) -> None:
        found.setdefault(path, set()).add(type(value).__name__)
        if isinstance(value, dict):
            for name, part in value.items():
                walk(part, f"{path}.{name}")
        elif isinstance(value, list):
            for part in value:
                walk(part, f"{path}[]")

    for payload in payloads:
        walk(payload, "")
    return found


def assert_like(ours: Iterable[Any], theirs: Iterator[Any]) -> None:
    known = shape(theirs)
    mine = shape(ours)
    strange = {path: (kinds, known.get(path)) for path, kinds in mine.items() if not kinds <= known.get(path, set())}
    assert not strange
    assert len(mine) > 10


@pytest.fixture(scope="module")
def recorded(shared: Path) -> Any:
    return open_league(f"recorded:{shared / 'data'}", (LEAGUE,))


def ask(espn: Any, *paths: str) -> list[Any]:
    answers = espn.get(*paths)
    assert {answer.status for answer in answers} == {200}
    return [answer.json for answer in answers]


def test_scoreboard(espn: Any, genuine: Callable[[str], Iterator[Any]]) -> None:
    ours = [
        *ask(
            espn(EVENING), *(f"/scoreboard?dates={day}&groups=50" for day in (20251112, 20260214, 20260216, 20260310))
        ),
        *ask(espn(TOURNAMENT), "/scoreboard?dates=202603&groups=50&limit=500"),
        *ask(espn(POSTSEASON), "/scoreboard?dates=20260319&groups=100", "/scoreboard?dates=202511&groups=50"),
        *ask(espn("2026-02-15T02:45:00"), "/scoreboard?dates=20260214"),
    ]
    states = {event["status"]["type"]["name"] for payload in ours for event in payload["events"]}
    assert {"STATUS_SCHEDULED", "STATUS_IN_PROGRESS", "STATUS_FINAL", "STATUS_POSTPONED"} <= states
    assert_like(ours, genuine("scoreboard/*"))


def summaries(espn: Any, query: str) -> list[Any]:
    ids = [event["id"] for event in espn.events(query)]
    return ask(espn, *(f"/summary?event={event_id}" for event_id in ids))


def test_summary(espn: Any, genuine: Callable[[str], Iterator[Any]]) -> None:
    ours = [
        *summaries(espn(EVENING), "dates=20260214&groups=50"),
        *summaries(espn(EVENING), "dates=20251112&groups=50"),
        *summaries(espn(TOURNAMENT), "dates=20260312&groups=50"),
    ]
    assert_like(ours, genuine("summary*/*"))


def test_teams(espn: Any, genuine: Callable[[str], Iterator[Any]]) -> None:
    assert_like(ask(espn(EVENING), "/teams"), genuine("teams/*"))


def test_roster(espn: Any, genuine: Callable[[str], Iterator[Any]]) -> None:
    (listed,) = ask(espn(EVENING), "/teams?limit=3")
    ids = [entry["team"]["id"] for entry in listed["sports"][0]["leagues"][0]["teams"]]
    assert_like(ask(espn(EVENING), *(f"/teams/{i}/roster" for i in ids)), genuine("team_roster/*"))


def test_schedule(espn: Any, genuine: Callable[[str], Iterator[Any]]) -> None:
    (listed,) = ask(espn(EVENING), "/teams?limit=5")
    ids = [entry["team"]["id"] for entry in listed["sports"][0]["leagues"][0]["teams"]]
    assert_like(ask(espn(EVENING), *(f"/teams/{i}/schedule" for i in ids)), genuine("team_schedule/*"))


def test_rankings(espn: Any, genuine: Callable[[str], Iterator[Any]]) -> None:
    assert_like(ask(espn(EVENING), "/rankings"), genuine("rankings/*"))


def test_core_events(espn: Any, genuine: Callable[[str], Iterator[Any]]) -> None:
    path = f"/v2/sports/basketball/leagues/{LEAGUE}/events?dates=20260214&groups=50&limit=5"
    assert_like(ask(espn(EVENING), path), genuine("core_events/*"))


def test_recorded_league(recorded: Any, serve: Any, genuine: Callable[[str], Iterator[Any]]) -> None:
    espn = serve(recorded, datetime(2024, 2, 10, 20, 30))
    boards = ask(espn, "/scoreboard?dates=20240210&groups=50", "/scoreboard?dates=20240211")
    assert_like(boards, genuine("scoreboard/*"))
    ids = [event["id"] for event in boards[0]["events"]]
    assert_like(ask(espn, *(f"/summary?event={i}" for i in ids)), genuine("summary*/*"))
    assert_like(ask(espn, "/teams"), genuine("teams/*"))
    assert_like(ask(espn, "/teams/150/roster"), genuine("team_roster/*"))
    assert_like(ask(espn, "/teams/150/schedule"), genuine("team_schedule/*"))
    assert_like(ask(espn, "/rankings"), genuine("rankings/*"))
