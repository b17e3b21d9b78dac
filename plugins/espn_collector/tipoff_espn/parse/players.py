"""Rosters as they are today, polls, and teams that the list of teams lacks."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from tipoff import Parsed, Payload, Row
from tipoff.clock import day_of

from tipoff_espn.parse import teams
from tipoff_espn.parse.records import answer, named, records
from tipoff_espn.payloads.players import Rank, Ranking, Rankings, Roster, RosterAthlete

_ROSTER = msgspec.json.Decoder(Roster)
_ATHLETE = msgspec.json.Decoder(RosterAthlete)
_RANKINGS = msgspec.json.Decoder(Rankings)
_RANKING = msgspec.json.Decoder(Ranking)
_RANK = msgspec.json.Decoder(Rank)


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `players` and `rosters`, of `rankings`, or of `teams`, by what was asked."""
    asked = payload.request.url.rsplit("/", 1)[-1]
    if asked == "roster":
        return parse_roster(payload)
    if asked == "rankings":
        return parse_rankings(payload)
    return teams.parse(payload)


def parse_roster(payload: Payload) -> Iterator[Parsed]:
    """A team's players on the day the roster was fetched; the store keeps what differs from the last time."""
    roster = answer(payload, _ROSTER)
    if roster is None:
        return
    season, team_id, as_of = roster.season.year, roster.team.id, day_of(payload.fetched_at)

    def rows(athlete: RosterAthlete, _: str) -> list[Parsed]:
        position = named(athlete.position.abbreviation) if athlete.position else None
        body = {"athlete_id": athlete.id, "position": position, "height_in": athlete.height or None}
        seen = {"season": season, "team_id": team_id, "as_of": as_of, "last_seen": as_of, "jersey": athlete.jersey}
        year = named(athlete.experience.abbreviation) if athlete.experience else None
        return [
            Row("players", {**body, "name": athlete.display_name, "weight_lb": athlete.weight or None}),
            Row("rosters", {**body, **seen, "class_year": year}),
        ]

    yield from records(roster.athletes, _ATHLETE, "athletes", rows)


def parse_rankings(payload: Payload) -> Iterator[Parsed]:
    """Each poll's ranked teams; those that only received votes are left out."""
    rankings = answer(payload, _RANKINGS)
    if rankings is None:
        return

    def poll(ranking: Ranking, path: str) -> Iterator[Parsed]:
        place = {"season": ranking.season.year, "poll": ranking.type, "week": ranking.occurrence.number}

        def team(rank: Rank, _: str) -> list[Parsed]:
            values = {"team_id": rank.team.id, "rank": rank.current, "points": rank.points}
            return [Row("rankings", {**place, **values, "previous_rank": rank.previous or None})]

        return records(ranking.ranks, _RANK, f"{path}.ranks", team)

    yield from records(rankings.rankings, _RANKING, "rankings", poll)
