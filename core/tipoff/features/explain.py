"""Where the features of one game come from: by whom, from what, when, and on how many earlier games they rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from tipoff.contracts import FeatureBuilder, Table
from tipoff.errors import SettingsError
from tipoff.features.engine import inputs_of
from tipoff.features.partitions import Partition, find_stale, first_season
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry


@dataclass(frozen=True)
class Side:
    """One team of the game: its earlier games of the season, by day.

    Args:
        team_id: of the team.
        name: as it is known, else its id.
        games: finished games before the game's day.
        last: day of the last of them.
    """

    team_id: str
    name: str
    games: int
    last: date | None


@dataclass(frozen=True)
class Input:
    """A table that a builder reads, as far as it goes into this game's row.

    Args:
        table: full name.
        rows: in reach: of the game's season and of those that the builder looks back on.
        about: rows among them about either team, of games on earlier days; of a feature table, of this game itself.
        loaded_at: when the newest row in reach was written.
        digest: of the rows that the season was computed from; empty before that.
    """

    table: str
    rows: int
    about: int
    loaded_at: datetime | None
    digest: str


@dataclass(frozen=True)
class Origin:
    """One builder's rows of the game, and what they were computed from.

    Args:
        builder: its spec.
        version: with which the season was computed; empty: it was not.
        computed_at: when.
        run_id: by which run.
        stale: why the season is to be computed again; empty where it is up to date.
        inputs: in the order in which the builder declares them.
        rows: the game's rows by column, by key.
        changed_at: when one of them last came out different.
    """

    builder: FeatureBuilder
    version: str
    computed_at: datetime | None
    run_id: str
    stale: str
    inputs: tuple[Input, ...]
    rows: tuple[Mapping[str, object], ...]
    changed_at: datetime | None


@dataclass(frozen=True)
class Explained:
    """A game, its sides and where its features come from."""

    league: str
    season: int
    game_id: str
    game_date: date
    status: str
    sides: tuple[Side, ...]
    origins: tuple[Origin, ...]


_GAME = """
    SELECT league, season, game_id, game_date, status, home_id, away_id FROM raw.games
    WHERE game_id = $game AND ($league = '' OR league = $league) ORDER BY ALL
"""

_SIDE = """
    SELECT (SELECT any_value(coalesce(short_name, name)) FROM raw.teams WHERE league = $league AND team_id = $team),
        count(*), max(game_date)
    FROM raw.results
    WHERE league = $league AND season = $season AND game_date < $day AND $team IN (home_id, away_id)
"""

_STATE = """
    SELECT version, computed_at, run_id, inputs FROM ops.feature_state
    WHERE builder = $builder AND league = $league AND season = $season
"""


def explain(con: DuckDBPyConnection, registry: Registry, game: str, league: str = "") -> Explained:
    """Everything that the store knows of how the game's features came about.

    Args:
        con: any connection to the store, migrated.
        registry: what the plugins bring.
        game: its id.
        league: of the game, where an id is one of several.

    Raises:
        SettingsError: there is no such game, or several leagues have one.
    """
    games = con.execute(_GAME, {"game": game, "league": league}).fetchall()
    if not games:
        raise SettingsError(f"there is no game `{game}` in raw.games; collect its day, or look for its id there")
    if len({row[0] for row in games}) > 1:
        raise SettingsError(f"game `{game}` is in {', '.join(sorted({row[0] for row in games}))}; give one as --league")
    of, season, _, day, status, *teams = games[-1]
    where = {"league": of, "season": season, "day": day}
    sides = []
    for team in (each for each in teams if each is not None):
        name, played, last = con.execute(_SIDE, {**where, "team": team}).fetchall()[0]
        sides.append(Side(team, name or team, played, last))
    about = _Game(Partition(of, season), game, day, tuple(side.team_id for side in sides))
    origins = tuple(_origin(con, registry, builder, about) for builder in registry.builders)
    return Explained(of, season, game, day, status, tuple(sides), origins)


@dataclass(frozen=True)
class _Game:
    partition: Partition
    game_id: str
    day: date
    teams: tuple[str, ...]


def _origin(con: DuckDBPyConnection, registry: Registry, builder: FeatureBuilder, game: _Game) -> Origin:
    where = {"league": game.partition.league, "season": game.partition.season}
    states = con.execute(_STATE, {**where, "builder": builder.name}).fetchall()
    version, computed_at, run_id, digests = states[0] if states else ("", None, "", "{}")
    tables = inputs_of(builder, registry)
    stale = {each.partition: each.reason for each in find_stale(con, builder, tables)}
    key = ", ".join(str(Identifier(name)) for name in builder.table.key)
    rows = con.sql(
        f"SELECT * FROM {Identifier.of(builder.table)} "  # noqa: S608 - identifiers only
        f"WHERE league = $league AND season = $season AND game_id = $game ORDER BY {key}",
        params={**where, "game": game.game_id},
    ).to_arrow_table()
    changed = [at for at in rows["loaded_at"].to_pylist() if at is not None]
    return Origin(
        builder=builder,
        version=version,
        computed_at=computed_at,
        run_id=run_id,
        stale=stale.get(game.partition, ""),
        inputs=tuple(_input(con, builder, table, game, json.loads(digests)) for table in tables),
        rows=tuple(rows.select(list(builder.table.column_names)).to_pylist()),
        changed_at=max(changed, default=None),
    )


def _input(
    con: DuckDBPyConnection, builder: FeatureBuilder, table: Table, game: _Game, digests: Mapping[str, str]
) -> Input:
    """Rows of an input in the builder's reach, and those among them that can be said to be about the game."""
    columns, reach, values = set(table.column_names), ["true"], dict[str, object]()
    if "league" in columns:
        reach.append("t.league = $league")
        values["league"] = game.partition.league
    if "season" in columns:
        reach.append("t.season BETWEEN $first AND $last")
        values |= {"first": first_season(builder, game.partition.season) or 0, "last": game.partition.season}
    about, parameters = "false", dict[str, object]()
    if table.schema == "features":
        about, parameters = "t.game_id = $game", {"game": game.game_id}
    elif "game_id" in columns:
        about = (
            "(t.league, t.season, t.game_id) IN (SELECT (league, season, game_id) FROM raw.games "
            "WHERE game_date < $day AND (list_contains($teams, home_id) OR list_contains($teams, away_id)))"
        )
        parameters = {"day": game.day, "teams": list(game.teams)}
    elif "team_id" in columns:
        about, parameters = "list_contains($teams, t.team_id)", {"teams": list(game.teams)}
    rows, found, loaded = con.execute(
        f"SELECT count(*), count(*) FILTER (WHERE {about}), max(t.loaded_at) "  # noqa: S608 - fixed text, identifiers
        f"FROM {Identifier.of(table)} AS t WHERE {' AND '.join(reach)}",
        {**values, **parameters},
    ).fetchall()[0]
    return Input(table.full_name, rows, found, loaded, digests.get(table.full_name, ""))
