"""A league of a few teams, made up from a seed, for tests of feature builders."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa

from tipoff.clock import day_start, season_start
from tipoff.contracts import Column, Table
from tipoff.contracts.judging import nearest
from tipoff.domain import TABLES
from tipoff.errors import SettingsError
from tipoff.warehouse.arrow import types_of
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse

Record = Mapping[str, object]
Records = dict[str, list[Record]]

LEAGUE = "tiny-league"
_SQUAD = 7
_CLASSES = ("FR", "SO", "JR", "SR")


@dataclass(frozen=True)
class TinyLeague:
    """What to make up: every team plays each of the others, over and over, until the season's games are used up.

    Args:
        seasons: by the year they end in.
        teams: how many.
        played_until: games of later days are still to come; None: everything has been played.
        players: whether there are box scores of players, and rosters: as they are before each season, with who
            comes and goes while it is played, and at its end with how often each has played.
        games: a season.
        seed: the same seed, the same league.
    """

    seasons: Sequence[int] = (2022, 2023, 2024)
    teams: int = 6
    played_until: date | None = None
    players: bool = True
    games: int = 60
    seed: int = 7

    def records(self) -> Records:
        """Rows of the domain tables, by table."""
        chance = random.Random(self.seed)
        strength = {f"t{number}": chance.gauss(0.0, 6.0) for number in range(self.teams)}
        records: Records = {name: [] for name in ("games", "team_stats", "player_stats", "team_seasons", "rosters")}
        for season in self.seasons:
            for team in strength:
                conference = f"c{int(team[1:]) % 2}"
                records["team_seasons"].append(
                    {"league": LEAGUE, "season": season, "team_id": team, "conference_id": conference}
                )
                if self.players:
                    records["rosters"] += _roster(season, team, self._squad(season, team))
            for number, (day, home, away) in enumerate(_schedule(season, list(strength), self.games, chance)):
                self._game(records, chance, (season, f"g{season}{number:03d}", day), (home, away), strength)
        return records

    def fill(self, warehouse: Warehouse, now: datetime) -> None:
        """Writes the league into the store."""
        write(warehouse, self.records(), now)

    def _squad(self, season: int, team: str) -> list[str]:
        """Most athletes stay, and two go on to the next team every summer."""
        before = (int(team[1:]) - (season - self.seasons[0])) % self.teams
        return [f"t{before}p{number}" if number < 2 else f"{team}p{number}" for number in range(_SQUAD)]

    def _game(
        self,
        records: Records,
        chance: random.Random,
        game: tuple[int, str, date],
        teams: tuple[str, str],
        strength: Mapping[str, float],
    ) -> None:
        season, game_id, day = game
        key = {"league": LEAGUE, "season": season, "game_id": game_id}
        neutral = chance.random() < 0.15
        edge = strength[teams[0]] - strength[teams[1]] + (0 if neutral else 3)
        boxes = (_box(chance, edge / 2), _box(chance, -edge / 2))
        sheets = [list(_sheet(chance, self._squad(season, team))) for team in teams]
        if boxes[0]["points"] == boxes[1]["points"]:
            boxes[0]["points"] += 1
            boxes[0]["free_throws_made"] += 1
            boxes[0]["free_throws_attempted"] += 1
        played = self.played_until is None or day <= self.played_until
        records["games"].append(
            {
                **key,
                "game_date": day,
                "tip_utc": day_start(day) + timedelta(hours=chance.randrange(12, 23)),
                "tip_known": True,
                "season_type": 2,
                "status": "final" if played else "scheduled",
                "home_id": teams[0],
                "away_id": teams[1],
                "home_score": boxes[0]["points"] if played else None,
                "away_score": boxes[1]["points"] if played else None,
                "overtimes": int(chance.random() < 0.1) if played else None,
                "neutral_site": neutral,
                "conference_game": int(teams[0][1:]) % 2 == int(teams[1][1:]) % 2,
            }
        )
        if not played:
            return
        for side in (0, 1):
            whose = {**key, "team_id": teams[side]}
            records["team_stats"].append({**whose, "opponent_id": teams[1 - side], "is_home": side == 0, **boxes[side]})
            if self.players:
                records["player_stats"] += [{**whose, **line} for line in sheets[side]]


def write(
    warehouse: Warehouse,
    records: Mapping[str, Sequence[Record]],
    now: datetime,
    run_id: str = "tiny",
    tables: Iterable[Table] = tuple(TABLES.values()),
) -> None:
    """Merges records into tables, as a collector's run would.

    Args:
        warehouse: the store.
        records: rows by the table's name: ``games``, ``raw.games``, ``features.team_features``.
        now: becomes ``fetched_at`` and ``loaded_at``.
        run_id: the run that writes.
        tables: those that may be written.

    Raises:
        SettingsError: there is no such table or column, a key is not whole, or a value is of another type.
    """
    known = {name: table for table in tables for name in names_of(table)}
    made = [_arrow(_known(known, name), rows, now) for name, rows in records.items()]
    with warehouse.write() as con:
        for table, rows in made:
            merge(con, table, rows, run_id=run_id, source="tiny")


def names_of(table: Table) -> tuple[str, ...]:
    """How records may name a table: in full, and one in the schema ``raw`` by its bare name."""
    return (table.full_name, table.name) if table.schema == "raw" else (table.full_name,)


def _known(known: Mapping[str, Table], name: str) -> Table:
    if name not in known:
        there = ", ".join(sorted({table.full_name for table in known.values()}))
        raise SettingsError(f"records for `{name}`, which is no table here{nearest(name, known)}; there are: {there}")
    return known[name]


def _arrow(table: Table, rows: Sequence[Record], now: datetime) -> tuple[Table, pa.Table]:
    """The records in the columns that they have."""
    for row in rows:
        for name in row:
            if name not in table.column_names:
                near = nearest(name, table.column_names) or f"; it has {', '.join(table.column_names)}"
                raise SettingsError(f"a record for `{table.full_name}` has `{name}`, which is no column of it{near}")
        if missing := [name for name in table.key if row.get(name) is None]:
            raise SettingsError(f"a record for `{table.full_name}` lacks `{missing[0]}` of its key: {dict(row)}")
    wanted = [column for column in table.columns if any(column.name in row for row in rows)]
    arrays = {column.name: _values(table, column, rows) for column in wanted}
    return table, pa.table({**arrays, "fetched_at": pa.array([now] * len(rows), pa.timestamp("us"))})


def _values(table: Table, column: Column, rows: Sequence[Record]) -> pa.Array:
    values = [row.get(column.name) for row in rows]
    try:
        return pa.array(values, types_of(table)[column.name])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise SettingsError(
            f"a record for `{table.full_name}`: `{column.name}` must be {column.type}: {error}"
        ) from error


def _schedule(season: int, teams: list[str], left: int, chance: random.Random) -> Iterator[tuple[date, str, str]]:
    """Rounds in which everybody plays at most once, one to three days apart."""
    day = _opener(season)
    while left > 0:
        order = chance.sample(teams, len(teams))
        for home, away in list(zip(order[::2], order[1::2], strict=False))[:left]:
            yield day, home, away
            left -= 1
        day += timedelta(days=chance.randrange(1, 4))


def _opener(season: int) -> date:
    return season_start(season) + timedelta(days=128)


def _roster(season: int, team: str, squad: Sequence[str]) -> Iterator[Record]:
    """What was seen of a team's roster; when the season is some days old one athlete leaves, and one comes."""
    first, end = _opener(season), date(season, 4, 20)
    before, after = first - timedelta(days=10), first + timedelta(days=4 * (int(team[1:]) + 1))
    seen = [(athlete, before, end) for athlete in squad]
    seen[-1] = (squad[-1], before, after)
    for number, (athlete, since, until) in enumerate([*seen, (f"{team}late", after, end)]):
        key = {"league": LEAGUE, "season": season, "team_id": team, "athlete_id": athlete}
        body = {"class_year": _CLASSES[(season + number) % 4], "height_in": 70.0 + number}
        yield {**key, **body, "as_of": since, "last_seen": until}
        if until == end:
            played = 10 + (5 * number + 3 * int(team[1:])) % 20
            games = {"games_played": played, "games_started": max(played - 4 * number, 0)}
            yield {**key, **body, **games, "as_of": end, "last_seen": end}


