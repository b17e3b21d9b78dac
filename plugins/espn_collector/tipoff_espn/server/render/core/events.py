"""Events: a game, its sides, and what is known of them."""

from __future__ import annotations

from tipoff_espn.server.model import Fixture, PlayerLine
from tipoff_espn.server.render import athletes, bets, boxscore, common, odds, status
from tipoff_espn.server.render.common import Json, Object, instant, known
from tipoff_espn.server.render.references import reference
from tipoff_espn.server.render.scene import Game, Scene, Side


def _path(fixture: Fixture) -> tuple[str, ...]:
    return "events", fixture.id, "competitions", fixture.id


def event(scene: Scene, fixture: Fixture) -> Object:
    """``/events/{id}``."""
    game = scene.game(fixture)
    slug, of_season = scene.slug, ("seasons", fixture.season)
    return {
        **reference(slug, "events", fixture.id),
        "id": fixture.id,
        "uid": common.uid(slug, e=fixture.id),
        "date": instant(game.state.tip),
        **common.titles(game),
        "season": reference(slug, *of_season),
        "seasonType": reference(slug, *of_season, "types", fixture.season_type),
        "timeValid": game.state.time_valid,
        "competitions": [competition(scene, fixture)],
        "league": reference(slug),
    }


def competition(scene: Scene, fixture: Fixture) -> Object:
    """``/events/{id}/competitions/{id}``."""
    game = scene.game(fixture)
    slug, here = scene.slug, _path(fixture)
    return {
        **reference(slug, *here),
        "id": fixture.id,
        "uid": common.uid(slug, e=fixture.id, c=fixture.id),
        "date": instant(game.state.tip),
        "attendance": (fixture.result.attendance or 0) if game.state.final and fixture.result else 0,
        "timeValid": game.state.time_valid,
        "neutralSite": fixture.neutral_site,
        "conferenceCompetition": game.in_conference,
        "boxscoreAvailable": game.state.final and any(scene.view.season.box(fixture)),
        "playByPlayAvailable": False,
        "competitors": competitors(scene, game),
        "notes": [{"type": "event", "headline": fixture.tournament}] if fixture.tournament else [],
        "status": reference(slug, *here, "status"),
        "odds": reference(slug, *here, "odds"),
        "broadcasts": reference(slug, *here, "broadcasts"),
        "officials": reference(slug, *here, "officials"),
        **known(
            predictor=reference(slug, *here, "predictor") if game.teams else None,
            venue=common.venue(fixture.venue, indoor=True),
        ),
    }


def competitor(scene: Scene, game: Game, side: Side) -> Object:
    """``competitors/{id}``: refers to what there is by now."""
    slug, fixture = scene.slug, game.fixture
    here = (*_path(fixture), "competitors", side.id)
    boxed = game.state.final and scene.view.season.box(fixture)[side.order] is not None
    lined = game.state.final and scene.view.lines(fixture) is not None
    return known(
        **reference(slug, *here),
        id=side.id,
        uid=common.uid(slug, t=side.id),
        type="team",
        order=side.order,
        homeAway=side.name,
        winner=bool(side.winner),
        team=reference(slug, "seasons", fixture.season, "teams", side.id) if side.team else None,
        score=reference(slug, *here, "score"),
        linescores=reference(slug, *here, "linescores"),
        roster=reference(slug, *here, "roster") if lined else None,
        statistics=reference(slug, *here, "statistics") if boxed else None,
        record=reference(slug, *here, "records") if side.team else None,
        curatedRank=common.rank_or_unranked(scene.rank(side, fixture)),
    )


def competitors(scene: Scene, game: Game) -> list[Json]:
    """``competitors``: home and away in full, as ESPN's collection has them."""
    return [competitor(scene, game, side) for side in game.sides]


def score(scene: Scene, game: Game, side: Side) -> Object:
    """``score``."""
    return {
        **reference(scene.slug, *_path(game.fixture), "competitors", side.id, "score"),
        "value": float(side.points),
        "displayValue": str(side.points),
        "winner": bool(side.winner),
    }


def linescores(scene: Scene, game: Game, side: Side) -> list[Json]:
    """``linescores``: the points of each period."""
    return [
        {"value": float(points), "displayValue": str(points), "period": period}
        for period, points in enumerate(side.periods or (), start=1)
    ]


def records(scene: Scene, game: Game, side: Side) -> list[Json]:
    """``records``: a side's wins and losses right after the game, or now."""
    if side.team is None:
        return []
    summaries = common.wins_losses(scene.record(side.team, game))
    return [
        {"name": kind, "type": kind, "summary": summary, "displayValue": summary} for kind, summary in summaries.items()
    ]


