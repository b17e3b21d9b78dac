"""Games of a day, and the conference each team plays in."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from tipoff import Parsed, Payload, Quarantine, Row
from tipoff.clock import day_of
from tipoff.domain import FINAL

from tipoff_espn.parse.records import answer, instant, known_team, named, records, whole
from tipoff_espn.payloads.scoreboard import Competition, Competitor, Event, Scoreboard, Status

_SCOREBOARD = msgspec.json.Decoder(Scoreboard)
_EVENT = msgspec.json.Decoder(Event)

_UNRANKED = 99
_REGULATION_PERIODS = 2

FORFEITED = "forfeited"
_STATUS = {
    "STATUS_POSTPONED": "postponed",
    "STATUS_CANCELED": "canceled",
    "STATUS_FORFEIT": FORFEITED,
}
_STATUS_BY_STATE = {"pre": "scheduled", "in": "in_progress"}

_FORFEIT_POINTS = 2
"""An administrative forfeit is filed as a final of 1–0 or 2–0; no played game ends so low."""


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `games` and `team_seasons`."""
    scoreboard = answer(payload, _SCOREBOARD)
    if scoreboard is None:
        return
    members: dict[tuple[int, str], str] = {}
    names: dict[str, str] = {}

    def rows(event: Event, path: str) -> list[Parsed]:
        game = game_row(event, path)
        competition = event.competitions[0]
        if competition.groups is not None and competition.groups.name:
            names[competition.groups.id] = competition.groups.name
        for side in competition.competitors:
            if side.team.conference_id and known_team(side.team.id):
                members[event.season.year, side.team.id] = side.team.conference_id
        return [game]

    yield from records(scoreboard.events, _EVENT, "events", rows)
    # A conference is named by the games that count for it, and by no other. Where it is not named, the column is
    # left out, since to say NULL would take back what another day's games have said.
    for (season, team_id), conference_id in members.items():
        values = {"season": season, "team_id": team_id, "conference_id": conference_id}
        name = names.get(conference_id)
        yield Row("team_seasons", {**values, "conference": name} if name else values)


def game_row(event: Event, path: str) -> Row:
    """One game.

    Raises:
        Quarantine: it does not say which side plays at home, or its result contradicts itself.
    """
    if not event.competitions:
        raise Quarantine("a game without a competition", f"{path}.competitions")
    competition = event.competitions[0]
    where = f"{path}.competitions[0]"
    home, away = sides(competition, where)
    tip = instant(event.date, f"{path}.date")
    status = game_status(event.status, f"{path}.status.type")
    points: tuple[int | None, int | None] = (None, None)
    if status == FINAL:
        status, points = result(home, away, where)
    return Row(
        "games",
        {
            "season": event.season.year,
            "game_id": event.id,
            "tip_utc": tip,
            "tip_known": competition.time_valid,
            "game_date": day_of(tip),
            "season_type": event.season.type,
            "status": status,
            "home_id": known_team(home.team.id),
            "away_id": known_team(away.team.id),
            "home_score": points[0],
            "away_score": points[1],
            "overtimes": overtimes(event.status, home, competition) if status == FINAL else None,
            "neutral_site": competition.neutral_site,
            "conference_game": competition.conference_competition,
            "tournament": next((named(note.headline) for note in competition.notes if note.headline), None),
            "venue_id": competition.venue.id if competition.venue else None,
            "attendance": competition.attendance or None,  # 0 is what ESPN writes when nobody has told it
            "home_rank": rank(home),
            "away_rank": rank(away),
        },
    )


def sides(competition: Competition, path: str) -> tuple[Competitor, Competitor]:
    """Home and away, whatever their order."""
    by_side = {side.home_away: side for side in competition.competitors}
    if len(competition.competitors) != 2 or len(by_side) != 2:
        listed = ", ".join(side.home_away for side in competition.competitors)
        raise Quarantine(f"a game has one home and one away side, got `{listed}`", f"{path}.competitors")
    return by_side["home"], by_side["away"]


def game_status(status: Status, path: str) -> str:
    """The domain's status. Only completed with ``STATUS_FINAL`` is final: a postponed game is ``post`` too."""
    kind = status.type
    if kind.is_final:
        return FINAL
    found = _STATUS.get(kind.name) or _STATUS_BY_STATE.get(kind.state)
    if found is None:
        raise Quarantine(f"over, but neither final nor called off: `{kind.name}`, completed `{kind.completed}`", path)
    return found


def result(home: Competitor, away: Competitor, path: str) -> tuple[str, tuple[int | None, int | None]]:
    """Status and points of a game that ended, seen for what it is when it was forfeited."""
    points = whole(home.score, f"{path}.competitors.score"), whole(away.score, f"{path}.competitors.score")
    if points[0] is None or points[1] is None or points[0] == points[1]:
        raise Quarantine(f"a final cannot end `{home.score}`–`{away.score}`", f"{path}.competitors.score")
    if max(points[0], points[1]) <= _FORFEIT_POINTS:
        return FORFEITED, (None, None)
    return FINAL, points


def overtimes(status: Status, home: Competitor, competition: Competition) -> int | None:
    """Periods beyond regulation; None where the source counts no periods."""
    regulation = competition.format.regulation.periods if competition.format else _REGULATION_PERIODS
    periods = len(home.linescores or ()) or status.period
    return periods - regulation if periods >= regulation else None


def rank(side: Competitor) -> int | None:
    """Poll rank; None when unranked, which ESPN writes as 99."""
    current = side.curated_rank.current if side.curated_rank else None
    return current if current and current < _UNRANKED else None
