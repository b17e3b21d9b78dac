"""The search sees past seasons only, is the same for the same seed, and its parameters are used through the gate."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tipoff.contracts import Json, Model
from tipoff.errors import PluginError, SettingsError, Skip
from tipoff.modelling import comparison, decisions, pipeline, tuning
from tipoff.modelling.search import draws, search

from .conftest import LEAGUE

SCALED = Model(
    "scaled",
    ("strength.gap",),
    "support_toy:fit_scaled",
    "support_toy:predict_line",
    params={"scale": 0.62, "kind": "plain"},
    search_space={"scale": {"low": 0.05, "high": 3.0, "log": True}},
)


@pytest.fixture
def trained(toy: Any) -> Any:
    """The toy league with one model whose parameter is far off, trained and registered."""
    run = toy.with_models(SCALED)
    register(run)
    return run


def register(run: Any) -> str:
    """Trains the way the DAG does; the version's name."""
    made = pipeline.train(run, "scaled", pipeline.prepare(run))
    pipeline.register(run, pipeline.evaluate_version(run, made))
    versions: Any = made["versions"]
    return str(versions[LEAGUE])


def params_of(run: Any, version: str) -> Any:
    with run.store.read() as con:
        return json.loads(decisions.get(con, "scaled", version).spec)["params"]


def test_the_best_trial_goes_through_the_gate_and_training_uses_it(trained: Any) -> None:
    before = register(trained)
    found = search(trained, "scaled", budget=5, seed=3)
    assert found.adopted, found.reason
    assert found.seasons == (2024,) and found.until == date(2024, 7, 1)
    assert len(found.trials) == 5 and found.own.params == SCALED.params
    assert [trial.log_loss for trial in found.trials] == sorted(trial.log_loss for trial in found.trials)
    assert found.trials[0].log_loss < found.own.log_loss
    after = register(trained)
    assert after != before
    assert params_of(trained, after) == found.trials[0].params
    with trained.store.read() as con:
        assert decisions.current(con, LEAGUE)["scaled"] == after
        top = decisions.champion(con, LEAGUE)
        assert top is not None and top.version == after


def test_the_newest_season_changes_no_trial(trained: Any) -> None:
    first = search(trained, "scaled", budget=4, seed=3)
    trained.sql(
        "UPDATE raw.games SET home_score = away_score + 40 WHERE season = 2025 AND status = 'final'; "
        "DELETE FROM models.search; DELETE FROM models.walk_forward"
    )
    again = search(trained, "scaled", budget=4, seed=3)
    assert again.trials == first.trials


def test_the_same_seed_gives_the_same_search_and_another_one_does_not(trained: Any) -> None:
    first = search(trained, "scaled", budget=3, seed=1)
    trained.sql("DELETE FROM models.search")
    assert search(trained, "scaled", budget=3, seed=1).trials == first.trials
    trained.sql("DELETE FROM models.search")
    assert search(trained, "scaled", budget=3, seed=2).trials != first.trials


def test_parameters_that_are_not_better_beyond_doubt_are_not_used(toy: Any) -> None:
    good = toy.with_models(replace(SCALED, params={"scale": 1.0}, search_space={"scale": [0.99, 1.0, 1.01, 0.98]}))
    register(good)
    before = register(good)
    found = search(good, "scaled", budget=4, seed=0)
    assert not found.adopted
    if found.trials[0] is not found.own:
        assert "from 2024-07-01 on: log loss" in found.reason
    assert register(good) == before, "training goes on with the parameters that it had"


def test_the_gate_judges_on_games_that_no_trial_has_seen(trained: Any) -> None:
    found = search(trained, "scaled", budget=5, seed=3)
    searched = [each for each in events(trained) if each.run_id == trained.run_id and each.kind == "registered"][-1]
    assert params_of(trained, searched.version) == found.trials[0].params
    with trained.store.read() as con:
        version = decisions.get(con, "scaled", searched.version)
        judged = comparison.log_losses(con, version, found.until)
        assert 0 < len(judged) < len(comparison.log_losses(con, version))
    seasons = trained.rows("SELECT game_id FROM raw.games WHERE season = 2025")
    assert set(judged) <= {game for (game,) in seasons}


def events(run: Any) -> list[Any]:
    with run.store.read() as con:
        return list(decisions.events(con, LEAGUE))


