"""A game's summary: box scores of teams and players, odds, and ESPN's own projection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import UNSET
from tipoff import Parsed, Payload, Quarantine, Row
from tipoff.clock import day_of

from tipoff_espn import endpoints
from tipoff_espn.endpoints import DIVISION_ONE
from tipoff_espn.parse import core_odds, odds
from tipoff_espn.parse.records import (
    Expected,
    answer,
    instant,
    is_forfeit,
    named,
    position,
    record,
    records,
    split,
    whole,
)
from tipoff_espn.parse.statements import score_trouble, season
from tipoff_espn.payloads import NULL, known
from tipoff_espn.payloads.summary import (
    Athlete,
    AthleteLine,
    Boxscore,
    Header,
    HeaderCompetitor,
    PlayerTable,
    Summary,
    TeamBox,
    TeamPlayers,
)

_SUMMARY = msgspec.json.Decoder(Summary)
_HEADER = msgspec.json.Decoder(Header)
_BOXSCORE = msgspec.json.Decoder(Boxscore | None)
_TEAM = msgspec.json.Decoder(TeamBox)
_PLAYERS = msgspec.json.Decoder(TeamPlayers)
_LINE = msgspec.json.Decoder(AthleteLine)

_SPLITS = {
    "fieldGoalsMade-fieldGoalsAttempted": ("field_goals_made", "field_goals_attempted"),
    "threePointFieldGoalsMade-threePointFieldGoalsAttempted": ("three_points_made", "three_points_attempted"),
    "freeThrowsMade-freeThrowsAttempted": ("free_throws_made", "free_throws_attempted"),
}
_COUNTS = {
    "offensiveRebounds": "offensive_rebounds",
    "defensiveRebounds": "defensive_rebounds",
    "assists": "assists",
    "steals": "steals",
    "blocks": "blocks",
    "turnovers": "turnovers",
    "fouls": "fouls",
}
_TEAM_COUNTS = {
    **_COUNTS,
    "totalRebounds": "rebounds",
    "totalTurnovers": "turnovers",  # after `turnovers`, so that the figure with the team's own wins
    "pointsInPaint": "points_in_paint",
    "fastBreakPoints": "fast_break_points",
    "turnoverPoints": "points_off_turnovers",
}
_PLAYER_COUNTS = {**_COUNTS, "points": "points", "rebounds": "rebounds"}
_CHARTED = ("points_in_paint", "fast_break_points", "points_off_turnovers")

_PLAYED = "fieldGoalsMade-fieldGoalsAttempted"
"""A team's statistics without it are no box score: before the game the list holds season averages."""

_PROJECTED = frozenset({"mens-college-basketball"})
"""Leagues whose games between two members ESPN is known to project (38 of 38 in March 2026)."""

Figures = dict[str, int | None]


