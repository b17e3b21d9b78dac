"""Checks that follow from a table's spec: values, ranges, references, and for features completeness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tipoff.contracts import Check, Column, Table
from tipoff.domain import FINAL
from tipoff.quality.generated import Generated, Value
from tipoff.warehouse.sql import Identifier

GAME_KEY: Final = ("league", "season", "game_id")


def table_checks(table: Table) -> Iterator[Check]:
    """The checks of one table, whoever brings it."""
    if required := [column for column in table.columns if column.required]:
        yield _nulls(table, required)
    if ranged := {column.name: column.between for column in table.columns if column.between}:
        yield _ranges(table, ranged)
    if set(GAME_KEY) < set(table.column_names) and table.full_name != "raw.games":
        yield _known_games(table)
    if table.schema == "raw":
        for entity, key in (("teams", "team_id"), ("players", "athlete_id")):
            if {"league", key} <= set(table.column_names) and table.name != entity:
                yield _known(table, entity, key)
    elif table.key == GAME_KEY:
        yield _complete(table)


def _nulls(table: Table, required: list[Column]) -> Check:
    of = Identifier.of(table)
    named = {f"name_{column.name}": column.name for column in required}
    missing = ", ".join(f"CASE WHEN {Identifier(each.name)} IS NULL THEN $name_{each.name} END" for each in required)
    nulls = " OR ".join(f"{Identifier(column.name)} IS NULL" for column in required)
    return Generated(
        name=f"{table.name}_nulls",
        table=table.full_name,
        sql=f"SELECT {_key(table)}, concat_ws(', ', {missing}) AS missing FROM {of} WHERE {nulls} ORDER BY ALL",  # noqa: S608 - identifiers and names of parameters only
        doc="Rows without a value that every row has: the source left it out, or the parser no longer finds it.",
        params=named,
    )


def _ranges(table: Table, ranged: Mapping[str, tuple[float, float]]) -> Check:
    of = Identifier.of(table)
    params: dict[str, Value] = {}
    conditions, found = [], []
    for column, (least, greatest) in ranged.items():
        params |= {f"low_{column}": least, f"high_{column}": greatest, f"name_{column}": column}
        outside = f"{Identifier(column)} NOT BETWEEN $low_{column} AND $high_{column}"
        conditions.append(outside)
        found.append(f"CASE WHEN {outside} THEN $name_{column} || ' ' || {Identifier(column)} END")
    return Generated(
        name=f"{table.name}_ranges",
        table=table.full_name,
        sql=f"""
            SELECT {_key(table)}, concat_ws(', ', {", ".join(found)}) AS outside FROM {of}
            WHERE {" OR ".join(conditions)} ORDER BY ALL
        """,  # noqa: S608 - identifiers and names of parameters only
        doc="Values that make no sense (`tipoff tables` has the limits): the source is wrong, or a column is misread.",
        params=params,
    )


def _known_games(table: Table) -> Check:
    return Check(
        name=f"{table.name}_known_games",
        table=table.full_name,
        sql=f"SELECT DISTINCT league, season, game_id FROM {Identifier.of(table)} "  # noqa: S608 - an identifier only
        "ANTI JOIN raw.games USING (league, season, game_id) ORDER BY ALL",
        severity="warn",
        doc="Rows for games that are not in `raw.games`: collect those days again, games first.",
    )


def _known(table: Table, entity: str, key: str) -> Check:
    """Rows about teams or players of whom nobody has told more than the id."""
    who, listed = Identifier(key), Identifier("raw", entity)
    return Check(
        name=f"{table.name}_known_{entity}",
        table=table.full_name,
        sql=f"SELECT DISTINCT league, {who} FROM {Identifier.of(table)} "  # noqa: S608 - identifiers only
        f"ANTI JOIN {listed} USING (league, {who}) ORDER BY ALL",
        severity="info",
        doc=f"Rows about {entity} that are not in `raw.{entity}`, as guests from other divisions may be.",
    )


def _complete(table: Table) -> Check:
    """Games that a table of features with a row a game leaves out, of the seasons that it has."""
    of = Identifier.of(table)
    return Check(
        name=f"{table.name}_complete",
        table=table.full_name,
        sql=f"""
            SELECT league, season, game_id, game_date, status FROM raw.schedule
            SEMI JOIN {of} USING (league, season) ANTI JOIN {of} USING (league, season, game_id)
            WHERE status IN ('{FINAL}', 'scheduled') ORDER BY ALL
        """,  # noqa: S608 - identifiers and a constant of ours only
        severity="warn",
        doc="Games without a row, played or still to come: a model that sees this table gets no value for them. The "
        "builder drops games, by a JOIN or a WHERE; where it knows nothing its features are NULL.",
    )


def _key(table: Table) -> str:
    return ", ".join(str(Identifier(name)) for name in table.key)