def test_what_was_searched_is_kept_and_losers_leave_no_predictions(trained: Any) -> None:
    found = search(trained, "scaled", budget=4, seed=3)
    ((seed, budget, seasons, trials, params, adopted),) = trained.rows(
        "SELECT seed, budget, seasons, trials, params, adopted FROM models.search"
    )
    assert (seed, budget, json.loads(seasons), adopted) == (3, 4, [2024], True)
    assert json.loads(params) == found.trials[0].params
    assert [each["log_loss"] for each in json.loads(trials)] == [each.log_loss for each in found.trials]
    assert trained.rows("SELECT count(DISTINCT spec_id) FROM models.walk_forward") == [(2,)]


def test_forgotten_or_of_an_older_version_they_are_not_used(trained: Any) -> None:
    before = register(trained)
    search(trained, "scaled", budget=5, seed=3)
    newer = trained.with_models(replace(SCALED, version="2"))
    assert params_of(newer, register(newer)) == SCALED.params
    with trained.store.write() as con:
        assert tuning.forget(con, "scaled") == 1
        assert tuning.forget(con, "scaled") == 0
    assert register(trained) == before


def test_an_untrained_model_is_searched_and_not_changed(toy: Any) -> None:
    found = search(toy.with_models(SCALED), "scaled", budget=5, seed=3)
    assert not found.adopted
    assert "has no version yet" in found.reason


def test_what_cannot_be_searched_says_so(toy: Any, trained: Any) -> None:
    with pytest.raises(SettingsError, match="declares no `search_space`"):
        search(toy, "line", budget=3, seed=0)
    with pytest.raises(SettingsError, match=r"those before the newest are \[2024\]"):
        search(trained, "scaled", budget=3, seed=0, seasons=(2025,))
    trained.sql("DELETE FROM raw.games WHERE season = 2024")
    with pytest.raises(Skip, match="games of two seasons"):
        search(trained, "scaled", budget=3, seed=0)


@pytest.mark.parametrize(
    ("space", "why"),
    [
        ({"depth": [1, 2]}, "names `depth`, which is not among its `params`"),
        ({"scale": []}, "write a list of choices, or low and high"),
        ({"scale": {"low": 2, "high": 1}}, "low must be below high"),
        ({"scale": {"low": 0, "high": 1, "log": True}}, "above 0 with log"),
        ({"scale": {"low": 1, "top": 3}}, "write a list of choices, or low and high"),
    ],
)
def test_a_space_that_is_none_is_refused(space: dict[str, Json], why: str) -> None:
    with pytest.raises(PluginError, match=why):
        draws(replace(SCALED, search_space=space), 5, 0)


def test_draws_keep_to_the_space() -> None:
    model = replace(
        SCALED,
        params={"rate": 0.1, "leaves": 6, "loss": "a", "other": 1},
        search_space={
            "rate": {"low": 0.001, "high": 1.0, "log": True},
            "leaves": {"low": 2, "high": 5},
            "loss": ["a", "b"],
        },
    )
    found: list[Any] = draws(model, 200, 7)
    assert found[0] == model.params and found == draws(model, 200, 7)
    tried = found[1:]
    assert len(tried) == 199 == len({json.dumps(each) for each in tried})
    assert {each["leaves"] for each in tried} == {2, 3, 4, 5} and all(isinstance(each["leaves"], int) for each in tried)
    assert {each["loss"] for each in tried} == {"a", "b"} and {each["other"] for each in tried} == {1}
    assert 0.4 < sum(each["rate"] < 0.0316 for each in tried) / 199 < 0.6, "by ratio: half of them below the middle"
    assert all(0.001 <= each["rate"] <= 1.0 for each in tried)


def test_a_small_space_is_tried_whole_and_not_twice() -> None:
    assert len(draws(replace(SCALED, search_space={"kind": ["plain", "odd"]}), 50, 0)) == 2


def test_a_person_may_say_which_past_seasons_to_judge_on_and_not_the_newest(trained: Any) -> None:
    found = search(trained, "scaled", budget=1, seed=0, seasons=(2024,))
    assert (found.seasons, found.until, len(found.trials)) == ((2024,), date(2024, 7, 1), 1)
    assert (found.adopted, found.reason) == (False, "no trial was better than the parameters in use")
    for seasons in ((2025,), (2024, 2025), (1999,)):
        with pytest.raises(SettingsError, match="those before the newest are"):
            search(trained, "scaled", budget=1, seed=0, seasons=seasons)
