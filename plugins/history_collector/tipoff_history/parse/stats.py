"""Box scores of teams and players."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tipoff import Parsed, Payload, Quarantine, Row

from tipoff_history.parse.records import (
    Record,
    day,
    flag,
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
    players: dict[str, dict[str, object]] = {}
    of_players = payload.request.context.get("kind") == "player_box"

    def rows(record: Record) -> Iterator[Row]:
        if is_over(payload, day(record, "game_date")):
            yield from _player(record, players) if of_players else _team(record)

    *parsed, read = records(payload, rows)
    yield from parsed
    yield from (Row("players", values) for values in players.values())
    yield read


def _team(record: Record) -> Iterator[Row]:
    if "fgm" in record:
        return _recorded_team(record)
    return _published_team(record)


def _recorded_team(record: Record) -> Iterator[Row]:
    game_id, team_id = text(record, "game_id"), text(record, "team_espn_id")
    home_id, unlisted = text(record, "game_home_id"), "game_home_id" in record and record["game_home_id"] is None
    if game_id is None or team_id is None or unlisted or flag(record, "pts_match_espn") is False:
        # A game that ESPN does not have or the games do not list, as against other divisions, or figures that the file
        # itself marks as wrong.
        return
    figures = {column: whole(record, name) for column, name in _RECORDED.items()}
    for column, name in _RECORDED.items():
        if figures[column] is None:
            raise Quarantine("it is missing", name)
    score = whole(record, "game_points")
    if score is not None and score != figures["points"]:
        raise Quarantine(f"`{figures['points']}` points, but the game's score is `{score}`", "pts")
    _add_up(figures, "pts")
    values = {
        "season": season_of(record),
        "game_id": game_id,
        "team_id": team_id,
        "opponent_id": text(record, "opp_espn_id"),
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
        "season": season_of(record),
        "game_id": game_id,
        "team_id": team_id,
        "opponent_id": text(record, "opponent_team_id"),
        "is_home": text(record, "team_home_away") == "home",
        **figures,
        "turnovers": without if with_team is None else with_team,
    }
    yield Row("team_stats", values)


def _player(record: Record, players: dict[str, dict[str, object]]) -> Iterator[Row]:
    """A line, and what it says of the player himself for `players`: a row a slice each, not a row a game."""
    game_id, team_id, athlete_id = needed(record, "game_id", "team_id", "athlete_id")
    name, position = text(record, "athlete_display_name"), text(record, "athlete_position_abbreviation")
    known = {"name": name, "position": position}
    players.setdefault(athlete_id, {"athlete_id": athlete_id}).update(
        (key, said) for key, said in known.items() if said
    )
    values = {
        "season": season_of(record),
        "game_id": game_id,
        "athlete_id": athlete_id,
        "team_id": team_id,
        "starter": flag(record, "starter"),
        "did_not_play": flag(record, "did_not_play"),
        "minutes": number(record, "minutes"),
    }
    figures = {column: whole(record, name) for column, name in _PLAYER.items() if name in record}
    yield Row("player_stats", {**values, **figures})


def _add_up(figures: Figures, path: str) -> None:
    """Refuses points that are not those of the shots."""
    made = [figures[name] for name in ("field_goals_made", "three_points_made", "free_throws_made", "points")]
    goals, threes, throws, points = made
    if goals is None or threes is None or throws is None or points is None:
        return
    if 2 * goals + threes + throws != points:
        raise Quarantine(f"`{points}` points, but the shots make `{2 * goals + threes + throws}`", path)
