"""Rows for the raw tables that a builder or check reads: those that its author gives, and made-up ones for the others.

Made-up rows speak of the games, teams, athletes and days of the league that is there, each table in the columns that it
has for these; their values come from the table's, the column's and the row's name, within `Column.between`. As in life
they say nothing of games still to come, except in columns that are known before the tip.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any, Final

from tipoff.clock import day_start
from tipoff.contracts import Column, Table
from tipoff.features.later import dating, values_of
from tipoff.features.tiny_league import LEAGUE, Record, Records, names_of

_VARIANTS: Final[Mapping[str, tuple[object, ...]]] = {
    "VARCHAR": ("one", "two"),
    "INTEGER": (1, 2),
    "DOUBLE": (1.0, 2.0),
    "BOOLEAN": (False, True),
}
"""Values of a key column that names nothing which is known here, such as a poll or a week."""

_BEFORE: Final = timedelta(hours=6)
_AFTER: Final = timedelta(hours=1)
"""When rows with an instant are from: before the first tip of a day, and after each."""

_SQUAD: Final = 5

_Row = dict[str, object]


_COUNTS: Final = ("season_type", "exhibition")
"""Columns that decide whether a game counts: made up, they would take games from the features."""


def filled(records: Records, tables: Iterable[Table], given: Iterable[str]) -> Records:
    """The league's records with made-up ones beside them.

    Args:
        records: of the league, by name of a domain table.
        tables: that must have rows.
        given: names of those whose rows their author gives; here and below as `names_of` ends.

    Returns:
        All rows: a table that was empty is filled, and so is a column of which nothing was known.
    """
    league, theirs, made = _League(records), set(given), dict(records)
    for table in tables:
        name = names_of(table)[-1]
        if name in theirs:
            continue
        if not records.get(name):
            made[name] = list(_rows(table, league))
            continue
        silent = [
            column
            for column in table.columns
            if column.name not in (*table.key, *_COUNTS) and all(row.get(column.name) is None for row in records[name])
        ]
        early = {column.name for column in silent if column.known_before_tip}
        made[name] = [
            {
                **row,
                **{
                    column.name: _value(table, column, row, None)
                    for column in silent
                    if column.name in early or row.get("game_id") not in league.coming
                },
            }
            for row in records[name]
        ]
    return made


class _League:
    """What rows can speak of."""

    def __init__(self, records: Records) -> None:
        games: list[Mapping[str, Any]] = list(records["games"])
        self.games = games
        self.coming = {game["game_id"] for game in games if game["status"] == "scheduled"}
        self.seasons = sorted({game["season"] for game in games})
        self.teams = sorted({game["home_id"] for game in games} | {game["away_id"] for game in games})
        athletes = {str(row["athlete_id"]) for name in ("player_stats", "rosters") for row in records.get(name, ())}
        self.athletes = sorted(athletes) or [f"{team}p{number}" for team in self.teams for number in range(_SQUAD)]
        self.days: dict[date, list[Mapping[str, Any]]] = {}
        for game in games:
            self.days.setdefault(game["game_date"], []).append(game)

    def is_to_come(self, day: date) -> bool:
        """Whether a day's games are still to be played."""
        return any(game["game_id"] in self.coming for game in self.days[day])


def _rows(table: Table, league: _League) -> Iterator[Record]:
    before, _ = values_of(table)
    seen, number = set[tuple[object, ...]](), 0
    for base, is_to_come in _bases(table, league):
        if is_to_come and not before:
            continue
        for key in _keys(table, base, league):
            number += 1
            row = {**base, **key}
            for name in table.key:
                row.setdefault(name, f"{name}-{number}" if table.column(name).type == "VARCHAR" else number)
            if (place := tuple(row[name] for name in table.key)) in seen:
                continue
            seen.add(place)
            yield _told(table, row, is_to_come=is_to_come)


