"""What the records leave to other files: which team a row is about, by ESPN's ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pyarrow as pa

LATER_NAMES: Final = {
    "Fairleigh Dickinson": "161",
    "IUPUI": "85",
    "LIU Brooklyn": "112358",
    "Saint Francis (PA)": "2598",
    "Tex. A&M-Commerce": "2837",
}
"""ESPN's ids of teams that the rosters call by a name which the other files never use."""

Links = Mapping[tuple[int, str], str]
"""ESPN's id of a team by season and the NCAA's id of the team in that season."""


def with_sides(boxes: pa.Table, games: pa.Table | None) -> pa.Table:
    """Box scores with both teams named and, from the games, with the home team and the score (``game_*``).

    A row may name one of the two only; who the other is, the game says.
    """
    if games is None:
        return boxes
    names = ("game_id", "home_id", "away_id", "home_score", "away_score")
    by_id = {row[0]: row[1:] for row in zip(*(games[name].to_pylist() for name in names), strict=True)}
    teams, opponents, homes, points = [], [], [], []
    given = zip(*(boxes[name].to_pylist() for name in ("game_id", "team_espn_id", "opp_espn_id")), strict=True)
    for game_id, team, opponent in given:
        home, away, home_score, away_score = by_id.get(game_id, (None, None, None, None))
        other = {home: away, away: home}
        one = other.get(opponent) if team is None and opponent is not None else team
        teams.append(one)
        opponents.append(other.get(team) if opponent is None and team is not None else opponent)
        homes.append(home)
        points.append(home_score if one == home else away_score if one == away else None)
    for name, values in (("team_espn_id", teams), ("opp_espn_id", opponents)):
        boxes = boxes.set_column(boxes.column_names.index(name), name, pa.array(values))
    return boxes.append_column("game_home_id", pa.array(homes)).append_column("game_points", pa.array(points))


def team_links(rosters: pa.Table, conferences: pa.Table | None, boxes: pa.Table | None) -> Links:
    """ESPN's ids of the teams in the rosters.

    `conferences` says it for nearly all. A team that it lacks in one season goes by its name: as another season of
    `conferences` has it, as a box score whose other team is known has it (see `with_sides`), or as `LATER_NAMES` has
    it. Never two teams of a season with one id.
    """
    sure: dict[tuple[int, str], str] = {}
    names: dict[str, set[str]] = defaultdict(set, {name: {espn} for name, espn in LATER_NAMES.items()})
    if conferences is not None:
        columns = ("season", "ncaa_team_id", "espn_team_id", "ncaa_name")
        for season, ncaa, espn, name in _rows(conferences, columns):
            if espn is not None:
                sure[season, ncaa] = str(espn)
                names[name].add(str(espn))
    if boxes is not None and "team" in boxes.column_names:
        for name, espn in set(_rows(boxes, ("team", "team_espn_id"))):
            if espn is not None:
                names[name].add(str(espn))
    if "team" not in rosters.column_names:
        return sure
    taken = {(season, espn) for (season, _), espn in sure.items()}
    links = dict(sure)
    for season, ncaa, name in sorted(set(_rows(rosters, ("season", "team_id", "team"))), key=str):
        known = names.get(name, set())
        if (season, ncaa) not in links and len(known) == 1 and (season, *known) not in taken:
            (espn,) = known
            links[season, ncaa] = espn
            taken.add((season, espn))
    return links


def with_teams(rosters: pa.Table, links: Links, athletes: Mapping[str, str]) -> pa.Table:
    """Rosters with ESPN's id of the team (``espn_team_id``) and the athlete's id over seasons (``athlete_id``)."""
    rows = list(_rows(rosters, ("season", "team_id", "player_id")))
    teams = pa.array([links.get((season, team)) for season, team, _ in rows], pa.string())
    ids = pa.array([athletes.get(player) for _, _, player in rows], pa.string())
    return rosters.append_column("espn_team_id", teams).append_column("athlete_id", ids)


def _rows(table: pa.Table, names: Iterable[str]) -> Iterable[tuple[Any, ...]]:
    """Values as Arrow gives them."""
    return zip(*(table[name].to_pylist() for name in names), strict=True)
