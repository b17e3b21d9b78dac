"""A conference's standings: in a summary, and as a document of their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from tipoff_espn.server.asof import SeasonView
from tipoff_espn.server.model import Conference, Team
from tipoff_espn.server.render import common, identity, links, season
from tipoff_espn.server.render.common import Json, Object, known
from tipoff_espn.server.render.scene import Scene
from tipoff_espn.server.tally import Record

DIVISION_ONE: Object = {"id": "50", "name": "NCAA Division I", "abbreviation": "NCAA"}


class Row(NamedTuple):
    """A team's place in its conference; `behind` counts games behind the leader."""

    place: int
    team: Team
    record: Record
    behind: float


@lru_cache(maxsize=64)
def _members(view: SeasonView) -> dict[Conference, list[Team]]:
    found: dict[Conference, list[Team]] = {}
    for each in view.season.teams.values():
        if each.conference:
            found.setdefault(each.conference, []).append(each)
    return dict(sorted(found.items(), key=lambda item: item[0].name))


def conferences(scene: Scene) -> list[Conference]:
    """A season's conferences by name."""
    return list(_members(scene.view))


def table(scene: Scene, group: Conference) -> tuple[Row, ...]:
    """A conference's teams, the best first: by their record within it, then by that against all."""
    view = scene.view
    records = tuple(view.record(each.id, scene.now) for each in _members(view)[group])
    return _table(view, group, records)


@lru_cache(maxsize=256)
def _table(view: SeasonView, group: Conference, records: tuple[Record, ...]) -> tuple[Row, ...]:
    def strength(record: Record) -> tuple[float, float]:
        return -_share(record.conference_wins, record.conference_losses), -_share(record.wins, record.losses)

    def order(item: tuple[Team, Record]) -> tuple[tuple[float, float], int, str]:
        return strength(item[1]), -item[1].wins, item[0].id

    ordered = sorted(zip(_members(view)[group], records, strict=True), key=order)
    best = ordered[0][1]
    rows: list[Row] = []
    for number, (each, record) in enumerate(ordered, start=1):
        lost, won = record.conference_losses - best.conference_losses, best.conference_wins - record.conference_wins
        level = rows and strength(record) == strength(rows[-1].record)
        rows.append(Row(rows[-1].place if level else number, each, record, (lost + won) / 2))
    return tuple(rows)


def place(scene: Scene, of: Team) -> str | None:
    """``1st in ACC``; None for a team without a conference."""
    if of.conference is None:
        return None
    rows = table(scene, of.conference)
    number = next(row.place for row in rows if row.team == of)
    tied = sum(row.place == number for row in rows) > 1
    return f"{'T-' if tied else ''}{common.ordinal(number)} in {of.conference.short_name}"


def in_summary(scene: Scene, teams: Sequence[Team]) -> Object:
    """``standings`` of a summary: the conferences of both its teams."""
    groups = list(dict.fromkeys(each.conference for each in teams if each.conference))
    title = f"{season.name(scene.view.season.year)} Standings"
    return {
        "fullViewLink": {"text": "Full Standings", "href": links.page(scene.slug, "standings")},
        "header": title,
        "groups": [_group(scene, group) for group in groups],
        "isSameConference": len(groups) == 1 and all(each.conference for each in teams),
    }


def _group(scene: Scene, group: Conference) -> Object:
    year = season.name(scene.view.season.year)
    return {
        "standings": {"entries": _entries(scene.slug, table(scene, group))},
        "header": f"{year} {group.name} Standings",
        "href": links.page(scene.slug, f"standings/_/group/{group.id}"),
        "conferenceHeader": DIVISION_ONE["name"],
        "divisionHeader": group.name,
        "shortDivisionHeader": group.short_name,
    }


@lru_cache(maxsize=256)
def _entries(slug: str, rows: tuple[Row, ...]) -> list[Json]:
    """Shared by the summaries of all games that are looked at in the same state of the league."""
    return [_entry(slug, row) for row in rows]


def _entry(slug: str, row: Row) -> Object:
    return {
        "team": row.team.location or row.team.short_name or row.team.display_name,
        "link": links.clubhouse(slug, row.team),
        "id": row.team.id,
        "uid": common.uid(slug, t=row.team.id),
        "stats": [
            _record("0", "total", row.record),
            _behind(row),
            _record("9", "vsconf", row.record),
        ],
        "logo": identity.logos(row.team),
    }


_RECORDS = {
    "total": ("overall", "Season", "Team Season Record", "Season", "Overall Record"),
    "home": ("Home", "Home", "Home", "HOME", "Home Record"),
    "road": ("Road", "AWAY", "Away", "AWAY", "Away Record"),
    "vsconf": ("vs. Conf.", "VS CONF", "CONF", "CONF", "Conference Record"),
}


