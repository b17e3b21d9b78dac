"""What every model of the plugin must hold."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tipoff.contracts import FitContext, Fitted, Model
from tipoff.modelling import artifacts
from tipoff.plugins import resolve
from tipoff_models import arrays, plane
from tipoff_models.plugin import models

MODELS = {model.name: model for model in models()}
TARGETS = ["home_win", "margin", "total"]


@pytest.fixture(scope="module")
def games() -> pa.Table:
    """1,200 games whose margin follows from the ratings, with every column a model declares, some values missing."""
    rng = np.random.default_rng(4)
    n = 1200
    expected = rng.normal(2.0, 9.0, n)
    margin = np.round(expected + rng.normal(0.0, 11.0, n))
    margin[margin == 0] = 1
    names = sorted({name.rpartition(".")[2] for model in MODELS.values() for name in model.features})
    columns: dict[str, Any] = {
        "league": ["m"] * n,
        "season": pa.array([2025] * n, pa.int32()),
        "game_id": [f"g{i}" for i in range(n)],
        "game_date": [date(2024, 11, 1) + timedelta(days=i // 10) for i in range(n)],
        "tip_utc": [datetime(2024, 11, 2) + timedelta(days=i // 10) for i in range(n)],
        "home_id": ["a"] * n,
        "away_id": ["b"] * n,
        "neutral_site": pa.array([i % 9 == 0 for i in range(n)]),
    }
    for name in names:
        noise = rng.normal(0.0, 3.0, n)
        columns[name] = pa.array(noise, mask=rng.uniform(size=n) < 0.05)
    columns["expected_margin"] = pa.array(expected)
    columns["elo_difference"] = pa.array(expected * 25.0 + rng.normal(0.0, 60.0, n))
    columns["home_court"] = pa.array(np.array([0.0 if i % 9 == 0 else 1.0 for i in range(n)]))
    columns["postseason"] = pa.array(rng.uniform(size=n) < 0.1)
    columns["days_into_season"] = pa.array(np.arange(n) // 10, pa.int32())
    for base in ("boosting", "linear"):
        said = expected + rng.normal(0.0, 1.0, n)
        columns[f"{base}_margin"] = pa.array(said)
        columns[f"{base}_home_win_prob"] = pa.array(1 / (1 + np.exp(-said / 6)))
    columns |= {"home_win": pa.array(margin > 0), "margin": pa.array(margin), "total": pa.array(np.full(n, 140.0))}
    return pa.table(columns)


def fit(model: Model, games: pa.Table, seed: int = 0) -> Fitted:
    function: Callable[[FitContext], Fitted] = resolve(model.fit)  # type: ignore[assignment]
    return function(FitContext(games, model.params, seed))


def predict(model: Model, fitted: Fitted, games: pa.Table) -> pa.Table:
    function: Callable[[Fitted, pa.Table], pa.Table] = resolve(model.predict)  # type: ignore[assignment]
    return function(fitted, games.drop_columns(TARGETS))


every = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def test_the_plugin_brings_five_models_cheaply() -> None:
    assert list(MODELS) == ["home", "elo", "linear", "boosting", "ensemble"]
    heavy = "{'numpy', 'pandas', 'sklearn', 'statsmodels', 'pyarrow', 'duckdb', 'scipy'}"
    code = f"import sys, tipoff_models.plugin as p; p.models(); print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


@every
def test_probabilities_margins_and_spreads_can_be_published(model: Model, games: pa.Table) -> None:
    said = predict(model, fit(model, games), games)
    probability, sd = said["home_win_prob"].to_numpy(), said["margin_sd"].to_numpy()
    assert said.num_rows == games.num_rows
    assert ((probability > 0) & (probability < 1)).all()
    assert np.isfinite(said["margin"].to_numpy()).all()
    assert ((sd > 8) & (sd < 25)).all()


@every
def test_the_same_games_and_seed_give_the_same_bits(model: Model, games: pa.Table) -> None:
    one, other = fit(model, games, seed=3), fit(model, games, seed=3)
    assert one.state == other.state
    assert predict(model, one, games).equals(predict(model, other, games))


@every
def test_a_game_that_nothing_is_known_of_gets_a_modest_forecast(model: Model, games: pa.Table) -> None:
    features = [name.rpartition(".")[2] for name in model.features]
    empty = games.slice(0, 3)
    for name in features:
        place = empty.column_names.index(name)
        empty = empty.set_column(place, name, pa.nulls(3, empty[name].type))
    said = predict(model, fit(model, games), empty)
    if features and not model.stacks:  # what the others say of it is known
        assert all(0.2 < p < 0.8 for p in said["home_win_prob"].to_pylist())
    assert np.isfinite(said["margin"].to_numpy()).all()


@every
def test_columns_that_are_empty_everywhere_do_no_harm(model: Model, games: pa.Table) -> None:
    """A source without players leaves whole columns empty."""
    for name in ("availability_difference", "top_heaviness_difference", "lineup_value_difference", "rest_difference"):
        games = games.set_column(games.column_names.index(name), name, pa.nulls(games.num_rows, pa.float64()))
    said = predict(model, fit(model, games), games)
    assert np.isfinite(said["home_win_prob"].to_numpy()).all()


@every
def test_columns_that_begin_late_do_no_harm(model: Model, games: pa.Table) -> None:
    """Seasons from files have no players, and then a source that has them is collected."""
    late = np.arange(games.num_rows) < 0.7 * games.num_rows
    for name in ("availability_difference", "lineup_value_difference"):
        began = pa.array(games[name].to_numpy(), mask=late | np.isnan(games[name].to_numpy()))
        games = games.set_column(games.column_names.index(name), name, began)
    said = predict(model, fit(model, games), games)
    assert np.isfinite(said["home_win_prob"].to_numpy()).all()


@every
def test_without_any_feature_the_average_game_is_expected(model: Model, games: pa.Table) -> None:
    for name in {each.rpartition(".")[2] for each in model.features}:
        place = games.column_names.index(name)
        games = games.set_column(place, name, pa.nulls(games.num_rows, games[name].type))
    said = predict(model, fit(model, games), games)
    assert np.isfinite(said["margin"].to_numpy()).all()
    assert ((said["margin_sd"].to_numpy() > 5) & (said["margin_sd"].to_numpy() < 25)).all()


@every
def test_a_model_comes_back_from_its_artifact_to_the_last_bit(model: Model, games: pa.Table, tmp_path: Any) -> None:
    fitted = fit(model, games)
    loaded, _ = artifacts.load(tmp_path / "a", artifacts.save(tmp_path / "a", fitted, {}))
    assert predict(model, loaded, games).equals(predict(model, fitted, games))


@every
def test_fifty_games_are_enough_to_fit(model: Model, games: pa.Table) -> None:
    few = games.slice(0, 50)
    said = predict(model, fit(model, few), games)
    assert (np.abs(said["margin"].to_numpy()) < 150).all()


@every
def test_nothing_to_predict_gives_nothing(model: Model, games: pa.Table) -> None:
    assert predict(model, fit(model, games), games.slice(0, 0)).num_rows == 0


@pytest.mark.parametrize("name", ["elo", "linear", "boosting", "ensemble"])
def test_a_model_that_sees_ratings_beats_the_base_rate(name: str, games: pa.Table) -> None:
    before, after = games.slice(0, 900), games.slice(900)
    won = after["home_win"].cast(pa.float64()).to_numpy()

    def loss(model: Model) -> float:
        said = predict(model, fit(model, before), after)["home_win_prob"].to_numpy()
        return float(-np.log(np.where(won > 0.5, said, 1 - said)).mean())

    assert loss(MODELS[name]) < loss(MODELS["home"]) - 0.05


def test_home_counts_wins_by_place(games: pa.Table) -> None:
    fitted = fit(MODELS["home"], games)
    neutral = games.filter(games["neutral_site"])
    wins = pc.sum(neutral["home_win"]).as_py()
    assert fitted.state["neutral_win_share"] == pytest.approx((wins + 1) / (neutral.num_rows + 2))
    said = predict(MODELS["home"], fitted, games)
    assert len(set(said["home_win_prob"].to_pylist())) == 2


@pytest.mark.parametrize("name", ["elo", "linear", "boosting"])
def test_of_a_game_that_nothing_is_known_of_the_average_game_is_expected(name: str, games: pa.Table) -> None:
    """Zeros would say that equal teams meet where nobody is at home."""
    model = MODELS[name]
    empty = games
    for feature in {each.rpartition(".")[2] for each in model.features}:
        place = empty.column_names.index(feature)
        empty = empty.set_column(place, feature, pa.nulls(len(games), games[feature].type))
    said = predict(model, fit(model, games), empty.slice(0, 1))["margin"][0].as_py()
    assert said == pytest.approx(pc.mean(games["margin"]).as_py(), abs=2.0 if name == "boosting" else 0.3)


def test_home_expects_the_average_where_the_place_is_not_known(games: pa.Table) -> None:
    place = games.column_names.index("neutral_site")
    unknown = games.set_column(place, "neutral_site", pa.nulls(len(games), pa.bool_()))
    said = predict(MODELS["home"], fit(MODELS["home"], games), unknown)
    assert said["margin"][0].as_py() == pytest.approx(pc.mean(games["margin"]).as_py())
    assert predict(MODELS["home"], fit(MODELS["home"], unknown), games)["home_win_prob"].null_count == 0


def test_elo_calls_equal_teams_at_a_neutral_site_even(games: pa.Table) -> None:
    model = MODELS["elo"]
    even = pa.table({**{name: games[name].slice(0, 1) for name in games.column_names}})
    for name in ("elo_difference", "home_court"):
        even = even.set_column(even.column_names.index(name), name, pa.array([0.0]))
    said = predict(model, fit(model, games), even)
    assert (said["home_win_prob"][0].as_py(), said["margin"][0].as_py()) == (0.5, 0.0)


def test_linear_tells_its_standard_errors(games: pa.Table) -> None:
    card = fit(MODELS["linear"], games).card
    found: Any = card["points_per_standard_deviation"]
    assert found["expected_margin"]["coefficient"] > 3 * found["expected_margin"]["standard_error"] > 0
    assert 0 < float(str(card["r_squared"])) < 1


def test_the_spread_is_that_of_games_not_seen(games: pa.Table) -> None:
    """Trees that have learned the noise by heart must not believe in their own accuracy."""
    model = MODELS["boosting"]
    greedy = FitContext(games, {"max_iter": 200, "max_leaf_nodes": 64, "min_samples_leaf": 2, "learning_rate": 0.3}, 0)
    function: Callable[[FitContext], Fitted] = resolve(model.fit)  # type: ignore[assignment]
    fitted = function(greedy)
    inside = games["margin"].to_numpy() - predict(model, fitted, games)["margin"].to_numpy()
    assert float(str(fitted.state["margin_sd"])) > 1.5 * float(np.std(inside))


def test_the_ensemble_stays_between_those_it_weighs(games: pa.Table) -> None:
    weights: Any = fit(MODELS["ensemble"], games).card["weights"]
    assert set(weights) == {"boosting", "linear"}
    assert math.isclose(sum(weights.values()), 1.0, abs_tol=0.1)
    assert all(0.2 < weight < 0.8 for weight in weights.values())


@pytest.mark.parametrize("sure", [30.0, 45.0])
def test_a_mismatch_is_called_as_surely_as_it_is(sure: float) -> None:
    """The best teams win such games 998 and 99,999 times; a floor of a hundredth would cost every one of them."""
    said = arrays.answer(np.array([sure, -sure]), 10.5)["home_win_prob"].to_pylist()
    expected = (1 + math.erf(sure / 10.5 / math.sqrt(2))) / 2
    assert said == pytest.approx([expected, 1 - expected], abs=1e-9)


@pytest.mark.parametrize("name", ["elo", "linear", "ensemble"])
def test_no_model_hedges_where_everything_speaks_for_one_side(name: str, games: pa.Table) -> None:
    model, one = MODELS[name], games.slice(0, 2)
    for column, value in (
        *(("expected_margin", 60.0), ("elo_difference", 1500.0), ("home_court", 0.0)),
        *(("boosting_margin", 60.0), ("linear_margin", 60.0)),
    ):
        one = one.set_column(one.column_names.index(column), column, pa.array([value, -value]))
    high, low = predict(model, fit(model, games), one)["home_win_prob"].to_pylist()
    assert 0.9995 < high < 1
    assert 0 < low < 0.0005


def test_nobody_is_surer_than_a_millionth() -> None:
    said = arrays.answer(np.array([500.0, -500.0]), 10.5)["home_win_prob"].to_pylist()
    assert said == [1 - 1e-6, 1e-6]


def test_home_believes_a_home_team_that_always_wins(games: pa.Table) -> None:
    many = pa.concat_tables([games] * 10)
    won = many.set_column(many.column_names.index("home_win"), "home_win", pa.array([True] * len(many)))
    said = predict(MODELS["home"], fit(MODELS["home"], won), games)["home_win_prob"].to_pylist()
    at_home = sum(not neutral for neutral in many["neutral_site"].to_pylist())
    assert max(said) == pytest.approx((at_home + 1) / (at_home + 2))


def test_boosting_measures_its_spread_on_the_latest_two_fifths(games: pa.Table) -> None:
    card = fit(MODELS["boosting"], games).card
    assert (card["games"], card["held_out_games"]) == (1200, 480)


def test_boosting_holds_the_ratings_plane_where_no_tree_has_been(games: pa.Table) -> None:
    model, one = MODELS["boosting"], games.slice(0, 3)
    place = one.column_names.index("expected_margin")
    far = one.set_column(place, "expected_margin", pa.array([0.0, 60.0, 120.0]))
    for name in {each.rpartition(".")[2] for each in model.features} - {"expected_margin"}:
        column = far[name].combine_chunks().take(pa.array([0, 0, 0]))
        far = far.set_column(far.column_names.index(name), name, column)
    near, mid, out = predict(model, fit(model, games), far)["margin"].to_pylist()
    assert mid - near > 30
    assert out - mid == pytest.approx(mid - near, rel=0.5)


def test_linear_believes_that_both_rated_margins_say_it_all_until_games_say_otherwise(games: pa.Table) -> None:
    """Five hundred games' worth of it: margins that are just that leave nothing over, others pull as they are many."""
    model, names = MODELS["linear"], plane.NAMES
    values = plane.inputs(games, plane.typical(games))
    rated = (values[:, names.index("expected_margin")] + values[:, names.index("damped_margin")]) / 2
    place = games.column_names.index("margin")
    fitted = fit(model, games.set_column(place, "margin", pa.array(rated)))
    assert predict(model, fitted, games)["margin"].to_numpy() == pytest.approx(rated, abs=1e-6)
    assert float(str(fitted.state["margin_sd"])) < 1e-6

    def pulled(count: int) -> float:
        twice = games.set_column(place, "margin", pa.array(2 * rated)).slice(0, count)
        said = predict(model, fit(model, twice), games)["margin"].to_numpy()
        return float((said @ rated) / (rated @ rated))

    assert 1 < pulled(100) < pulled(400) < pulled(1200) < 2
    assert pulled(100) == pytest.approx(1 + 100 / 600, abs=0.05)
    assert pulled(1200) == pytest.approx(1 + 1200 / 1700, abs=0.05)


def test_the_homes_margin_and_its_spread_are_those_of_the_place(games: pa.Table) -> None:
    state = fit(MODELS["home"], games).state
    margin, neutral = games["margin"].to_numpy(), games["neutral_site"].to_numpy(zero_copy_only=False)
    for place, here in (("home", ~neutral), ("neutral", neutral), ("some", np.ones(1200, bool))):
        assert state[f"{place}_margin"] == pytest.approx(margin[here].mean())
        assert state[f"{place}_margin_sd"] == pytest.approx(margin[here].std())
        wins = games["home_win"].to_numpy(zero_copy_only=False)[here].sum()
        assert state[f"{place}_win_share"] == pytest.approx((wins + 1) / (here.sum() + 2))
