from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tipoff.contracts import Model
from tipoff.errors import PluginError
from tipoff.modelling.cache import FoldCache
from tipoff.modelling.identity import Spec
from tipoff.modelling.walkforward import MIN_GAMES, folds, inputs, walk_forward

LINE = Spec(Model("line", ("strength.gap",), "support_toy:fit_line", "support_toy:predict_line"))
TREE = Spec(Model("tree", ("strength.gap",), "support_toy:fit_tree", "support_toy:predict_tree"))
STACK = Spec(Model("stack", (), "support_toy:fit_stack", "support_toy:predict_stack", stacks=("line",)), stacks=(LINE,))


def test_folds_are_calendar_months() -> None:
    days = [date(2024, 11, 4), date(2024, 11, 30), date(2024, 12, 1), date(2025, 2, 3)]
    assert [(f.name, f.start, f.first, f.stop) for f in folds(days)] == [
        ("2024-11", date(2024, 11, 1), 0, 2),
        ("2024-12", date(2024, 12, 1), 2, 3),
        ("2025-02", date(2025, 2, 1), 3, 4),
    ]


def test_folds_may_be_weeks_from_monday() -> None:
    days = [date(2024, 12, 29), date(2024, 12, 30), date(2025, 1, 5), date(2025, 1, 6)]
    assert [(f.name, f.start, f.first, f.stop) for f in folds(days, "week")] == [
        ("2024-W52", date(2024, 12, 23), 0, 1),
        ("2025-W01", date(2024, 12, 30), 1, 3),
        ("2025-W02", date(2025, 1, 6), 3, 4),
    ]


def test_every_fold_with_games_enough_before_it_is_predicted(games: pa.Table, fits: list[int]) -> None:
    said = walk_forward(LINE, games)
    first = min(said["game_date"].to_pylist())
    assert first.day in (1, 2) and fits[0] >= MIN_GAMES
    assert (
        said["game_id"].to_pylist() == games.filter(pc.greater_equal(games["game_date"], first))["game_id"].to_pylist()
    )


def test_a_fold_is_fitted_on_earlier_days_only(games: pa.Table, fits: list[int]) -> None:
    said = walk_forward(LINE, games)
    starts = sorted({day.replace(day=1) for day in said["game_date"].to_pylist()})
    earlier = [pc.sum(pc.less(games["game_date"], start)).as_py() for start in starts]
    assert fits == earlier


@pytest.mark.parametrize("spec", [LINE, TREE, STACK], ids=lambda spec: spec.name)
def test_nothing_that_happens_later_changes_a_prediction(spec: Spec, games: pa.Table) -> None:
    said = walk_forward(spec, games)
    for last in (date(2024, 1, 17), date(2024, 12, 31), date(2025, 2, 3)):
        untouched = walk_forward(spec, with_nonsense_after(games, last))
        until = pc.less_equal(said["game_date"], last)
        assert pc.sum(until).as_py() > 0 or spec is STACK
        assert said.filter(until).equals(untouched.filter(until))


def test_earlier_nonsense_does_change_predictions(games: pa.Table) -> None:
    """The leakage tests above could not fail if nothing ever mattered."""
    said, changed = walk_forward(LINE, games), walk_forward(LINE, with_nonsense_after(games, date(2024, 12, 15)))
    after = pc.greater(said["game_date"], date(2025, 1, 31))
    assert not said.filter(after).equals(changed.filter(after))


def test_the_same_games_and_seed_give_the_same_bits(games: pa.Table) -> None:
    assert walk_forward(TREE, games).equals(walk_forward(TREE, games))


def test_a_stack_learns_from_walk_forward_predictions_only(games: pa.Table) -> None:
    seen, said = inputs(STACK, games), walk_forward(LINE, games)
    assert seen["game_id"].to_pylist() == said["game_id"].to_pylist()
    assert seen["line_margin"].to_pylist() == said["margin"].to_pylist()
    assert seen["line_home_win_prob"].to_pylist() == said["home_win_prob"].to_pylist()


def test_since_leaves_earlier_folds_out(games: pa.Table) -> None:
    every, late = walk_forward(STACK, games), walk_forward(STACK, games, since=date(2024, 7, 1))
    assert late.num_rows and late.equals(every.filter(pc.greater_equal(every["game_date"], date(2024, 7, 1))))


def test_too_few_games_give_no_prediction(games: pa.Table) -> None:
    assert walk_forward(LINE, games.slice(0, MIN_GAMES)).num_rows == 0
    assert walk_forward(LINE, games.slice(0, 0)).num_rows == 0


