"""What is too good to be true is refused; what is as good as can be is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from tipoff.modelling import availability, decisions, plausibility
from tipoff.modelling.metrics import normal_cdf
from tipoff.warehouse.store import Warehouse

from .test_gate import GAMES, NOTE, TRUTH, WON, add, champion, decide, results, store
from .test_pipeline import LEAGUE

__all__ = ["results", "store"]  # fixtures

KNOWN = np.where(WON, 0.9995, 0.0005)


def spreads(store: Warehouse, home_spread: np.ndarray, provider: str = "A Book") -> None:
    """Closing lines of every game."""
    _odds(store, provider, "home_spread_close", home_spread)


def forecasts(store: Warehouse, probability: np.ndarray, provider: str = "some_system") -> None:
    """Published forecasts of every game."""
    _odds(store, provider, "home_win_prob", probability)


def _odds(store: Warehouse, provider: str, column: str, values: np.ndarray) -> None:
    with store.write() as con:
        con.executemany(
            f"INSERT INTO raw.odds (league, season, game_id, provider, {column}) VALUES ('m', 2025, $1, $2, $3)",
            [[f"{n}", provider, float(value)] for n, value in enumerate(values)],
        )


def line(probability: np.ndarray) -> np.ndarray:
    """The spread that implies a probability."""
    grid = np.linspace(-40, 40, 8001)
    found: np.ndarray = -np.interp(probability, normal_cdf(grid / 10.5), grid)
    return found


def test_a_model_that_knows_the_result_is_rejected_without_any_benchmark(store: Warehouse) -> None:
    event = decide(store, add(store, "elo", KNOWN))
    assert (event.kind, champion(store)) == ("rejected", None)
    assert event.reason.startswith("it is too good to be true: log loss 0.0005 on 600 games")


def test_the_truth_itself_passes_with_and_without_benchmarks(store: Warehouse) -> None:
    assert decide(store, add(store, "elo", TRUTH)).kind == "first"
    spreads(store, line(TRUTH))
    forecasts(store, TRUTH)
    assert decide(store, add(store, "good", TRUTH, dataset="d2")).kind == "kept"


CHANCE = np.random.default_rng(11)
UNEVEN = 1 / (1 + np.exp(-CHANCE.normal(0.3, 1.4, GAMES)))
"""A league whose teams are as far apart as the real one's, so that a line says as much as there."""

BEATEN = CHANCE.uniform(size=GAMES) < UNEVEN
LITTLE = np.clip(UNEVEN + np.where(BEATEN, 0.03, -0.03), 0.02, 0.98)
"""The truth with a little of the result in it: log loss 0.469 where the truth has 0.523."""


def uneven(store: Warehouse) -> None:
    with store.write() as con:
        rows = [[70 if won else 60, f"{n}"] for n, won in enumerate(BEATEN)]
        con.executemany("UPDATE raw.games SET home_score = $1 WHERE game_id = $2", rows)


def test_what_beats_line_and_forecasts_by_more_than_anybody_can_is_rejected(store: Warehouse) -> None:
    """A little leak, which no bound without benchmarks would see."""
    uneven(store)
    assert plausibility_of(store, LITTLE) == ""
    forecasts(store, np.clip(UNEVEN - 0.02, 0.02, 0.98))
    spreads(store, line(UNEVEN))
    said = plausibility_of(store, LITTLE)
    assert "it is too good to be true, against the closing line: log loss 0.4690 against 0.5235 on 600 games" in said
    assert plausibility_of(store, UNEVEN) == ""


def test_to_beat_one_of_them_alone_is_no_proof(store: Warehouse) -> None:
    uneven(store)
    spreads(store, line(UNEVEN))
    forecasts(store, LITTLE)
    assert plausibility_of(store, LITTLE) == ""


@pytest.mark.parametrize("worthless", [np.full(GAMES, -3.5), -line(TRUTH)])
def test_a_line_that_says_nothing_is_no_measure(store: Warehouse, worthless: np.ndarray) -> None:
    spreads(store, worthless)
    assert plausibility_of(store, TRUTH) == ""