class _Game:
    """What every row of a summary needs to know of its game, and what the answer lacks."""

    def __init__(self, header: Header, path: str) -> None:
        if not header.competitions or len({s.home_away for s in header.competitions[0].competitors}) != 2:
            raise Quarantine("a summary without a home and an away side", f"{path}.competitions")
        competition = header.competitions[0]
        self.expected = Expected()
        date = known(competition.date)
        self.season = header.season.year
        if date is not None:
            tip = instant(date, f"{path}.competitions[0].date")
            self.season = season(header.season.year, day_of(tip), f"{path}.season.year", self.expected)
        self.key: Mapping[str, object] = {"season": self.season, "game_id": header.id}
        self.status = competition.status.type
        self.sides: Mapping[str, HeaderCompetitor] = {side.id: side for side in competition.competitors}
        self.home_id = next(side.id for side in competition.competitors if side.home_away == "home")
        place = f"{path}.competitions[0]"
        self.boxed = self.expected.always(competition.boxscore_available, f"{place}.boxscoreAvailable") is not False
        source = self.expected.always(competition.boxscore_source, f"{place}.boxscoreSource")
        self.players_boxed = self.boxed and source in (None, "full")
        self.points = self._points(place) if self.status.is_final else {}
        self.members = all(_in_division_one(side) for side in competition.competitors)

    def _points(self, path: str) -> Mapping[str, int | None]:
        """Each side's; none where its periods or the winner's flag contradict them."""
        sides = sorted(self.sides.values(), key=lambda side: side.home_away == "away")
        place = f"{path}.competitors[].score"
        points = [whole(self.expected.always(side.score, place), place) for side in sides]
        if points[0] is not None and points[1] is not None and points[0] != points[1] and not is_forfeit(points):
            lines = [
                [whole(known(each.display_value), place) for each in known(side.linescores) or ()] for side in sides
            ]
            whole_lines = [[each for each in line if each is not None] for line in lines]
            if reason := score_trouble((points[0], points[1]), whole_lines, [known(side.winner) for side in sides]):
                self.expected.contradicted(reason, place)
                return {}
        return {side.id: said for side, said in zip(sides, points, strict=True)}

    @property
    def forfeited(self) -> bool:
        """Whether a final is an administrative one: nobody played, whatever its box score says."""
        return is_forfeit(
            [whole(side.score, "header.competitions[0].competitors[].score") for side in self.sides.values()]
        )

    def side(self, team_id: str, path: str) -> HeaderCompetitor:
        """The team's side of the game."""
        if team_id not in self.sides:
            raise Quarantine(f"team `{team_id}` does not play in this game", path)
        return self.sides[team_id]


def _in_division_one(side: HeaderCompetitor) -> bool:
    group = side.team.groups if side.team else None
    return group is not None and group.parent is not None and group.parent.id == DIVISION_ONE


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `team_stats`, `player_stats` and `players` once the game is final, and of `odds` at any time.

    A game whose odds are gone from its summary, as they are some weeks later, is asked for at the core API.
    """
    if payload.request.url.endswith("/odds"):
        yield from core_odds.parse(payload)
        return
    summary = answer(payload, _SUMMARY)
    if summary is None:
        return

    def rows(header: Header, path: str) -> Iterator[Parsed]:
        game = _Game(header, path)
        expected, status = game.expected, game.status
        if status.is_final and not game.forfeited:
            yield from record(summary.boxscore, _BOXSCORE, "boxscore", lambda box, _: _box_score(box, game))
        centre = expected.always(summary.pickcenter, "pickcenter") or ()
        if status.state == "pre" and payload.league in _PROJECTED and game.members:
            expected.always(None if bytes(summary.predictor) == bytes(NULL) else True, "predictor")
        books = list(odds.parse(centre, summary.predictor, game.key, game.home_id, expected, live=status.state == "in"))
        yield from books
        if status.is_final and not game.forfeited and not any(odds.is_book(found) for found in books):
            yield endpoints.odds(payload.league, header.id, game.season)
        yield from expected.bads()

    yield from record(summary.header, _HEADER, "header", rows)


def _box_score(box: Boxscore | None, game: _Game) -> Iterator[Parsed]:
    """Rows of a final's box score; one that has none says so in its header."""
    if game.boxed:
        game.expected.always(box and (box.teams or None), "boxscore.teams")
    if box is None:
        return
    if game.players_boxed:
        game.expected.always(box.players or None, "boxscore.players")
    teams = list(records(box.teams, _TEAM, "boxscore.teams", lambda team, path: _team(team, path, game)))
    yield from _uncharted(teams)
    yield from records(box.players, _PLAYERS, "boxscore.players", lambda team, path: _players(team, path, game))


def _team(box: TeamBox, path: str, game: _Game) -> Iterator[Parsed]:
    said = {statistic.name: statistic.display_value for statistic in box.statistics}
    if _PLAYED not in said:
        if game.boxed:
            raise Quarantine(f"a final's box score without `{_PLAYED}`", f"{path}.statistics")
        return
    side = game.side(box.team.id, f"{path}.team.id")
    figures = _figures(said, _TEAM_COUNTS, f"{path}.statistics", game.expected)
    if figures["field_goals_attempted"] == 0:
        raise Quarantine("a box score of zeros", f"{path}.statistics")
    opponent = next((team_id for team_id in game.sides if team_id != box.team.id), None)
    is_home: bool | None = side.home_away == "home"
    if known(box.home_away) not in (None, side.home_away):
        game.expected.contradicted(
            f"`{known(box.home_away)}`, but by the header `{side.home_away}`", f"{path}.homeAway"
        )
        is_home = None
    who = {"team_id": box.team.id, "opponent_id": opponent, "is_home": is_home}
    yield Row("team_stats", {**game.key, **who, "points": game.points.get(box.team.id), **figures})


