"""Box scores of teams and players."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from tipoff import Bad, Parsed, Payload, Quarantine, Row

from tipoff_history.parse.records import (
    Record,
    flag,
    game_day,
    identifier,
    is_over,
    needed,
    number,
    records,
    season_of,
    text,
    whole,
)

_RECORDED: Mapping[str, str] = {
    "points": "pts",
    "field_goals_made": "fgm",
    "field_goals_attempted": "fga",
    "three_points_made": "tpm",
    "three_points_attempted": "tpa",
    "free_throws_made": "ftm",
    "free_throws_attempted": "fta",
    "offensive_rebounds": "orb",
    "defensive_rebounds": "drb",
    "assists": "ast",
    "blocks": "blk",
    "turnovers": "tov",
}
_SHARED: Mapping[str, str] = {
    "field_goals_made": "field_goals_made",
    "field_goals_attempted": "field_goals_attempted",
    "three_points_made": "three_point_field_goals_made",
    "three_points_attempted": "three_point_field_goals_attempted",
    "free_throws_made": "free_throws_made",
    "free_throws_attempted": "free_throws_attempted",
    "offensive_rebounds": "offensive_rebounds",
    "defensive_rebounds": "defensive_rebounds",
    "assists": "assists",
    "steals": "steals",
    "blocks": "blocks",
    "fouls": "fouls",
}
_TEAM: Mapping[str, str] = {
    **_SHARED,
    "points": "team_score",
    "rebounds": "total_rebounds",
    "points_in_paint": "points_in_paint",
    "fast_break_points": "fast_break_points",
    "points_off_turnovers": "turnover_points",
}
_PLAYER: Mapping[str, str] = {**_SHARED, "points": "points", "rebounds": "rebounds", "turnovers": "turnovers"}

Figures = dict[str, int | None]


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `team_stats`, or of `player_stats` and `players`, of games that are over."""
    if payload.request.context.get("kind") == "player_box":
        yield from _lines(payload)
        return
    about = {"unlinked": 0}

    def rows(record: Record) -> Iterator[Row]:
        if is_over(payload, game_day(record)):
            if "fgm" not in record:
                yield from _published_team(record)
            elif _has_game(record):
                yield from _recorded_team(record)
            else:
                about["unlinked"] += 1

    yield from records(payload, rows, about=about)


def _lines(payload: Payload) -> Iterator[Parsed]:
    """Rows of players, whose minutes are looked at a team and game at a time."""
    players: dict[str, dict[str, object]] = {}

    def rows(record: Record) -> Iterator[Row]:
        if is_over(payload, game_day(record)):
            yield _player(record, players)

    *parsed, read = records(payload, rows)
    yield from with_minutes(parsed)
    yield from (Row("players", values) for values in players.values())
    yield read


def _has_game(record: Record) -> bool:
    """Whether a row is of a team that ESPN knows, in a game that `games` lists; those of other divisions are not."""
    game_id, team_id = identifier(record, "game_id"), identifier(record, "team_espn_id")
    unlisted = "game_home_id" in record and record["game_home_id"] is None
    return game_id is not None and team_id is not None and not unlisted


def _recorded_team(record: Record) -> Iterator[Row]:
    if flag(record, "pts_match_espn") is False:
        return  # figures that the file itself marks as wrong
    game_id, team_id = needed(record, "game_id", "team_espn_id")
    home_id = identifier(record, "game_home_id")
    figures = {column: whole(record, name) for column, name in _RECORDED.items()}
    for column, name in _RECORDED.items():
        if figures[column] is None:
            raise Quarantine("it is missing", name)
    score = whole(record, "game_points")
    if score is not None and score != figures["points"]:
        raise Quarantine(f"`{figures['points']}` points, but the game's score is `{score}`", "pts")
    _add_up(figures, "pts")
    values = {
        "season": season_of(record, game_day(record)),
        "game_id": game_id,
        "team_id": team_id,
        "opponent_id": identifier(record, "opp_espn_id"),
        "is_home": flag(record, "is_home") if home_id is None else home_id == team_id,
        **figures,
    }
    rebounds = (figures["offensive_rebounds"], figures["defensive_rebounds"])
    yield Row("team_stats", {**values, "rebounds": sum(part for part in rebounds if part is not None)})


