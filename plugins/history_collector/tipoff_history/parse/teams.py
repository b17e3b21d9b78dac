"""Teams: their names, and the conference that each played in."""

from __future__ import annotations

from collections.abc import Iterator

from tipoff import Parsed, Payload, Row

from tipoff_history.parse.records import Record, called, needed, records, season_of, text


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `teams` and, from ``team_conferences``, of `team_seasons`."""
    return records(payload, _named if payload.request.context.get("kind") == "teams" else _member)


def _named(record: Record) -> Iterator[Row]:
    (team_id,) = needed(record, "espn_team_id")
    yield Row("teams", {"team_id": team_id, "name": called(record, "name")})


def _member(record: Record) -> Iterator[Row]:
    (team_id,) = needed(record, "espn_team_id")
    if short := text(record, "ncaa_name"):
        yield Row("teams", {"team_id": team_id, "short_name": short})
    if conference := text(record, "conference"):
        yield Row("team_seasons", {"season": season_of(record), "team_id": team_id, "conference": conference})
