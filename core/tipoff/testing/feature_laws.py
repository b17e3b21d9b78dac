"""What every feature builder must obey, on a small league with the real engine and a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tipoff.contracts import FeatureBuilder
from tipoff.errors import TipoffError
from tipoff.features import laws
from tipoff.features.changes import CHANGES
from tipoff.features.later import corrected_in, nonsense_in
from tipoff.features.laws import Bench, Breach
from tipoff.testing.feature_suite import Built, FeatureSuite, features_of
from tipoff.testing.subject import broken
from tipoff.warehouse.sql import Identifier

_CHANGES = tuple(CHANGES[name] for name in ("corrected", "moved_earlier", "deleted"))
"""The changes that differ most; `tipoff.features.laws.assert_incremental` tries all of them."""

_DECLARE = "take rows from `ctx.inputs` or `ctx.sql` only, and name each table in the `inputs` of `{}`"

_Law = Callable[[Built, Bench, Path], Iterator[Breach]]


class FeatureLaws(FeatureSuite):
    """Incremental equals full, nothing from the future, the same bytes, declared inputs only; for each builder."""

    def test_games_to_come_have_rows(self, builder: FeatureBuilder, tmp_path_factory: Any) -> None:
        """It builds, and a game still to be played has features, from which it is predicted."""
        built = self.built(builder, tmp_path_factory)
        query = (
            "SELECT g.game_id FROM raw.games AS g WHERE g.status = 'scheduled' "
            "AND g.game_id NOT IN (SELECT game_id FROM {}) ORDER BY 1"
        )
        sql = query.format(Identifier.of(builder.table))
        if missing := built.bench.warehouse.query(sql)["game_id"].to_pylist():
            broken(
                f"`{builder.name}` has no row for the game `{missing[0]}`, which is still to be played",
                "take every game of `games`, whatever its status; leave NULL what cannot be known yet",
            )
        for column in features_of(builder):
            played, coming = (self.values(built, builder, column, f"g.status {its} 'scheduled'") for its in ("<>", "="))
            if played and not coming:
                broken(
                    f"`{builder.table.name}.{column}` has values for games that were played, and none for any that is "
                    "still to be: a model learns from it what it will not see when it predicts",
                    "compute it from earlier games and from what is known before the tip; a column of a raw table that "
                    "is known by then says so: Column(…, known_before_tip=True)",
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
        """Whatever happens on a day and after it, in any table it reads, changes no row of that day or before."""
        self._none(
            builder,
            tmp_path_factory,
            _after_nonsense,
            f"in `{builder.compute}` use games of earlier days only: `RANGE BETWEEN … AND INTERVAL 1 DAY PRECEDING`, "
            "or `earlier.game_date < game.game_date`; no average over the whole season. Of your own tables likewise: "
            "what a row says of the day itself, of the season, or of no day at all, is taken for known afterwards, "
            "unless its column says otherwise: Column(…, known_before_tip=True)",
        )
        self.shown_on(self.built(builder, tmp_path_factory), builder)

    def test_the_same_inputs_give_the_same_bytes(self, builder: FeatureBuilder, tmp_path_factory: Any) -> None:
        """Two builds from nothing agree to the last bit."""
        self._none(
            builder,
            tmp_path_factory,
            _built_twice,
            f"`{builder.compute}` must use no chance, no clock and no memory, and add up in one order: ORDER BY in a "
            "window, sorted rows before a sum",
        )

    def test_it_sees_its_declared_inputs_only(self, builder: FeatureBuilder, tmp_path_factory: Any) -> None:
        """Computed in memory from nothing but its inputs, where there is no store, it gives what it gave."""
        bench = self.built(builder, tmp_path_factory).bench
        try:
            wanted = {each.name: rows for each, rows in bench.computed()}[builder.name]
        except TipoffError as error:
            broken(f"computed from its declared inputs alone: {error}", _DECLARE.format(builder.name))
        if difference := laws.first_difference(bench.contents(builder.table), wanted):
            broken(
                f"`{builder.name}`, built and computed from its inputs alone: {difference}",
                _DECLARE.format(builder.name),
            )

    def _none(self, builder: FeatureBuilder, factory: pytest.TempPathFactory, law: _Law, mend: str) -> None:
        """Fails with the builder's first breach; the law runs once for all builders of the plugin."""
        built = self.built(builder, factory)
        name = str(getattr(law, "__name__", law))
        for breach in self.once(name, lambda: _found(law, built, factory.mktemp("law"), builder.name)):
            if breach.builder == builder.name:
                broken(breach.what, mend)


def _found(law: _Law, built: Built, folder: Path, builder: str) -> list[Breach]:
    try:
        return list(law(built, built.bench.copy(folder / "copy"), folder / "other"))
    except (TipoffError, AssertionError) as error:
        return [Breach(builder, str(error))]


def _after_changes(built: Built, bench: Bench, _home: Path) -> Iterator[Breach]:
    return laws.after_changes(bench, (*_CHANGES, corrected_in(built.tables.values())))


def _after_nonsense(built: Built, bench: Bench, home: Path) -> Iterator[Breach]:
    return laws.after_nonsense(bench, home, nonsense_in(built.tables.values()), on=built.judged)


def _built_twice(_built: Built, bench: Bench, home: Path) -> Iterator[Breach]:
    return laws.built_twice(bench, home)