def _box(chance: random.Random, edge: float) -> dict[str, int]:
    """A team's box score that adds up."""
    attempts, threes, throws = chance.randrange(52, 66), chance.randrange(15, 28), chance.randrange(10, 26)
    share = 0.45 + edge / 150
    three_made = sum(chance.random() < 0.34 for _ in range(threes))
    two_made = sum(chance.random() < share for _ in range(attempts - threes))
    throws_made = sum(chance.random() < 0.7 for _ in range(throws))
    return {
        "points": 2 * two_made + 3 * three_made + throws_made,
        "field_goals_made": two_made + three_made,
        "field_goals_attempted": attempts,
        "three_points_made": three_made,
        "three_points_attempted": threes,
        "free_throws_made": throws_made,
        "free_throws_attempted": throws,
        "offensive_rebounds": chance.randrange(5, 14),
        "defensive_rebounds": chance.randrange(18, 30),
        "turnovers": chance.randrange(7, 18),
    }


def _sheet(chance: random.Random, squad: Sequence[str]) -> Iterator[Record]:
    """The team's athletes; now and then one does not play. They need not add up to the team's box score."""
    for number, athlete in enumerate(squad):
        absent = chance.random() < 0.15
        attempts, throws = chance.randrange(3, 14), chance.randrange(0, 6)
        made, thrown = chance.randrange(0, attempts), chance.randrange(0, throws + 1)
        yield {
            "athlete_id": athlete,
            "starter": number < 5 and not absent,
            "did_not_play": absent,
            **(
                {}
                if absent
                else {
                    "minutes": float(chance.randrange(5, 39)),
                    "points": 2 * made + thrown,
                    "field_goals_made": made,
                    "field_goals_attempted": attempts,
                    "free_throws_made": thrown,
                    "free_throws_attempted": throws,
                    "turnovers": chance.randrange(0, 5),
                    "steals": chance.randrange(0, 4),
                    "fouls": chance.randrange(0, 5),
                }
            ),
        }
