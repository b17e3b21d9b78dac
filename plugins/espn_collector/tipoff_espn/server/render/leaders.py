"""Who leads a team: in a finished game, and in the season before one. Empty where a league has no players' lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tipoff_espn.server.model import Athlete, PlayerLine, Team
from tipoff_espn.server.render import common, identity, links
from tipoff_espn.server.render.common import Json, Object, known
from tipoff_espn.server.render.scene import Game, Scene, Side
from tipoff_espn.server.tally import PlayerTotals

_BOARDS = ("offensive_rebounds", "defensive_rebounds")
_STATISTICS = {
    "points": ("points", "Points", "PTS", "The number of points scored.", ("points",)),
    "rebounds": ("rebounds", "Rebounds", "REB", "The number of rebounds taken.", _BOARDS),
    "assists": ("assists", "Assists", "AST", "The number of passes that led to a basket.", ("assists",)),
}
_AVERAGES = {
    "points": ("avgPoints", "Points Per Game", "PPG", "The number of points scored per game.", ("points",)),
    "rebounds": ("avgRebounds", "Rebounds Per Game", "RPG", "The number of rebounds taken per game.", _BOARDS),
    "assists": ("avgAssists", "Assists Per Game", "APG", "The number of such passes per game.", ("assists",)),
}


_OF_A_LINE: dict[str, Callable[[PlayerLine], tuple[int, str]]] = {
    "points": lambda line: (line.points, line.athlete.id),
    "rebounds": lambda line: (line.offensive_rebounds + line.defensive_rebounds, line.athlete.id),
    "assists": lambda line: (line.assists, line.athlete.id),
}
"""A player's figure in one game, by category, and what decides between equals."""


class Leader(NamedTuple):
    """The best of a team in one of the categories, by his figures in one game or over the season."""

    category: str
    totals: PlayerTotals
    season: bool
    value: float

    @property
    def athlete(self) -> Athlete:
        """Who it is."""
        return self.totals.athlete

    @property
    def name(self) -> str:
        """ESPN's name of the category."""
        return f"{self.category}PerGame" if self.season else self.category

    @property
    def statistic(self) -> tuple[str, str, str, str, tuple[str, ...]]:
        """Name, display name, abbreviation and description of the figure, and the figures that it sums up."""
        return (_AVERAGES if self.season else _STATISTICS)[self.category]

    @property
    def text(self) -> str:
        """The figure as written."""
        return f"{self.value:.1f}" if self.season else f"{self.value:.0f}"

    @property
    def summary(self) -> str:
        """What else is said of him."""
        figures = self.totals
        if self.season:
            shots = figures.total("field_goals_made"), figures.total("field_goals_attempted")
            free = figures.total("free_throws_made"), figures.total("free_throws_attempted")
            parts = [
                f"{100 * made / tried:.1f} {name}%" for (made, tried), name in ((shots, "FG"), (free, "FT")) if tried
            ]
            return ", ".join(parts)
        made, tried = figures.total("field_goals_made"), figures.total("field_goals_attempted")
        return f"{made}/{tried} FG, {figures.total('free_throws_made')}/{figures.total('free_throws_attempted')} FT"


def of_side(scene: Scene, game: Game, side: Side) -> list[Leader]:
    """A side's leaders: of the game once it is over, of the season before; none where no lines are known."""
    if side.team is None:
        return []
    if game.state.final:
        lines = scene.view.lines(game.fixture)
        played = [line for line in lines[side.order] if line.minutes > 0] if lines else []
        best = [(category, max(played, key=figure), figure) for category, figure in _OF_A_LINE.items() if played]
        return [
            Leader(category, PlayerTotals(line.athlete).plus(line), False, float(figure(line)[0]))
            for category, line, figure in best
        ]
    everyone = scene.view.totals(side.team.id, scene.now).values()
    leaders = [
        [Leader(category, totals, True, totals.total(*names) / totals.games) for totals in everyone]
        for category, (*_, names) in _AVERAGES.items()
        if everyone
    ]
    return [max(each, key=lambda leader: (leader.value, leader.athlete.id)) for each in leaders]


def in_scoreboard(slug: str, leaders: list[Leader], side: Side) -> list[Json]:
    """``competitors[].leaders`` of a scoreboard."""
    of: Object = {"id": side.id}

    def who(leader: Leader) -> Object:
        athlete = leader.athlete
        return known(
            id=athlete.id,
            fullName=athlete.name,
            displayName=athlete.name,
            shortName=athlete.short_name,
            links=links.of_athlete(slug, athlete, links.BARE, ("playercard",)),
            jersey=athlete.jersey,
            position={"abbreviation": athlete.position} if athlete.position else None,
            team=of,
            active=True,
        )

    return [
        {
            **_category(leader),
            "shortDisplayName": leader.statistic[2] if leader.season else leader.statistic[2].title(),
            "leaders": [{"displayValue": leader.text, "value": leader.value, "athlete": who(leader), "team": of}],
        }
        for leader in leaders
    ]


def _category(leader: Leader) -> Object:
    _, display, short, _, _ = leader.statistic
    abbreviation = _STATISTICS[leader.category][2] if leader.season else short.title()
    return {"name": leader.name, "displayName": display, "abbreviation": abbreviation}


def in_schedule(slug: str, leaders: list[Leader]) -> list[Json]:
    """``competitors[].leaders`` of a schedule."""

    def who(leader: Leader) -> Object:
        athlete = leader.athlete
        return known(
            id=athlete.id,
            lastName=athlete.last_name,
            displayName=athlete.name,
            shortName=athlete.short_name,
            links=links.of_athlete(slug, athlete, links.BARE),
        )

    return [
        {
            **_category(leader),
            "leaders": [{"displayValue": leader.text, "value": leader.value, "athlete": who(leader)}],
        }
        for leader in leaders
    ]


def in_summary(scene: Scene, game: Game) -> list[Json]:
    """``leaders`` of a summary, team by team."""
    sides = [(side.team, side) for side in game.sides]
    return [_of_team(scene.slug, of, of_side(scene, game, side)) for of, side in sides if of]


def _of_team(slug: str, of: Team, leaders: list[Leader]) -> Object:
    written: list[Json] = [
        {
            "name": leader.name,
            "displayName": _STATISTICS[leader.category][1],
            "leaders": [
                {
                    "displayValue": leader.text,
                    "athlete": _athlete(slug, leader.athlete),
                    "statistics": [_statistic(leader)],
                    "mainStat": {"value": leader.text, "label": leader.statistic[2]},
                    "summary": leader.summary,
                }
            ],
        }
        for leader in leaders
    ]
    return {"team": identity.brief(slug, of), "leaders": written}


def _athlete(slug: str, athlete: Athlete) -> Object:
    return known(
        id=athlete.id,
        uid=common.uid(slug, a=athlete.id),
        lastName=athlete.last_name,
        fullName=athlete.name,
        displayName=athlete.name,
        shortName=athlete.short_name,
        links=links.of_athlete(slug, athlete, links.NAMED, ("playercard",)),
        jersey=athlete.jersey,
        position={"abbreviation": athlete.position} if athlete.position else None,
        status=common.ACTIVE,
    )


def _statistic(leader: Leader) -> Object:
    name, display, short, description, _ = leader.statistic
    return {
        "name": name,
        "displayName": display,
        "shortDisplayName": short,
        "description": description,
        "abbreviation": _STATISTICS[leader.category][2],
        "value": leader.value,
        "displayValue": leader.text,
    }
