"""A game's summary: header, box score, prices and the pre-game projection."""

from __future__ import annotations

from tipoff_espn.server.model import Fixture, Forecast, Team
from tipoff_espn.server.render import (
    boxscore,
    common,
    header,
    identity,
    last_five,
    leaders,
    odds,
    season,
    standings,
    status,
)
from tipoff_espn.server.render.common import Json, Object, known
from tipoff_espn.server.render.scene import Game, Scene
from tipoff_espn.server.rules import Rules


def render(scene: Scene, fixture: Fixture, *, priced: bool = True) -> Object:
    """A summary payload. A game under way shows season averages until it ends, as if the box score were late.

    Without `priced`, its odds are gone.
    """
    game = scene.game(fixture)
    teams = game.teams
    box = boxscore.render(scene, game)
    forecast = scene.view.season.forecast(fixture) if teams else None
    written: Object = {
        "boxscore": box,
        "format": _format(fixture.rules),
        "gameInfo": known(
            # No league knows pictures of its halls.
            venue=common.venue(fixture.venue, grass=False, images=[]),
            attendance=fixture.result.attendance if game.state.final and fixture.result else None,
        ),
        "leaders": leaders.in_summary(scene, game),
        "broadcasts": [],
        "pickcenter": _pickcenter(scene, game) if priced else [],
        "odds": [],
        "againstTheSpread": [{"team": identity.brief(scene.slug, side.team), "records": []} for side in game.sides],
        "winprobability": [],
        "header": header.render(scene, game, boxed=_boxed(game, box)),
        "videos": [],
        "wallclockAvailable": False,
        "meta": _meta(scene, game),
        "standings": standings.in_summary(scene, teams or ()),
    }
    if teams and game.state.status == "scheduled":
        written["lastFiveGames"] = [
            last_five.of_team(scene, team, order) for order, team in ((2, teams[0]), (1, teams[1]))
        ]
    # Before the game ESPN leaves it out of none; dashes are all that a league can say that has no forecasts.
    if teams and (forecast or game.state.status == "scheduled"):
        written["predictor"] = _predictor(forecast, *teams)
    return written


def _pickcenter(scene: Scene, game: Game) -> list[Json]:
    teams, fixture = game.teams, game.fixture
    prices = scene.view.season.odds(fixture) if teams else None
    if not teams or not prices:
        return []
    return [odds.summary(scene.slug, fixture.id, fixture.season, prices, teams, open_=game.state.status == "scheduled")]


def _meta(scene: Scene, game: Game) -> Object:
    number = game.fixture.id
    written: Object = {
        "gp_topic": f"gp-basketball-{scene.slug}-{number}",
        "gameSwitcherEnabled": False,
        "picker_topic": f"picker-basketball-{scene.slug}",
        "gameState": status.kind(game.state)["state"],
    }
    if game.state.final:
        written["lastUpdatedAt"] = season.stamp(game.fixture.ends)
    return written | {"group": game.conference.id} if game.conference else written


def _format(rules: Rules) -> Object:
    named: Object = {"displayName": rules.period, "slug": rules.period.lower()}
    return {
        "regulation": {"periods": rules.periods, **named, "clock": float(rules.seconds)},
        "overtime": {**named, "clock": 300.0},
    }


def _predictor(forecast: Forecast | None, home: Team, away: Team) -> Object:
    """Both sides' chances in percent, as text; they add up to 100."""
    win = lose = "--"
    if forecast:
        # In ten-thousandths, so that the two texts add up exactly.
        chance = round(forecast.home_win_probability * 1_000_000)
        win, lose = (f"{part // 10_000}.{part % 10_000:04d}" for part in (chance, 1_000_000 - chance))
    return {
        "header": "Matchup Predictor",
        "homeTeam": {"id": home.id, "gameProjection": win, "teamChanceLoss": lose},
        "awayTeam": {"id": away.id, "gameProjection": lose, "teamChanceLoss": win},
    }


def _boxed(game: Game, box: Object) -> str:
    """How much of a box score there is: ``full`` with the players' lines, ``none`` before the end."""
    if not game.state.final or not box["teams"]:
        return "none"
    return "full" if box.get("players") else "basic"