def _record(number: str, kind: str, record: Record) -> Object:
    name, abbreviation, display, short, description = _RECORDS[kind]
    summary = common.wins_losses(record)[kind]
    return {
        "id": number,
        "name": name,
        "abbreviation": abbreviation,
        "displayName": display,
        "shortDisplayName": short,
        "description": description,
        "type": kind,
        "summary": summary,
        "displayValue": summary,
    }


def _behind(row: Row) -> Object:
    return _figure("gamesBehind", "Games Back", "GB", row.behind, f"{row.behind:g}" if row.behind else "-")


def _figure(name: str, display: str, short: str, value: float, text: str) -> Object:
    return {
        "name": name,
        "displayName": display,
        "shortDisplayName": short,
        "description": display,
        "abbreviation": short,
        "type": "vsconf_gamesbehind" if name == "gamesBehind" else name.lower(),
        "value": float(value),
        "displayValue": text,
    }


def document(scene: Scene, *, flat: bool) -> Object:
    """``/standings``: a conference's a child, or (`flat`) all teams in one list."""
    league = common.league_of(scene.slug)
    head: Object = {
        "uid": league["uid"],
        "id": league["id"],
        "name": league["name"],
        "abbreviation": league["abbreviation"],
    }
    tables = {group: table(scene, group) for group in conferences(scene)}
    if flat:
        rows = sorted((row for each in tables.values() for row in each), key=lambda row: row.team.display_name)
        return {**head, "standings": _standings(scene, rows), "links": [], "seasons": _seasons(scene)}
    children: list[Json] = [
        {
            "uid": f"{league['uid']}~g:{group.id}",
            "id": group.id,
            "name": group.name,
            "abbreviation": group.abbreviation or group.short_name,
            "shortName": group.short_name,
            "standings": _standings(scene, rows),
        }
        for group, rows in tables.items()
    ]
    return {**head, "children": children, "links": [], "seasons": _seasons(scene)}


def _standings(scene: Scene, rows: Sequence[Row]) -> Object:
    year = scene.view.season.year
    return {
        "id": "0",
        "name": "overall",
        "displayName": "Overall Standings",
        "links": [],
        "season": year,
        "seasonType": 2,
        "seasonDisplayName": season.name(year),
        "entries": [_document_entry(scene.slug, row) for row in rows],
    }


def _document_entry(slug: str, row: Row) -> Object:
    who = row.team
    return {
        "team": known(
            id=who.id,
            uid=common.uid(slug, t=who.id),
            location=who.location,
            name=who.name,
            abbreviation=who.abbreviation,
            displayName=who.display_name,
            shortDisplayName=who.short_name,
            isActive=True,
            logos=identity.logos(who),
            links=links.of_team(slug, who, links.FULL),
        ),
        "stats": figures(row),
    }


def figures(row: Row) -> list[Json]:
    """A team's figures in the standings: those of its record, and its records by opponent and place."""
    record = row.record
    games = record.games or 1
    share = _share(record.wins, record.losses)
    within = _share(record.conference_wins, record.conference_losses)
    counted: list[Json] = [
        _figure("wins", "Wins", "W", record.wins, str(record.wins)),
        _figure("losses", "Losses", "L", record.losses, str(record.losses)),
        _figure("winPercent", "Winning Percentage", "PCT", share, f"{share:.3f}".removeprefix("0")),
        _figure("leagueWinPercent", "League Winning Percentage", "LPCT", within, f"{within:.3f}".removeprefix("0")),
        _behind(row),
        _figure("playoffSeed", "Playoff Seed", "POS", row.place, str(row.place)),
        _figure("pointsFor", "Points For", "PF", record.points, str(record.points)),
        _figure("pointsAgainst", "Points Against", "PA", record.points_against, str(record.points_against)),
        _figure("avgPointsFor", "Points Per Game", "PPG", record.points / games, f"{record.points / games:.1f}"),
        _figure("streak", "Streak", "STRK", record.streak, f"{'W' if record.streak > 0 else 'L'}{abs(record.streak)}"),
    ]
    return [*counted, *(_record(number, kind, record) for number, kind in zip("0129", _RECORDS, strict=True))]


def _seasons(scene: Scene) -> list[Json]:
    year = scene.view.season.year
    start, end = season.span(year)
    return [{"year": year, "startDate": start, "endDate": end, "displayName": season.name(year)}]


def _share(wins: int, losses: int) -> float:
    return wins / (wins + losses) if wins + losses else 0.0
