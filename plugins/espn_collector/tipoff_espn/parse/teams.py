"""Teams: the list, page by page, and single look-ups of those that the list lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import msgspec
from tipoff import Parsed, Payload, Row, values
from tipoff.clock import day_of

from tipoff_espn.parse.records import Expected, answer, named, records
from tipoff_espn.payloads.teams import OneTeam, Team, Teams

_LIST = msgspec.json.Decoder(Teams)
_ONE = msgspec.json.Decoder(OneTeam)


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `teams` and `espn_team_names`, and the next page while pages are full."""
    expected, today = Expected(), day_of(payload.fetched_at)

    def rows(one: OneTeam, path: str) -> list[Parsed]:
        return [team_row(one.team, expected, f"{path}team"), name_row(one.team, today)]

    if payload.request.url.endswith("/teams"):
        listed = answer(payload, _LIST)
        for s, sport in enumerate(listed.sports if listed else ()):
            for n, league in enumerate(sport.leagues):
                path = f"sports[{s}].leagues[{n}].teams"
                yield from records(league.teams, _ONE, path, lambda one, where: rows(one, f"{where}."))
        if listed is not None:
            yield from _next_page(payload, listed)
    else:
        found = answer(payload, _ONE)
        yield from rows(found, "") if found else ()
    yield from expected.bads()


def _next_page(payload: Payload, listed: Teams) -> Iterator[Parsed]:
    params = payload.request.params
    seen = sum(len(league.teams) for sport in listed.sports for league in sport.leagues)
    if seen >= int(params["limit"]):
        yield replace(payload.request, params={**params, "page": str(int(params["page"]) + 1)})


def team_row(team: Team, expected: Expected, path: str) -> Row:
    """A team as it calls itself now."""
    return Row(
        "teams",
        {
            "team_id": team.id,
            "name": named(team.display_name, f"{path}.displayName"),
            "short_name": named(expected.always(team.short_display_name, f"{path}.shortDisplayName")),
            "abbreviation": values.abbreviation(expected.always(team.abbreviation, f"{path}.abbreviation")),
            "location": named(expected.always(team.location, f"{path}.location")),
            "color": named(expected.mostly(team.color, f"{path}.color")),
            "is_active": expected.always(team.is_active, f"{path}.isActive"),
        },
    )


def name_row(team: Team, day: date) -> Row:
    """What a team was called on a day, so that an id that gets another team's name is noticed."""
    name = named(team.display_name, "team.displayName")
    return Row("espn_team_names", {"team_id": team.id, "name": name, "as_of": day, "last_seen": day})
