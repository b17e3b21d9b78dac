"""Games of a day, and the conference each team plays in; what the core API lists of the same day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec
from tipoff import Bad, Parsed, Payload, Quarantine, Row
from tipoff.clock import day_of, season_of
from tipoff.domain import FINAL

from tipoff_espn.endpoints import is_college
from tipoff_espn.parse import listings
from tipoff_espn.parse.records import Expected, answer, is_forfeit, known_team, named, records, tip, whole
from tipoff_espn.parse.statements import is_exhibition, periods, score_trouble, season
from tipoff_espn.parse.teams import name_row
from tipoff_espn.payloads import known
from tipoff_espn.payloads.scoreboard import Competition, Competitor, Event, Format, Scoreboard, Status

_SCOREBOARD = msgspec.json.Decoder(Scoreboard)
_EVENT = msgspec.json.Decoder(Event)

_UNRANKED = 99
_NAMED_TODAY = timedelta(days=14)
"""A scoreboard from longer ago may call its teams what they were called then."""

FORFEITED = "forfeited"
_STATUS = {
    "STATUS_POSTPONED": "postponed",
    "STATUS_CANCELED": "canceled",
    "STATUS_FORFEIT": FORFEITED,
}
_STATUS_BY_STATE = {"pre": "scheduled", "in": "in_progress"}


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `games`, `team_seasons`, `espn_days` and `espn_team_names`; `espn_listed` where the core API answers."""
    if payload.request.url.endswith("/events"):
        yield from listings.parse_events(payload)
        return
    scoreboard = answer(payload, _SCOREBOARD)
    if scoreboard is None:
        return
    college, today = is_college(payload.league), day_of(payload.fetched_at)
    expected, seen = Expected(), set[str]()
    members: dict[tuple[int, str], str] = {}
    names: dict[str, str] = {}
    called: dict[str, Row] = {}

    def rows(event: Event, path: str) -> list[Parsed]:
        seen.add(event.id)
        game = game_row(event, path, expected, college=college)
        competition, day = event.competitions[0], tip(event.date, f"{path}.date").game_date
        _conference(competition, f"{path}.competitions[0]", expected, names, college=college)
        for n, side in enumerate(competition.competitors):
            if not known_team(side.team.id):
                continue
            if today - day <= _NAMED_TODAY:
                called[side.team.id] = name_row(side.team, today)
            where = f"{path}.competitions[0].competitors[{n}].team.conferenceId"
            conference_id = expected.mostly(side.team.conference_id, where) if college else None
            if conference_id:
                members[season_of(day), side.team.id] = conference_id
        return [game]

    unread = 0
    for found in records(scoreboard.events, _EVENT, "events", rows):
        unread += isinstance(found, Bad)
        yield found
    yield from expected.bads()
    # A conference is named by the games that count for it, and by no other. Where it is not named, the column is
    # left out, since to say NULL would take back what another day's games have said.
    for (year, team_id), conference_id in members.items():
        values = {"season": year, "team_id": team_id, "conference_id": conference_id}
        name = names.get(conference_id)
        yield Row("team_seasons", {**values, "conference": name} if name else values)
    yield from called.values()
    yield from listings.day_rows(payload, len(seen) + unread)


def _conference(
    competition: Competition, path: str, expected: Expected, names: dict[str, str], *, college: bool
) -> None:
    """Notes what the conference is called that a game counts for; tournaments of teams to be determined say none."""
    group = known(competition.groups)
    teams_known = all(known_team(side.team.id) for side in competition.competitors)
    if college and competition.conference_competition and teams_known:
        group = expected.mostly(competition.groups, f"{path}.groups")
        if group is not None:
            expected.mostly(group.name, f"{path}.groups.name")
    name = named(known(group.name), f"{path}.groups.name") if group is not None else None
    if group is not None and name:
        names[group.id] = name