def _bases(table: Table, league: _League) -> Iterator[tuple[_Row, bool]]:
    """What each row is about: a game, a day, a season or nothing in time; and whether that is still to come."""
    kind, name = dating(table)
    about_games = "game_id" in table.column_names
    for day, games in league.days.items():
        if kind == "nothing" or (kind == "season" and day != next(iter(league.days))):
            break
        if kind == "season":
            yield from (({"league": LEAGUE, "season": season}, False) for season in league.seasons)
            continue
        is_to_come = league.is_to_come(day)
        for game in games if about_games else games[:1]:
            base: _Row = {
                "league": LEAGUE,
                "season": game["season"],
                **({"game_id": game["game_id"]} if about_games else {}),
            }
            if about_games and "game_date" in table.column_names:
                base["game_date"] = day
            if kind == "day":
                yield {**base, name: day}, is_to_come
            elif kind == "instant":
                first, last = (f([each["tip_utc"] for each in games]) for f in (min, max))
                at = game["tip_utc"] if about_games else last
                yield {**base, name: first - _BEFORE}, is_to_come
                yield {**base, name: at + _AFTER}, is_to_come
            else:
                yield base, is_to_come
    if kind == "nothing":
        yield {"league": LEAGUE}, False


def _keys(table: Table, base: _Row, league: _League) -> Iterator[_Row]:
    """The key's other columns: teams and athletes, those of the game where it is about one, and what nobody knows."""
    game = next((each for each in league.games if each["game_id"] == base.get("game_id")), None)
    sides = [game["home_id"], game["away_id"]] if game else league.teams
    squads = tuple(f"{side}p" for side in sides)
    known: dict[str, Iterable[object]] = {
        "team_id": sides,
        "athlete_id": [each for each in league.athletes if each.startswith(squads)] or league.athletes,
        "venue_id": [_venue(team) for team in league.teams],
        "home_id": sides[:1] if game else sides,
        "away_id": sides[1:] if game else sides,
        "season": league.seasons,
    }
    if dating(table).column in ("", *table.key):  # else a number of its own names the row
        known = {**{name: _VARIANTS.get(table.column(name).type, ()) for name in table.key}, **known}
    names = [name for name in table.key if name not in base and known.get(name)]
    return (dict(zip(names, values, strict=True)) for values in product(*(known[name] for name in names)))


def _told(table: Table, row: _Row, *, is_to_come: bool) -> Record:
    """The row with its values, as far as these are known."""
    told = {name: value for name, value in row.items() if name in table.column_names}
    for column in table.columns:
        if column.name in told or (is_to_come and not column.known_before_tip):
            continue
        told[column.name] = _value(table, column, told, _day_of(table, told))
    return told


def _day_of(table: Table, row: _Row) -> date | None:
    at = row.get(dating(table).column)
    return at.date() if isinstance(at, datetime) else at if isinstance(at, date) else None


def _value(table: Table, column: Column, row: Mapping[str, object], day: date | None) -> object:
    key = [str(row.get(name)) for name in table.key]
    chance = random.Random(" ".join([table.full_name, column.name, *key]))
    if column.name == "team_id" and (team := re.match(r"t\d+", str(row.get("athlete_id", "")))):
        return team[0]  # a line of another team's than the game's counts for nobody
    if column.name == "venue_id":
        return _venue(str(row.get("home_id", f"t{chance.randrange(4)}")))
    if column.type in ("INTEGER", "DOUBLE"):
        least, most = column.between or (0, 100)
        least, most = max(least, -1e6), min(most, 1e6)
        return chance.randint(int(least), int(most)) if column.type == "INTEGER" else chance.uniform(least, most)
    if column.type == "BOOLEAN":
        return chance.random() < 0.5
    at = (day or date(2024, 1, 1)) + timedelta(days=chance.randrange(20, 30))
    if column.type == "DATE":
        return at
    if column.type == "TIMESTAMP":
        return day_start(at)
    return chance.choice("abc")


def _venue(team: str) -> str:
    return f"v-{team}"