def _published_team(record: Record) -> Iterator[Row]:
    game_id, team_id = needed(record, "game_id", "team_id")
    figures = {column: whole(record, name) for column, name in _TEAM.items() if name in record}
    if figures["field_goals_attempted"] is None:
        return  # listed, but nobody kept the figures
    _add_up(figures, "team_score")
    # The figure with the team's own turnovers, where there is one.
    with_team, without = whole(record, "total_turnovers"), whole(record, "turnovers")
    values = {
        "season": season_of(record, game_day(record)),
        "game_id": game_id,
        "team_id": team_id,
        "opponent_id": identifier(record, "opponent_team_id"),
        "is_home": text(record, "team_home_away") == "home",
        **figures,
        "turnovers": without if with_team is None else with_team,
    }
    yield Row("team_stats", values)


def _player(record: Record, players: dict[str, dict[str, object]]) -> Row:
    """A line, and what it says of the player himself for `players`: a row a slice each, not a row a game."""
    game_id, team_id, athlete_id = needed(record, "game_id", "team_id", "athlete_id")
    name, position = text(record, "athlete_display_name"), text(record, "athlete_position_abbreviation")
    known = {"name": name, "position": position}
    players.setdefault(athlete_id, {"athlete_id": athlete_id}).update(
        (key, said) for key, said in known.items() if said
    )
    values = {
        "season": season_of(record, game_day(record)),
        "game_id": game_id,
        "athlete_id": athlete_id,
        "team_id": team_id,
        "starter": flag(record, "starter"),
        "did_not_play": flag(record, "did_not_play"),
        "minutes": number(record, "minutes"),
    }
    figures = {column: whole(record, name) for column, name in _PLAYER.items() if name in record}
    return Row("player_stats", {**values, **figures})


def with_minutes(lines: Iterable[Parsed]) -> Iterator[Parsed]:
    """Lines without minutes of who is said to have scored in none, and a `Bad` for each team that has several such.

    One player's seconds on the floor are rounded to 0 minutes, and he may score in them. Where it is said of several
    of a team, nobody has kept the minutes of the game, and nobody's 0 is a figure.
    """
    lines = list(lines)
    scored: dict[tuple[object, object], list[object]] = defaultdict(list)
    for line in lines:
        if isinstance(line, Row) and line.values.get("minutes") == 0 and line.values.get("points"):
            scored[line.values["game_id"], line.values["team_id"]].append(line.values["athlete_id"])
    unkept = {team for team, players in scored.items() if len(players) > 1}
    for line in lines:
        yield _without_minutes(line) if isinstance(line, Row) and _is_unkept(line, unkept) else line
    for game_id, team_id in sorted(unkept, key=str):
        players = scored[game_id, team_id]
        reason = f"{len(players)} players scored in 0 minutes, so the minutes of this team's lines count as missing"
        yield Bad(
            Quarantine(reason, f"game_id={game_id}, team_id={team_id}.minutes"),
            {"game_id": str(game_id), "team_id": str(team_id), "athlete_ids": [str(each) for each in players]},
        )


def _is_unkept(line: Row, unkept: Collection[tuple[object, object]]) -> bool:
    values = line.values
    if values.get("minutes") != 0:
        return False
    of_such = (values["game_id"], values["team_id"]) in unkept and not values.get("did_not_play")
    return bool(values.get("points")) or of_such


def _without_minutes(line: Row) -> Row:
    return line._replace(values={**line.values, "minutes": None})


def _add_up(figures: Figures, path: str) -> None:
    """Refuses points that are not those of the shots."""
    made = [figures[name] for name in ("field_goals_made", "three_points_made", "free_throws_made", "points")]
    goals, threes, throws, points = made
    if goals is None or threes is None or throws is None or points is None:
        return
    if 2 * goals + threes + throws != points:
        raise Quarantine(f"`{points}` points, but the shots make `{2 * goals + threes + throws}`", path)