def test_progress_counts_folds(games: pa.Table) -> None:
    told: list[tuple[str, int, int]] = []
    walk_forward(LINE, games, progress=lambda *step: told.append(step))
    assert told == [("line", n, len(told)) for n in range(1, len(told) + 1)]


def test_a_broken_model_is_named(games: pa.Table) -> None:
    broken = Spec(Model("broken", (), "support_toy:fit_raises", "support_toy:predict_rate"))
    with pytest.raises(PluginError, match=r"model `broken`: fit raised ZeroDivisionError: \d+ games"):
        walk_forward(broken, games)


class TestCache:
    def test_nothing_is_computed_twice(self, toy: Any, games: pa.Table, fits: list[int]) -> None:
        cache = FoldCache(toy.store)
        said = walk_forward(STACK, games, cache=cache)
        fits.clear()
        assert walk_forward(STACK, games, cache=cache).equals(said)
        assert fits == []

    def test_new_games_cost_only_the_newest_fold(self, toy: Any, games: pa.Table, fits: list[int]) -> None:
        cache = FoldCache(toy.store)
        walk_forward(LINE, games.slice(0, games.num_rows - 6), cache=cache)
        fits.clear()
        said = walk_forward(LINE, games, cache=cache)
        assert len(fits) == 1
        assert said.equals(walk_forward(LINE, games))

    def test_a_backfill_leaves_the_fuller_fold(self, toy: Any, games: pa.Table, fits: list[int]) -> None:
        cache = FoldCache(toy.store)
        said = walk_forward(LINE, games, cache=cache)
        until = games.filter(pc.less_equal(games["game_date"], date(2025, 1, 15)))
        walk_forward(LINE, until, cache=cache)
        fits.clear()
        assert walk_forward(LINE, games, cache=cache).equals(said)
        assert fits == []

    def test_a_corrected_game_costs_its_fold_and_the_later_ones(
        self, toy: Any, games: pa.Table, fits: list[int]
    ) -> None:
        cache = FoldCache(toy.store)
        walk_forward(LINE, games, cache=cache)
        fits.clear()
        corrected = with_nonsense_after(games, date(2025, 1, 15))
        said = walk_forward(LINE, corrected, cache=cache)
        assert len(fits) == 2  # January, whose features changed, and February
        assert said.equals(walk_forward(LINE, corrected))

    def test_a_corrected_score_costs_the_folds_after_it(self, toy: Any, games: pa.Table, fits: list[int]) -> None:
        """What the fold's own games are asked with stays the same."""
        cache = FoldCache(toy.store)
        said = walk_forward(LINE, games, cache=cache)
        fits.clear()
        margin = games["margin"].to_pylist()
        corrected = games.set_column(
            games.column_names.index("margin"), "margin", pa.array([margin[0] + 40.0, *margin[1:]])
        )
        again = walk_forward(LINE, corrected, cache=cache)
        assert len(fits) == len(set(said["fold"].to_pylist()))
        assert again.equals(walk_forward(LINE, corrected)) and not again.equals(said)

    def test_another_spec_does_not_get_them(self, toy: Any, games: pa.Table, fits: list[int]) -> None:
        cache = FoldCache(toy.store)
        walk_forward(LINE, games, cache=cache)
        fits.clear()
        walk_forward(Spec(LINE.model, seed=1), games, cache=cache)
        assert fits

    def test_weeks_and_months_do_not_mix(self, toy: Any, games: pa.Table) -> None:
        monthly = walk_forward(LINE, games, cache=FoldCache(toy.store))
        weekly = walk_forward(LINE, games, cache=FoldCache(toy.store, "week"), refit="week")
        assert set(weekly["fold"].to_pylist()).isdisjoint(monthly["fold"].to_pylist())
        assert walk_forward(LINE, games, cache=FoldCache(toy.store)).equals(monthly)


def with_nonsense_after(games: pa.Table, last: date) -> pa.Table:
    """Every feature and result of games after `last` replaced."""
    rng = np.random.default_rng(99)
    later = np.array([day > last for day in games["game_date"].to_pylist()])
    margin = np.where(later, rng.normal(500.0, 300.0, len(later)), games["margin"].to_numpy())
    columns = {
        "strength.gap": pa.array(
            np.where(later, rng.normal(-900.0, 400.0, len(later)), games["strength.gap"].to_numpy())
        ),
        "margin": pa.array(margin),
        "home_win": pa.array(margin > 0),
        "total": pa.array(np.where(later, -1.0, games["total"].to_numpy())),
    }
    for name, values in columns.items():
        games = games.set_column(games.column_names.index(name), name, values)
    return games
