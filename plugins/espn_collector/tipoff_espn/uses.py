"""The fields of ESPN's answers that the parsers read, from the types they are decoded to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.inspect import ListType, RawType, StructType, Type, UnionType, VarTupleType
from tipoff import Uses

from tipoff_espn.payloads import Part
from tipoff_espn.payloads.core import CoreOdds, Page, Reference
from tipoff_espn.payloads.odds import Odds, Predictor
from tipoff_espn.payloads.players import Rank, Ranking, Rankings, Roster, RosterAthlete
from tipoff_espn.payloads.schedule import Schedule, ScheduleEvent
from tipoff_espn.payloads.scoreboard import Event, Scoreboard
from tipoff_espn.payloads.summary import AthleteLine, Boxscore, Header, Summary, TeamBox, TeamPlayers
from tipoff_espn.payloads.teams import OneTeam, Teams

_SUMMARY_STATE = "header.competitions[].status.type.name"
_BOX_SCORE: Mapping[str, type[Part]] = {
    "header": Header,
    "boxscore": Boxscore,
    "boxscore.teams[]": TeamBox,
    "boxscore.players[]": TeamPlayers,
    "boxscore.players[].statistics[].athletes[]": AthleteLine,
}
_LISTED = "sports[].leagues[].teams[]"

_NESTED = 2
"""How deep a type within itself is followed: a conference in its division."""


def teams() -> Iterator[Uses]:
    """The list of teams, and single look-ups."""
    yield Uses("/teams", paths(Teams, {_LISTED: OneTeam}))
    yield Uses("/teams/*", paths(OneTeam))


def games() -> Iterator[Uses]:
    """Scoreboards, whose events have other fields before, during and after the game."""
    fields = paths(Scoreboard, {"events[]": Event})
    headlines = tuple(path for path in fields if ".notes" in path)
    told = tuple(path for path in fields if path not in headlines)
    state = "status.type.name"
    yield Uses("/scoreboard", told, record="events[]", state=state)
    # Tournaments end: their headlines come and go, and no prediction waits for them.
    yield Uses("/scoreboard", headlines, severity="warn", record="events[]", state=state)
    yield Uses("/events", paths(Page, {"items[]": Reference}), severity="warn")


def players() -> Iterator[Uses]:
    """Rosters and polls, and teams that the list lacks."""
    yield Uses("/teams/*/roster", paths(Roster, {"athletes[]": RosterAthlete}))
    yield Uses("/rankings", paths(Rankings, {"rankings[]": Ranking, "rankings[].ranks[]": Rank}))
    yield Uses("/teams/*", paths(OneTeam))
    schedule = paths(Schedule, {"events[]": ScheduleEvent})
    state = "competitions[].status.type.name"
    yield Uses("/teams/*/schedule", schedule, severity="warn", record="events[]", state=state)


def stats() -> Iterator[Uses]:
    """Summaries. Odds and projections are benchmarks only: no prediction waits for them."""
    box_score = paths(Summary, _BOX_SCORE)
    benchmarks = tuple(path for path in box_score if path.startswith(("pickcenter", "predictor")))
    odds = [*paths(Odds, under="pickcenter[]"), *paths(Predictor, under="predictor")]
    yield Uses("/summary", tuple(path for path in box_score if path not in benchmarks), state=_SUMMARY_STATE)
    yield Uses("/summary", (*benchmarks, *odds), severity="warn", state=_SUMMARY_STATE)
    yield Uses("/odds", paths(Page, {"items[]": CoreOdds}), severity="warn")


def paths(of: type[Part], parts: Mapping[str, type[Part]] | None = None, under: str = "") -> tuple[str, ...]:
    """The paths of a type's fields.

    Args:
        of: the type of an answer.
        parts: by path, the types of what is decoded on its own later (`msgspec.Raw` in the type).
        under: where in the answer the type stands.
    """
    return tuple(dict.fromkeys(_paths(msgspec.inspect.type_info(of), under, parts or {})))


def _paths(of: Type, path: str, parts: Mapping[str, type[Part]], within: tuple[type, ...] = ()) -> Iterator[str]:
    if isinstance(of, RawType) and path in parts:
        of = msgspec.inspect.type_info(parts[path])
    if isinstance(of, UnionType):
        for one in of.types:
            yield from _paths(one, path, parts, within)
    elif isinstance(of, ListType | VarTupleType):
        yield f"{path}[]"
        yield from _paths(of.item_type, f"{path}[]", parts, within)
    elif isinstance(of, StructType) and within.count(of.cls) < _NESTED:
        for each in of.fields:
            inner = f"{path}.{each.encode_name}" if path else each.encode_name
            yield inner
            yield from _paths(each.type, inner, parts, (*within, of.cls))
