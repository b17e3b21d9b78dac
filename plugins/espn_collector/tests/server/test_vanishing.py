"""Nothing vanishes silently: whatever key ESPN renames or retypes, the rows are the same or a bad record says so.

Every key of every answer is tried, not only those that are known to be read.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tipoff import Bad, MalformedResponse, Parsed, Payload, Request, Row
from tipoff_espn.parse import games, players, stats, teams
from tipoff_espn.server import League
from tipoff_espn.server.chaos import RENAMES

LEAGUE = "mens-college-basketball"
NOW = datetime(2026, 1, 16, 15)
BEFORE = datetime(2026, 1, 15, 15)
CORE = f"/v2/sports/basketball/leagues/{LEAGUE}"

Parse = Callable[[Payload], Any]
Answers = dict[str, tuple[Parse, Request, Any]]

EXPLAINED = {
    ("summary after", "predictor"): "no final of 2026 has one; the check espn_projections_come looks at the table",
}
"""Keys that may go unnoticed where the rows do change, and why."""


def rows_of(found: list[Parsed]) -> list[str]:
    """Rows and follow-up questions, in an order of their own."""
    return sorted(repr(each) for each in found if not isinstance(each, Bad))


def parsed(answer: tuple[Parse, Request, Any], body: Any) -> list[Parsed] | None:
    """What comes of a body; None where it is refused as a whole."""
    parse, request, _ = answer
    try:
        return list(parse(Payload(request, json.dumps(body).encode(), NOW, LEAGUE)))
    except MalformedResponse:
        return None


def ask(serve: Any, league: League) -> Answers:
    now, before = serve(league, NOW), serve(league, BEFORE)
    events = now.events("dates=20260115&groups=50&limit=500")
    over = next(e["id"] for e in events if e["status"]["type"]["completed"])
    board = Request("x/scoreboard", {"dates": "20260115", "groups": "50"})
    team = events[0]["competitions"][0]["competitors"][0]["id"]
    made: Answers = {
        "scoreboard": (games.parse, board, now.json("/scoreboard?dates=20260115&groups=50&limit=500")),
        "events": (
            games.parse,
            Request("x/events", {"dates": "20260115", "page": "1"}),
            now.json(f"{CORE}/events?dates=20260115&groups=50&limit=5"),
        ),
        "summary after": (stats.parse, Request("x/summary"), now.json(f"/summary?event={over}")),
        "summary before": (stats.parse, Request("x/summary"), before.json(f"/summary?event={over}")),
        "odds": (
            stats.parse,
            Request("x/odds", context={"season": "2026"}, game_id=over),
            now.json(f"{CORE}/events/{over}/competitions/{over}/odds"),
        ),
        "teams": (teams.parse, Request("x/teams", {"limit": "1000", "page": "1"}), now.json("/teams?limit=1000")),
        "team": (players.parse, Request(f"x/teams/{team}"), now.json(f"/teams/{team}")),
        "roster": (players.parse, Request("x/roster"), now.json(f"/teams/{team}/roster")),
        "schedule": (players.parse, Request("x/schedule"), now.json(f"/teams/{team}/schedule")),
        "rankings": (players.parse, Request("x/rankings"), now.json("/rankings")),
    }
    for name, answer in made.items():
        quiet = parsed(answer, answer[2])
        assert quiet, name
        assert not [each for each in quiet if isinstance(each, Bad)], name
    return made


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def keys(body: Any) -> list[str]:
    return sorted({key for part in objects(body) for key in part})


def renamed(body: Any, key: str, name: str) -> Any:
    body = copy.deepcopy(body)
    for part in list(objects(body)):
        if key in part:
            part[name] = part.pop(key)
    return body


def unnoticed(answer: tuple[Parse, Request, Any], spoilt: Any) -> bool:
    """Whether a spoilt answer gives other rows, and no bad record."""
    quiet, found = parsed(answer, answer[2]), parsed(answer, spoilt)
    assert quiet is not None
    if found is None or any(isinstance(each, Bad) for each in found):
        return False
    return rows_of(found) != rows_of(quiet)


def test_a_key_that_is_renamed_is_named(serve: Any, simulated: League) -> None:
    silent = []
    for name, answer in ask(serve, simulated).items():
        body = answer[2]
        for key in keys(body):
            if unnoticed(answer, renamed(body, key, RENAMES.get(key, f"{key}New"))):
                silent.append((name, key))
    assert silent == list(EXPLAINED)


def test_the_bad_record_says_where(serve: Any, simulated: League) -> None:
    answer = ask(serve, simulated)["scoreboard"]
    for key, where in (
        ("attendance", "events[0].competitions[0].attendance"),
        ("curatedRank", "events[0].competitions[0].competitors[0].curatedRank"),
        ("conferenceId", "events[0].competitions[0].competitors[0].team.conferenceId"),
    ):
        found = parsed(answer, renamed(answer[2], key, RENAMES[key])) or []
        assert [each.reason.path for each in found if isinstance(each, Bad)] == [where]
        events = len(answer[2]["events"])
        assert sum(isinstance(each, Row) and each.table == "games" for each in found) == events


def test_a_value_of_another_type_is_named(serve: Any, simulated: League) -> None:
    others: tuple[Any, ...] = (None, 7, "seven", {"value": 7}, [], True)
    silent: set[tuple[str, str, str]] = set()
    for name, answer in ask(serve, simulated).items():
        for key in keys(answer[2]):
            for other in others:
                spoilt = copy.deepcopy(answer[2])
                places = [part for part in objects(spoilt) if key in part]
                part = places[len(places) // 2]
                # A figure of the same type is another figure: no parser can tell.
                if type(part[key]) is type(other) or (isinstance(part[key], float) and other == 7):
                    continue
                part[key] = other
                if unnoticed(answer, spoilt):
                    silent.add((name, key, repr(other)))
    assert silent == {(*place, "None") for place in EXPLAINED}


def test_a_duplicate_changes_nothing(serve: Any, simulated: League) -> None:
    for name, answer in ask(serve, simulated).items():
        spoilt = copy.deepcopy(answer[2])
        for part in list(objects(spoilt)):
            for key in ("events", "teams", "athletes", "ranks", "items"):
                if isinstance(part.get(key), list) and part[key]:
                    part[key].append(part[key][0])
        found, quiet = parsed(answer, spoilt), parsed(answer, answer[2])
        assert found is not None and quiet is not None
        assert set(rows_of(found)) == set(rows_of(quiet)), name
