"""The polls in force."""

from __future__ import annotations

from collections.abc import Sequence

from tipoff.clock import day_of

from tipoff_espn.server.model import Poll, RankedTeam, Team
from tipoff_espn.server.render import common, identity, links, season
from tipoff_espn.server.render.common import Json, Object, instant, known
from tipoff_espn.server.render.references import reference, sport
from tipoff_espn.server.render.scene import Scene

_NAMES = {"ap": ("1", "AP Top 25", "AP Poll"), "usa": ("2", "Coaches Poll", "Coaches Poll")}
_UNRANKED = 26
"""ESPN counts a team's way to or from no rank as if it were the place behind the last."""


def render(scene: Scene) -> Object:
    """``/rankings``; no polls where the league has none."""
    slug, view, now = scene.slug, scene.view, scene.now
    year = view.season.year
    league = common.league_of(slug)
    released = {kind: polls for kind in _NAMES if (polls := view.polls(kind, now))}
    start, end = season.span(year)
    latest = max((polls[-1] for polls in released.values()), key=lambda poll: poll.released, default=None)
    number = latest.season_type if latest else season.type_on(view, day_of(now))
    week = _week(latest) if latest else {}
    return {
        "sports": [_sport()],
        "leagues": [
            {
                **reference(slug, private=True),
                **{name: league[name] for name in ("id", "uid", "name", "abbreviation", "midsizeName")},
                "shortName": league["abbreviation"],
            }
        ],
        "rankings": [_poll(scene, polls) for polls in released.values()],
        "latestSeason": {"year": year, "startDate": start, "endDate": end, "type": season.kind(number)},
        "latestWeek": week,
        "weekCounts": _week_counts(scene),
        "weeks": _weeks(scene),
        "requestedSeason": {
            "year": year,
            "displayName": season.name(year),
            "type": {"type": number, "name": season.kind(number)["name"]},
            "week": week,
        },
        "availableRankings": [_available(polls[-1]) for polls in released.values()],
    }


def _sport() -> Object:
    link = links.Link(("sport", "desktop"), links.page("basketball"), "Sport")
    return {
        **sport(private=True),
        **common.SPORT,
        "displayName": "Basketball",
        "logos": common.LEAGUE_LOGOS,
        "links": [link.written(*links.FULL)],
    }


def _value(poll: Poll) -> tuple[str, str]:
    """A poll's week as ESPN counts it within its season type, and its name."""
    # The final poll starts the postseason's count; ESPN calls the first week's one «Preseason».
    value = "1" if poll.season_type == 3 else str(poll.week)
    return value, "Final" if poll.season_type == 3 else "Preseason" if poll.week == 1 else f"Week {value}"


def _week(poll: Poll) -> Object:
    value, shown = _value(poll)
    return {"number": poll.week, "type": "week", "last": False, "value": value, "displayValue": shown}


def _weeks(scene: Scene) -> list[Json]:
    polls = scene.view.polls("ap", scene.now)
    return [
        {"display": shown, "week": value, "type": str(poll.season_type)}
        for poll in polls
        for value, shown in (_value(poll),)
    ]


def _week_counts(scene: Scene) -> list[Json]:
    types = [poll.season_type for poll in scene.view.polls("ap", scene.now)]
    return [{"type": str(number), "weekCount": types.count(number)} for number in (2, 3)]


def _available(poll: Poll) -> Object:
    number, name, short = _NAMES[poll.kind]
    return {"id": number, "name": name, "shortName": short, "week": _value(poll)[0], "seasonType": poll.season_type}


def _poll(scene: Scene, polls: Sequence[Poll]) -> Object:
    """The last of the polls of one kind."""
    poll = polls[-1]
    number, name, short = _NAMES[poll.kind]
    slug, year = scene.slug, scene.view.season.year
    start, end = season.span(year)
    kind = season.kind(poll.season_type)
    kind.pop("id")
    value, shown = _value(poll)
    of_season = ("seasons", year)
    return {
        **reference(slug, *of_season, "types", poll.season_type, "weeks", value, "rankings", number, private=True),
        "id": number,
        "name": name,
        "shortName": short,
        "type": poll.kind,
        "occurrence": _week(poll),
        "date": instant(poll.released),
        "headline": f"{year} NCAA Basketball Rankings - {name} {shown}",
        "shortHeadline": f"{year} : {shown}",
        "season": {
            "year": year,
            "startDate": start,
            "endDate": end,
            "displayName": season.name(year),
            "type": kind,
            "powerIndexes": reference(slug, *of_season, "powerindex", private=True),
            "powerIndexLeaders": reference(slug, *of_season, "powerindex", "leaders", private=True),
            "athletes": reference(slug, *of_season, "athletes", private=True),
            "awards": reference(slug, *of_season, "awards", private=True),
            "futures": reference(slug, *of_season, "futures", private=True),
            "leaders": reference(slug, *of_season, "types", 2, "leaders", private=True),
        },
        "lastUpdated": instant(poll.released),
        "ranks": [_rank(scene, rank, poll) for rank in poll.ranks],
        "others": [_rank(scene, rank, poll) for rank in poll.others if not rank.previous],
        "droppedOut": [_rank(scene, rank, poll) for rank in _dropped(polls)],
        "availability": {},
        "firstOccurrence": {"type": "week", "value": "1"},
    }


def of_week(scene: Scene, season_type: int, week: str, number: str) -> Object | None:
    """A poll of the core API, by its week within the season type; None where it is not out."""
    for kind, names in _NAMES.items():
        polls = scene.view.polls(kind, scene.now)
        for place, poll in enumerate(polls):
            if (names[0], poll.season_type, _value(poll)[0]) == (number, season_type, week):
                return _poll(scene, polls[: place + 1])
    return None


def _dropped(polls: Sequence[Poll]) -> list[RankedTeam]:
    """Teams of the last but one poll that are not ranked any more, with the votes that they still have."""
    if len(polls) < 2:
        return []
    before, poll = polls[-2:]
    still = {rank.team_id for rank in poll.ranks}
    points = {rank.team_id: rank.points for rank in poll.others}
    gone = (rank for rank in before.ranks if rank.team_id not in still)
    return [RankedTeam(rank.team_id, 0, rank.current, points.get(rank.team_id, 0.0), 0) for rank in gone]


def _rank(scene: Scene, rank: RankedTeam, poll: Poll) -> Json:
    view = scene.view
    team = view.season.teams[rank.team_id]
    moved = rank.previous - rank.current if rank.previous else 0 if rank.current else _UNRANKED
    return {
        "current": rank.current,
        "previous": rank.previous,
        "points": rank.points,
        "firstPlaceVotes": rank.first_place_votes,
        "trend": f"{moved:+d}" if moved else "-",
        "team": _team(scene.slug, team),
        "date": instant(poll.released),
        "lastUpdated": instant(poll.released),
        "recordSummary": common.wins_losses(view.record(team.id, poll.released))["total"],
    }


def _team(slug: str, team: Team) -> Object:
    return known(
        id=team.id,
        uid=common.uid(slug, t=team.id),
        location=team.location,
        name=team.name,
        nickname=team.short_name,
        abbreviation=team.abbreviation,
        color=team.color,
        logo=identity.logo(team),
        logos=identity.logos(team),
        links=links.of_team(slug, team, links.NAMED, ("clubhouse",)),
    )
