"""The polls in force."""

from __future__ import annotations

from tipoff_espn.server.model import Poll, RankedTeam
from tipoff_espn.server.render import common
from tipoff_espn.server.render.common import Json, Object, instant, known
from tipoff_espn.server.render.scene import Scene

_NAMES = {"ap": ("1", "AP Top 25", "AP Poll"), "usa": ("2", "Coaches Poll", "Coaches Poll")}


def render(scene: Scene) -> Object:
    """``/rankings``; no polls where the league has none."""
    slug, view, now = scene.slug, scene.view, scene.now
    year = view.season.year
    league = common.league_of(slug)
    polls = [poll for kind in _NAMES if (poll := view.polls(kind, now))]
    start, end = common.season_span(year)
    return {
        "sports": [{**common.SPORT, "displayName": "Basketball"}],
        "leagues": [
            {
                **{name: league[name] for name in ("id", "uid", "name", "abbreviation", "midsizeName")},
                "shortName": league["abbreviation"],
            }
        ],
        "rankings": [_poll(scene, poll) for poll in polls],
        "latestSeason": {"year": year, "startDate": start, "endDate": end},
    }


def _poll(scene: Scene, poll: Poll) -> Object:
    number, name, short = _NAMES[poll.kind]
    year = scene.view.season.year
    start, end = common.season_span(year)
    kind = common.season_type(poll.season_type)
    kind.pop("id")
    # The final poll starts the postseason's count; ESPN calls the first week's one «Preseason».
    value = "1" if poll.season_type == 3 else str(poll.week)
    shown = "Final" if poll.season_type == 3 else "Preseason" if poll.week == 1 else f"Week {value}"
    return {
        "id": number,
        "name": name,
        "shortName": short,
        "type": poll.kind,
        "occurrence": {"number": poll.week, "type": "week", "last": False, "value": value, "displayValue": shown},
        "date": instant(poll.released),
        "headline": f"{year} NCAA Basketball Rankings - {name} {shown}",
        "season": {
            "year": year,
            "startDate": start,
            "endDate": end,
            "displayName": common.season_name(year),
            "type": kind,
        },
        "lastUpdated": instant(poll.released),
        "ranks": [_rank(scene, rank, poll) for rank in poll.ranks],
    }


def _rank(scene: Scene, rank: RankedTeam, poll: Poll) -> Json:
    view = scene.view
    team = view.season.teams[rank.team_id]
    moved = rank.previous - rank.current if rank.previous else 0
    return {
        "current": rank.current,
        "previous": rank.previous,
        "points": rank.points,
        "firstPlaceVotes": rank.first_place_votes,
        "trend": f"{moved:+d}" if moved else "-",
        "team": known(
            id=team.id,
            uid=common.uid(scene.slug, t=team.id),
            location=team.location,
            name=team.name,
            nickname=team.short_name,
            abbreviation=team.abbreviation,
            color=team.color,
        ),
        "date": instant(poll.released),
        "lastUpdated": instant(poll.released),
        "recordSummary": common.wins_losses(view.record(team.id, poll.released))["total"],
    }