def _uncharted(teams: list[Parsed]) -> Iterator[Parsed]:
    """Where nobody charted the plays, ESPN writes 0 for both teams in all of paint, fast break and off turnovers."""
    rows = [team for team in teams if isinstance(team, Row)]
    if rows and not any(row.values.get(name) for row in rows for name in _CHARTED):
        rows = [row._replace(values={**row.values, **dict.fromkeys(_CHARTED)}) for row in rows]
    yield from rows
    yield from (team for team in teams if not isinstance(team, Row))


def _players(team: TeamPlayers, path: str, game: _Game) -> Iterator[Parsed]:
    game.side(team.team.id, f"{path}.team.id")
    for n, table in enumerate(team.statistics):

        def rows(line: AthleteLine, where: str, table: PlayerTable = table) -> list[Parsed]:
            who = {"athlete_id": line.athlete.id, "team_id": team.team.id, "starter": line.starter}
            figures = _line(line, table.keys, where, game.expected)
            stats = Row("player_stats", {**game.key, **who, "did_not_play": line.did_not_play, **figures})
            return [stats, *_player(line.athlete, game.expected, f"{where}.athlete")]

        yield from records(table.athletes, _LINE, f"{path}.statistics[{n}].athletes", rows)


def _player(athlete: Athlete, expected: Expected, path: str) -> Iterator[Row]:
    """Who he is, as far as the box score says: what it leaves out, his roster may know."""
    place = expected.mostly(athlete.position, f"{path}.position")
    if place is not None:
        expected.mostly(place.abbreviation, f"{path}.position.abbreviation")
    name = expected.mostly(athlete.display_name, f"{path}.displayName")
    said = {"name": named(name), "position": position(place)}
    if any(said.values()):
        yield Row("players", {"athlete_id": athlete.id, **{name: text for name, text in said.items() if text}})


def _line(line: AthleteLine, keys: list[str], path: str, expected: Expected) -> Mapping[str, object]:
    """A player's figures by column; none where the source lists none."""
    if not line.stats:
        if not line.did_not_play:
            expected.mostly(UNSET, f"{path}.stats")
        return {}
    if len(line.stats) != len(keys):
        raise Quarantine(f"`{len(line.stats)}` figures for `{len(keys)}` keys", f"{path}.stats")
    expected.mostly(line.stats, f"{path}.stats")
    said = dict(zip(keys, line.stats, strict=True))
    minutes = expected.always(said.get("minutes"), f"{path}.keys.minutes")
    return {"minutes": _minutes(minutes, path), **_figures(said, _PLAYER_COUNTS, f"{path}.stats", expected)}


def _minutes(text: str | None, path: str) -> float | None:
    """Minutes of "35" or "35:12"."""
    if text is None:
        return None
    minutes, _, seconds = text.partition(":")
    played, rest = whole(minutes, path), whole(seconds, path)
    return None if played is None else played + (rest or 0) / 60


def _figures(said: Mapping[str, str], counts: Mapping[str, str], path: str, expected: Expected) -> Figures:
    """Columns from ESPN's names, never from their order; what is not said is missing, and noted."""
    figures: Figures = {}
    for name, (made, attempted) in _SPLITS.items():
        figures[made], figures[attempted] = split(
            expected.always(said.get(name), f"{path}.{name}") or "", f"{path}.{name}"
        )
    for name, column in counts.items():
        if (text := expected.always(said.get(name), f"{path}.{name}")) is not None:
            figures[column] = whole(text, f"{path}.{name}")
    return figures
