"""What the records leave to other files: which team a row is about, by ESPN's ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import pyarrow as pa
from tipoff import MalformedResponse, Quarantine, values

from tipoff_history.athletes import CLASSES, PlayerSeason

T = TypeVar("T")

MOST_UNLINKED: Final = 0.25
"""Share of rows of no known game above which the ids are wrong; games against other divisions are less than a tenth."""

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


def with_sides(boxes: pa.Table, games: Sequence[pa.Table]) -> pa.Table:
    """Box scores with both teams named and, from the games, with the home team and the score (``game_*``).

    A row may name one of the two only; who the other is, the game says.
    """
    names = ("game_id", "home_id", "away_id", "home_score", "away_score")
    by_id = {row[0]: row[1:] for row in _rows(games, names) if row[0] is not None}
    if not by_id:
        return boxes
    teams, opponents, homes, points = [], [], [], []
    for game_id, team, opponent in _rows([boxes], ("game_id", "team_espn_id", "opp_espn_id")):
        home, away, home_score, away_score = by_id.get(game_id, (None, None, None, None))
        other = {home: away, away: home}
        one = other.get(opponent) if team is None and opponent is not None else team
        teams.append(one)
        opponents.append(other.get(team) if opponent is None and team is not None else opponent)
        homes.append(home)
        points.append(_known(values.whole, home_score if one == home else away_score if one == away else None))
    for name, found in (("team_espn_id", teams), ("opp_espn_id", opponents)):
        boxes = boxes.set_column(boxes.column_names.index(name), name, pa.array(found, pa.string()))
    boxes = boxes.append_column("game_home_id", pa.array(homes, pa.string()))
    return boxes.append_column("game_points", pa.array(points, pa.int64()))


def check_games(rows: pa.Table, games: Sequence[pa.Table], url: str) -> None:
    """Refuses rows that name games which the files of games do not have, where they are many.

    Where these files have no game of the season at all, there is nothing to compare with.

    Args:
        rows: a slice with a ``game_id``.
        games: those of its season.
        url: where the rows are from.

    Raises:
        MalformedResponse: more than `MOST_UNLINKED` of the rows.
    """
    known = {game_id for (game_id,) in _rows(games, ("game_id",)) if game_id is not None}
    named = [game_id for (game_id,) in _rows([rows], ("game_id",)) if game_id is not None]
    strange = [game_id for game_id in named if game_id not in known]
    if known and len(strange) > MOST_UNLINKED * len(named):
        raise MalformedResponse(
            f"`{url}`, column `game_id`: {len(strange)} of {len(named)} rows are of no game that the files of games "
            f"list for the season, the first of `{strange[0]}`; there the ids are like `{min(known)}`. Write both "
            "files with the same ids of the same games"
        )


def team_links(rosters: Sequence[pa.Table], conferences: Sequence[pa.Table], boxes: Sequence[pa.Table]) -> Links:
    """ESPN's ids of the teams in the rosters.

    `conferences` says it for nearly all. A team that it lacks in one season goes by its name: as another season of
    `conferences` has it, as a box score whose other team is known has it (see `with_sides`), or as `LATER_NAMES` has
    it. Never two teams of a season with one id.
    """
    sure: dict[tuple[int, str], str] = {}
    names: dict[str, set[str]] = defaultdict(set, {name: {espn} for name, espn in LATER_NAMES.items()})
    columns = ("season", "ncaa_team_id", "espn_team_id", "ncaa_name")
    for season, ncaa, espn, name in _rows(conferences, columns):
        if espn is not None and ncaa is not None:
            sure[season, ncaa] = espn
            names[_known(values.text, name) or ""].add(espn)
    named = [table for table in boxes if "team" in table.column_names]
    for name, espn in set(_rows(named, ("team", "team_espn_id"))):
        if espn is not None:
            names[_known(values.text, name) or ""].add(espn)
    rosters = [table for table in rosters if "team" in table.column_names]
    taken = {(season, espn) for (season, _), espn in sure.items()}
    links = dict(sure)
    for season, ncaa, name in sorted(set(_rows(rosters, ("season", "team_id", "team"))), key=str):
        known = names.get(_known(values.text, name) or "", set()) if name else set()
        if (season, ncaa) not in links and len(known) == 1 and (season, *known) not in taken:
            (espn,) = known
            links[season, ncaa] = espn
            taken.add((season, espn))
    return links


def with_teams(rosters: pa.Table, links: Links, athletes: Mapping[str, str]) -> pa.Table:
    """Rosters with ESPN's id of the team (``espn_team_id``) and the athlete's id over seasons (``athlete_id``)."""
    rows = list(_rows([rosters], ("season", "team_id", "player_id")))
    teams = pa.array([links.get((season, team)) for season, team, _ in rows], pa.string())
    ids = pa.array([athletes.get(player) for _, _, player in rows], pa.string())
    return rosters.append_column("espn_team_id", teams).append_column("athlete_id", ids)


def player_seasons(rosters: Sequence[pa.Table]) -> Iterator[PlayerSeason]:
    """What the rosters say of each player that tells who he is."""
    for season, player_id, name, height, year in _rows(rosters, ("season", "player_id", "name", "ht_inches", "class")):
        called = _known(values.text, name)
        if season is not None and player_id and called:
            known_year = CLASSES.get(_known(values.text, year) or "")
            yield PlayerSeason(season, player_id, called, _known(values.number, height), known_year)


def _rows(tables: Iterable[pa.Table], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Values as Arrow gives them."""
    for table in tables:
        yield from zip(*(table[name].to_pylist() for name in names), strict=True)


def _known(read: Callable[..., T | None], value: object) -> T | None:
    """A value as it is read; None where it cannot be, which its own record will tell."""
    try:
        return read(value)
    except Quarantine:
        return None