def test_few_games_prove_nothing(store: Warehouse) -> None:
    version = add(store, "elo", KNOWN, games=plausibility.MIN_GAMES - 1)
    with store.read() as con:
        assert plausibility.too_good(con, version) == ""


def plausibility_of(store: Warehouse, said: np.ndarray) -> str:
    with store.read() as con:
        number = len(decisions.versions(con))
    version = add(store, "elo", said, name=f"{number}")
    with store.read() as con:
        return plausibility.too_good(con, version)


def test_the_bound_lies_below_what_the_best_forecasts_reach_and_far_above_zero() -> None:
    """Margins of a league like the real one: teams 9.7 points apart, games 10.5 points of chance."""
    rng = np.random.default_rng(3)
    apart = rng.normal(4.0, 9.7, 20_000)
    margins = apart + rng.normal(0.0, 10.5, 20_000)
    truth = normal_cdf(apart / 10.5)
    best = float(-(truth * np.log(truth) + (1 - truth) * np.log(1 - truth)).mean())
    assert 0.4 < plausibility.least_log_loss(margins) < best - 0.02
    assert plausibility.least_log_loss(np.zeros(10)) == 0.0


# Of a real store: features of games ahead.


def version_of(toy: Any) -> Any:
    from tipoff.modelling import pipeline

    trained: Any = pipeline.train(toy, "line", pipeline.prepare(toy))
    with toy.store.read() as con:
        return decisions.get(con, "line", trained["versions"][LEAGUE])


def late(toy: Any, version: Any) -> str:
    with toy.store.read() as con:
        return availability.comes_late(con, version, toy.registry, toy.now)


AHEAD = "game_date >= '2025-02-20'"


def test_a_feature_that_games_ahead_lack_comes_with_the_result(toy: Any) -> None:
    version = version_of(toy)
    assert late(toy, version) == ""
    toy.sql(f"UPDATE features.strength SET gap = NULL WHERE {AHEAD}")
    assert late(toy, version) == (
        "it knows nothing of games ahead: `strength.gap` of feature builder `strength` comes with the result, there "
        "for games that were played and missing for those still to be played"
    )
    toy.sql(
        f"UPDATE features.strength SET gap = 1 WHERE {AHEAD} AND game_id = (SELECT min(game_id) FROM "
        f"features.strength WHERE {AHEAD})"
    )
    assert late(toy, version) == "", "one of four has it"


def test_so_does_one_without_a_row_for_them(toy: Any) -> None:
    version = version_of(toy)
    toy.sql(f"DELETE FROM features.strength WHERE {AHEAD}")
    toy.sql(
        "UPDATE ops.feature_state SET rows = (SELECT count(*) FROM features.strength WHERE season = 2025) "
        "WHERE season = 2025"
    )
    assert "comes with the result" in late(toy, version)


def test_what_went_missing_before_or_is_behind_its_inputs_is_not_taken_for_that(toy: Any) -> None:
    version = version_of(toy)
    toy.sql("UPDATE features.strength SET gap = NULL WHERE game_date >= '2025-02-01'")
    assert late(toy, version) == "", "an outage: games that were played lack it too"
    toy.sql(f"DELETE FROM features.strength WHERE {AHEAD}")
    assert late(toy, version) == "", "the table was not built for them yet"


def test_the_gate_refuses_what_comes_with_the_result(toy: Any) -> None:
    from tipoff.modelling import gate, pipeline

    version = version_of(toy)
    pipeline.evaluate_version(toy, {"model": "line", "versions": {LEAGUE: version.version}})
    toy.sql(f"UPDATE features.strength SET gap = NULL WHERE {AHEAD}")
    with toy.store.write() as con:
        event = gate.decide(con, version, replace(NOTE, now=datetime(2025, 2, 20, 13)), toy.registry)
    assert event.kind == "rejected" and "comes with the result" in event.reason
