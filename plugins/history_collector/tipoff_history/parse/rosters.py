"""Rosters, as of the first day of a season and of its last.

Who is on a team, and of which class and height, counts as known when the season begins. How often he played is known
only when it is over, and so it stands in the later row and in no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tipoff import Parsed, Payload, Quarantine, Row

from tipoff_history.athletes import CLASSES
from tipoff_history.parse.records import Record, called, identifier, is_over, number, records, season_of, text, whole

_YEARS = ("FR", "SO", "JR", "SR", "GR")
_POSITIONS = ("G", "F", "C")


def first_day(season: int) -> date:
    """1 November, before any game."""
    return date(season - 1, 11, 1)


def last_day(season: int) -> date:
    """30 April, after every game."""
    return date(season, 4, 30)


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `players`, and of `rosters` as of the days that were over when the slice was read."""

    def rows(record: Record) -> Iterator[Row]:
        season = season_of(record)
        if not is_over(payload, first_day(season) - timedelta(days=1)):
            return
        athlete_id, team_id = identifier(record, "athlete_id"), identifier(record, "espn_team_id")
        if athlete_id is None:
            raise Quarantine("a player without a number or a name", "player_id")
        if team_id is None:
            raise Quarantine(f"no file says which team at ESPN `{text(record, 'team')}` is", "team_id")
        name = called(record, "name")
        year = CLASSES.get(text(record, "class") or "")
        position = (text(record, "position") or "")[:1].upper()
        body = {
            "athlete_id": athlete_id,
            "position": position if position in _POSITIONS else None,
            "height_in": number(record, "ht_inches") or None,
        }
        yield Row("players", {**body, "name": name})
        listed = {
            **body,
            "season": season,
            "team_id": team_id,
            "jersey": text(record, "jersey"),
            "class_year": None if year is None else _YEARS[year],
        }
        first, last = first_day(season), last_day(season)
        yield Row("rosters", {**listed, "as_of": first, "last_seen": first})
        if is_over(payload, last):
            played = {"games_played": whole(record, "gp"), "games_started": whole(record, "gs")}
            yield Row("rosters", {**listed, **played, "as_of": last, "last_seen": last})

    return records(payload, rows)
