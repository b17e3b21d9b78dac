"""``lastFiveGames`` of a summary: how either team did lately."""

from __future__ import annotations

from tipoff_espn.server.model import Fixture, Team
from tipoff_espn.server.render import common, identity, links, season
from tipoff_espn.server.render.common import Object, instant
from tipoff_espn.server.render.scene import Scene

GAMES = 5


def of_team(scene: Scene, of: Team, order: int) -> Object:
    """A team's last five games, the latest last."""
    games = scene.view.finished(of.id, scene.now)[-GAMES:]
    return {
        "displayOrder": order,
        "team": identity.brief(scene.slug, of),
        "events": [_event(scene, of, fixture) for fixture in games],
    }


def _event(scene: Scene, of: Team, fixture: Fixture) -> Object:
    game = scene.game(fixture)
    own, other = (game.home, game.away) if fixture.home_id == of.id else (game.away, game.home)
    opponent = identity.brief(scene.slug, other.team)
    league = common.league_of(scene.slug)
    return {
        "id": fixture.id,
        "links": links.of_game(scene.slug, game, links.UNNAMED)[:1],
        "week": season.week(scene.view, fixture.season_type, fixture.day),
        "atVs": "@" if own.name == "away" and not fixture.neutral_site else "vs",
        "gameDate": instant(game.state.tip),
        "score": f"{max(own.points, other.points)}-{min(own.points, other.points)}",
        "homeTeamId": fixture.home_id,
        "awayTeamId": fixture.away_id,
        "homeTeamScore": str(game.home.points),
        "awayTeamScore": str(game.away.points),
        # Of other sports.
        "homeAggregateScore": "0",
        "awayAggregateScore": "0",
        "homeShootoutScore": "0",
        "awayShootoutScore": "0",
        "gameResult": "W" if own.winner else "L",
        "leagueName": league["name"],
        "leagueAbbreviation": league["abbreviation"],
        "opponent": opponent,
        "opponentLogo": opponent.get("logo", identity.NO_LOGO),
    }
