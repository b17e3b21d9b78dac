"""What other lists than the scoreboard know: how many games a day has, and which games there are.

They are held against `raw.games` by the plan, which asks an incomplete day again, and by the checks. None of their
rows goes to `raw.games`: a reference says nothing about a game, and a schedule less than the scoreboard does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import msgspec
from tipoff import Parsed, Payload, Quarantine, Request, Row
from tipoff.clock import day_of

from tipoff_espn.parse.records import Expected, answer, records, tip
from tipoff_espn.payloads.core import Page, Reference
from tipoff_espn.payloads.schedule import Schedule, ScheduleEvent, ScheduleSide
from tipoff_espn.tables import CORE, SCHEDULE, SCOREBOARD

_PAGE = msgspec.json.Decoder(Page)
_REFERENCE = msgspec.json.Decoder(Reference)
_SCHEDULE = msgspec.json.Decoder(Schedule)
_EVENT = msgspec.json.Decoder(ScheduleEvent)

_EVENT_ID = re.compile(r"/events/(\d+)(?:[/?]|$)")


def day_rows(payload: Payload, events: int) -> Iterator[Row]:
    """How many games a list of a day held; of one that no day was asked for, nothing."""
    request, day = payload.request, _day(payload.request)
    if day is None:
        return
    source = CORE if request.url.endswith("/events") else SCOREBOARD
    group = request.params.get("groups")
    seen = day_of(payload.fetched_at)
    values = {"game_date": day, "list": f"{source}/{group}" if group else source, "events": events}
    yield Row("espn_days", {**values, "as_of": seen, "last_seen": seen})


def _day(request: Request) -> date | None:
    """The day that was asked for; also of an answer that landed when requests did not say it yet."""
    dates = request.params.get("dates")
    return request.day or (date.fromisoformat(dates) if dates else None)


def parse_events(payload: Payload) -> Iterator[Parsed]:
    """Rows of `espn_listed` and, of a day's first page, of `espn_days`; the next page where there is one."""
    page = answer(payload, _PAGE)
    if page is None:
        return
    request, listed = payload.request, _Listed(CORE, day_of(payload.fetched_at))

    def rows(reference: Reference, path: str) -> list[Parsed]:
        found = _EVENT_ID.search(reference.ref)
        if found is None:
            raise Quarantine(f"`{reference.ref}` leads to no event", f"{path}.$ref")
        return [listed.row(found[1], _day(request), {})]

    yield from records(page.items, _REFERENCE, "items", rows)
    number = int(request.params["page"])
    if number == 1:
        yield from day_rows(payload, page.count)
    if number < page.page_count:
        yield replace(request, params={**request.params, "page": str(number + 1)})


def parse_schedule(payload: Payload) -> Iterator[Parsed]:
    """Rows of `espn_listed`: each game of a team, with its score once it is final."""
    schedule = answer(payload, _SCHEDULE)
    if schedule is None:
        return
    expected, listed = Expected(), _Listed(SCHEDULE, day_of(payload.fetched_at))

    def rows(event: ScheduleEvent, path: str) -> list[Parsed]:
        if not event.competitions:
            raise Quarantine("a game without a competition", f"{path}.competitions")
        game = event.competitions[0]
        points: dict[str, int | None] = {"home": None, "away": None}
        for n, side in enumerate(game.competitors):
            if game.status.type.is_final:
                points[side.home_away] = _points(side, expected, f"{path}.competitions[0].competitors[{n}].score")
        day = tip(event.date, f"{path}.date", game.time_valid).game_date
        return [listed.row(event.id, day, points)]

    yield from records(schedule.events, _EVENT, "events", rows)
    yield from expected.bads()


def _points(side: ScheduleSide, expected: Expected, path: str) -> int | None:
    score = expected.always(side.score, path)
    return None if score is None else round(score.value)


class _Listed(NamedTuple):
    """A list and the day on which it was seen."""

    source: str
    seen: date

    def row(self, game_id: str, day: date | None, points: Mapping[str, int | None]) -> Row:
        """One of its games."""
        values = {"game_id": game_id, "list": self.source, "as_of": self.seen, "last_seen": self.seen, "game_date": day}
        scores = {"home_score": points.get("home"), "away_score": points.get("away")}
        return Row("espn_listed", {**values, **scores})
