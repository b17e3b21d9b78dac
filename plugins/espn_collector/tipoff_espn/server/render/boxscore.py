"""``boxscore`` of a summary: figures by name, players by keys and labels in the order of 2026."""

from __future__ import annotations

from collections.abc import Sequence

from tipoff_espn.server.model import PlayerLine, Team, TeamBox
from tipoff_espn.server.render import common, identity, links
from tipoff_espn.server.render.common import Json, Object
from tipoff_espn.server.render.scene import Game, Scene
from tipoff_espn.server.tally import Averages

KEYS = (
    ("minutes", "MIN", "Minutes"),
    ("points", "PTS", "Points"),
    ("fieldGoalsMade-fieldGoalsAttempted", "FG", "Field Goals Made/Attempted"),
    ("threePointFieldGoalsMade-threePointFieldGoalsAttempted", "3PT", "3-Point Field Goals Made/Attempted"),
    ("freeThrowsMade-freeThrowsAttempted", "FT", "Free Throws Made/Attempted"),
    ("rebounds", "REB", "Rebounds"),
    ("assists", "AST", "Assists"),
    ("turnovers", "TO", "Turnovers"),
    ("steals", "STL", "Steals"),
    ("blocks", "BLK", "Blocks"),
    ("offensiveRebounds", "OREB", "Offensive Rebounds"),
    ("defensiveRebounds", "DREB", "Defensive Rebounds"),
    ("fouls", "PF", "Personal Fouls"),
)
"""Key, label and description of a player's figures."""

_POSITIONS = {"G": "Guard", "F": "Forward", "C": "Center"}


def render(scene: Scene, game: Game) -> Object:
    """The game's figures when it is over, season averages under the same key before."""
    season = scene.view.season
    boxes = season.box(game.fixture) if game.state.final else (None, None)
    lines = scene.view.lines(game.fixture) if game.state.final else None
    teams: list[Json] = []
    players: list[Json] = []
    # ESPN writes the away team first here.
    for order, side in enumerate((game.away, game.home), start=1):
        box = boxes[side.order]
        if side.team is None or (game.state.final and box is None):
            continue
        team = _team(scene.slug, side.team)
        figures = of_game(box) if box else _averages(scene, side.team)
        teams.append({"team": team, "statistics": figures, "displayOrder": order, "homeAway": side.name})
        if box and lines:
            table = _players(scene.slug, lines[side.order], box)
            players.append({"team": team, "statistics": [table], "displayOrder": order})
    return {"teams": teams, "players": players} if players else {"teams": teams}


def _team(slug: str, team: Team) -> Object:
    return common.known(
        id=team.id,
        uid=common.uid(slug, t=team.id),
        slug=team.slug,
        location=team.location,
        name=team.name,
        abbreviation=team.abbreviation,
        displayName=team.display_name,
        shortDisplayName=team.short_name,
        color=team.color,
        alternateColor=team.alternate_color,
        logo=identity.logo(team),
    )


def _share(made: int, tried: int) -> str:
    return str(round(100 * made / tried)) if tried else "0"


def of_game(box: TeamBox) -> list[Json]:
    """A team's figures of a game."""
    figures: list[tuple[str, str | int | None, str | None, str]] = [
        ("fieldGoalsMade-fieldGoalsAttempted", f"{box.field_goals_made}-{box.field_goals_attempted}", None, "FG"),
        ("fieldGoalPct", _share(box.field_goals_made, box.field_goals_attempted), "FG%", "Field Goal %"),
        (
            "threePointFieldGoalsMade-threePointFieldGoalsAttempted",
            f"{box.three_points_made}-{box.three_points_attempted}",
            None,
            "3PT",
        ),
        ("threePointFieldGoalPct", _share(box.three_points_made, box.three_points_attempted), "3P%", "Three Point %"),
        ("freeThrowsMade-freeThrowsAttempted", f"{box.free_throws_made}-{box.free_throws_attempted}", None, "FT"),
        ("freeThrowPct", _share(box.free_throws_made, box.free_throws_attempted), "FT%", "Free Throw %"),
        ("totalRebounds", box.offensive_rebounds + box.defensive_rebounds, "REB", "Rebounds"),
        ("offensiveRebounds", box.offensive_rebounds, "OR", "Offensive Rebounds"),
        ("defensiveRebounds", box.defensive_rebounds, "DR", "Defensive Rebounds"),
        ("assists", box.assists, "AST", "Assists"),
        ("steals", box.steals, "STL", "Steals"),
        ("blocks", box.blocks, "BLK", "Blocks"),
        ("turnovers", box.turnovers, "TO", "Turnovers"),
        ("teamTurnovers", box.team_turnovers, "TTO", "Team Turnovers"),
        ("totalTurnovers", box.total_turnovers, "ToTO", "Total Turnovers"),
        ("turnoverPoints", box.turnover_points, "PTS OFF TO", "Points Off Turnovers"),
        ("fastBreakPoints", box.fast_break_points, "FBPs", "Fast Break Points"),
        ("pointsInPaint", box.points_in_paint, "PIP", "Points in Paint"),
        ("fouls", box.fouls, "PF", "Fouls"),
        ("largestLead", box.largest_lead, "LL", "Largest Lead"),
        ("leadChanges", box.lead_changes, "LC", "Lead Changes"),
        ("leadPercentage", box.lead_percentage, "LPCT", "Percent Led"),
    ]
    # A figure that nobody has counted is dashes: ESPN leaves none out.
    return _written([(name, "--" if value is None else value, short, label) for name, value, short, label in figures])


