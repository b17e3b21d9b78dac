"""What the laws of feature builders share: the league, built, and whether anything is seen of each builder there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest

from tipoff.contracts import FeatureBuilder, Table
from tipoff.errors import TipoffError
from tipoff.features import laws
from tipoff.features.later import dating, unknown_from
from tipoff.features.laws import Bench
from tipoff.features.tiny_league import write
from tipoff.plugins import Registry
from tipoff.plugins.graph import builder_graph
from tipoff.settings import Settings
from tipoff.testing.filling import filled
from tipoff.testing.subject import Suite, broken, not_shown
from tipoff.warehouse.sql import Identifier

_NOW = datetime(2024, 5, 1)

_JUDGED = 2
"""On how many days the future is made nonsense."""

_SAME_FOR_ALL = ("league", "season", "game_id", "game_date", "tip_utc")
"""Columns that say which game a row is about, and nothing of it."""


@dataclass(frozen=True)
class Built:
    """The league with every builder built.

    Args:
        bench: the store.
        tables: the raw tables that the plugin's builders read, by full name, and those that their inputs are made of.
        given: bare names of the tables whose rows the author gives.
        judged: the days on which the future is made nonsense.
        trouble: why a builder failed, where one did.
    """

    bench: Bench
    tables: Mapping[str, Table]
    given: frozenset[str]
    judged: tuple[date, ...] = ()
    trouble: str = ""


class FeatureSuite(Suite):
    """Base of the feature builders' suite."""

    def built(self, builder: FeatureBuilder, factory: pytest.TempPathFactory) -> Built:
        """The league with every builder built, made once; fails where nothing can be seen of this one."""
        built = self.once("built", lambda: self._build(factory.mktemp("features")))
        if built.trouble:
            broken(built.trouble, "mend what it says; a builder sees `ctx.inputs` and nothing else")
        for name in builder.inputs:
            if name in built.tables and not _count(built.bench, built.tables[name]):
                not_shown(f"`{builder.name}` reads `{name}`, which has no rows", _give(built.tables[name]))
        for column in features_of(builder):
            if not self.values(built, builder, column):
                not_shown(
                    f"`{builder.table.name}.{column}` is NULL in every row, so nothing was seen of it",
                    f"see that `{builder.compute}` finds what it joins; where it needs other rows than the made-up "
                    f"ones, give them as `records=` ({', '.join(f'`{each}`' for each in builder.inputs)})",
                )
        return built

    def shown_on(self, built: Built, builder: FeatureBuilder) -> None:
        """Fails unless the days that were judged had something that could have changed, in each table and column."""
        days = ", ".join(map(str, built.judged))
        for name in builder.inputs:
            table = built.tables.get(name)
            if table and not any(
                _count(built.bench, table, unknown_from(table, early=False), day) for day in built.judged
            ):
                not_shown(
                    f"`{builder.name}` reads `{name}`, of which no row is of the judged days ({days}) or later, so "
                    "nothing of it could have come from the future",
                    _give(table),
                )
            if (
                table
                and dating(table).kind == "game"
                and not any(_of_day(built.bench, table, day) for day in built.judged)
            ):
                not_shown(
                    f"`{builder.name}` reads `{name}`, which has no row of a game on the judged days ({days})",
                    _give(table, self._games_on(built)),
                )
        for column in features_of(builder):
            dates = ", ".join(f"DATE '{day}'" for day in built.judged)
            if not self.values(built, builder, column, f"g.game_date IN ({dates})"):
                not_shown(
                    f"`{builder.table.name}.{column}` is NULL for every game on the judged days ({days}), so nothing "
                    "was seen of what it knows of them",
                    "give `records=` or a `league=` in which it has values for them, of the games "
                    f"{self._games_on(built)}",
                )

    def _games_on(self, built: Built) -> str:
        sql = "SELECT game_id FROM raw.games WHERE list_contains($days, game_date) ORDER BY 1"
        return ", ".join(built.bench.warehouse.query(sql, days=list(built.judged))["game_id"].to_pylist())

    def values(self, built: Built, builder: FeatureBuilder, column: str, where: str = "true") -> int:
        """In how many rows a feature is known, of the games ``g`` that meet the condition."""
        sql = (
            "SELECT count({}) AS known FROM {} AS f JOIN raw.games AS g USING (league, season, game_id) "  # noqa: S608
            f"WHERE {where}"
        ).format(f"f.{Identifier(column)}", Identifier.of(builder.table))
        return int(built.bench.warehouse.query(sql)["known"][0].as_py())

    # ------------------------------------------------------------------------------------------------ building

    def _build(self, folder: Path) -> Built:
        registry = self._builders()
        tables = registry.tables()
        read = {name: tables[name] for each in registry.builders for name in each.inputs if name.startswith("raw.")}
        given = self.subject.given(tables.values())
        bench = Bench(registry, Settings(home=folder / "home"))
        bench.warehouse.migrate(tables.values())
        built = Built(bench, read, frozenset(given))
        try:
            write(bench.warehouse, self._league(read, given), _NOW, tables=tables.values())
            write(bench.warehouse, given, _NOW, tables=tables.values())
            bench.build()
        except TipoffError as error:
            return Built(bench, read, built.given, trouble=str(error))
        return Built(bench, read, built.given, self._judged(built))

    def _league(
        self, tables: Mapping[str, Table], given: Mapping[str, object]
    ) -> dict[str, list[Mapping[str, object]]]:
        """The league's rows, the last days of it still to come, and rows in every table that is read."""
        records = self.subject.league.records()
        if not records["games"]:
            not_shown("the `league=` has no games", "give a TinyLeague of some twenty games a season")
        last = sorted({str(game["game_date"]) for game in records["games"]})[-2:]
        coming = {game["game_id"] for game in records["games"] if str(game["game_date"]) in last}
        records["games"] = [_to_come(game) if game["game_id"] in coming else game for game in records["games"]]
        for name in ("team_stats", "player_stats"):
            records[name] = [row for row in records[name] if row["game_id"] not in coming]
        return filled(records, tables.values(), given)

    def _judged(self, built: Built) -> tuple[date, ...]:
        """Days spread over the seasons, of those on which what the author gave says something of the games."""
        played = built.bench.warehouse.query(
            "SELECT DISTINCT game_date FROM raw.games WHERE status <> 'scheduled' ORDER BY 1"
        )
        days: list[date] = played["game_date"].to_pylist()
        for table in built.tables.values():
            if table.name in built.given and dating(table).kind == "game" and table.name != "games":
                days = [day for day in days if _of_day(built.bench, table, day)] or days
        return tuple(dict.fromkeys(laws.spread(days, _JUDGED)))

    def _builders(self) -> Registry:
        """The plugin's builders and those that they need."""
        everything = self.subject.beside()
        known = {each.name: each for each in (*everything.builders, *self.subject.brought.feature_builders)}
        collectors = {each.name: each for each in (*self.subject.brought.collectors, *everything.collectors)}
        own = {table.full_name for collector in collectors.values() for table in collector.tables}
        tables = {*everything.tables(), *own, *(table.full_name for table in self.subject.brought.tables())}
        graph, wanted = (
            builder_graph(tuple(known.values())),
            [each.name for each in self.subject.brought.feature_builders],
        )
        for name in wanted:
            if missing := sorted(set(known[name].inputs) - tables):
                pytest.skip(f"`{name}` reads `{missing[0]}`, which no plugin brings that is installed here")
            wanted += [each for each in graph[name] if each in known and each not in wanted]
        order = [each.name for each in everything.builders]
        chosen = sorted(wanted, key=lambda name: order.index(name) if name in order else len(order))
        return Registry(
            collectors=tuple(collectors.values()),
            builders=tuple(known[name] for name in chosen),
        )


def features_of(builder: FeatureBuilder) -> list[str]:
    """The columns that say something of a game."""
    return [name for name in builder.table.column_names if name not in (*_SAME_FOR_ALL, *builder.table.key)]


def _count(bench: Bench, table: Table, where: str = "true", day: date | None = None) -> int:
    sql = f"SELECT count(*) AS rows FROM {Identifier.of(table)} WHERE {where}"  # noqa: S608 - identifiers, own conditions
    return int(bench.warehouse.query(sql, **({"day": day} if day else {}))["rows"][0].as_py())


def _of_day(bench: Bench, table: Table, day: date) -> int:
    return _count(bench, table, "game_id IN (SELECT game_id FROM raw.games WHERE game_date = $day)", day)


def _give(table: Table, games: str = "") -> str:
    of = f", of the games {games}" if games else ""
    return (
        f"give rows of it{of}: records={{'{table.name}': [{{{', '.join(f'{name!r}: …' for name in table.key)}}}]}}; "
        "or give none of it, and the kit makes some up"
    )


def _to_come(game: Mapping[str, object]) -> dict[str, object]:
    return {**game, "status": "scheduled", "home_score": None, "away_score": None, "overtimes": None}