def roster(scene: Scene, game: Game, side: Side) -> Object | None:
    """``roster``: who was on the team's bench, once the game is over; None where nobody knows."""
    lines = scene.view.lines(game.fixture) if game.state.final else None
    if lines is None or side.team is None:
        return None
    slug, fixture = scene.slug, game.fixture
    return {
        **reference(slug, *_path(fixture), "competitors", side.id, "roster"),
        "entries": [_entry(scene, game, side, line) for line in lines[side.order]],
        "competition": reference(slug, *_path(fixture)),
        "team": reference(slug, "seasons", fixture.season, "teams", side.id),
    }


def _entry(scene: Scene, game: Game, side: Side, line: PlayerLine) -> Object:
    slug, athlete = scene.slug, line.athlete
    here = (*_path(game.fixture), "competitors", side.id, "roster", athlete.id)
    return {
        "playerId": int(athlete.id) if athlete.id.isdecimal() else athlete.id,
        "period": 0,
        "active": True,
        "starter": line.starter,
        "valid": True,
        "didNotPlay": line.minutes == 0,
        "displayName": athlete.short_name or athlete.name,
        "ejected": False,
        "athlete": reference(slug, "seasons", game.fixture.season, "athletes", athlete.id),
        "position": reference(slug, "positions", athletes.position_id(athlete)),
        "statistics": reference(slug, *here, "statistics", 0),
    }


def player_statistics(scene: Scene, game: Game, side: Side, athlete_id: str) -> Object | None:
    """``roster/{athlete}/statistics/0``: a player's figures."""
    lines = scene.view.lines(game.fixture) if game.state.final else None
    own = lines[side.order] if lines else ()
    line = next((line for line in own if line.athlete.id == athlete_id), None)
    if line is None:
        return None
    here = (*_path(game.fixture), "competitors", side.id, "roster", athlete_id, "statistics", 0)
    figures = boxscore.of_player(line) if line.minutes else []
    stats: list[Json] = [
        {"name": key, "displayName": text, "shortDisplayName": label, "abbreviation": label, "displayValue": value}
        for (key, label, text), value in zip(boxscore.KEYS, figures, strict=False)
    ]
    return {**reference(scene.slug, *here), "splits": _split(stats)}


def statistics(scene: Scene, game: Game, side: Side) -> Object | None:
    """``statistics``: a side's figures once the game is over."""
    box = scene.view.season.box(game.fixture)[side.order] if game.state.final else None
    if box is None:
        return None
    here = (*_path(game.fixture), "competitors", side.id, "statistics")
    return {
        **reference(scene.slug, *here),
        "competition": reference(scene.slug, *_path(game.fixture)),
        "splits": _split(boxscore.of_game(box)),
    }


def _split(stats: list[Json]) -> Object:
    general: Object = {"name": "general", "displayName": "General", "abbreviation": "gen", "stats": stats}
    return {"id": "0", "name": "Total", "abbreviation": "Total", "categories": [general]}


def stands(scene: Scene, game: Game) -> Object:
    """``status``."""
    return {**reference(scene.slug, *_path(game.fixture), "status"), **status.of(game.state)}


def prices(scene: Scene, game: Game) -> list[Json]:
    """``odds``: the one book there is, as of the tip or now."""
    fixture = game.fixture
    found = scene.view.season.odds(fixture) if game.teams else None
    return [odds.core(scene.slug, fixture.id, fixture.season, found, game.teams)] if found and game.teams else []


def price(scene: Scene, game: Game, provider: str) -> Object | None:
    """``odds/{provider}``; None for another book."""
    found = prices(scene, game)
    return found[0] if found and provider == bets.BOOK["id"] and isinstance(found[0], dict) else None


def predictor(scene: Scene, game: Game) -> Object | None:
    """``predictor``: either side's chance in percent; no figures where the league has no forecasts.

    None while a team is to be determined.
    """
    if not game.teams:
        return None
    forecast = scene.view.season.forecast(game.fixture)
    chance = forecast.home_win_probability if forecast else None
    sides: Object = {}
    for side in game.sides:
        who: Object = reference(scene.slug, "seasons", game.fixture.season, "teams", side.id)
        own = None if chance is None else 100 * (chance if side.name == "home" else 1 - chance)
        sides[f"{side.name}Team"] = known(team=who, statistics=None if own is None else [_projection(own)])
    return {**reference(scene.slug, *_path(game.fixture), "predictor"), **common.titles(game), **sides}


def _projection(percent: float) -> Object:
    return {
        "name": "gameProjection",
        "displayName": "WIN PROB",
        "shortDisplayName": "GP",
        "description": "The team's chance to win",
        "abbreviation": "GP",
        "value": round(percent, 3),
        "displayValue": f"{percent:.1f}",
    }
