"""A game's summary: header, box score, prices and the pre-game projection."""

from __future__ import annotations

from datetime import datetime

from tipoff.clock import day_of, season_of

from tipoff_espn.server.asof import UNRANKED, SeasonView, State, state_of
from tipoff_espn.server.model import Fixture, Forecast, Team
from tipoff_espn.server.render import boxscore, common, odds
from tipoff_espn.server.render.common import Json, Object, instant, known

_FORMAT: Object = {
    "regulation": {"periods": 2, "displayName": "Half", "slug": "half", "clock": 1200.0},
    "overtime": {"displayName": "Half", "slug": "half", "clock": 300.0},
}


def render(slug: str, view: SeasonView, fixture: Fixture, now: datetime) -> Object:
    """A summary payload. A game under way shows season averages until it ends, as if the box score were late."""
    state = state_of(fixture, now)
    teams = view.season.teams
    home = teams[state.home_id] if state.home_id else None
    away = teams[state.away_id] if state.away_id else None
    box = boxscore.render(slug, view, fixture, home, away, now, final=state.final)
    prices = view.season.odds(fixture) if home and away else None
    forecast = view.season.forecast(fixture) if home and away else None
    written: Object = {
        "boxscore": box,
        "format": _FORMAT,
        "gameInfo": known(
            venue=common.venue(fixture.venue, indoor=False),
            attendance=fixture.result.attendance if state.final and fixture.result else None,
        ),
        "pickcenter": [odds.summary(slug, fixture.season, prices, home, away)] if prices and home and away else [],
        "odds": [],
        "againstTheSpread": [],
        "winprobability": [],
        "header": _header(slug, view, fixture, state, home, away, now, boxed=state.final and bool(box["teams"])),
        "wallclockAvailable": False,
    }
    if forecast and home and away:
        written["predictor"] = _predictor(forecast, home, away)
    return written


def _predictor(forecast: Forecast, home: Team, away: Team) -> Object:
    """Both sides' chances in percent, as text; they add up to 100."""
    # In ten-thousandths, so that the two texts add up exactly.
    chance = round(forecast.home_win_probability * 1_000_000)
    win, lose = (f"{part // 10_000}.{part % 10_000:04d}" for part in (chance, 1_000_000 - chance))
    return {
        "header": "Matchup Predictor",
        "homeTeam": {"id": home.id, "gameProjection": win, "teamChanceLoss": lose},
        "awayTeam": {"id": away.id, "gameProjection": lose, "teamChanceLoss": win},
    }


def _header(
    slug: str,
    view: SeasonView,
    fixture: Fixture,
    state: State,
    home: Team | None,
    away: Team | None,
    now: datetime,
    *,
    boxed: bool,
) -> Object:
    group = common.game_conference(fixture, home, away)
    source = "full" if boxed else "none"
    competition = known(
        id=fixture.id,
        uid=common.uid(slug, e=fixture.id, c=fixture.id),
        date=instant(state.tip),
        neutralSite=fixture.neutral_site,
        conferenceCompetition=fixture.conference_game and home is not None and away is not None,
        boxscoreAvailable=boxed,
        liveAvailable=state.status in ("in_progress", "halftime"),
        boxscoreSource=source,
        playByPlaySource="none",
        competitors=[
            _competitor(slug, view, fixture, state, "home", home, now),
            _competitor(slug, view, fixture, state, "away", away, now),
        ],
        status={"type": common.status_type(fixture, state)},
        groups=known(id=group.id, name=group.name, abbreviation=group.abbreviation, shortName=group.short_name)
        if group
        else None,
    )
    return {
        "id": fixture.id,
        "uid": common.uid(slug, e=fixture.id),
        "season": {
            "year": fixture.season,
            "current": fixture.season == season_of(day_of(now)),
            "type": fixture.season_type,
        },
        "timeValid": state.time_valid,
        "competitions": [competition],
        "league": {**common.league_of(slug), "isTournament": False},
    }


def _competitor(
    slug: str, view: SeasonView, fixture: Fixture, state: State, side: str, team: Team | None, now: datetime
) -> Object:
    number = team.id if team else common.TBD
    points, periods = (state.home, state.home_periods) if side == "home" else (state.away, state.away_periods)
    begun = state.final or state.status in ("in_progress", "halftime")
    moment = min(now, fixture.ends) if state.final else now
    rank = view.rank(number if team else None, min(now, fixture.tip))
    return known(
        id=number,
        uid=common.uid(slug, t=number),
        order=0 if side == "home" else 1,
        homeAway=side,
        winner=(state.home > state.away) == (side == "home") if state.final else None,
        team=_team(slug, team),
        # Absent before the game, where the scoreboard writes "0"; no rank where it writes 99.
        score=str(points) if begun else None,
        linescores=[{"displayValue": str(value)} for value in periods] if periods and begun else None,
        record=_record(view, team, side, moment),
        possession=False,
        rank=rank if rank is not None and rank < UNRANKED else None,
    )


def _record(view: SeasonView, team: Team | None, side: str, moment: datetime) -> list[Json]:
    if team is None:
        return []
    summaries = common.wins_losses(view.record(team.id, moment))
    kinds = ("total", "home" if side == "home" else "road", "vsconf")
    return [{"type": kind, "summary": summaries[kind], "displayValue": summaries[kind]} for kind in kinds]


def _team(slug: str, team: Team | None) -> Object:
    if team is None:
        return {"id": common.TBD, "uid": common.uid(slug, t=common.TBD), "displayName": "TBD", "abbreviation": "TBD"}
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