def game_row(event: Event, path: str, expected: Expected, *, college: bool) -> Row:
    """One game.

    Raises:
        Quarantine: it does not say which side plays at home, or its result contradicts itself.
    """
    if not event.competitions:
        raise Quarantine("a game without a competition", f"{path}.competitions")
    competition = event.competitions[0]
    where = f"{path}.competitions[0]"
    home, away = sides(competition, where)
    begins = tip(event.date, f"{path}.date", competition.time_valid)
    status = game_status(event.status, f"{path}.status.type")
    points: tuple[int | None, int | None] = (None, None)
    if status == FINAL:
        status, points = result(home, away, where, expected)
    venue = expected.always(competition.venue, f"{where}.venue")
    ranks = {}
    for side in (home, away):
        place = f"{where}.competitors[{competition.competitors.index(side)}].curatedRank"
        ranks[side.home_away] = rank(side, expected, place, college=college)
    played = expected.always(competition.format, f"{where}.format")
    return Row(
        "games",
        {
            "season": season(event.season.year, begins.game_date, f"{path}.season.year", expected),
            "game_id": event.id,
            **begins._asdict(),
            "season_type": event.season.type,
            "exhibition": _is_exhibition(competition),
            "status": status,
            "home_id": known_team(home.team.id),
            "away_id": known_team(away.team.id),
            "home_score": points[0],
            "away_score": points[1],
            "overtimes": overtimes(event.status, (home, away), played, path, expected) if status == FINAL else None,
            "neutral_site": competition.neutral_site,
            "conference_game": competition.conference_competition,
            "tournament": next((named(note.headline) for note in competition.notes if note.headline), None),
            "venue_id": venue.id if venue else None,
            # 0 is what ESPN writes when nobody has told it.
            "attendance": expected.always(competition.attendance, f"{where}.attendance") or None,
            "home_rank": ranks["home"],
            "away_rank": ranks["away"],
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


def result(
    home: Competitor, away: Competitor, path: str, expected: Expected
) -> tuple[str, tuple[int | None, int | None]]:
    """Status and points of a game that ended, seen for what it is when it was forfeited.

    A score that its periods or the winner's flag contradict is missing, and noted.
    """
    points = whole(home.score, f"{path}.competitors.score"), whole(away.score, f"{path}.competitors.score")
    if points[0] is None or points[1] is None or points[0] == points[1]:
        raise Quarantine(f"a final cannot end `{home.score}`–`{away.score}`", f"{path}.competitors.score")
    if is_forfeit(points):
        return FORFEITED, (None, None)
    lines = [[period.value for period in side.linescores or ()] for side in (home, away)]
    if reason := score_trouble((points[0], points[1]), lines, [known(home.winner), known(away.winner)]):
        expected.contradicted(reason, f"{path}.competitors.score")
        return FINAL, (None, None)
    return FINAL, points


def overtimes(
    status: Status, teams: tuple[Competitor, Competitor], played: Format | None, path: str, expected: Expected
) -> int | None:
    """Periods beyond regulation; None where nobody says how many a game has, how many there were, or it is in doubt."""
    if played is None:
        return None
    regulation = played.regulation.periods
    counted = [len(side.linescores) for side in teams if side.linescores] or [status.period]
    found = periods([*counted, status.period], known(status.type.detail), regulation)
    if len(found) > 1:
        many = " or ".join(f"`{number}`" for number in sorted(found))
        expected.contradicted(
            f"{many} periods, by line scores, period and `{known(status.type.detail)}`", f"{path}.status"
        )
    return found.pop() - regulation if len(found) == 1 else None


def _is_exhibition(competition: Competition) -> bool:
    """Whether it counts for nobody, by its headlines, its kind, or since a team of it is an All-Star team."""
    kind = known(competition.type)
    said = [kind.text, kind.abbreviation, kind.slug] if kind else []
    return is_exhibition([*(note.headline for note in competition.notes), *(known(text) for text in said)]) or any(
        known(side.team.is_all_star) for side in competition.competitors
    )


def rank(side: Competitor, expected: Expected, path: str, *, college: bool) -> int | None:
    """Poll rank; None when unranked, which ESPN writes as 99. Only colleges have polls."""
    curated = expected.always(side.curated_rank, path) if college else side.curated_rank
    if curated is None:
        return None
    current = expected.always(curated.current, f"{path}.current")
    return current if current and current < _UNRANKED else None
