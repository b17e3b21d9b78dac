"""What every feature builder must obey, on a small league with the real engine and a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tipoff.contracts import FeatureBuilder
from tipoff.errors import TipoffError
from tipoff.features import laws
from tipoff.features.changes import CHANGES
from tipoff.features.laws import Bench, Breach
from tipoff.features.tiny_league import write
from tipoff.plugins import Registry
from tipoff.plugins.graph import builder_graph
from tipoff.settings import Settings
from tipoff.testing.subject import Suite, broken
from tipoff.warehouse.sql import Identifier

_NOW = datetime(2024, 5, 1)
_CHANGES = tuple(CHANGES[name] for name in ("corrected", "moved_earlier", "deleted"))
"""The changes that differ most; `tipoff.features.laws.assert_incremental` tries all of them."""

_DECLARE = "take rows from `ctx.inputs` or `ctx.sql` only, and name each table in the `inputs` of `{}`"

_Law = Callable[[Bench, Path], Iterator[Breach]]


class FeatureLaws(Suite):
    """Incremental equals full, nothing from the future, the same bytes, declared inputs only; for each builder."""

    def test_games_to_come_have_rows(self, builder: FeatureBuilder, tmp_path_factory: Any) -> None:
        """It builds, and a game still to be played has features, from which it is predicted."""
        bench = self._bench(tmp_path_factory)
        query = (
            "SELECT g.game_id FROM raw.games AS g WHERE g.status = 'scheduled' "
            "AND g.game_id NOT IN (SELECT game_id FROM {}) ORDER BY 1"
        )
        sql = query.format(Identifier.of(builder.table))
        if missing := bench.warehouse.query(sql)["game_id"].to_pylist():
            broken(
                f"`{builder.name}` has no row for the game `{missing[0]}`, which is still to be played",
                "take every game of `games`, whatever its status; leave NULL what cannot be known yet",
            )

    def test_incremental_equals_full(self, builder: FeatureBuilder, tmp_path_factory: Any) -> None:
        """After corrections, moved and deleted games, an incremental build leaves what one from nothing would."""
        self._none(
            builder,
            tmp_path_factory,
            _after_changes,
            f"`{builder.compute}` must depend on `ctx` alone; if it reads earlier seasons, say so in "
            "`FeatureBuilder.lookback`",
        )

    def test_nothing_from_the_future(self, builder: FeatureBuilder, tmp_path_factory: Any) -> None:
        """Whatever happens on a day and after it changes no row of that day or before."""
        self._none(
            builder,
            tmp_path_factory,
            _after_nonsense,
            f"in `{builder.compute}` use games of earlier days only: `RANGE BETWEEN … AND INTERVAL 1 DAY PRECEDING`, "
            "or `earlier.game_date < game.game_date`; no average over the whole season",
        )

    def test_the_same_inputs_give_the_same_bytes(self, builder: FeatureBuilder, tmp_path_factory: Any) -> None:
        """Two builds from nothing agree to the last bit."""
        self._none(
            builder,
            tmp_path_factory,
            laws.built_twice,
            f"`{builder.compute}` must use no chance, no clock and no memory, and add up in one order: ORDER BY in a "
            "window, sorted rows before a sum",
        )

    def test_it_sees_its_declared_inputs_only(self, builder: FeatureBuilder, tmp_path_factory: Any) -> None:
        """Computed in memory from nothing but its inputs, where there is no store, it gives what it gave."""
        bench = self._bench(tmp_path_factory)
        try:
            wanted = {each.name: rows for each, rows in bench.computed()}[builder.name]
        except TipoffError as error:
            broken(f"computed from its declared inputs alone: {error}", _DECLARE.format(builder.name))
        if difference := laws.first_difference(bench.contents(builder.table), wanted):
            broken(
                f"`{builder.name}`, built and computed from its inputs alone: {difference}",
                _DECLARE.format(builder.name),
            )

    def _bench(self, factory: pytest.TempPathFactory) -> Bench:
        """The league with every builder built, made once."""
        bench, trouble = self.once("bench", lambda: self._built(factory.mktemp("features")))
        if trouble:
            broken(trouble, "mend what it says; a builder sees `ctx.inputs` and nothing else")
        return bench

    def _built(self, folder: Path) -> tuple[Bench, str]:
        """The league, the last days of it still to come, and why its builders failed where they did."""
        registry = self._builders()
        bench = Bench(registry, Settings(home=folder / "home"))
        bench.warehouse.migrate(registry.tables().values())
        records = self.subject.league.records()
        last = sorted({str(game["game_date"]) for game in records["games"]})[-2:]
        coming = {game["game_id"] for game in records["games"] if str(game["game_date"]) in last}
        records["games"] = [_to_come(game) if game["game_id"] in coming else game for game in records["games"]]
        for name in ("team_stats", "player_stats"):
            records[name] = [row for row in records[name] if row["game_id"] not in coming]
        write(bench.warehouse, records, _NOW)
        if self.subject.records:
            write(bench.warehouse, {name: list(rows) for name, rows in self.subject.records.items()}, _NOW)
        try:
            bench.build()
        except TipoffError as error:
            return bench, str(error)
        return bench, ""

    def _builders(self) -> Registry:
        """The plugin's builders and those that they need."""
        everything = self.subject.beside()
        known = {each.name: each for each in (*everything.builders, *self.subject.brought.feature_builders)}
        tables = {table.full_name for table in (*everything.tables().values(), *self.subject.brought.tables())}
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
            collectors=everything.collectors,
            builders=tuple(known[name] for name in chosen),
        )

    def _none(self, builder: FeatureBuilder, factory: pytest.TempPathFactory, law: _Law, mend: str) -> None:
        """Fails with the builder's first breach; the law runs once for all builders of the plugin."""
        bench = self._bench(factory)
        name = str(getattr(law, "__name__", law))
        for breach in self.once(name, lambda: _found(law, bench, factory.mktemp("law"), builder.name)):
            if breach.builder == builder.name:
                broken(breach.what, mend)


def _found(law: _Law, bench: Bench, folder: Path, builder: str) -> list[Breach]:
    try:
        return list(law(bench.copy(folder / "copy"), folder / "other"))
    except (TipoffError, AssertionError) as error:
        return [Breach(builder, str(error))]


def _after_changes(bench: Bench, _home: Path) -> Iterator[Breach]:
    return laws.after_changes(bench, _CHANGES)


def _after_nonsense(bench: Bench, home: Path) -> Iterator[Breach]:
    return laws.after_nonsense(bench, home, days=2)


def _to_come(game: Mapping[str, object]) -> dict[str, object]:
    return {**game, "status": "scheduled", "home_score": None, "away_score": None, "overtimes": None}
