"""A game's summary: header, box score, prices and the pre-game projection."""

from __future__ import annotations

from tipoff.clock import day_of, season_of

from tipoff_espn.server.asof import UNRANKED
from tipoff_espn.server.model import Fixture, Forecast, Team
from tipoff_espn.server.render import boxscore, common, odds
from tipoff_espn.server.render.common import Json, Object, instant, known
from tipoff_espn.server.render.scene import TBD, Game, Scene, Side
from tipoff_espn.server.rules import Rules


def render(scene: Scene, fixture: Fixture, *, priced: bool = True) -> Object:
    """A summary payload. A game under way shows season averages until it ends, as if the box score were late.

    Without `priced`, its odds are gone.
    """
    game = scene.game(fixture)
    teams = game.teams
    season = scene.view.season
    box = boxscore.render(scene, game)
    prices = season.odds(fixture) if teams and priced else None
    forecast = season.forecast(fixture) if teams else None
    written: Object = {
        "boxscore": box,
        "format": _format(fixture.rules),
        "gameInfo": known(
            venue=common.venue(fixture.venue, indoor=False),
            attendance=fixture.result.attendance if game.state.final and fixture.result else None,
        ),
        "pickcenter": [odds.summary(scene.slug, fixture.season, prices, teams)] if prices and teams else [],
        "odds": [],
        "againstTheSpread": [],
        "winprobability": [],
        "header": _header(scene, game, boxed=_boxed(game, box)),
        "wallclockAvailable": False,
    }
    # Before the game ESPN leaves it out of none; dashes are all that a league can say that has no forecasts.
    if teams and (forecast or game.state.status == "scheduled"):
        written["predictor"] = _predictor(forecast, *teams)
    return written


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


def _header(scene: Scene, game: Game, *, boxed: str) -> Object:
    fixture, state, slug = game.fixture, game.state, scene.slug
    group = game.conference
    competition = known(
        id=fixture.id,
        uid=common.uid(slug, e=fixture.id, c=fixture.id),
        date=instant(state.tip),
        neutralSite=fixture.neutral_site,
        conferenceCompetition=game.in_conference,
        boxscoreAvailable=boxed != "none",
        liveAvailable=state.live,
        boxscoreSource=boxed,
        playByPlaySource="none",
        competitors=[_competitor(scene, game, side) for side in game.sides],
        status={"type": common.status_type(state)},
        groups=known(id=group.id, name=group.name, abbreviation=group.abbreviation, shortName=group.short_name)
        if group
        else None,
    )
    return {
        "id": fixture.id,
        "uid": common.uid(slug, e=fixture.id),
        "season": {
            "year": fixture.season,
            "current": fixture.season == season_of(day_of(scene.now)),
            "type": fixture.season_type,
        },
        "timeValid": state.time_valid,
        "competitions": [competition],
        "league": {**common.league_of(slug), "isTournament": False},
    }


def _competitor(scene: Scene, game: Game, side: Side) -> Object:
    begun = game.state.final or game.state.live
    rank = scene.rank(side, game.fixture)
    return known(
        id=side.id,
        uid=common.uid(scene.slug, t=side.id),
        order=side.order,
        homeAway=side.name,
        winner=side.winner,
        team=_team(scene.slug, side.team),
        # Absent before the game, where the scoreboard writes "0"; no rank where it writes 99.
        score=str(side.points) if begun else None,
        linescores=[{"displayValue": str(value)} for value in side.periods] if side.periods and begun else None,
        record=_record(scene, game, side),
        possession=False,
        rank=rank if rank is not None and rank < UNRANKED else None,
    )


def _record(scene: Scene, game: Game, side: Side) -> list[Json]:
    if side.team is None:
        return []
    summaries = common.wins_losses(scene.record(side.team, game))
    kinds = ("total", "home" if side.name == "home" else "road", "vsconf")
    return [{"type": kind, "summary": summaries[kind], "displayValue": summaries[kind]} for kind in kinds]


def _team(slug: str, team: Team | None) -> Object:
    if team is None:
        return {"id": TBD, "uid": common.uid(slug, t=TBD), "displayName": "TBD", "abbreviation": "TBD"}
    group: Object | None = None
    if team.conference:
        group = {
            "id": team.conference.id,
            "parent": {"id": "50", "name": "NCAA Division I", "slug": "ncaa-division-i"},
            "isConference": True,
        }
    return known(
        id=team.id,
        uid=common.uid(slug, t=team.id),
        location=team.location,
        name=team.name,
        nickname=team.short_name,
        abbreviation=team.abbreviation,
        displayName=team.display_name,
        color=team.color,
        alternateColor=team.alternate_color,
        groups=group,
    )
