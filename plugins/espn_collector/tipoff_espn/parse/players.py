"""Rosters as they are today, polls, teams that the list of teams lacks, and the schedules of teams."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from tipoff import Parsed, Payload, Row
from tipoff.clock import day_of

from tipoff_espn.endpoints import is_college
from tipoff_espn.parse import listings, statements, teams
from tipoff_espn.parse.records import Expected, answer, named, position, records
from tipoff_espn.payloads.players import Rank, Ranking, Rankings, Roster, RosterAthlete

_ROSTER = msgspec.json.Decoder(Roster)
_ATHLETE = msgspec.json.Decoder(RosterAthlete)
_RANKINGS = msgspec.json.Decoder(Rankings)
_RANKING = msgspec.json.Decoder(Ranking)
_RANK = msgspec.json.Decoder(Rank)


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `players` and `rosters`, of `rankings`, of `espn_listed` or of `teams`, by what was asked."""
    asked = payload.request.url.rsplit("/", 1)[-1]
    if asked == "roster":
        return parse_roster(payload)
    if asked == "rankings":
        return parse_rankings(payload)
    if asked == "schedule":
        return listings.parse_schedule(payload)
    return teams.parse(payload)


def parse_roster(payload: Payload) -> Iterator[Parsed]:
    """A team's players on the day the roster was fetched; the store keeps what differs from the last time."""
    roster = answer(payload, _ROSTER)
    if roster is None:
        return
    team_id, as_of = roster.team.id, day_of(payload.fetched_at)
    expected, college = Expected(), is_college(payload.league)
    season = roster.season.year
    if not 5 <= as_of.month <= 10:  # in summer it may be of either season
        season = statements.season(season, as_of, "season.year", expected)

    def rows(athlete: RosterAthlete, path: str) -> list[Parsed]:
        # Who has just joined has no height and no number yet, but never does a whole team.
        height = expected.mostly(athlete.height, f"{path}.height") or None
        weight = expected.mostly(athlete.weight, f"{path}.weight") or None
        jersey = expected.mostly(athlete.jersey, f"{path}.jersey")
        place = expected.mostly(athlete.position, f"{path}.position")
        if place is not None:
            expected.mostly(place.abbreviation, f"{path}.position.abbreviation")
        body = {"athlete_id": athlete.id, "position": position(place), "height_in": height}
        seen = {"season": season, "team_id": team_id, "as_of": as_of, "last_seen": as_of, "jersey": named(jersey)}
        return [
            Row("players", {**body, "name": named(athlete.display_name, f"{path}.displayName"), "weight_lb": weight}),
            Row("rosters", {**body, **seen, "class_year": _class_year(athlete, expected, path, college=college)}),
        ]

    yield from records(roster.athletes, _ATHLETE, "athletes", rows)
    yield from expected.bads()


def _class_year(athlete: RosterAthlete, expected: Expected, path: str, *, college: bool) -> str | None:
    """FR, SO, JR, SR or GR; professionals have years of experience in the same place, and no class."""
    years = expected.mostly(athlete.experience, f"{path}.experience")
    if years is None or not college:
        return None
    return named(expected.mostly(years.abbreviation, f"{path}.experience.abbreviation"))


def parse_rankings(payload: Payload) -> Iterator[Parsed]:
    """Each poll's ranked teams; those that only received votes are left out."""
    rankings = answer(payload, _RANKINGS)
    if rankings is None:
        return
    expected = Expected()

    def poll(ranking: Ranking, path: str) -> Iterator[Parsed]:
        place = {"season": ranking.season.year, "poll": ranking.type, "week": ranking.occurrence.number}

        def team(rank: Rank, where: str) -> list[Parsed]:
            previous = expected.always(rank.previous, f"{where}.previous") or None
            points = expected.always(rank.points, f"{where}.points")
            values = {"team_id": rank.team.id, "rank": rank.current, "points": points}
            return [Row("rankings", {**place, **values, "previous_rank": previous})]

        return records(ranking.ranks, _RANK, f"{path}.ranks", team)

    yield from records(rankings.rankings, _RANKING, "rankings", poll)
    yield from expected.bads()
