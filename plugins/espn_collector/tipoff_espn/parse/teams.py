"""Teams: the list, page by page, and single look-ups of those that the list lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
from tipoff import Parsed, Payload, Row

from tipoff_espn.parse.records import answer, records
from tipoff_espn.payloads.teams import OneTeam, Team, Teams

_LIST = msgspec.json.Decoder(Teams)
_ONE = msgspec.json.Decoder(OneTeam)


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `teams`, and the next page while pages are full."""
    if not payload.request.url.endswith("/teams"):
        found = answer(payload, _ONE)
        if found is not None:
            yield team_row(found.team)
        return
    listed = answer(payload, _LIST)
    if listed is None:
        return
    params = payload.request.params
    seen = 0
    for s, sport in enumerate(listed.sports):
        for n, league in enumerate(sport.leagues):
            seen += len(league.teams)
            path = f"sports[{s}].leagues[{n}].teams"
            yield from records(league.teams, _ONE, path, lambda one, _: [team_row(one.team)])
    if seen >= int(params["limit"]):
        yield replace(payload.request, params={**params, "page": str(int(params["page"]) + 1)})


def team_row(team: Team) -> Row:
    """A team as it calls itself now."""
    return Row(
        "teams",
        {
            "team_id": team.id,
            "name": team.display_name,
            "short_name": team.short_display_name,
            "abbreviation": team.abbreviation,
            "location": team.location,
            "color": team.color,
            "is_active": team.is_active,
        },
    )
