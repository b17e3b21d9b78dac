"""What chaos does to the contents of an answer. Each function returns None where the answer does not allow it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from tipoff_espn.server.quirks import OVER_LIMIT_EVENTS
from tipoff_espn.server.render.common import Json, Object

TYPED: Final = frozenset(
    {
        "athletes", "boxscore", "competitions", "competitors", "completed", "conferenceCompetition", "current", "date",
        "didNotPlay", "displayName", "displayValue", "events", "header", "homeAway", "id", "items", "neutralSite",
        "period", "ranks", "score", "season", "sports", "stats", "statistics", "status", "team", "teams", "timeValid",
        "type", "value", "year",
    }
)  # fmt: skip
"""Keys whose value may get another type: those that carry what a client comes for."""

_LONGEST_DUPLICATION = 3


def truncate(rng: random.Random, data: bytes) -> bytes | None:
    """A body cut anywhere: never a whole JSON object."""
    return data[: rng.randrange(1, len(data))] if len(data) > 1 else None


def mistype(rng: random.Random, body: Object) -> Object | None:
    """One value of another type: an id as a number, a list as an object, an object as null."""
    places: dict[str, list[Object]] = {}
    for part in _objects(body):
        for key in part.keys() & TYPED:
            places.setdefault(key, []).append(part)
    if not places:
        return None
    # The key first, since there are a thousand times as many figures as there are lists of events.
    key = rng.choice(sorted(places))
    part = rng.choice(places[key])
    part[key] = rng.choice(_other_types(part[key]))
    return body


def _other_types(value: Json) -> list[Json]:
    if isinstance(value, bool):
        return [str(value).lower(), int(value), None]
    if isinstance(value, int | float):
        return [str(value), {"value": value}, None]
    if isinstance(value, str):
        number: list[Json] = [int(value)] if value.isdecimal() else [0]
        return [*number, {"value": value}, [value], None]
    if isinstance(value, list):
        numbered: Object = {str(place): item for place, item in enumerate(value)}
        return [numbered, "", None]
    return [list(value.values()), str(value["id"]) if "id" in value else 0, None] if value else [[], "", 0]


def rename(seed: int, place: str, renames: Mapping[str, str], body: Object) -> Object | None:
    """A key under another name wherever it stands. The same one at each time, by the list of the API (`place`)."""
    present = {key for part in _objects(body) for key in part}
    # Drawn from all of them, so that it does not depend on what one day's answer happens to hold.
    for old in random.Random(f"{seed}|{place}").sample(sorted(renames), len(renames)):
        if old in present:
            for part in list(_objects(body)):
                if old in part:
                    part[renames[old]] = part.pop(old)
            return body
    return None


def only_25_events(rng: random.Random, body: Object) -> Object | None:
    """The scoreboard's answer to a limit that it does not like: the first 25 events, and nothing said."""
    events = _scoreboard(body)
    if events is None or len(events) <= OVER_LIMIT_EVENTS:
        return None
    del events[OVER_LIMIT_EVENTS:]
    return body


def leave_out(rng: random.Random, body: Object) -> Object | None:
    """A scoreboard without some of its events, up to half of them."""
    events = _scoreboard(body)
    if not events:
        return None
    for place in sorted(rng.sample(range(len(events)), rng.randint(1, max(1, len(events) // 2))), reverse=True):
        del events[place]
    return body


def duplicate(rng: random.Random, body: Object) -> Object | None:
    """One to three of a list's elements twice, the second one anywhere."""
    lists = _lists(body)
    if not lists:
        return None
    chosen = rng.choice(lists)
    for _ in range(rng.randint(1, _LONGEST_DUPLICATION)):
        chosen.insert(rng.randint(0, len(chosen)), rng.choice(chosen))
    return body


CONTENTS: Final[Mapping[str, Callable[[random.Random, Object], Object | None]]] = {
    "mistyped": mistype,
    "25-events": only_25_events,
    "incomplete": leave_out,
    "duplicates": duplicate,
}
"""Kinds that change the JSON, and what does it."""


def decode(data: bytes) -> Object:
    """A body's JSON object."""
    body: Object = msgspec.json.decode(data)
    return body


def _objects(value: Json) -> Iterator[Object]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _scoreboard(body: Object) -> list[Json] | None:
    events = body.get("events")
    return events if isinstance(events, list) and "leagues" in body else None


def _lists(body: Object) -> list[list[Json]]:
    """The lists of records, whatever the answer is: events, teams, athletes, lines of players, ranks, references."""
    names = ("events", "teams", "athletes", "ranks", "items")
    found = [part[name] for part in _objects(body) for name in names if name in part]
    return [each for each in found if isinstance(each, list) and each]
