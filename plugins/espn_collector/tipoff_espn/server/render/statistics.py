"""``competitors[].statistics`` of a scoreboard."""

from __future__ import annotations

from tipoff_espn.server.render.common import Json
from tipoff_espn.server.render.scene import Game, Scene, Side
from tipoff_espn.server.tally import BOX_FIELDS, Averages


def of_side(scene: Scene, game: Game, side: Side) -> list[Json]:
    """The game's figures once it is over, and season totals and averages before."""
    if side.team is None:
        return []
    if game.state.final:
        box = scene.view.season.box(game.fixture)[side.order]
        if box is None:
            return []
        averages = Averages(1, [getattr(box, name) for name in BOX_FIELDS])
    else:
        averages = scene.view.averages(side.team.id, scene.now)
    return [
        {"name": name, "abbreviation": short, "displayValue": value}
        for name, short, value in _figures(averages)
        if value is not None
    ]


def _figures(averages: Averages) -> list[tuple[str, str, str | None]]:
    boards = ("offensive_rebounds", "defensive_rebounds")
    own, other = (averages.total(name) for name in boards)
    rebounds = None if own is None or other is None else own + other
    return [
        ("rebounds", "REB", _whole(rebounds)),
        ("avgRebounds", "REB", _tenth(averages.mean(*boards))),
        ("assists", "AST", _whole(averages.total("assists"))),
        ("fieldGoalsAttempted", "FGA", _whole(averages.total("field_goals_attempted"))),
        ("fieldGoalsMade", "FGM", _whole(averages.total("field_goals_made"))),
        ("fieldGoalPct", "FG%", _tenth(averages.share("field_goals_made", "field_goals_attempted"))),
        ("freeThrowPct", "FT%", _tenth(averages.share("free_throws_made", "free_throws_attempted"))),
        ("freeThrowsAttempted", "FTA", _whole(averages.total("free_throws_attempted"))),
        ("freeThrowsMade", "FTM", _whole(averages.total("free_throws_made"))),
        ("points", "PTS", _whole(averages.total("points"))),
        ("threePointFieldGoalsAttempted", "3PA", _whole(averages.total("three_points_attempted"))),
        ("threePointFieldGoalsMade", "3PM", _whole(averages.total("three_points_made"))),
        ("avgPoints", "PTS", _tenth(averages.mean("points"))),
        ("avgAssists", "AST", _tenth(averages.mean("assists"))),
        ("threePointFieldGoalPct", "3P%", _tenth(averages.share("three_points_made", "three_points_attempted"))),
    ]


def _whole(value: int | None) -> str | None:
    return None if value is None else str(value)


def _tenth(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"