def _averages(scene: Scene, team: Team) -> list[Json]:
    """Season averages; ``avgPointsAgainst`` comes twice, as at ESPN. Nothing before a team's first game."""
    record, means = scene.view.record(team.id, scene.now), scene.view.averages(team.id, scene.now)
    if not record.games:
        return []
    against = f"{record.points_against / record.games:.1f}"
    streak = f"{'W' if record.streak > 0 else 'L'}{abs(record.streak)}"
    figures: list[tuple[str, str | int | None, str | None, str]] = [
        ("streak", streak, "STRK", "Streak"),
        ("avgPointsAgainst", against, "OPP PPG", "Points Against"),
        ("avgPoints", f"{record.points / record.games:.1f}", "PTS", "Points Per Game"),
        ("fieldGoalPct", _percent(means, "field_goals"), "FG%", "Field Goal %"),
        ("threePointFieldGoalPct", _percent(means, "three_points"), "3P%", "Three Point %"),
        ("avgRebounds", _mean(means, "offensive_rebounds", "defensive_rebounds"), "REB", "Rebounds Per Game"),
        ("avgAssists", _mean(means, "assists"), "AST", "Assists Per Game"),
        ("avgBlocks", _mean(means, "blocks"), "BLK", "Blocks Per Game"),
        ("avgSteals", _mean(means, "steals"), "STL", "Steals Per Game"),
        ("avgTeamTurnovers", _mean(means, "team_turnovers"), "TTO", "Team Turnovers Per Game"),
        ("avgTotalTurnovers", _mean(means, "total_turnovers"), "ToTO", "Total Turnovers Per Game"),
        ("avgPointsAgainst", against, "PA", "Points Against"),
    ]
    return _written(figures)


def _written(figures: list[tuple[str, str | int | None, str | None, str]]) -> list[Json]:
    return [
        common.known(name=name, displayValue=str(value), abbreviation=short, label=label)
        for name, value, short, label in figures
        if value is not None
    ]


def _mean(means: Averages, *names: str) -> str | None:
    value = means.mean(*names)
    return None if value is None else f"{value:.1f}"


def _percent(means: Averages, shots: str) -> str | None:
    value = means.share(f"{shots}_made", f"{shots}_attempted")
    return None if value is None else str(round(value))


def _players(slug: str, lines: Sequence[PlayerLine], box: TeamBox) -> Object:
    labels: list[Json] = [label for _, label, _ in KEYS]
    return {
        "names": labels,
        "keys": [key for key, _, _ in KEYS],
        "labels": labels,
        "descriptions": [text for _, _, text in KEYS],
        "athletes": [_athlete(slug, line) for line in lines],
        "totals": _totals(box),
    }


def _athlete(slug: str, line: PlayerLine) -> Object:
    athlete = line.athlete
    position = athlete.position
    name = _POSITIONS.get(position or "")
    played = line.minutes > 0
    return {
        "active": False,
        "athlete": common.known(
            id=athlete.id,
            uid=common.uid(slug, a=athlete.id),
            displayName=athlete.name,
            shortName=athlete.short_name,
            links=links.of_athlete(slug, athlete, links.NAMED, ("playercard",)),
            jersey=athlete.jersey,
            position={"name": name, "displayName": name, "abbreviation": position}
            if name
            else {"name": "Not Available", "displayName": "Not Available", "abbreviation": "NA"},
        ),
        "starter": line.starter,
        "didNotPlay": not played,
        "ejected": False,
        "stats": of_player(line) if played else [],
    }


def of_player(line: PlayerLine) -> list[Json]:
    """A player's figures of a game, in the order of `KEYS`."""
    return [
        str(line.minutes),
        str(line.points),
        f"{line.field_goals_made}-{line.field_goals_attempted}",
        f"{line.three_points_made}-{line.three_points_attempted}",
        f"{line.free_throws_made}-{line.free_throws_attempted}",
        str(line.offensive_rebounds + line.defensive_rebounds),
        str(line.assists),
        str(line.turnovers),
        str(line.steals),
        str(line.blocks),
        str(line.offensive_rebounds),
        str(line.defensive_rebounds),
        str(line.fouls),
    ]


def _totals(box: TeamBox) -> list[Json]:
    """The row under the players; ESPN leaves the minutes empty."""
    return [
        "",
        str(box.points),
        f"{box.field_goals_made}-{box.field_goals_attempted}",
        f"{box.three_points_made}-{box.three_points_attempted}",
        f"{box.free_throws_made}-{box.free_throws_attempted}",
        str(box.offensive_rebounds + box.defensive_rebounds),
        str(box.assists),
        str(box.turnovers),
        str(box.steals),
        str(box.blocks),
        str(box.offensive_rebounds),
        str(box.defensive_rebounds),
        str(box.fouls),
    ]
